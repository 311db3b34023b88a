import { parseAsset, TIERS, type Asset, type Tier } from '#base/asset.ts'
import { formatQuantity } from '#base/quantity.ts'
import { DAY, startOfDay, type DateText, type Millis } from '#base/time.ts'
import type { OfferCheck } from '#offers/checks.ts'
import type { PlannedLine } from '#offers/worth.ts'

/**
 * Does what stands in the racks carry what is promised? GPU-seconds of an accelerator, month by month: what the nodes behind a
 * tier give, against what vests in the month and what earlier months could not give yet. Who comes before is counted too:
 * priority hours run on what guaranteed hours leave. Hours that nobody takes are counted as if somebody did.
 */

/** GPUs of an accelerator that stand behind some tiers. */
export type Supplied = {
  readonly accelerator: string
  readonly gpus: number
  readonly tiers: readonly Tier[]
}
/** What can be asked for from a month on, `YYYY-MM`. */
export type Due = {
  readonly accelerator: string
  readonly tier: Tier
  readonly month: string
  readonly gpuSeconds: bigint
}

export type CoverageMonth = {
  readonly month: string
  readonly gives: bigint
  /** What earlier months could not give. */
  readonly carried: bigint
  readonly others: bigint
  readonly own: bigint
}

export type Coverage = {
  readonly accelerator: string
  readonly tier: Tier
  /** Together with it: what stands before it and runs on the same nodes. */
  readonly tiers: readonly Tier[]
  readonly worst: CoverageMonth
  /** What is still to be given when the last month ends. */
  readonly left: bigint
}

/** A promise may be used for so long after the last of it has come. */
const MONTHS_AFTER = 12
const MOST_MONTHS = 240

export function gpuDue(asset: Asset, month: string, quantity: bigint): readonly Due[] {
  const parsed = parseAsset(asset)
  const { accelerator, tier, gpusPerNode = 1 } = parsed?.unit ?? {}
  if (accelerator === undefined || tier === undefined) return []
  return [{ accelerator, tier, month, gpuSeconds: quantity * BigInt(gpusPerNode) }]
}

/** What an offer's lines ask for, month by month. */
export const dueOf = (lines: readonly Pick<PlannedLine, 'asset' | 'tranches'>[]): readonly Due[] =>
  lines.flatMap(({ asset, tranches }) =>
    tranches.flatMap(({ date, quantity }) => gpuDue(asset, date.slice(0, 7), quantity)),
  )

/** One for each accelerator and tier of the offer: that way of counting whose worst month is the worst. */
export function coverageOf({
  own,
  others,
  supplied,
  now,
}: {
  readonly own: readonly Due[]
  readonly others: readonly Due[]
  readonly supplied: readonly Supplied[]
  readonly now: Millis
}): readonly Coverage[] {
  const asked = new Map(own.map(({ accelerator, tier }) => [`${accelerator}/${tier}`, { accelerator, tier }]))
  return [...asked.values()].map(({ accelerator, tier }) => {
    const mine = own.filter((one) => one.accelerator === accelerator && one.tier === tier)
    const rest = [...others, ...own.filter((one) => !mine.includes(one))].filter(
      (one) => one.accelerator === accelerator,
    )
    const nodes = supplied.filter((one) => one.accelerator === accelerator)
    return together(tier)
      .map((tiers): Coverage => {
        const gpus = nodes
          .filter((one) => one.tiers.some((each) => tiers.includes(each)))
          .reduce((sum, one) => sum + one.gpus, 0)
        const before = rest.filter((one) => tiers.includes(one.tier))
        return { accelerator, tier, tiers, ...run({ own: mine, others: before, gpus, now }) }
      })
      .reduce((a, b) => (isWorse(b, a) ? b : a))
  })
}

/** Every choice of tiers that stand before this one, and it. */
function together(tier: Tier): readonly (readonly Tier[])[] {
  const before = TIERS.slice(0, TIERS.indexOf(tier))
  return before.reduce<readonly (readonly Tier[])[]>(
    (sets, one) => [...sets, ...sets.map((set) => [one, ...set])],
    [[tier]],
  )
}

