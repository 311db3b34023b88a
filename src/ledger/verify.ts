import type { DateText } from '#base/time.ts'
import type { Db, Sql } from '#db/sql.ts'
import { beside } from './archive/proof.ts'
import { CHAIN_CHECKS } from './chain.ts'
import { ROLLUP_CHECKS } from './rollup-checks.ts'

/** One thing that does not hold, with the row it was found at. */
export type Finding = { readonly check: string; readonly row: string; readonly detail: string }

export type Verdict = {
  readonly ok: boolean
  readonly entries: bigint
  readonly sealed: bigint
  readonly grants: bigint
  readonly lots: bigint
  readonly openHolds: bigint
  /** The newest seal, for keeping outside: who rewrote the whole chain would have to forge this too. */
  readonly head: string
  /** Archived months whose calls were not read back. */
  readonly unread: readonly DateText[]
  readonly findings: readonly Finding[]
}

/** Findings told per check; a broken ledger can have millions. */
const MOST = 20

/** Whether the call of that id lies in a file and was not read back. */
const archived = (id: string): string =>
  `exists (select from ledger.archive a where ${id} >= a.low and ${id} < a.high)`

/** What must hold, each as a query that answers the rows at which it does not. */
const CHECKS: readonly { check: string; text: string }[] = [
  ...CHAIN_CHECKS,
  {
    check: 'each transfer balances',
    text: `select 'transfer ' || transfer as row,
        'took ' || taken || ' into held and ended ' || ended || (case when open then ', still open' else '' end) as detail
      from (
        select e.transfer, coalesce(sum(e.amount) filter (where e.kind = 'hold'), 0) as taken,
          coalesce(sum(e.amount) filter (where e.kind in ('settle', 'release', 'lapse')), 0) as ended,
          exists (select 1 from ledger.hold h where h.id = e.transfer) as open,
          (select h.amount from ledger.hold h where h.id = e.transfer) as holding,
          count(distinct e.kind) filter (where e.kind in ('settle', 'release', 'lapse')) as endings
        from ledger.entry e where e.kind in ('hold', 'settle', 'release', 'lapse') group by e.transfer
      ) t
      where (open and (ended <> 0 or taken <> holding)) or (not open and taken <> ended) or endings > 1
      union all
      select 'hold ' || h.id, 'holds ' || h.amount || ' without entries' from ledger.hold h
      where h.amount > 0 and not exists (select 1 from ledger.entry e where e.transfer = h.id)`,
  },
  {
    check: 'each lot is what its entries say',
    text: `select 'lot ' || l.id as row,
        format('has available %s, held %s, spent %s, expired %s, revoked %s, carried %s; its entries say %s, %s, %s, %s, %s, %s',
          l.available, l.held, l.spent, l.expired, l.revoked, l.carried, coalesce(s.available, 0), coalesce(s.held, 0),
          coalesce(s.spent, 0), coalesce(s.expired, 0), coalesce(s.revoked, 0), coalesce(s.carried, 0)) as detail
      from ledger.lot l full join (
        select lot_id,
          sum(case when target = 'available' then amount when source = 'available' then -amount end) as available,
          sum(case when target = 'held' then amount when source = 'held' then -amount end) as held,
          sum(case when target = 'spent' then amount when source = 'spent' then -amount end) as spent,
          sum(case when target = 'expired' then amount end) as expired,
          sum(case when target = 'revoked' then amount end) as revoked,
          sum(case when target = 'carried' then amount end) as carried,
          sum(case when source in ('unvested', 'promised', 'carried') then amount when target = 'carried' then -amount end) as vested
        from ledger.entry where lot_id is not null group by lot_id
      ) s on s.lot_id = l.id
      where l.id is null or s.lot_id is null or (l.vested, l.available, l.held, l.spent, l.expired, l.revoked, l.carried)
        is distinct from (coalesce(s.vested, 0), coalesce(s.available, 0), coalesce(s.held, 0), coalesce(s.spent, 0),
          coalesce(s.expired, 0), coalesce(s.revoked, 0), coalesce(s.carried, 0))`,
  },
  {
    check: 'the grant equation of each grant',
    text: `select 'grant ' || coalesce(g.grant_id, s.grant_id) as row,
        format('granted %s, unvested %s, forfeited %s, revoked %s, vested %s; its entries say %s, %s, %s, %s, %s',
          g.granted, g.unvested, g.forfeited, g.revoked, g.vested, s.granted, s.unvested, s.forfeited, s.revoked, s.vested) as detail
      from ledger.grant_book g full join (
        select grant_id, sum(granted) as granted, sum(granted) - sum(vested) - sum(forfeited) - sum(revoked) as unvested,
          sum(vested) as vested, sum(forfeited) as forfeited, sum(revoked) as revoked
        from (
          select grant_id,
            case when source = 'promised' then amount when target = 'promised' then -amount else 0 end as granted, 0::bigint as vested,
            case when target = 'forfeited' then amount else 0 end as forfeited,
            case when target = 'revoked' then amount else 0 end as revoked
          from ledger.entry where grant_id is not null
          union all
          select l.grant_id, case when e.source = 'promised' then e.amount else 0 end, e.amount, 0, 0
          from ledger.entry e join ledger.lot l on l.id = e.lot_id where e.source in ('unvested', 'promised')
        ) m group by grant_id
      ) s on s.grant_id = g.grant_id
      where (g.granted, g.unvested, g.vested, g.forfeited, g.revoked)
        is distinct from (s.granted, s.unvested, s.vested, s.forfeited, s.revoked)
        or g.granted <> g.unvested + g.forfeited + g.revoked
          + (select coalesce(sum(available + held + spent + expired + revoked), 0) from ledger.lot l where l.grant_id = g.grant_id)`,
  },
  {
    check: 'each lot lies in the wallet of its grant',
    text: `select 'lot ' || l.id as row, 'lies in wallet ' || l.wallet_id || ', its grant in ' || g.wallet_id as detail
      from ledger.lot l join ledger.grant_book g on g.grant_id = l.grant_id where l.wallet_id <> g.wallet_id`,
  },
  {
    check: 'what is carried nets to zero',
    text: `select 'transfer ' || transfer as row, 'carried ' || gone || ' out of lots and ' || came || ' into their successors' as detail
      from (
        select e.transfer, coalesce(sum(e.amount) filter (where e.target = 'carried'), 0) as gone,
          coalesce(sum(e.amount) filter (where e.source = 'carried'), 0) as came
        from ledger.entry e where e.kind = 'carry' group by e.transfer
      ) t where gone <> came
      union all
      select 'lot ' || l.id, 'goes on from lot ' || coalesce(o.id::text, '-') || ', which is not what its entries or its grant say'
      from ledger.entry i join ledger.lot l on l.id = i.lot_id
        left join ledger.entry x on x.transfer = i.transfer and x.kind = 'carry' and x.target = 'carried'
        left join ledger.lot o on o.id = x.lot_id
      where i.kind = 'carry' and i.source = 'carried'
        and (l.carried_from, l.grant_id, l.wallet_id, l.tranche) is distinct from (o.id, o.grant_id, o.wallet_id, o.tranche)
      union all
      select 'lot ' || l.id, 'names a lot that it goes on from, without an entry' from ledger.lot l
      where l.carried_from is not null
        and not exists (select 1 from ledger.entry e where e.lot_id = l.id and e.kind = 'carry' and e.source = 'carried')`,
  },
  {
    check: 'each exchange is what its rate says',
    text: `select 'transfer ' || coalesce(c.transfer, e.transfer) as row,
        format('exchanged %s %s for %s %s at %s/%s; its entries say %s and %s in %s entries', c.amount, c.from_asset, c.quantity, c.to_asset,
          c.rate_n, c.rate_d, e.gave, e.got, e.entries) as detail
      from ledger.conversion c full join (
        select e.transfer, count(*) as entries, sum(e.amount) filter (where e.target = 'spent') as gave,
          sum(e.amount) filter (where e.source = 'promised') as got,
          min(e.lot_id::text) filter (where e.target = 'spent') as gave_lot, min(e.lot_id::text) filter (where e.source = 'promised') as got_lot
        from ledger.entry e where e.kind = 'convert' group by e.transfer
      ) e on e.transfer = c.transfer
      where (c.amount, c.quantity, 2, c.lot_id::text, c.into_lot_id::text) is distinct from (e.gave, e.got, e.entries, e.gave_lot, e.got_lot)
        or c.quantity <> div(c.amount * c.rate_n, c.rate_d)
      union all
      select 'lot ' || t.id, 'was not exchanged for lot ' || coalesce(c.lot_id::text, '-') || ' of the same person, or in other assets'
      from ledger.lot t join ledger.wallet tw on tw.id = t.wallet_id join ledger.grant_book tb on tb.grant_id = t.grant_id
        left join ledger.conversion c on c.into_lot_id = t.id left join ledger.lot f on f.id = c.lot_id
        left join ledger.wallet fw on fw.id = f.wallet_id left join ledger.grant_book fb on fb.grant_id = f.grant_id
      where (t.converted_from is not null or tb.converted_from is not null or c.transfer is not null) and t.carried_from is null
        and (t.converted_from, tw.person_id, tw.asset, tb.converted_from)
          is distinct from (f.id, fw.person_id, c.to_asset, coalesce(fb.converted_from, fb.grant_id))
      union all
      select 'lot ' || f.id, 'was exchanged as ' || c.from_asset || ' but counts ' || w.asset
      from ledger.conversion c join ledger.lot f on f.id = c.lot_id join ledger.wallet w on w.id = f.wallet_id
      where w.asset <> c.from_asset`,
  },
  {
    check: 'no lot was ever negative',
    text: `select 'entry ' || seq as row, format('leaves lot %s with available %s and held %s', lot_id, available, held) as detail
      from (
        select seq, lot_id,
          sum(case when target = 'available' then amount when source = 'available' then -amount else 0 end) over history as available,
          sum(case when target = 'held' then amount when source = 'held' then -amount else 0 end) over history as held
        from ledger.entry where lot_id is not null
        window history as (partition by lot_id order by at, seq)
      ) h where available < 0 or held < 0`,
  },
  {
    check: 'each usage row is what its entries say',
    text: `select 'usage ' || coalesce(u.id, e.transfer) as row,
        format('charged %s and absorbed %s; its entries say %s and %s', u.charged, u.absorbed, e.charged, e.absorbed) as detail
      from ledger.usage u full join (
        select transfer, coalesce(sum(amount) filter (where source = 'held' and target = 'spent'), 0) as charged,
          coalesce(sum(amount) filter (where kind = 'absorb'), 0) as absorbed
        from ledger.entry where kind in ('settle', 'lapse', 'absorb') group by transfer
      ) e on e.transfer = u.id left join ledger.late t on t.id = u.id
      where u.id is null and not ${archived('e.transfer')} or u.charged <> coalesce(e.charged, 0)
        or u.absorbed + coalesce(t.absorbed, 0) <> coalesce(e.absorbed, 0)
      union all
      select 'usage ' || u.id, format('says price version %s; its entries say %s', u.price_version, e.price_version)
      from ledger.usage u join ledger.entry e on e.transfer = u.id
      where e.kind in ('settle', 'lapse') and e.n = 0 and e.price_version is distinct from u.price_version
      union all
      select 'late ' || t.id, format('cost %s and absorbed %s, when %s had been charged', t.cost, t.absorbed, u.charged)
      from ledger.late t left join ledger.usage u on u.id = t.id
      where u.id is null and not ${archived('t.id')} or t.absorbed <> greatest(t.cost - u.charged, 0)`,
  },
  {
    check: 'no more comes back to the company than it absorbed',
    text: `select 'transfer ' || c.cause as row, format('absorbed %s, and %s of it was taken back', coalesce(a.amount, 0), c.amount) as detail
      from (select cause, sum(amount) as amount from ledger.entry where kind = 'adjust' and target = 'absorbed' group by cause) c
        left join (select transfer, sum(amount) as amount from ledger.entry where kind = 'absorb' group by transfer) a on a.transfer = c.cause
      where c.amount > coalesce(a.amount, 0)`,
  },
  {
    check: 'each open hold is what its entries say',
    text: `select 'hold ' || h.id as row, 'names a wallet or a lot that its entries do not' as detail
      from ledger.hold h join ledger.entry e on e.transfer = h.id and e.kind = 'hold' join ledger.lot l on l.id = e.lot_id
      where l.wallet_id <> h.wallet_id or h.lot_id <> e.lot_id`,
  },
  {
    check: 'each cap of a key is what its calls say',
    text: `select 'cap of key ' || c.key_id as row, format('has used %s since %s; its calls say %s', c.used, c.window_start, s.used) as detail
      from ledger.cap c join (
        select c.key_id, coalesce(h.amount, 0) + coalesce(u.charged, 0) as used
        from ledger.cap c left join (
          select h.key_id, sum(h.amount) as amount from ledger.hold h join ledger.cap c on c.key_id = h.key_id and c.wallet_id = h.wallet_id
          where h.at >= c.window_start group by h.key_id
        ) h on h.key_id = c.key_id left join (
          select u.key_id, sum(u.charged) as charged
          from ledger.cap c join ledger.usage u on u.key_id = c.key_id and u.wallet_id = c.wallet_id
            join ledger.entry e on e.transfer = u.id and e.kind = 'hold' and e.n = 0
          where e.at >= c.window_start group by u.key_id
        ) u on u.key_id = c.key_id
      ) s on s.key_id = c.key_id
      where c.used <> s.used and (c.period is not null or not exists (select from ledger.archive))`,
  },
  ...ROLLUP_CHECKS,
]

