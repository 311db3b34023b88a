import type { Asset } from '#base/asset.ts'
import { invariant } from '#base/invariant.ts'
import { iso, type DateText, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Account, EntryKind } from '#ledger/types.ts'
import { MOVES, NO_MOVE, plus, type Move, type Moves, type Owed } from './attribution.ts'

/** One grant in one asset: what was owed of it at two instants, and what moved between them. */
export type Holding = {
  /** Of the ledger; what was exchanged out of a grant has a book of its own in the other asset. */
  readonly book: string
  readonly grant: string
  readonly name: string
  readonly denomination: string
  readonly startDate: DateText
  readonly asset: Asset
  readonly wallet: string
  readonly person: Holder
  readonly opening: Owed
  readonly moves: Moves
  readonly closing: Owed
  /** Where what vested lies: what was left of each lot at the two instants. */
  readonly lots: readonly LeftLot[]
}

export type LeftLot = {
  readonly lot: string
  readonly expiresAt: Millis | null
  readonly opening: bigint
  readonly closing: bigint
}

export type Holder = {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly level: string
  readonly entity: string
  readonly manager: string | null
  readonly managerName: string | null
  readonly country: string
  readonly hiredOn: DateText
  readonly leftOn: DateText | null
}

type BookRow = Omit<Holding, 'person' | 'opening' | 'closing' | 'moves' | 'lots'> & {
  readonly personId: string
  readonly personName: string
  readonly email: string
  readonly level: string
  readonly entity: string
  readonly manager: string | null
  readonly managerName: string | null
  readonly country: string
  readonly hiredOn: DateText
  readonly leftOn: DateText | null
  /** Of the book, now. */
  readonly unvested: bigint
}

type MovedRow = {
  readonly book: string
  readonly kind: EntryKind
  readonly source: Account
  readonly target: Account
  readonly within: bigint
  /** Since the second instant. */
  readonly after: bigint
}

/** Of one lot: what is left of it now, and what changed that. */
type LotRow = {
  readonly book: string
  readonly lot: string
  readonly expiresAt: Millis | null
  readonly left: bigint
  readonly kind: null
  readonly within: bigint
  readonly after: bigint
}

const MAX_BOOKS = 200_000

/** Index: wallet (person_id, asset), grant_book_wallet, grant's key. */
const BOOKS = `
  select b.grant_id as book, g.id as grant, g.name, g.denomination, g.start_date as "startDate", w.asset, w.id as wallet,
    p.id as "personId", p.name as "personName", p.email, p.level, n.name as entity, p.manager_id as manager,
    m.name as "managerName", p.country, p.hired_on as "hiredOn", p.left_on as "leftOn",
    b.unvested
  from ledger.wallet w join ledger.grant_book b on b.wallet_id = w.id
    join grants.grant g on g.id = coalesce(b.converted_from, b.grant_id)
    join people.person p on p.id = w.person_id join people.legal_entity n on n.id = p.entity_id
    left join people.person m on m.id = p.manager_id
  where ($1::uuid is null or w.person_id = $1) and ($2::uuid is null or g.id = $2)
  order by lower(p.name) collate "C", p.id, g.created_at, g.id, w.asset limit ${MAX_BOOKS + 1}`

/** Holds and what came back of them stay within what is owed; what the company absorbed was never owed. */
const COUNTS = `e.kind not in ('hold', 'release', 'absorb') and e.at > $1`

const PER_LOT = `select book, lot_id, kind, source, target,
    coalesce(sum(amount) filter (where at <= $2), 0)::bigint as within,
    coalesce(sum(amount) filter (where at > $2), 0)::bigint as after`

/** Of everybody: one pass over the entries that were made since. */
const ALL = `
  ${PER_LOT} from (
    select e.grant_id as book, e.lot_id, e.kind, e.source, e.target, e.amount, e.at from ledger.entry e where ${COUNTS}
  ) e group by book, lot_id, kind, source, target`

/** Of some books. Index: entry_grant, entry_lot, lot_tranche (grant_id, …). */
const OF_BOOKS = `
  ${PER_LOT} from (
    select e.grant_id as book, e.lot_id, e.kind, e.source, e.target, e.amount, e.at from ledger.entry e
    where e.grant_id = any ($3) and ${COUNTS}
    union all
    select null, e.lot_id, e.kind, e.source, e.target, e.amount, e.at
    from ledger.lot l join ledger.entry e on e.lot_id = l.id where l.grant_id = any ($3) and ${COUNTS}
  ) e group by book, lot_id, kind, source, target`

/**
 * What moved of each book, and of each lot. Lots that stand now are told too: what was left at an instant is what is left now, less
 * what has moved since. Index: lot_draw (open), lot's key.
 */
const MOVED = (entries: string, lots: string): string => `
  with moved as materialized (${entries}), of_lots as materialized (
    select coalesce(m.book, l.grant_id) as book, m.lot_id, m.kind, m.source, m.target, m.within, m.after
    from moved m left join ledger.lot l on l.id = m.lot_id
  ), changed as (
    select lot_id, sum(sign * within)::bigint as within, sum(sign * after)::bigint as after from (
      select *, (target in ('available', 'held'))::int - (source in ('available', 'held'))::int as sign from of_lots
      where lot_id is not null
    ) s group by lot_id
  )
  select book, null::uuid as lot, null::timestamptz as "expiresAt", null::bigint as left, kind, source, target,
    sum(within)::bigint as within, sum(after)::bigint as after
  from of_lots where kind <> 'carry' group by book, kind, source, target
  union all
  select l.grant_id, l.id, l.expires_at, l.available + l.held, null, null, null, coalesce(c.within, 0), coalesce(c.after, 0)
  from ledger.lot l left join changed c on c.lot_id = l.id
  where (l.open or c.lot_id is not null) ${lots}`

