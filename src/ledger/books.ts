import type { Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'

/** A lot as a process knows it: `from` ≤ moment < `to` is when it may be drawn. */
export type BookLot = {
  readonly id: string
  readonly scope: number
  readonly from: Millis
  readonly to: Millis
  available: bigint
  held: bigint
}

/** What a process knows of a wallet, as it stood at a version of it: its own time, and its open lots in draw order. */
export type Book = {
  readonly wallet: string
  version: number
  last: Millis
  readonly lots: readonly BookLot[]
}

/** A hold that this process made: what it drew from each lot, in draw order. */
export type Standing = {
  readonly wallet: string
  readonly amount: bigint
  readonly parts: readonly { readonly lot: string; readonly amount: bigint }[]
  readonly party: string
  readonly priceVersion: number
}

const MOST_BOOKS = 20_000
const MOST_STANDING = 50_000
/** A wallet with more open lots than this is left to the database. */
const MOST_LOTS = 64
/** For so many batches the database decides for a wallet that somebody else writes to, too, or that has a cap. */
const LEFT_FOR = 256

type BookRow = {
  readonly id: string
  readonly version: bigint
  readonly last: bigint
  readonly capped: boolean
  readonly lots: readonly (readonly [string, number, Millis, Millis | null, string, string])[]
}

const BOOKS = 'select * from ledger.books($1, $2)'

const bookOf = ({ id, version, last, lots }: BookRow): Book => ({
  wallet: id,
  version: Number(version),
  last: Number(last),
  lots: lots.map(([lot, scope, from, to, available, held]) => ({
    id: lot,
    scope,
    from,
    to: to ?? Number.POSITIVE_INFINITY,
    available: BigInt(available),
    held: BigInt(held),
  })),
})

/**
 * The wallets that this process spends from, and the holds that it made: what it knows of them, and nothing that is not
 * checked when it is used. What was read first is forgotten first.
 */
export function openBooks(sql: Sql) {
  const books = new Map<string, Book>()
  const standing = new Map<string, Standing>()
  /** Until which batch the database decides for a wallet. */
  const left = new Map<string, number>()
  let batch = 0

  const forget = (wallet: string): void => void books.delete(wallet)

  /** The database decides for this wallet for a while. */
  function leave(wallet: string): void {
    forget(wallet)
    left.set(wallet, batch + LEFT_FOR)
    for (const oldest of left.keys()) {
      if (left.size <= MOST_BOOKS) break
      left.delete(oldest)
    }
  }

  const isLeft = (wallet: string): boolean => {
    const until = left.get(wallet)
    if (until === undefined) return false
    if (until > batch) return true
    left.delete(wallet)
    return false
  }

  return {
    get: (wallet: string): Book | null => books.get(wallet) ?? null,
    standing: (id: string): Standing | null => standing.get(id) ?? null,

    /** Reads those of the wallets that are not known. One that has a cap, or very many lots, is not made a book. */
    async load(wallets: Iterable<string>): Promise<void> {
      batch += 1
      const wanted = [...new Set(wallets)].filter((wallet) => !books.has(wallet) && !isLeft(wallet))
      if (wanted.length === 0) return
      for (const row of await sql.query<BookRow>(BOOKS, [wanted, MOST_LOTS])) {
        if (row.capped || row.lots.length > MOST_LOTS) leave(row.id)
        else books.set(row.id, bookOf(row))
      }
      for (const oldest of books.keys()) {
        if (books.size <= MOST_BOOKS) break
        books.delete(oldest)
      }
    },

    forget,

    /** What was known of these wallets was wrong: somebody else writes to one of them. */
    shared(wallets: Iterable<string>): void {
      for (const wallet of wallets) leave(wallet)
    },

    held(id: string, hold: Standing): void {
      standing.set(id, hold)
      if (standing.size <= MOST_STANDING) return
      standing.delete(standing.keys().next().value!)
    },

    ended: (id: string): void => void standing.delete(id),
  }
}

export type Books = ReturnType<typeof openBooks>