/**
 * Proves the ledger from its rows: the chain, the balance of each transfer, each lot and grant against its entries,
 * no lot negative at any time, the roll-ups. Everything is read from one snapshot, so a running server does not disturb it.
 * With `archive`, the folder of the archived months' files, their calls are read back for the proof; without, `unread` names
 * the months whose calls it could not look at.
 */
export async function verify(
  db: Db,
  onCheck: (check: string) => void = () => {},
  { archive }: { readonly archive?: string | undefined } = {},
): Promise<Verdict> {
  return db.tx(async (sql: Sql) => {
    await sql.query('set transaction isolation level repeatable read')
    await sql.query("set local work_mem = '64MB'")
    const { findings, unread, named, close } = await beside(sql, archive)
    // Every check reads whole tables, and a young database has no statistics: row by row would take for ever.
    await sql.query('set local enable_nestloop = off')
    // What is off is only made dear, and before 18 so dear that each check would be compiled first, for seconds.
    await sql.query('set local jit = off')
    for (const { check, text } of CHECKS) {
      onCheck(check)
      const rows = await sql.query<{ row: string; detail: string }>(`${named(text)} limit ${MOST}`)
      findings.push(...rows.map((row) => ({ check, ...row })))
    }
    await close()
    const [counts] = await sql.query<{
      entries: bigint
      sealed: bigint
      grants: bigint
      lots: bigint
      holds: bigint
      head: string
    }>(
      `select (select count(*) from ledger.entry) as entries, h.n as sealed, (select count(*) from ledger.grant_book) as grants,
         (select count(*) from ledger.lot) as lots, (select count(*) from ledger.hold) as holds, encode(h.hash, 'hex') as head
       from ledger.seal_head h`,
    )
    const { entries, sealed, grants, lots, holds, head } = counts!
    return {
      ok: findings.length === 0,
      entries,
      sealed,
      grants,
      lots,
      openHolds: holds,
      head,
      unread,
      findings,
    }
  })
}
