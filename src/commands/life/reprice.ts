import { isExchangeable, type Exchangeable } from '#base/asset.ts'
import { Fault, messageOf } from '#base/fault.ts'
import { uuidOf } from '#base/id.ts'
import { invariant } from '#base/invariant.ts'
import { compare, div, floor, mul, ONE, rational, sub, type Rational } from '#base/rational.ts'
import { dayOf, startOfDay, type DateText, type Millis } from '#base/time.ts'
import { z } from 'zod'
import { isConnectionLost, type Sql } from '#db/sql.ts'
import { repriceable } from '#grants/changes.ts'
import type { Repricing } from '#grants/clauses.ts'
import type { GrantEvent } from '#grants/event.ts'
import type { Grant } from '#grants/grant.ts'
import { parseShare } from '#grants/share.ts'
import { MAX_QUANTITY } from '#grants/terms.ts'
import { bookOf } from '#ledger/contracts.ts'
import { rateText } from '#prices/exchange-ask.ts'
import { vestGrant } from '../vest.ts'
import { grow, multiple, planAnew } from './lived.ts'
import type { LifeParts } from './parts.ts'
import { livedOf, vestedOf } from './replan.ts'

/** What one grant grows by, and why; `none` says why it does not. */
export type Repriced =
  | { readonly kind: 'none'; readonly grant: string; readonly why: string }
  | {
      readonly kind: 'grows'
      readonly grant: string
      readonly name: string
      readonly index: string
      /** Dollars for one of what people count, then and now. */
      readonly before: { readonly on: DateText; readonly rate: string }
      readonly now: { readonly on: DateText; readonly rate: string }
      readonly unvested: bigint
      readonly added: bigint
      /** The contract's ceiling cut it. */
      readonly capped: boolean
      readonly installments: readonly { readonly date: DateText; readonly quantity: bigint }[]
      readonly why: string
    }

export type RepriceAsk = { readonly grant: string; readonly by?: string | null | undefined }

const baseBody = z.object({ rate_n: z.string(), rate_d: z.string() })

type Reckoned = {
  readonly answer: Repriced
  readonly factor: Rational
  readonly rate: Rational
  readonly vested: bigint
}

/** What re-pricing would do to a grant now; nothing is written. */
export const previewReprice = (parts: LifeParts, ask: RepriceAsk): Promise<Repriced> =>
  parts.db.tx(async (sql) => {
    await sql.query('set transaction isolation level repeatable read, read only')
    return (await reckon(parts, sql, await parts.grants.grant(sql, ask.grant))).answer
  })

/** What has not vested grows so that it is worth what it was, as the contract says; what has vested stays. */
export async function reprice(parts: LifeParts, sql: Sql, ask: RepriceAsk): Promise<Repriced> {
  const { grants, ledger, people, world } = parts
  const now = world.now()
  const today = dayOf(now)
  const grant = await grants.locked(sql, ask.grant)
  if (grant.status === 'active') await vestGrant(parts, sql, { grant: grant.id, until: today }, now)
  const { answer, factor, rate, vested } = await reckon(parts, sql, grant)
  if (answer.kind === 'none') return answer
  const person = await people.find(grant.person, sql)
  invariant(person, 'a grant belongs to a person')
  const by = ask.by ?? null
  const id = uuidOf('repriced', grant.id, String(grant.version))
  await ledger.raised(sql, now, { id, grant: grant.id, amount: answer.added, reason: answer.why })
  const { n: version } = await grants.revise(
    sql,
    {
      grant: grant.id,
      change: { quantity: grant.quantity + answer.added },
      installments: answer.installments,
      effectiveOn: today,
      reason: answer.why,
      by,
      personName: person.name,
    },
    now,
  )
  await grants.record(sql, {
    id,
    grant: grant.id,
    kind: 'repriced',
    on: today,
    body: {
      version,
      index: answer.index,
      rate_n: String(rate.n),
      rate_d: String(rate.d),
      factor_n: String(factor.n),
      factor_d: String(factor.d),
      added: String(answer.added),
      vested: String(vested),
      capped: answer.capped,
    },
    recordedAt: now,
    recordedBy: by,
  })
  return answer
}

