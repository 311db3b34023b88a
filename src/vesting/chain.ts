import type { Portion } from './cliff.ts'
import { portionsOf } from './cliff.ts'
import { dayOfMonth } from './dates.ts'
import type { ParsedRuntime } from './runtime.ts'
import type { Template } from './template.ts'

/**
 * All portions of a grant in the order in which they vest: by date, then statement, then occurrence. Statements hang
 * together: each is anchored where the one before it ends, vested or not, and all keep the vesting day of the origin.
 */
export function chain(template: Template, runtime: ParsedRuntime): Portion[] {
  if (runtime.start === null) return []
  const vestingDay = dayOfMonth(runtime.start)
  let anchor = runtime.start
  const all: Portion[] = []
  for (const statement of template) {
    const policy = statement.grid?.policy ?? runtime.policy
    const firing = statement.event === null ? null : (runtime.firings.get(statement.event) ?? null)
    const { portions, next } = portionsOf(statement, { anchor, vestingDay, policy }, firing)
    for (const portion of portions) all.push(portion)
    anchor = next
  }
  return isOrdered(all) ? all : all.toSorted(inVestingOrder)
}

const inVestingOrder = (a: Portion, b: Portion): number =>
  a.day - b.day || a.order - b.order || a.occurrence - b.occurrence

/** Most chains come out in order, and a look is cheaper than a sort. */
const isOrdered = (portions: readonly Portion[]): boolean =>
  portions.every((portion, index) => index === 0 || inVestingOrder(portions[index - 1]!, portion) <= 0)
