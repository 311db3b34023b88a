import type { Sql } from '#db/sql.ts'
import { iso, type Millis } from '#base/time.ts'
import type { Account, EntryKind, Scope } from './types.ts'

/** Statements only; what is decided about their rows is decided in templates.ts. */

export type NewEntry = {
  readonly transfer: string
  readonly kind: EntryKind
  readonly n: number
  readonly at: Millis
  readonly source: Account
  readonly target: Account
  readonly lot: string | null
  readonly grant: string | null
  readonly amount: bigint
  readonly cause: string | null
  /** To whom it is spent. */
  readonly party?: string
}

/** Locks wallets in id order, as every change must, and moves their own time to `now` or leaves it where it is ahead. */
export async function lockWallets(
  sql: Sql,
  ids: readonly string[],
  now: Millis,
): Promise<Map<string, Millis>> {
  const rows = await sql.query<{ id: string; last_at: Millis }>(
    `with locked as materialized (
       select id from ledger.wallet where id = any ($1) order by id for no key update
     )
     update ledger.wallet w set version = w.version + 1, last_at = greatest(w.last_at, $2::timestamptz)
     from locked where w.id = locked.id returning w.id, w.last_at`,
    [ids, iso(now)],
  )
  return new Map(rows.map((row) => [row.id, row.last_at]))
}

export async function insertEntries(sql: Sql, entries: readonly NewEntry[]): Promise<void> {
  const column = <K extends keyof NewEntry>(key: K): NewEntry[K][] => entries.map((entry) => entry[key])
  await sql.query(
    `insert into ledger.entry (transfer, kind, n, at, source, target, lot_id, grant_id, amount, cause, party, xid)
     select c.transfer, c.kind, c.n, to_timestamp(c.at / 1000::float8), c.source, c.target, c.lot, c.grant_id, c.amount, c.cause, c.party,
       (select ledger.writing_xid())
     from unnest($1::uuid[], $2::ledger.kind[], $3::smallint[], $4::bigint[], $5::ledger.account[], $6::ledger.account[],
         $7::uuid[], $8::uuid[], $9::bigint[], $10::uuid[], $11::text[])
       as c(transfer, kind, n, at, source, target, lot, grant_id, amount, cause, party)`,
    [
      column('transfer'),
      column('kind'),
      column('n'),
      column('at'),
      column('source'),
      column('target'),
      column('lot'),
      column('grant'),
      column('amount'),
      column('cause'),
      entries.map((entry) => entry.party ?? null),
    ],
  )
}

export const insertWallet = (
  sql: Sql,
  wallet: { id: string; person: string; asset: string },
): Promise<{ id: string }[]> =>
  sql.query(
    `with made as (
       insert into ledger.wallet (id, person_id, asset) values ($1, $2, $3) on conflict (person_id, asset) do nothing returning id
     )
     select id from made union all select id from ledger.wallet where person_id = $2 and asset = $3 limit 1`,
    [wallet.id, wallet.person, wallet.asset],
  )

/** The number of each scope, made when it is new. Scopes are canonical JSON texts. */
export async function scopeNumbers(sql: Sql, bodies: readonly string[]): Promise<Map<string, number>> {
  // In one order everywhere, so that two who make the same new scopes never wait for each other in a circle.
  const distinct = [...new Set(bodies)].toSorted()
  const known = await knownScopes(sql, distinct)
  if (known.size === distinct.length) return known
  const made = await sql.query<{ id: number }>(
    'insert into ledger.scope (body) select body::jsonb from unnest($1::text[]) as body on conflict (body) do nothing returning id',
    [distinct.filter((body) => !known.has(body))],
  )
  if (made.length > 0) await sql.query("select pg_notify('perq_scopes', '')")
  return knownScopes(sql, distinct)
}

async function knownScopes(sql: Sql, bodies: readonly string[]): Promise<Map<string, number>> {
  const rows = await sql.query<{ id: number; text: string }>(
    `select s.id, c.text from unnest($1::text[]) as c(text) join ledger.scope s on s.body = c.text::jsonb`,
    [bodies],
  )
  return new Map(rows.map((row) => [row.text, row.id]))
}

export const scopes = (sql: Sql): Promise<{ id: number; body: Scope }[]> =>
  sql.query('select id, body from ledger.scope order by id')

export type BookRow = {
  grant_id: string
  wallet_id: string
  granted: bigint
  unvested: bigint
  vested: bigint
  forfeited: bigint
  revoked: bigint
  converted_from: string | null
}

export const books = (sql: Sql, grants: readonly string[]): Promise<BookRow[]> =>
  sql.query('select * from ledger.grant_book where grant_id = any ($1)', [grants])

export const insertBook = (
  sql: Sql,
  book: { grant: string; wallet: string; quantity: bigint },
): Promise<object[]> =>
  sql.query(
    `insert into ledger.grant_book (grant_id, wallet_id, granted, unvested) values ($1, $2, $3, $3)
     on conflict (grant_id) do nothing returning grant_id`,
    [book.grant, book.wallet, book.quantity],
  )

