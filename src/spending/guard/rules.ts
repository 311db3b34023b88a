import { halfEven, rational } from '#base/rational.ts'
import { SECOND, type DateText, type Millis } from '#base/time.ts'
import { perSpan, SPANS, type PerSpan, type Span } from './rolling.ts'

/**
 * Where each level begins, in hundredths of the person's own largest such window. The day carries the promise: it is
 * paused at twice the largest day. Shorter windows vary more from day to day, so they bear more before they speak, and
 * speak hours before the day would.
 */
export const STEPS: PerSpan<Readonly<Record<Level, bigint>>> = {
  five_minutes: { notify: 200n, slow: 300n, pause: 600n },
  hour: { notify: 150n, slow: 250n, pause: 400n },
  day: { notify: 100n, slow: 150n, pause: 200n },
}
/**
 * Spent and held together never pass this part of the day's baseline: what runs may still cost all it holds, so calls
 * wait for each other above it. With `SPREAD` it comes to 2.75 of the largest day; what is left to three is for what
 * processes do not know of each other yet.
 */
const CEILING = 220n
/** A window of 24 hours may reach over two heavy half days: so far above the largest UTC day the baseline may go. */
const SPREAD = 125n
/** One outlier counts at most so many times the next largest, so that one mishap does not become the habit. */
const OUTLIER = 4n
/** With fewer days of use than this the company's floor holds. */
export const ACTIVE_DAYS = 5
/** While slowed, one call in so long passes on each process. */
export const SLOW_GAP = 10 * SECOND
/** How long a call that does not fit beside the running ones is told to wait. */
const WAIT_FOR_HOLDS = 5 * SECOND
export const LONGEST_WAIT = 30 * SECOND
/** What one confirmation does to every limit. */
export const RAISE = 2
export const MOST_TIMES = 2 ** 20

export type Level = 'notify' | 'slow' | 'pause'

/** Of one UTC day: all of it, and the largest window of each span that ended on it. nano-dollars. */
export type DayPeaks = { readonly day: DateText; readonly total: bigint; readonly most: PerSpan<bigint> }

export type SpanLimits = Readonly<Record<Level, bigint>> & { readonly baseline: bigint }
export type Limits = PerSpan<SpanLimits> & {
  readonly ceiling: bigint
  /** The person's own usual most, whatever the floor; null without enough history. */
  readonly own: PerSpan<bigint> | null
}

const percent = (amount: bigint, hundredths: bigint): bigint => halfEven(rational(amount * hundredths, 100n))
const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)
const most = (a: bigint, b: bigint): bigint => (a > b ? a : b)

/** The largest, but at most `OUTLIER` times the next. */
function robustMost(amounts: readonly bigint[]): bigint {
  let [first, second] = [0n, 0n]
  for (const amount of amounts) {
    if (amount > first) [first, second] = [amount, first]
    else second = most(second, amount)
  }
  return least(first, second * OUTLIER)
}

/** What the person usually spends at most in each window; null with too little history. */
export function baselineOf(days: readonly DayPeaks[]): PerSpan<bigint> | null {
  const active = days.filter(({ total }) => total > 0n)
  if (active.length < ACTIVE_DAYS) return null
  const peaks = perSpan((span) => robustMost(active.map((day) => day.most[span])))
  const day = robustMost(active.map(({ total }) => total))
  return { ...peaks, day: least(most(peaks.day, day), percent(day, SPREAD)) }
}

/** The limits from the person's own baseline or the company's floor, whichever is higher, `times` over. */
export function limitsOf(
  baseline: PerSpan<bigint> | null,
  floor: PerSpan<bigint>,
  times: number = 1,
): Limits {
  const raised = BigInt(times)
  const usual = perSpan((span) => most(baseline?.[span] ?? 0n, floor[span]))
  const limits = perSpan((span) => ({
    baseline: usual[span],
    notify: percent(usual[span], STEPS[span].notify) * raised,
    slow: percent(usual[span], STEPS[span].slow) * raised,
    pause: percent(usual[span], STEPS[span].pause) * raised,
  }))
  return {
    ...limits,
    ceiling: percent(usual.day, CEILING) * raised,
    own: baseline,
  }
}

export type Standing = { readonly level: Level | null; readonly span: Span }

