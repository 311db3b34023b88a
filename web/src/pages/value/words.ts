import { isAsset, quantityName } from '../../lib/base.ts'
import type { Asset } from '../../lib/base.ts'
import { nano, usd, usdHeading } from '../../lib/money.ts'
import { dateWords } from '../../lib/time.ts'
import { BASES, GROUPS, PARTS } from '../../lib/value.ts'
import type { Basis, BasisValue, Change, GroupBy, Part, Stage, Sums, Value } from '../../lib/value.ts'

/** What the numbers mean, for readers without finance training. */

export const BASIS: Readonly<Record<Basis, { name: string; short: string; says: string }>> = {
  list: {
    name: 'List price',
    short: 'List',
    says: 'What the large clouds post. Few pay it, and it moves in jumps.',
  },
  replacement: {
    name: 'Replacement',
    short: 'Replacement',
    says: 'What it costs to buy the same hours elsewhere today: the median of many providers.',
  },
  index: {
    name: 'Index',
    short: 'Index',
    says: 'What a published index says that hours were traded at.',
  },
  cost: {
    name: 'Owning',
    short: 'Owning',
    says: 'What an hour costs who owns the hardware: the machine over its life, upkeep and power.',
  },
}

export const basisIn = (text: string | undefined): Basis =>
  BASES.find((basis) => basis === text) ?? 'replacement'
export const groupIn = (text: string | undefined): GroupBy => GROUPS.find((by) => by === text) ?? 'person'

export const BY: Readonly<Record<GroupBy, string>> = {
  person: 'Person',
  entity: 'Employer',
  manager: 'Manager',
  level: 'Level',
  country: 'Country',
  asset: 'Kind of compute',
}

/** A part of a change: its name, and what it means, by its direction. */
export const WHY: Readonly<Record<Part, { name: string; up: string; down: string }>> = {
  granted: {
    name: 'New promises',
    up: 'grants that began or were raised',
    down: 'grants that were made smaller',
  },
  exchanged: { name: 'Exchanged', up: 'came in by exchange', down: 'went out by exchange' },
  vesting: {
    name: 'Vested',
    up: 'what has vested can no longer be forfeited by leaving',
    down: 'what vested moved on',
  },
  use: {
    name: 'Used',
    up: 'corrections gave back what was used',
    down: 'people used it: it is owed no more',
  },
  expiry: { name: 'Expired', up: 'came back', down: 'passed its last day unused' },
  forfeiture: { name: 'Forfeited', up: 'came back', down: 'people left before it vested' },
  revocation: { name: 'Taken back', up: 'came back', down: 'taken back for cause' },
  price: {
    name: 'Prices',
    up: 'the same compute costs more on the market',
    down: 'the same compute costs less on the market',
  },
  model: {
    name: 'Time and assumptions',
    up: 'vesting came nearer, or people are expected to use more',
    down: 'less time is left, or people are expected to use less',
  },
}

export const STEP: Readonly<Record<Stage, { name: string; says: string }>> = {
  effective: { name: 'Not delivered', says: 'machines fail and are taken away: not every hour becomes work' },
  retained: { name: 'Forfeited by leaving', says: 'who leaves before it vests does not get it' },
  forward: { name: 'Later prices', says: 'what vests later is priced as it is expected to be then' },
  present: { name: 'Waiting', says: 'a dollar later is worth less than a dollar now' },
  expected: { name: 'Not used', says: 'most people use less than their cap, and what expires is lost' },
}

export const assetName = (asset: Asset): string => {
  const name = quantityName(asset)
  return name.charAt(0).toUpperCase() + name.slice(1)
}
export const keyName = (by: GroupBy, key: string, name: string): string =>
  by === 'asset' && isAsset(key) ? assetName(key) : name

const size = (amount: bigint): bigint => (amount < 0n ? -amount : amount)

/** The parts that are something, the largest first. */
export const movedParts = ({ parts }: Change): readonly { part: Part; amount: bigint }[] =>
  PARTS.map((part) => ({ part, amount: nano(parts[part]) }))
    .filter(({ amount }) => amount !== 0n)
    .toSorted((a, b) => (size(a.amount) < size(b.amount) ? 1 : -1))

/** Why it moved, in a sentence: the two largest causes. */
export function whySentence(change: Change, from: string): string {
  const by = nano(change.closing) - nano(change.opening)
  const [first, second] = movedParts(change)
  if (!first) return `Nothing has changed since ${dateWords(from)}.`
  const cause = ({ part, amount }: { part: Part; amount: bigint }): string => {
    const { up, down } = WHY[part]
    return `${amount > 0n ? up : down} (${signedShort(amount)})`
  }
  const whole =
    by === 0n
      ? `The same as on ${dateWords(from)}`
      : `${usdHeading(size(by))} ${by > 0n ? 'more' : 'less'} than on ${dateWords(from)}`
  return `${whole}: mostly because ${cause(first)}${second ? `, then because ${cause(second)}` : ''}.`
}

export const signedShort = (amount: bigint): string =>
  amount < 0n ? `−${usdHeading(-amount)}` : `+${usdHeading(amount)}`
export const signed = (amount: bigint): string => (amount < 0n ? `−${usd(-amount)}` : `+${usd(amount)}`)

/** The lowest and the highest of the four, of those that have a price at all. */
export function spread(sums: Pick<Sums, 'bases'>): { low: BasisValue; high: BasisValue } | null {
  const told = sums.bases.filter(({ cap }) => nano(cap.total) > 0n)
  const sorted = told.toSorted((a, b) => (nano(a.cap.total) < nano(b.cap.total) ? -1 : 1))
  const [low, high] = [sorted[0], sorted.at(-1)]
  return low && high ? { low, high } : null
}

export const levelWords = (level: number): string =>
  level === 2 ? 'from prices of the thing itself' : 'something had to be assumed'

export const staleWords = (days: number): string =>
  days === 0 ? 'seen that day' : days === 1 ? '1 day old' : `${days} days old`

/** Past this, a price is told as old. */
export const STALE_DAYS = 31

/** What moves with the price of hardware moves; what has no such price stays. */
export const shocked = ({ cap, dollars }: BasisValue, percent: number): bigint => {
  const [whole, fixed] = [nano(cap.total), nano(dollars)]
  return fixed + ((whole - fixed) * BigInt(100 + percent)) / 100n
}

/** Of the hours that are owed; the best known where there are none. */
export const acceleratorOf = ({ assets }: Pick<Value, 'assets'>): string =>
  assets.flatMap(({ prices }) => prices.flatMap(({ mark }) => mark?.accelerator ?? []))[0] ?? 'H100'
