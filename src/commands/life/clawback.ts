import { Fault } from '#base/fault.ts'
import { uuidOf } from '#base/id.ts'
import { dayOf } from '#base/time.ts'
import { z } from 'zod'
import type { Sql } from '#db/sql.ts'
import { checkReason } from '#grants/agreements.ts'
import { booksOf, lockWallets, openLots, spentOf, type OpenLot } from '#ledger/contracts.ts'
import { vestGrant } from '../vest.ts'
import type { LifeParts } from './parts.ts'

export type ClawbackAsk = {
  /** The caller's own id makes the command repeatable. */
  readonly id?: string | undefined
  readonly grant: string
  /** Why; it is kept with every entry. */
  readonly reason: string
  /** What has not vested is taken, too, and the grant ends. */
  readonly unvested: boolean
  /** At most so much of what has vested, the latest first; all that is left when absent. */
  readonly most?: bigint | undefined
  readonly by?: string | null | undefined
}

export type ClawedBack = {
  readonly unvested: bigint
  /** Of lots; what was exchanged into another asset is told apart, in that asset. */
  readonly vested: bigint
  readonly exchanged: readonly { readonly asset: string; readonly quantity: bigint }[]
  /** Reported, not taken: in calls that run, and spent for good. */
  readonly held: bigint
  readonly spent: bigint
  /** Of `most`, what there was nothing left of. */
  readonly missing: bigint
  readonly replayed: boolean
}

const amount = z.string().transform((text) => BigInt(text))
const revokedBody = z.object({
  unvested: amount,
  vested: amount,
  exchanged: z.array(z.object({ asset: z.string(), quantity: amount })),
  held: amount,
  spent: amount,
  missing: amount,
})

/** Takes back for cause what is left of a grant, never more than there is: a wallet does not go below zero. */
export async function clawback(
  parts: LifeParts,
  sql: Sql,
  ask: ClawbackAsk & { readonly id: string },
): Promise<ClawedBack> {
  const { grants, ledger, world } = parts
  const now = world.now()
  const reason = checkReason(ask.reason)
  const grant = await grants.locked(sql, ask.grant)
  const event = uuidOf('clawback', ask.id)
  const standing = (await grants.events(sql, grant.id)).find(({ id }) => id === event)
  if (standing) return { ...revokedBody.parse(standing.body), replayed: true }
  if (grant.status !== 'active' && grant.status !== 'ended') {
    const message = `the grant is ${grant.status}; withdraw it instead`
    throw new Fault('conflict', message, { param: 'grant_id' })
  }
  if (ask.most !== undefined && ask.most <= 0n) {
    throw new Fault('invalid', `most is ${ask.most}; give an amount above 0, or leave it out`, {
      param: 'most',
    })
  }
  if (grant.status === 'active') await vestGrant(parts, sql, { grant: grant.id, until: dayOf(now) }, now)
  const wallets = (await booksOf(sql, [grant.id])).map(({ wallet }) => wallet)
  await lockWallets(sql, [...new Set(wallets)], now)
  const books = await booksOf(sql, [grant.id])
  const lots = await openLots(
    sql,
    books.map((book) => book.grant),
  )

  let unvested = 0n
  if (ask.unvested && grant.status === 'active') {
    const loss = { id: uuidOf('clawback', ask.id, grant.id), grant: grant.id, to: 'revoked', reason } as const
    unvested = (await ledger.unvestedLost(sql, now, loss)).amount
    await grants.end(sql, grant.id, dayOf(now), now)
  }
  const own = latestFirst(lots.filter((lot) => lot.grant === grant.id))
  const vested = await take(parts, sql, { id: ask.id, lots: own, most: ask.most ?? null, reason })
  const exchanged: { asset: string; quantity: bigint }[] = []
  for (const book of ask.most === undefined
    ? books.filter(({ convertedFrom }) => convertedFrom !== null)
    : []) {
    const theirs = lots.filter((lot) => lot.grant === book.grant)
    const quantity = await take(parts, sql, { id: ask.id, lots: theirs, most: null, reason })
    if (quantity > 0n) exchanged.push({ asset: book.asset, quantity })
  }
  const body = {
    unvested,
    vested,
    exchanged,
    held: own.reduce((sum, { held }) => sum + held, 0n),
    spent: await spentOf(sql, [grant.id]),
    missing: ask.most === undefined ? 0n : ask.most - vested,
  }
  await grants.record(sql, {
    id: event,
    grant: grant.id,
    kind: 'revoked',
    on: dayOf(now),
    body: {
      reason,
      unvested: String(unvested),
      vested: String(vested),
      exchanged: exchanged.map(({ asset, quantity }) => ({ asset, quantity: String(quantity) })),
      held: String(body.held),
      spent: String(body.spent),
      missing: String(body.missing),
    },
    recordedAt: now,
    recordedBy: ask.by ?? null,
  })
  return { ...body, replayed: false }
}

const latestFirst = (lots: readonly OpenLot[]): readonly OpenLot[] =>
  lots.toSorted((a, b) => b.effectiveAt - a.effectiveAt || (a.id < b.id ? -1 : 1))

async function take(
  { ledger, world }: LifeParts,
  sql: Sql,
  order: { id: string; lots: readonly OpenLot[]; most: bigint | null; reason: string },
): Promise<bigint> {
  let taken = 0n
  for (const { id, available } of order.lots) {
    const left = order.most === null ? available : order.most - taken
    const part = available < left ? available : left
    if (part <= 0n) continue
    const loss = { id: uuidOf('clawback', order.id, id), lot: id, amount: part, reason: order.reason }
    await ledger.revoked(sql, world.now(), loss)
    taken += part
  }
  return taken
}