/** Adds to the running totals of grant books; the table's checks refuse what does not add up. */
export const moveBooks = (
  sql: Sql,
  moves: readonly {
    grant: string
    granted?: bigint
    unvested?: bigint
    vested?: bigint
    forfeited?: bigint
    revoked?: bigint
  }[],
): Promise<object[]> =>
  sql.query(
    `update ledger.grant_book g set granted = g.granted + c.granted, unvested = g.unvested + c.unvested, vested = g.vested + c.vested,
       forfeited = g.forfeited + c.forfeited, revoked = g.revoked + c.revoked
     from (
       select id, sum(granted)::bigint as granted, sum(unvested)::bigint as unvested, sum(vested)::bigint as vested,
         sum(forfeited)::bigint as forfeited, sum(revoked)::bigint as revoked
       from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
         as c(id, granted, unvested, vested, forfeited, revoked)
       group by id
     ) c where g.grant_id = c.id`,
    [
      moves.map((move) => move.grant),
      moves.map((move) => move.granted ?? 0n),
      moves.map((move) => move.unvested ?? 0n),
      moves.map((move) => move.vested ?? 0n),
      moves.map((move) => move.forfeited ?? 0n),
      moves.map((move) => move.revoked ?? 0n),
    ],
  )

/** unvested → vested, of grants that have as much unvested; answers those. */
export const vestBooks = (
  sql: Sql,
  moves: readonly { readonly grant: string; readonly quantity: bigint }[],
): Promise<{ grant_id: string }[]> =>
  sql.query(
    `update ledger.grant_book g set unvested = g.unvested - c.quantity, vested = g.vested + c.quantity
     from (
       select id, sum(quantity)::bigint as quantity from unnest($1::uuid[], $2::bigint[]) as c(id, quantity) group by id
     ) c where g.grant_id = c.id and g.unvested >= c.quantity returning g.grant_id`,
    [moves.map((move) => move.grant), moves.map((move) => move.quantity)],
  )

export type NewLot = {
  readonly id: string
  readonly wallet: string
  readonly grant: string
  readonly tranche: number
  readonly priority: number
  readonly scope: number
  readonly effectiveAt: Millis
  readonly expiresAt: Millis | null
  readonly quantity: bigint
  readonly carriedFrom?: string
  readonly convertedFrom?: string
}

/** Answers the ids of those that did not stand yet. */
export const insertLots = (sql: Sql, lots: readonly NewLot[]): Promise<{ id: string }[]> =>
  sql.query(
    `insert into ledger.lot (id, wallet_id, grant_id, tranche, priority, scope_id, effective_at, expires_at, vested, available, open,
       carried_from, converted_from)
     select c.id, c.wallet, c.grant_id, c.tranche, c.priority, c.scope, to_timestamp(c.effective / 1000::float8),
       to_timestamp(c.expires / 1000::float8), c.quantity, c.quantity, true, c.carried, c.converted
     from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::smallint[], $6::int[], $7::bigint[], $8::bigint[], $9::bigint[],
         $10::uuid[], $11::uuid[])
       as c(id, wallet, grant_id, tranche, priority, scope, effective, expires, quantity, carried, converted)
     on conflict (id) do nothing returning id`,
    [
      lots.map((lot) => lot.id),
      lots.map((lot) => lot.wallet),
      lots.map((lot) => lot.grant),
      lots.map((lot) => lot.tranche),
      lots.map((lot) => lot.priority),
      lots.map((lot) => lot.scope),
      lots.map((lot) => lot.effectiveAt),
      lots.map((lot) => lot.expiresAt),
      lots.map((lot) => lot.quantity),
      lots.map((lot) => lot.carriedFrom ?? null),
      lots.map((lot) => lot.convertedFrom ?? null),
    ],
  )

/** With what vested in them, whatever was carried on since. */
export const existingLots = (sql: Sql, ids: readonly string[]): Promise<{ id: string; vested: bigint }[]> =>
  sql.query('select id, vested + carried as vested from ledger.lot where id = any ($1)', [ids])

/** Takes from `available` of lots and adds to another column of theirs. */
export const moveLots = (
  sql: Sql,
  column: 'expired' | 'revoked',
  moves: readonly { lot: string; amount: bigint }[],
): Promise<object[]> =>
  sql.query(
    `update ledger.lot l set available = l.available - c.amount, ${column} = l.${column} + c.amount,
       open = l.available - c.amount > 0 or l.held > 0
     from unnest($1::uuid[], $2::bigint[]) as c(id, amount) where l.id = c.id`,
    [moves.map((move) => move.lot), moves.map((move) => move.amount)],
  )