/** Every grant whose contract says so. Returns how many grew. For a worker: a grant that cannot be re-priced stops no other. */
export async function repriceDue(parts: LifeParts, limit: number): Promise<number> {
  let grown = 0
  const failures: string[] = []
  for (const id of await repriceable(parts.db, limit)) {
    try {
      const { kind } = await previewReprice(parts, { grant: id })
      if (kind === 'none') continue
      const done = await parts.db.tx((sql) => reprice(parts, sql, { grant: id }))
      if (done.kind === 'grows') grown += 1
    } catch (error) {
      if (isConnectionLost(error)) throw error
      failures.push(`${id}: ${messageOf(error)}`)
    }
  }
  if (failures.length === 0) return grown
  throw new Fault('conflict', `${failures.length} grants could not be re-priced; ${failures[0]}`, {
    param: 'grant_id',
  })
}

async function reckon(parts: LifeParts, sql: Sql, grant: Grant): Promise<Reckoned> {
  const none = (why: string): Reckoned => ({
    answer: { kind: 'none', grant: grant.id, why },
    factor: ONE,
    rate: ONE,
    vested: 0n,
  })
  const { repricing } = grant.clauses
  if (!repricing) return none('its contract says nothing of re-pricing')
  if (grant.status !== 'active') return none(`it is ${grant.status}`)
  if (repricing.floor === 'quantity') return none('its floor is the quantity, which stays as it is')
  const now = parts.world.now()
  const today = dayOf(now)
  const index = indexOf(repricing)
  const lived = await livedOf(parts, sql, grant)
  const last = lived.events.findLast(({ kind }) => kind === 'repriced') ?? null
  const before = await baseRate(parts, grant, index, last)
  const current = parts.rates?.rate(index, 'USD', now)?.rate ?? null
  if (!before || !current) return none(`the exchange table has no rate of ${index} in USD for both days`)
  const fall = sub(ONE, div(current, before.rate))
  const { threshold } = repricing
  const told = (rate: Rational): string => rateText({ from: index, to: 'USD', rate })
  const say = `${index} fell from ${told(before.rate)} on ${before.on} to ${told(current)} on ${today}`
  if (fall.n <= 0n || compare(fall, parseShare(threshold, 'repricing.threshold')) < 0)
    return none(`${index} has not fallen by ${threshold} since ${before.on}`)
  const tranches = await parts.grants.tranches(sql, [grant.id])
  const book = await bookOf(sql, grant.id)
  // What is due today vests before: a preview leaves it out as the command does.
  const due = (await parts.grants.planned(sql, grant.id))
    .filter(({ vestedAt, forfeitedAt, date }) => vestedAt === null && forfeitedAt === null && date <= today)
    .reduce((sum, { quantity }) => sum + quantity, 0n)
  const unvested = (book?.unvested ?? 0n) - due
  if (unvested <= 0n) return none('all of it has vested')
  const wanted = floor(mul(rational(unvested), div(before.rate, current))) - unvested
  const first = lived.versions[0]?.quantity ?? grant.quantity
  const most = floor(mul(rational(first), multiple(repricing.atMost)))
  const room = (most < MAX_QUANTITY ? most : MAX_QUANTITY) - grant.quantity
  const added = wanted < room ? wanted : room
  if (added <= 0n) return none(`it has reached ${repricing.atMost} times its first quantity`)
  const factor = rational(unvested + added, unvested)
  const vested = vestedOf(tranches) + due
  const plan = planAnew(lived, { today, vested, most: unvested })
  const installments = grow(plan.installments, { on: today, factor, vested: 0n })
  const answer: Repriced = {
    kind: 'grows',
    grant: grant.id,
    name: grant.name,
    index,
    before: { on: before.on, rate: told(before.rate) },
    now: { on: today, rate: told(current) },
    unvested,
    added,
    capped: added < wanted,
    installments,
    why: `${say}: what has not vested, ${unvested}, grows by ${added} to keep its worth`,
  }
  return { answer, factor, rate: current, vested }
}

/** The rate at the last re-pricing, or at the grant's start. */
async function baseRate(
  parts: LifeParts,
  grant: Grant,
  index: Exchangeable,
  last: GrantEvent | null,
): Promise<{ readonly on: DateText; readonly rate: Rational } | null> {
  if (last) {
    const { rate_n: n, rate_d: d } = baseBody.parse(last.body)
    return { on: last.on, rate: rational(BigInt(n), BigInt(d)) }
  }
  const at: Millis = startOfDay(grant.grantDate)
  const found = parts.rates?.rate(index, 'USD', at)
  return found ? { on: grant.grantDate, rate: found.rate } : null
}

function indexOf({ index }: Repricing): Exchangeable {
  if (isExchangeable(index)) return index
  throw new Fault('invalid', `repricing.index is "${index}"; it names no asset of the exchange table`, {
    param: 'repricing.index',
  })
}