function run({
  own,
  others,
  gpus,
  now,
}: {
  readonly own: readonly Due[]
  readonly others: readonly Due[]
  readonly gpus: number
  readonly now: Millis
}): Pick<Coverage, 'worst' | 'left'> {
  const [mine, theirs] = [byMonth(own, now), byMonth(others, now)]
  let carried = 0n
  let worst: CoverageMonth | null = null
  for (const month of monthsFrom(now, [...mine.keys()].toSorted().at(-1)!)) {
    const told = {
      month,
      gives: BigInt(gpus) * secondsLeft(month, now),
      carried,
      others: theirs.get(month) ?? 0n,
      own: mine.get(month) ?? 0n,
    }
    const over = needOf(told) - told.gives
    carried = over > 0n ? over : 0n
    if (worst === null || needOf(told) * worst.gives > needOf(worst) * told.gives) worst = told
    // Where nothing stands, the first month in which something is due says it all.
    if (gpus === 0 && needOf(worst) === 0n) worst = told
  }
  return { worst: worst!, left: carried }
}

const needOf = ({ carried, others, own }: CoverageMonth): bigint => carried + others + own

/** What is never given is worse than what is given late. */
function isWorse(a: Coverage, b: Coverage): boolean {
  if (a.left > 0n !== b.left > 0n) return a.left > 0n
  return needOf(a.worst) * b.worst.gives > needOf(b.worst) * a.worst.gives
}

/** What was due before is due now. */
function byMonth(due: readonly Due[], now: Millis): Map<string, bigint> {
  const first = monthOf(now)
  const sums = new Map<string, bigint>()
  for (const { month, gpuSeconds } of due) {
    const at = month < first ? first : month
    sums.set(at, (sums.get(at) ?? 0n) + gpuSeconds)
  }
  return sums
}

const monthOf = (at: Millis): string => new Date(at).toISOString().slice(0, 7)

function next(month: string): string {
  const [year = 0, of = 0] = month.split('-').map(Number)
  return of === 12 ? `${year + 1}-01` : `${year}-${String(of + 1).padStart(2, '0')}`
}

function monthsFrom(now: Millis, last: string): readonly string[] {
  const months = [monthOf(now)]
  let after = 0
  while (after < MONTHS_AFTER && months.length < MOST_MONTHS) {
    months.push(next(months.at(-1)!))
    if (months.at(-1)! > last) after += 1
  }
  return months
}

const startOf = (month: string): Millis => startOfDay(`${month}-01` as DateText)

/** Of this month only what is still to come. */
function secondsLeft(month: string, now: Millis): bigint {
  const end = startOf(next(month))
  return BigInt(Math.floor((end - Math.max(startOf(month), now)) / (DAY / 86_400)))
}

/** The checks of an offer's hours; an offer without any has none. */
export function coverageChecks(
  found: readonly Coverage[],
  known: readonly Supplied[],
): readonly OfferCheck[] {
  return found.map((one) => {
    const { accelerator, tier, worst, left } = one
    const asset: Asset = `GPU_SECOND/${accelerator}/${tier}`
    const facts = {
      accelerator,
      tier,
      together: one.tiers.join(', '),
      month: worst.month,
      gives: String(worst.gives),
      carried: String(worst.carried),
      others: String(worst.others),
      own: String(worst.own),
      left: String(left),
    }
    const check = (severity: OfferCheck['severity'], message: string): OfferCheck => ({
      kind: 'coverage',
      severity,
      message,
      param: 'pay.compute',
      facts,
    })
    const what = `${accelerator} hours, ${tier}`
    if (known.length === 0)
      return check('warn', `no node is known here, so nothing says whether the ${what}, can be given`)
    if (worst.gives === 0n)
      return check('warn', `no node with ${accelerator} stands behind ${tier} hours: who gives them?`)
    const [need, gives] = [formatQuantity(asset, needOf(worst)), formatQuantity(asset, worst.gives)]
    const month = `in ${worst.month}, the fullest month, ${need} can be asked for, ${formatQuantity(asset, worst.own)} of them from this offer, and the nodes give ${gives}`
    if (left > 0n)
      return check(
        'refuse',
        `the nodes cannot give what would be promised: ${formatQuantity(asset, left)} stay open a year after the last of it has come; ${month}. Promise fewer, or add nodes`,
      )
    if (needOf(worst) > worst.gives) return check('warn', `${month}; what is over waits for the months after`)
    return check('ok', month)
  })
}