/** Puts spent amounts back into the lots they came from. */
export const restoreLots = (sql: Sql, moves: readonly { lot: string; amount: bigint }[]): Promise<object[]> =>
  sql.query(
    `update ledger.lot l set available = l.available + c.amount, spent = l.spent - c.amount, open = true
     from unnest($1::uuid[], $2::bigint[]) as c(id, amount) where l.id = c.id`,
    [moves.map((move) => move.lot), moves.map((move) => move.amount)],
  )

/** Lots past their expiry with something left. The index serves it; `limit` bounds one sweep. */
export const expiredLots = (
  sql: Sql,
  now: Millis,
  limit: number,
): Promise<{ id: string; wallet_id: string }[]> =>
  sql.query(
    `select id, wallet_id from ledger.lot where open and expires_at <= $1 and available > 0 order by expires_at limit $2`,
    [iso(now), limit],
  )

export type LotRow = {
  id: string
  wallet_id: string
  grant_id: string
  tranche: number
  priority: number
  scope_id: number
  effective_at: Millis
  expires_at: Millis | null
  available: bigint
}

export const lotRows = (sql: Sql, ids: readonly string[]): Promise<LotRow[]> =>
  sql.query(
    `select id, wallet_id, grant_id, tranche, priority, scope_id, effective_at, expires_at, available
     from ledger.lot where id = any ($1)`,
    [ids],
  )

export const lotAmounts = (
  sql: Sql,
  ids: readonly string[],
): Promise<{ id: string; wallet_id: string; available: bigint; expired: bigint }[]> =>
  sql.query('select id, wallet_id, available, expired from ledger.lot where id = any ($1) order by id', [ids])

export type EntryRow = {
  seq: bigint
  transfer: string
  kind: EntryKind
  n: number
  at: Millis
  source: Account
  target: Account
  lot_id: string | null
  grant_id: string | null
  party: string | null
  amount: bigint
  price_version: number | null
  cause: string | null
}

export const entriesOf = (sql: Sql, transfer: string): Promise<EntryRow[]> =>
  sql.query('select * from ledger.entry where transfer = $1 order by seq', [transfer])

export const correctionsOf = (sql: Sql, cause: string, lots: readonly string[]): Promise<EntryRow[]> =>
  sql.query(
    `select * from ledger.entry where lot_id = any ($2) and kind = 'adjust' and cause = $1 order by seq`,
    [cause, lots],
  )

export const walletsOfHolds = async (sql: Sql, ids: readonly string[]): Promise<string[]> =>
  (
    await sql.query<{ id: string }>(
      'select distinct wallet_id as id from ledger.hold where id = any ($1) order by 1',
      [ids],
    )
  ).map(({ id }) => id)

export const prolongHolds = (sql: Sql, ids: readonly string[], until: Millis): Promise<{ id: string }[]> =>
  sql.query(
    'update ledger.hold set expires_at = greatest(expires_at, $2::timestamptz) where id = any ($1) returning id',
    [ids, iso(until)],
  )

export const insertNote = (
  sql: Sql,
  note: { transfer: string; at: Millis; reason: string },
): Promise<object[]> =>
  sql.query('insert into ledger.note (transfer, at, reason) values ($1, $2, $3)', [
    note.transfer,
    iso(note.at),
    note.reason,
  ])

/** Holds to lapse: past their expiry, or of owners that are dead or unknown; those of durable owners only by expiry. */
export const lapsedHolds = (
  sql: Sql,
  ask: { now: Millis; dead: readonly string[]; durable: readonly string[]; limit: number },
): Promise<{ id: string }[]> =>
  sql.query(
    `select h.id from ledger.hold h
     where h.expires_at <= $1 or h.owner <> all ($3) and (
       h.owner = any ($2) or not exists (select 1 from ledger.owner o where o.id = h.owner)
     )
     order by h.id limit $4`,
    [iso(ask.now), ask.dead, ask.durable, ask.limit],
  )

export const owners = (sql: Sql): Promise<{ id: string; seen_at: Millis }[]> =>
  sql.query('select id, seen_at from ledger.owner order by id limit 10000')

/** See sql/000009: entries of a restored database go on above those they continue. */
export const rebase = (sql: Sql): Promise<object[]> => sql.query('select ledger.rebase()')

/** Each beat changes the row: a living process's clock stands still for as long as the system's was put back. */
export const seen = (sql: Sql, owner: string, now: Millis): Promise<object[]> =>
  sql.query(
    `insert into ledger.owner as o (id, started_at, seen_at) values ($1, $2, $2)
     on conflict (id) do update set seen_at = greatest(o.seen_at + interval '1 millisecond', excluded.seen_at)`,
    [owner, iso(now)],
  )

/** Owners long gone and without holds are forgotten. */
export const forgetOwners = (sql: Sql, before: Millis): Promise<object[]> =>
  sql.query(
    `delete from ledger.owner o where o.seen_at < $1 and not exists (select 1 from ledger.hold h where h.owner = o.id)`,
    [iso(before)],
  )
