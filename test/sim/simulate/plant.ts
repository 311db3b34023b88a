import { invariant } from '#base/invariant.ts'
import type { Db } from '#db/sql.ts'
import type { PromiseName } from './check.ts'
import { NOTHING_PLANTED, type Planted } from './company.ts'

/** A bug put into the product itself, and the promise that it breaks. */
export type Plant = {
  readonly bug: string
  /** A seed that runs into it soon, so that its story is found quickly. */
  readonly seed: number
  /** Any of these names it. */
  readonly breaks: readonly PromiseName[]
  /** Changes the database: its functions, or a constraint that would stop the bug. */
  readonly sql: (db: Db) => Promise<void>
  readonly code: Planted
}

const nothing = (): Promise<void> => Promise.resolve()

/** Replaces a text of a function by another; the text must stand there, or the bug would not be planted at all. */
async function change(db: Db, name: string, changes: readonly (readonly [string, string])[]): Promise<void> {
  const [row] = await db.query<{ text: string }>('select pg_get_functiondef($1::regproc) as text', [name])
  let { text } = row!
  for (const [from, to] of changes) {
    invariant(text.includes(from), `${name} says "${from}"`)
    text = text.replaceAll(from, () => to)
  }
  await db.query(text)
}

const inSpend =
  (...changes: readonly (readonly [string, string])[]) =>
  (db: Db): Promise<void> =>
    change(db, 'ledger.spend', changes)

/** A statement that goes out otherwise than the room wrote it. */
function said(from: string, to: string): Planted & { readonly wasSaid: () => boolean } {
  let count = 0
  return {
    ...NOTHING_PLANTED,
    rewrite: (text) => {
      if (!text.includes(from)) return text
      count += 1
      return text.replaceAll(from, () => to)
    },
    wasSaid: () => count > 0,
  }
}

/** The ledger makes a second lot of each tranche, as if it had not known that it stands. */
const vestsTwice: Planted = {
  ...NOTHING_PLANTED,
  replica: (replica) => {
    const { vested } = replica.ledger
    const twice: typeof vested = async (sql, now, requests) => {
      const outcomes = await vested(sql, now, requests)
      for (const one of requests) {
        const [book] = await sql.query<{ unvested: bigint }>(
          'select unvested from ledger.grant_book where grant_id = $1',
          [one.grant],
        )
        if (book!.unvested < one.quantity) continue
        await vested(sql, now, [{ ...one, tranche: one.tranche + 5_000 }])
      }
      return outcomes
    }
    Object.assign(replica.ledger, { vested: twice })
    return replica
  },
}

export const PLANTS: readonly Plant[] = [
  {
    bug: 'a settle charges more than its hold',
    seed: 7,
    breaks: ['a settle never exceeds its hold'],
    sql: async (db) => {
      await change(db, 'ledger.spend', [['rest := least(o.most, o.amount);', 'rest := o.most;']])
      await db.query('alter table ledger.usage drop constraint charged_within_its_hold')
    },
    code: NOTHING_PLANTED,
  },
  {
    bug: 'a tranche vests twice',
    seed: 3,
    breaks: ['a tranche vests once, when it is due, as the contract says'],
    sql: nothing,
    code: vestsTwice,
  },
  {
    bug: 'a wallet takes over the time of whoever writes to it',
    seed: 6,
    breaks: ["a wallet's own time never runs backwards"],
    sql: nothing,
    code: said('greatest(w.last_at, $2::timestamptz)', '$2::timestamptz'),
  },
  {
    bug: 'holds past their time are left alone',
    seed: 2,
    breaks: ['every hold ends, and not before its time'],
    sql: nothing,
    code: said('h.expires_at <= $1', "h.expires_at <= $1::timestamptz - interval '30 days'"),
  },
  {
    bug: 'lots are drawn by expiry before priority',
    seed: 7,
    breaks: ['lots are drawn by priority, soonest expiry, oldest, within their scope'],
    sql: inSpend(['l.wallet_id, l.priority, l.expires_at,', 'l.wallet_id, l.expires_at, l.priority,']),
    code: NOTHING_PLANTED,
  },
  {
    bug: 'the cap of a key is not looked at',
    seed: 1,
    breaks: ['no key spends above its cap'],
    sql: inSpend(
      ['if most < least_of then', 'if false then'],
      ['most := least(most, greatest(c_amount[cap] - used, 0));', 'most := most;'],
    ),
    code: NOTHING_PLANTED,
  },
  {
    bug: 'a lapsed hold is charged nothing',
    seed: 2,
    breaks: ['a lapsed hold is charged what was certain'],
    sql: inSpend(['rest := o.floor;', 'rest := 0;']),
    code: NOTHING_PLANTED,
  },
  {
    bug: 'a lot is drawn after its expiry',
    seed: 12,
    breaks: [
      'what has expired is not spent, and what has not is not lost',
      'lots are drawn by priority, soonest expiry, oldest, within their scope',
    ],
    sql: inSpend(['and l_to[p] > moment', '']),
    code: NOTHING_PLANTED,
  },
  {
    bug: 'what the company absorbs is not booked',
    seed: 7,
    breaks: ['usage is what the entries say'],
    sql: inSpend(['if b[o.i] > 0 then', 'if false then']),
    code: NOTHING_PLANTED,
  },
  {
    bug: 'a settle that is asked again is answered with its cost',
    seed: 7,
    breaks: ['the same command gives the same answer'],
    sql: inSpend(['codes[o.i] := 12; a[o.i] := past.charged;', 'codes[o.i] := 12; a[o.i] := past.cost;']),
    code: NOTHING_PLANTED,
  },
]
