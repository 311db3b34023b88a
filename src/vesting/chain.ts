import type { Calendar } from './calendar.ts'
import type { Portion } from './cliff.ts'
import { portionsOf } from './cliff.ts'
import type { Day } from './dates.ts'
import { dayOfMonth } from './dates.ts'
import type { ParsedRuntime } from './runtime.ts'
import type { EventCondition, Template } from './template.ts'

/**
 * All portions of a chain in the order in which they vest: by date, then statement, then occurrence. Statements hang
 * together: each is anchored where the one before it ends, vested or not, and all keep the vesting day of the origin.
 */
export function portionsInOrder(template: Template, runtime: ParsedRuntime, calendar: Calendar): Portion[] {
  if (runtime.start === null) return []
  const vestingDay = dayOfMonth(runtime.start)
  let anchor = runtime.start
  const all: Portion[] = []
  for (const statement of template) {
    const policy = statement.grid?.policy ?? runtime.policy
    const firing = statement.event === null ? null : countedFiring(statement.event, runtime)
    const { portions, next } = portionsOf(statement, { anchor, vestingDay, policy }, { firing, calendar })
    for (const portion of portions) all.push(portion)
    anchor = next
  }
  return isOrdered(all) ? all : all.toSorted(inVestingOrder)
}

/** The day on which an event fired, if that lies in its window. */
export function countedFiring(event: EventCondition, { firings }: ParsedRuntime): Day | null {
  const firing = firings.get(event.id)
  return firing !== undefined && event.after <= firing && firing <= event.before ? firing : null
}

/** Compared before they are subtracted: days that are not known are infinite. */
export const inVestingOrder = (a: Portion, b: Portion): number =>
  (a.day === b.day ? 0 : a.day - b.day) ||
  a.statement.order - b.statement.order ||
  a.occurrence - b.occurrence

/** Most chains come out in order, and a look is cheaper than a sort. */
const isOrdered = (portions: readonly Portion[]): boolean =>
  portions.every((portion, index) => index === 0 || inVestingOrder(portions[index - 1]!, portion) <= 0)
