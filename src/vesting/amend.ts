import { formatDay, type Day } from './dates.ts'
import type { Item } from './item.ts'
import { ALWAYS } from './item.ts'

/**
 * The old curve up to the day before `from`, the new one from there on. What has vested by then stays: if it is less
 * than the new curve has by then, the difference vests on `from`; if it is more, the new curve catches up first.
 */
export function amended(old: readonly Item[], next: readonly Item[], from: Day): readonly Item[] {
  const before = old.filter((item) => item.day < from && !(item.waiting && item.lostOn === null))
  const vested = sum(before.filter(({ lostOn }) => lostOn === null))
  const result: Item[] = [...before]
  const stands = next.filter((item) => item.lostOn === null)
  const due = sum(stands.filter((item) => item.day < from && !item.waiting))
  if (due > vested) {
    result.push({
      day: from,
      quantity: due - vested,
      cause: { kind: 'amendment', from: formatDay(from) },
      lostOn: null,
      knownFrom: ALWAYS,
      rank: -1,
      waiting: false,
      firm: stands.every(({ firm }) => firm) && before.every(({ firm }) => firm),
    })
  }
  let reached = due
  let planned = due > vested ? due : vested
  for (const item of next) {
    if (item.day < from && !item.waiting) continue
    if (item.lostOn !== null) {
      result.push(item)
      continue
    }
    reached += item.quantity
    if (reached <= planned) continue
    result.push({ ...item, quantity: reached - planned })
    planned = reached
  }
  return result
}

const sum = (items: readonly Item[]): bigint => items.reduce((total, { quantity }) => total + quantity, 0n)