/** The level that one window has reached. */
export const levelIn = (spent: bigint, limits: SpanLimits): Level | null =>
  spent >= limits.pause ? 'pause' : spent >= limits.slow ? 'slow' : spent >= limits.notify ? 'notify' : null

/** No window has reached its first level: so it is with nearly every call. */
export const isCalm = (spent: PerSpan<bigint>, { five_minutes, hour, day }: Limits): boolean =>
  spent.five_minutes < five_minutes.notify && spent.hour < hour.notify && spent.day < day.notify

const RANK: Readonly<Record<Level, number>> = { notify: 1, slow: 2, pause: 3 }
const rank = (level: Level | null): number => (level === null ? 0 : RANK[level])

/** The highest level of all windows, and the window that is nearest to its pause among those of that level. */
export function standingOf(spent: PerSpan<bigint>, limits: Limits): Standing {
  let best: Standing = { level: levelIn(spent.day, limits.day), span: 'day' }
  for (const span of SPANS) {
    const level = levelIn(spent[span], limits[span])
    const nearer = spent[span] * limits[best.span].pause > spent[best.span] * limits[span].pause
    if (rank(level) > rank(best.level) || (level === best.level && nearer)) best = { level, span }
  }
  return best
}

/** What a call asks of a wallet as it stands. Amounts in nano-dollars. */
export type Question = {
  readonly spent: PerSpan<bigint>
  /** Held by all running calls, of every process. */
  readonly held: bigint
  readonly limits: Limits
  readonly min: bigint
  readonly max: bigint
  /** A small model or an embedding: the side calls without which agents fail. */
  readonly side: boolean
  readonly now: Millis
  /** While slowed: before this no call passes. */
  readonly nextPass: Millis
}

export type Decision =
  | { readonly kind: 'pass'; readonly max: bigint; readonly slowed: boolean }
  | { readonly kind: 'slow'; readonly span: Span; readonly wait: Millis }
  /** `wanted` is what the window would have come to. */
  | { readonly kind: 'pause'; readonly span: Span; readonly wanted: bigint }

/**
 * Levels look at what was spent; what is held counts towards the day's ceiling alone, because a hold is many times
 * the usual cost and an ordinary day must not be slowed for it. A call that does not fit below the ceiling waits for the
 * running ones where those crowd it; else it is cut to what fits; and when even its least does not, only the person can
 * say yes.
 */
export function decide(ask: Question): Decision {
  const { spent, held, limits, min, max, now } = ask
  if (isCalm(spent, limits) && max <= limits.ceiling - spent.day - held)
    return { kind: 'pass', max, slowed: false }
  const { level, span } = standingOf(spent, limits)
  if (level === 'pause') return { kind: 'pause', span, wanted: spent[span] }
  const slowed = level === 'slow' && !ask.side
  if (slowed && now < ask.nextPass) return { kind: 'slow', span, wait: waitUntil(ask.nextPass, now) }
  const room = limits.ceiling - spent.day - held
  if (max <= room) return { kind: 'pass', max, slowed }
  if (held > 0n && isCrowded(limits, spent.day + held))
    return { kind: 'slow', span: 'day', wait: WAIT_FOR_HOLDS }
  if (min <= room) return { kind: 'pass', max: room, slowed }
  return { kind: 'pause', span: 'day', wanted: spent.day + held + min }
}

/** More than half of the ceiling is taken: calls may have to wait, for hours beside a batch, and a confirmation makes room. */
export const isCrowded = ({ ceiling }: Limits, taken: bigint): boolean => taken * 2n > ceiling

const waitUntil = (at: Millis, now: Millis): Millis => Math.min(Math.max(at - now, SECOND), LONGEST_WAIT)

/**
 * How many times over the limits stand after a confirmation: twice what they were, and doubled on until neither what was
 * spent already slows again nor what was wanted fails to fit.
 */
export function raisedBy(
  usual: Limits,
  before: number,
  { spent, wanted }: { readonly spent: PerSpan<bigint>; readonly wanted: bigint },
): number {
  const enough = (times: number): boolean => {
    const by = BigInt(times)
    return wanted < usual.ceiling * by && SPANS.every((span) => spent[span] < usual[span].slow * by)
  }
  let times = before * RAISE
  while (times < MOST_TIMES && !enough(times)) times *= RAISE
  return Math.min(times, MOST_TIMES)
}
