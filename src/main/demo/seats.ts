import { uuidOf } from '#base/id.ts'
import { invariant } from '#base/invariant.ts'
import { DAY, dayOf, HOUR, MINUTE, startOfDay, type DateText, type Millis } from '#base/time.ts'
import { monthlySeats, startForFirstRefill } from '#grants/shapes.ts'
import { cost } from '#prices/cost.ts'
import type { Principal } from '#spending/types.ts'
import type { Use } from '#telemetry/claude.ts'
import type { Rooms } from '../rooms.ts'
import { rollFrom } from './dice.ts'

/** Seats of a subscription beside the credit: who has one, and what they used it for since it was granted. */

const SEATED = ['Maya Lindqvist', 'Ravi Menon', 'Noor Haddad', 'Li Wen', 'Jonas Weber']
/** Uses a subscription that nobody granted: it shows as unbacked. */
const UNSEATED = 'Elif Demir'
const GRANTED_DAYS_AGO = 100
const SEED = 4_711
const MODEL = 'claude-sonnet-4-6'
const NANO_PER_MICRO = 1_000n

export type SeatMember = {
  readonly id: string
  readonly plan: { readonly name: string }
  readonly hiredOn: DateText
  readonly principal: Principal | null
}

/** A year of seats, one a month, for each of the seated. */
export async function grantSeats(
  { commands }: Rooms,
  members: readonly SeatMember[],
  today: Millis,
): Promise<void> {
  const template = await commands.createTemplate({
    id: uuidOf('demo template', 'seat'),
    name: 'Claude seat, monthly',
    ...monthlySeats({ months: 12, keepMonths: 1 }),
  })
  // From the first of a month, so that each month's seat is there before its first use.
  const since = firstOfMonth(today - GRANTED_DAYS_AGO * DAY)
  for (const { id, plan, hiredOn } of members) {
    if (!SEATED.includes(plan.name)) continue
    const first = hiredOn > since ? hiredOn : since
    await commands.issueGrant({
      id: uuidOf('demo grant', 'seat', id),
      person: id,
      template: template.id,
      quantity: 12n,
      denomination: 'seat_month',
      startDate: startForFirstRefill(first),
      grantDate: first,
      name: 'Claude seat',
    })
  }
}

/** What the clients told on one day, through the room that real telemetry takes. Dice of its own: no other figure moves. */
export async function tellSeats(
  rooms: Rooms,
  ask: {
    members: readonly SeatMember[]
    day: DateText
    today: Millis
    set: (at: Millis) => void
    now: () => Millis
  },
): Promise<void> {
  const { members, day, today, set } = ask
  const weekday = new Date(startOfDay(day)).getUTCDay()
  if (day < firstOfMonth(today - GRANTED_DAYS_AGO * DAY) || weekday === 0 || weekday === 6) return
  for (const { id, plan, hiredOn, principal } of members) {
    if (!principal || day < hiredOn || !(SEATED.includes(plan.name) || plan.name === UNSEATED)) continue
    const uses = usesOf(rooms, { person: id, day }).filter(({ at }) => at <= today)
    const last = uses.at(-1)
    if (!last) continue
    set(Math.max(ask.now(), last.at))
    await rooms.seats.record(
      { person: id, wallet: principal.wallet, key: principal.key.id, purpose: 'work' },
      uses,
    )
  }
}

const firstOfMonth = (at: Millis): DateText => `${dayOf(at).slice(0, 7)}-01`

function usesOf({ prices }: Rooms, { person, day }: { person: string; day: DateText }): Use[] {
  const dice = rollFrom(SEED ^ Number.parseInt(uuidOf('demo seat day', person, day).slice(0, 8), 16))
  const start = startOfDay(day) + 8 * HOUR + dice.below(120) * MINUTE
  const session = uuidOf('demo session', person, day)
  return Array.from({ length: dice.below(90) }, (_, n): Use => {
    const at = start + n * 5 * MINUTE
    const price = prices.resolve('anthropic', MODEL, at)
    invariant(price, `the price book knows ${MODEL}`)
    const tokens = {
      input: 20 + dice.below(400),
      cacheRead: 15_000 + dice.below(90_000),
      cacheWrite5m: dice.below(9_000),
      cacheWrite1h: 0,
      output: 100 + dice.below(2_400),
    }
    return {
      ...tokens,
      requestId: `req_${uuidOf('demo request', person, day, String(n)).replaceAll('-', '')}`,
      at,
      model: MODEL,
      session,
      worth: (cost(price, tokens).nano / NANO_PER_MICRO) * NANO_PER_MICRO,
    }
  })
}
