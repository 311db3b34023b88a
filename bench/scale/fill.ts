import { uuidOf } from '#base/id.ts'
import { DAY, dayOf, iso, type Millis } from '#base/time.ts'
import { connect } from '#db/connect.ts'
import type { Db } from '#db/sql.ts'
import { monthOf, openMonth, openMonths } from '#ledger/months.ts'

/** A year of a company, written set-based; everything but the roll-ups, which the product's own code makes of it. */

const YEAR = 365
/** Calls of one transaction while filling. */
const CHUNK = 20_000
/** A correction and a late call among so many. */
const RARE = 2_000
const LOT = 4_000_000_000_000n

export type Filling = { readonly people: number; readonly calls: number; readonly now: Millis }

const uuid = (kind: string, n: string): string => `md5('${kind} ' || ${n})::uuid`
/** Of version 7, told apart by the number of the call. */
const callId = (at: string, n: string): string =>
  `(lpad(to_hex((extract(epoch from ${at}) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(${n} % 4096), 3, '0')
    || '8' || lpad(to_hex(${n}), 15, '0'))::uuid`
/** Looked up by each call, because hashing the names again would cost more than writing it. */
const WHO = `
  create table bench_who as
  select n::int as who, ${uuid('person', 'n')} as person, ${uuid('wallet', 'n')} as wallet, ${uuid('key', 'n')} as key,
    md5('lot ' || n || ' 4')::uuid as lot
  from generate_series(1, $1::int) n`

const PEOPLE = `
  with entity as (
    insert into people.legal_entity (id, name, country, currency, created_at) values ($2, 'Perq Bench', 'DE', 'EUR', $3) returning id
  ), person as (
    insert into people.person (id, email, name, role, level, title, entity_id, country, hired_on, created_at, updated_at)
    select ${uuid('person', 'n')}, 'p' || n || '@bench.test', 'Person ' || md5(n::text), 'employee', 'IC3', 'Engineer', entity.id, 'DE',
      '2020-01-01', $3, $3 from generate_series(1, $1::int) n, entity
  )
  insert into ledger.wallet (id, person_id, asset) select ${uuid('wallet', 'n')}, ${uuid('person', 'n')}, 'USD' from generate_series(1, $1::int) n`
const BOOKS = `
  insert into ledger.grant_book (grant_id, wallet_id, granted, unvested, vested)
  select ${uuid('grant', 'n')}, ${uuid('wallet', 'n')}, ${4n * LOT}, 0, ${4n * LOT} from generate_series(1, $1::int) n`
/** Four quarters; the newest still pays. */
const LOTS = `
  insert into ledger.lot (id, wallet_id, grant_id, tranche, priority, scope_id, effective_at, vested, available, spent, open)
  select md5('lot ' || n || ' ' || t)::uuid, ${uuid('wallet', 'n')}, ${uuid('grant', 'n')}, t, 50, $2,
    $3::timestamptz - (4 - t) * interval '90 days' - interval '1 day', ${LOT}, case t when 4 then ${LOT} else 0 end, case t when 4 then 0 else ${LOT} end, t = 4
  from generate_series(1, $1::int) n, generate_series(1, 4) t`

/**
 * Calls $1 to $2 of $3 over a year that ends at $4, in working hours, by $5 people of whom some use far more than others;
 * with the entries of their hold and their settle.
 */
const CALLS = `
  with call as materialized (
    select n, at, ${callId('at', 'n')} as id, w.*,
      (array['gpt-5.2', 'claude-sonnet-4-5', 'gpt-5-mini', 'claude-opus-4-5'])[1 + (n * 7 + who) % 3 + (n % 29 = 0)::int] as model,
      (array['work', 'work', 'work', 'learning'])[1 + n % 4] as purpose, (20 + who % 3 * 400 + n % 977) * 100000 as cost
    from (
      select n, date_trunc('day', t, 'UTC') + interval '8 hours' + (t - date_trunc('day', t, 'UTC')) * 0.4 as at,
        1 + floor(power((hashint8extended(n, 1) & 4294967295)::float8 / 4294967296, 2.2) * $5::int)::int as who
      from (
        select n, $4::timestamptz - interval '${YEAR} days' + n * (interval '${YEAR} days' / $3::float8) as t
        from generate_series($1::bigint, $2::bigint) n
      ) x
    ) y join bench_who w using (who)
  ), used as (
    insert into ledger.usage (id, wallet_id, person_id, key_id, at, started_at, door, route, model, class, provider, upstream, purpose,
      price_version, input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, held, cost, charged, absorbed, status, estimated)
    select id, wallet, person, key, at, at - interval '4 seconds',
      case when model like 'gpt%' then 'openai' else 'anthropic' end, '/v1', model,
      case when model like '%mini' then 'small' when model like '%opus%' then 'frontier' else 'standard' end,
      case when model like 'gpt%' then 'openai' else 'anthropic' end, case when model like 'gpt%' then 'openai' else 'anthropic' end,
      purpose, 1, 500 + n % 4000, n % 9000, n % 700, 0, 100 + n % 900, 0, cost * 2, cost, cost, 0,
      case when n % ${RARE} = 0 then 'lapsed' else 'ok' end, n % ${RARE} = 0
    from call
  )
  insert into ledger.entry (transfer, kind, n, at, source, target, lot_id, party, amount, price_version, xid)
  select id, k.kind::ledger.kind, 0, at, k.source::ledger.account, k.target::ledger.account, lot,
    case k.kind when 'settle' then 'bench' end, cost, 1, ledger.writing_xid()
  from call, (values ('hold', 'available', 'held'), ('settle', 'held', 'spent')) k (kind, source, target)`
