import type { Layer } from '../../charts/StackChart.tsx'
import type { Usage } from '../../lib/contract.ts'
import { nano, sum } from '../../lib/money.ts'
import { titled } from '../../lib/words.ts'

/** So many groups have a colour of their own; the others are one. */
const COLOURS = 6

const CLASS_NAMES = new Set(['small', 'standard', 'frontier', 'embedding'])

export const groupName = (usage: Usage, name: string): string =>
  usage.by === 'purpose' || usage.by === 'class' || usage.by === 'door' || usage.by === 'provider'
    ? titled(name)
    : name

/** The colour of a group by its place; classes keep the colours that they have on every page. */
export function colorOf(usage: Usage, place: number): string {
  const group = usage.groups[place]
  if (usage.by === 'class' && group?.value && CLASS_NAMES.has(group.value))
    return `var(--class-${group.value})`
  return place < COLOURS && group?.value !== null ? `var(--series-${place + 1})` : 'var(--series-rest)'
}

export function layersOf(usage: Usage): readonly Layer[] {
  const own = usage.groups.slice(0, COLOURS).map((group, place) => ({
    name: groupName(usage, group.name),
    color: colorOf(usage, place),
  }))
  const rest = usage.groups.length - own.length
  return rest > 0 ? [...own, { name: restName(usage), color: 'var(--series-rest)' }] : own
}

function restName(usage: Usage): string {
  const [first, ...others] = usage.groups.slice(COLOURS)
  return first && others.length === 0 ? groupName(usage, first.name) : 'All others'
}

/** The amounts of a step as the layers have them. */
export function amountsOf(usage: Usage, amounts: readonly string[]): readonly bigint[] {
  const all = amounts.map(nano)
  const own = all.slice(0, COLOURS)
  return usage.groups.length > COLOURS ? [...own, sum(all.slice(COLOURS))] : own
}