/**
 * What stands of everybody's grants (or one person's, or one grant's) at the end of `from`, and of `until`: the running totals of
 * now, less every entry that was made since. Books that owe nothing at either and did not move between are left out.
 */
export async function holdings(
  sql: Sql,
  span: { readonly from: Millis; readonly until: Millis },
  of: { readonly person?: string | null; readonly grant?: string | null } = {},
): Promise<readonly Holding[]> {
  const books = await sql.query<BookRow>(BOOKS, [of.person ?? null, of.grant ?? null])
  invariant(books.length <= MAX_BOOKS, `at most ${MAX_BOOKS} books of grants are valued at once`)
  const times = [iso(span.from), iso(span.until)]
  const narrow = (of.person ?? of.grant ?? null) !== null
  const rows = narrow
    ? await sql.query<MovedRow | LotRow>(MOVED(OF_BOOKS, 'and l.grant_id = any ($3)'), [
        ...times,
        books.map(({ book }) => book),
      ])
    : await sql.query<MovedRow | LotRow>(MOVED(ALL, ''), times)
  const byBook = Map.groupBy(rows, ({ book }) => book)
  return books.map((book) => holdingOf(book, byBook.get(book.book) ?? [])).filter(isAlive)
}

function holdingOf(
  {
    personId,
    personName,
    email,
    level,
    entity,
    manager,
    managerName,
    country,
    hiredOn,
    leftOn,
    unvested,
    ...book
  }: BookRow,
  rows: readonly (MovedRow | LotRow)[],
): Holding {
  const moves = Object.fromEntries(MOVES.map((move) => [move, NO_MOVE])) as Record<Move, Owed>
  const lots = rows
    .flatMap((row) => {
      if (row.kind !== null) return []
      const closing = row.left - row.after
      return [{ lot: row.lot, expiresAt: row.expiresAt, opening: closing - row.within, closing }]
    })
    .filter(({ opening, closing }) => opening !== 0n || closing !== 0n)
    .toSorted((a, b) => (a.lot < b.lot ? -1 : 1))
  let closing: Owed = { unvested, vested: lots.reduce((sum, lot) => sum + lot.closing, 0n) }
  for (const row of rows) {
    const meaning = row.kind === null ? null : meaningOf(row)
    if (meaning === null || row.kind === null) continue
    const times = (by: bigint): Owed => ({ unvested: meaning.unvested * by, vested: meaning.vested * by })
    moves[meaning.move] = plus(moves[meaning.move], times(row.within))
    closing = { ...closing, unvested: closing.unvested - meaning.unvested * row.after }
  }
  const opening = Object.values(moves).reduce(
    (sum, move) => ({ unvested: sum.unvested - move.unvested, vested: sum.vested - move.vested }),
    closing,
  )
  const person = {
    id: personId,
    name: personName,
    email,
    level,
    entity,
    manager,
    managerName,
    country,
    hiredOn,
    leftOn,
  }
  return { ...book, person, opening, moves, closing, lots }
}

type Meaning = { readonly move: Move; readonly unvested: bigint; readonly vested: bigint }

/** What an entry does to what is owed; null where it stays within it. */
export function meaningOf({
  kind,
  source,
  target,
}: Pick<MovedRow, 'kind' | 'source' | 'target'>): Meaning | null {
  const side = (account: Account, sign: bigint): { unvested: bigint; vested: bigint } => ({
    unvested: account === 'unvested' ? sign : 0n,
    vested: account === 'available' || account === 'held' ? sign : 0n,
  })
  const [out, into] = [side(source, -1n), side(target, 1n)]
  const delta = { unvested: out.unvested + into.unvested, vested: out.vested + into.vested }
  if (delta.unvested === 0n && delta.vested === 0n) return null
  const move = moveOf(kind, source, target)
  return move === null ? null : { move, ...delta }
}

function moveOf(kind: EntryKind, source: Account, target: Account): Move | null {
  switch (kind) {
    case 'granted':
      return 'granted'
    case 'vested':
      return 'vesting'
    case 'settle':
    case 'lapse':
      return 'use'
    case 'expire':
      return 'expiry'
    case 'forfeit':
      return 'forfeiture'
    case 'revoke':
      return 'revocation'
    case 'convert':
      return 'exchanged'
    case 'adjust':
      // A call that was corrected gives back what it used; a grant that was raised or reduced promises more or less.
      return source === 'spent' || target === 'spent' ? 'use' : 'granted'
    case 'hold':
    case 'release':
    case 'absorb':
    case 'carry':
      return null
  }
}

const isAlive = ({ opening, closing, moves }: Holding): boolean =>
  [opening, closing, ...Object.values(moves)].some(({ unvested, vested }) => unvested !== 0n || vested !== 0n)