const LATE = `
  insert into ledger.late (id, at, cost, absorbed, usage)
  select id, at + interval '5 minutes', cost + 1000, 1000, '{}' from ledger.usage where status = 'lapsed'`
const CORRECTIONS = `
  with corrected as materialized (
    select u.id, u.at, md5('fix ' || u.id)::uuid as transfer, md5('lot 1 4')::uuid as lot
    from ledger.usage u where u.status = 'lapsed'
  ), noted as (
    insert into ledger.note (transfer, at, reason) select transfer, at + interval '2 days', 'bench' from corrected
  )
  insert into ledger.entry (transfer, kind, n, at, source, target, lot_id, party, amount, cause, xid)
  select transfer, 'adjust', 0, at + interval '2 days', 'spent', 'available', lot, null, 700, id, ledger.writing_xid() from corrected`

/** Indexes that are not needed to write are made when all is written; they end as the migrations made them. */
async function withoutIndexes(db: Db, work: () => Promise<void>): Promise<void> {
  const indexes = await db.query<{ name: string; made: string }>(
    `select i.indexrelid::regclass::text as name, replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ') as made
     from pg_index i where i.indrelid in ('ledger.entry'::regclass, 'ledger.usage'::regclass) and not i.indisprimary`,
  )
  for (const { name } of indexes) await db.query(`drop index ${name}`)
  await work()
  for (const { made } of indexes) await db.query(made)
}

export async function fill(
  url: string,
  { people, calls, now }: Filling,
  log: (line: string) => void,
): Promise<void> {
  const db = await connect(url, { max: 3 })
  try {
    const at = iso(now - (YEAR + 1) * DAY)
    await db.query(PEOPLE, [people, uuidOf('bench entity'), at])
    await db.query(BOOKS, [people])
    await db.query(WHO, [people])
    await db.query('analyze bench_who')
    const [scope] = await db.query<{ id: number }>(
      `insert into ledger.scope (body) values ('{}') on conflict (body) do update set body = excluded.body returning id`,
    )
    await db.query(LOTS, [people, scope!.id, iso(now)])
    for (let ago = 12; ago > 0; ago -= 1) await openMonth(db, monthOf(dayOf(now), -ago), now)
    await openMonths(db, now)
    await withoutIndexes(db, async () => {
      const chunks = Array.from({ length: Math.ceil(calls / CHUNK) }, (_, i) => i)
      let done = 0
      const writer = async (): Promise<void> => {
        for (let i = chunks.shift(); i !== undefined; i = chunks.shift()) {
          const part = [1 + i * CHUNK, Math.min((i + 1) * CHUNK, calls), calls, iso(now), people]
          await db.tx(async (sql) => {
            await sql.query('set local synchronous_commit = off')
            await sql.query(CALLS, part)
          })
          done += CHUNK
          if (done % 1_000_000 < CHUNK) log(`${Math.min(done, calls).toLocaleString('en')} calls written`)
        }
      }
      await Promise.all([writer(), writer()])
    })
    await db.query(LATE)
    await db.query(CORRECTIONS)
    await db.query('drop table bench_who')
    log('vacuum analyze')
    for (const table of [
      'ledger.usage',
      'ledger.entry',
      'ledger.lot',
      'ledger.wallet',
      'ledger.grant_book',
      'ledger.late',
      'ledger.note',
      'people.person',
    ])
      await db.query(`vacuum (analyze) ${table}`)
  } finally {
    await db.close()
  }
}
