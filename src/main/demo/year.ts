import { DAY, HOUR, MINUTE, startOfDay, type DateText, type Millis } from '#base/time.ts'
import type { Purpose, Tokens } from '#ledger/types.ts'
import type { Price } from '#prices/types.ts'
import { REFILL_USD, type DemoLevel } from './company.ts'
import type { Dice } from './dice.ts'
import type { TraceRow } from './trace.ts'

/** How one person uses compute: settled once, from the seed. */
export type Habit = {
  /** Dollars a working day at full adoption. */
  readonly dailyUsd: number
  /** Models of agent turns, with their share. */
  readonly favourites: readonly { price: Price; share: number }[]
  readonly side: Price
  /** When adoption was half way, in days before today. */
  readonly halfwayDaysAgo: number
}

export type PlannedCall = {
  readonly at: Millis
  readonly price: Price
  readonly purpose: Purpose
  readonly tokens: Tokens
  /** The output limit that the client sends. */
  readonly cap: number
}

export type Catalogue = {
  readonly frontier: readonly Price[]
  readonly standard: readonly Price[]
  readonly small: readonly Price[]
}

/** Agent turns of one person on one day, and what one costs at most: bounds that let the year be made in seconds. */
const TURNS_A_DAY = 120
const TURN_USD = 2
const WORKING_DAYS_A_MONTH = 21
const CACHE_SHARE = 0.62
const PURPOSES: readonly Purpose[] = [
  'work',
  'work',
  'work',
  'work',
  'work',
  'work',
  'work',
  'learning',
  'learning',
  'open_source',
  'personal',
]

/**
 * Spending a month is log-normal around a level's habit (σ ≈ 0.5 within a level; over all levels the median is near
 * $180 and the spread near 0.94) and 60–90 % of what the level's refill allows; see the market's distributions in the README.
 */
export function habitOf(level: DemoLevel, catalogue: Catalogue, dice: Dice): Habit {
  const refill = REFILL_USD[level] / 12
  const use = Math.min(1.05, Math.max(0.3, 0.8 * Math.exp(0.35 * dice.normal())))
  const small = dice.pick(catalogue.small)
  const standard = dice.pick(catalogue.standard)
  const frontier = level === 'S2' || level === 'IC3' ? standard : dice.pick(catalogue.frontier)
  return {
    dailyUsd: (refill * use) / WORKING_DAYS_A_MONTH,
    favourites: [
      { price: frontier, share: 0.55 },
      { price: standard, share: 0.3 },
      { price: dice.pick(catalogue.standard), share: 0.15 },
    ],
    side: small,
    halfwayDaysAgo: 210 + dice.below(140),
  }
}

/** The calls of one person on one day, in order of time. Weekends are nearly silent, adoption grows over the year. */
export function callsOf(
  habit: Habit,
  day: DateText,
  today: Millis,
  trace: readonly TraceRow[],
  dice: Dice,
): readonly PlannedCall[] {
  const midnight = startOfDay(day)
  const weekday = new Date(midnight).getUTCDay()
  const weekend = weekday === 0 || weekday === 6
  if (weekend ? dice.unit() > 0.08 : dice.unit() > 0.88) return []
  const daysAgo = (today - midnight) / DAY
  const adoption = 1 / (1 + Math.exp((daysAgo - habit.halfwayDaysAgo) / 45))
  const budget = habit.dailyUsd * adoption * Math.exp(0.55 * dice.normal() - 0.15)
  const usual = Math.round(2 + 4 * adoption * dice.unit())
  const turns = Math.min(TURNS_A_DAY, Math.max(usual, Math.ceil(budget / TURN_USD)))
  const calls: PlannedCall[] = []
  for (let turn = 0; turn < turns; turn += 1) {
    const at = midnight + 7 * HOUR + Math.floor(dice.unit() * 11 * HOUR) + dice.below(MINUTE)
    calls.push(agentTurn(favourite(habit, dice), budget / turns, at, trace, dice))
    if (dice.unit() < 0.3) calls.push(sideCall(habit.side, at - dice.below(MINUTE), trace, dice))
  }
  return calls.toSorted((a, b) => a.at - b.at)
}

const favourite = (habit: Habit, dice: Dice): Price => {
  let left = dice.unit()
  return habit.favourites.find(({ share }) => (left -= share) < 0)?.price ?? habit.side
}

/** The quick call that agents make beside the main one: a real call's size as it is. */
function sideCall(price: Price, at: Millis, trace: readonly TraceRow[], dice: Dice): PlannedCall {
  const row = dice.pick(trace)
  const tokens = {
    input: row.context,
    cacheRead: 0,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    output: row.generated,
    reasoning: 0,
  }
  return { at, price, purpose: 'work', tokens, cap: 1_024 }
}

/**
 * An agent's turn: a run of consecutive real calls of the trace as one context, as long as it takes to cost about
 * `aimUsd`; most of a long context is read from the provider's cache.
 */
function agentTurn(
  price: Price,
  aimUsd: number,
  at: Millis,
  trace: readonly TraceRow[],
  dice: Dice,
): PlannedCall {
  const most = Math.floor((price.contextWindow ?? 200_000) * 0.8)
  const about = aboutPerToken(price)
  let [context, output, usd] = [0, 0, 0]
  const first = dice.below(trace.length)
  for (let step = 0; step < 2_000 && usd < aimUsd; step += 1) {
    const row = trace[(first + step) % trace.length]!
    if (context + row.context > most || output + row.generated * 4 > price.maxOutput / 2) break
    context += row.context
    output += row.generated * 4
    usd = context * about.context + output * about.output
  }
  return {
    at,
    price,
    purpose: dice.pick(PURPOSES),
    tokens: shape(price, context, output),
    cap: Math.min(price.maxOutput, 32_000),
  }
}

/** Roughly what a token of context and of output costs, in dollars: to choose sizes by, never to charge by. */
function aboutPerToken(price: Price): { context: number; output: number } {
  const writes = price.provider === 'anthropic' ? 0.8 : 0
  const fresh = (1 - writes) * Number(price.rates.input) + writes * Number(price.rates.cacheWrite5m)
  const context = CACHE_SHARE * Number(price.rates.cacheRead) + (1 - CACHE_SHARE) * fresh
  return { context: context / 1e12, output: Number(price.rates.output) / 1e12 }
}

function shape(price: Price, context: number, output: number): Tokens {
  const cached = context > 8_000 ? Math.floor(context * CACHE_SHARE) : 0
  const rest = context - cached
  const writes = price.provider === 'anthropic' && cached > 0 ? Math.floor(rest * 0.8) : 0
  return {
    input: rest - writes,
    cacheRead: cached,
    cacheWrite5m: writes,
    cacheWrite1h: 0,
    output,
    reasoning: Math.floor(output / 3),
  }
}
