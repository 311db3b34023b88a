import { Fault } from '#base/fault.ts'
import { dayOf, type DateText, type Millis } from '#base/time.ts'
import type { Hardware } from '#prices/hardware/hardware.ts'
import { BASES, type Basis } from '#prices/hardware/mark.ts'
import { type AverageOption, geometricAsianCall } from '#valuation/asian.ts'
import { averageCap } from '#valuation/average-cap.ts'
import { black76Call, black76Put } from '#valuation/black.ts'
import { bestEfficiency, bestInterval, gangMeantime, youngInterval } from '#valuation/checkpoints.ts'
import { chaffeDiscount, finnertyDiscount } from '#valuation/dlom.ts'
import { effectiveHours, vestedFraction } from '#valuation/entitlement.ts'
import { gbmMean, gbmMedian, gbmQuantile } from '#valuation/gbm.ts'
import { meantimeOfRate } from '#valuation/hazard.ts'
import { margrabe } from '#valuation/margrabe.ts'
import { mertonCall, mertonMean } from '#valuation/merton.ts'
import { nanoOfUsd, usdOfNano } from '#valuation/money.ts'
import { rsuValue } from '#valuation/rsu.ts'
import { tokensBought } from '#valuation/tokens.ts'
import { hazardOfTurnover } from '#valuation/turnover.ts'
import { lognormalUse, normalUse } from '#valuation/use.ts'
import { INTEREST } from './assumptions.ts'
import { number, oneOf, readNumbers, whole, type NumberField, type NumberView } from './numbers.ts'
import { markFacts, type MarkFacts } from './views.ts'

/** Everything that rights around hours are worked out from. Rates and volatilities a year, continuous. */
export const RIGHTS_NUMBERS = {
  hours: number('10000', '1', '1000000000', 'GPU-hours that the rights are about'),
  years: number('1', '0.1', '10', 'years until a right is used'),
  strike: number('1', '0.1', '10', 'the agreed price, as a multiple of today’s'),
  interest: number(String(INTEREST), '0', '0.5', 'interest a year: what a dollar later is worth less'),
  drift: number('0', '-2', '1', 'expected change of the price of an hour in a year: a scenario'),
  volatility: number('0.6', '0', '3', 'how much the price of an hour moves in a year'),
  fixings: number('12', '1', '120', 'prices that an average is made of, evenly over those years'),
  jumps: number('0.75', '0', '12', 'sudden changes of posted prices in a year'),
  jump_size: number('-0.2', '-3', '2', 'mean size of such a change, as a logarithm'),
  jump_spread: number('0.35', '0', '1.5', 'how much such sizes differ, as a standard deviation'),
  shares: number('150', '0', '1000000000', 'shares that hours can be taken in place of'),
  share_price: number('180', '0.0001', '1000000', 'dollars of one share today'),
  share_volatility: number('0.5', '0', '3', 'how much the share moves in a year'),
  correlation: number('0.3', '-1', '1', 'of the share with the price of an hour'),
  leaving: number('0.12', '0', '0.9', 'share of people who leave within a year, and their shares with them'),
  lock_up: number('1', '0', '10', 'years before hours may be sold on, where they may at all'),
  interrupted: number(
    '0.05',
    '0',
    '0.99',
    'share of machines of the tier that are interrupted within a month (730 hours)',
  ),
  available: number('1', '0', '1', 'share of the time that the tier is there'),
  gpus: number('8', '1', '100000', 'GPUs of one job, any of which stops it'),
  save_minutes: number('1', '0', '600', 'minutes that saving takes'),
  restart_minutes: number('5', '0', '600', 'minutes that beginning again takes'),
  budget: number('150000', '0', '1000000000', 'dollars of tokens a year'),
  token_price: number('3', '0.0001', '10000', 'dollars of a million tokens today'),
  token_fall: number('1', '-2', '4', 'how fast the price of a token falls in a year; below 0 it rises'),
  token_years: number('1', '0.1', '10', 'years that the budget is there for'),
  wanted: number(
    '60000',
    '0',
    '1000000000',
    'dollars of tokens a year that its person is expected to ask for',
  ),
  wanted_spread: number('0.8', '0', '5', 'how much that may differ: its standard deviation over its mean'),
} as const satisfies Record<string, NumberField>
export type RightsNumber = keyof typeof RIGHTS_NUMBERS

export type RightsAsk = { readonly accelerator?: string | undefined; readonly basis?: string | undefined }

/** A right, for one hour and for all; dollars of today. */
export type RightView = {
  readonly id: 'cap' | 'floor' | 'average_cap' | 'jump_cap' | 'to_hours' | 'to_shares'
  readonly name: string
  readonly says: string
  readonly method: string
  readonly an_hour: bigint
  readonly total: bigint
  /** Of the total, where it is simulated: one standard error. */
  readonly error: bigint | null
  /** What stands beside it: a right that is nearly the same and in closed form, or the price that it is on. */
  readonly beside: { readonly says: string; readonly an_hour: bigint } | null
}

export type RightsView = {
  readonly day: DateText
  readonly basis: Basis
  readonly accelerator: string
  readonly mark: MarkFacts
  readonly numbers: readonly NumberView<RightsNumber>[]
  /** Always: the volatility of a price that nobody trades is a guess from months of offers. */
  readonly weak: true
  readonly reasons: readonly string[]
  readonly strike: bigint
  readonly forward: bigint
  readonly rights: readonly RightView[]
  readonly shares: {
    readonly value: bigint
    readonly staying: number
    readonly mean: bigint
    readonly p5: bigint
    readonly p50: bigint
    readonly p95: bigint
  }
  readonly lock_up: {
    readonly chaffe: { readonly share: number; readonly value: bigint }
    readonly finnerty: { readonly share: number; readonly value: bigint }
  }
  readonly interruptions: {
    /** Hours between interruptions of one machine, and of the job; null: never. */
    readonly meantime: number | null
    readonly job_meantime: number | null
    /** Best minutes of work between saves, and by the rule of thumb; null: never. */
    readonly save_every: number | null
    readonly thumb: number | null
    readonly efficiency: number
    readonly effective_hours: number
  }
  readonly tokens: {
    readonly bought: string
    readonly level: string
    readonly more: number
    /** Of a year's budget that is lost when it is not used, what is expected to be: few people who differ much, or many who even out. */
    readonly used: bigint
    readonly used_even: bigint
  }
}

export const RIGHTS_REASONS = [
  'hours cannot be stored or sold short: what a right is worth rests on the volatility that is assumed, not on a trade that copies it',
  'the volatility comes from a few months of market offers, the jumps from single moves of posted prices',
] as const
const SEED = 20_261_123
const AVERAGE_BLOCKS = 2
const MILLION = 1_000_000

/** What rights around hours are worth: caps, floors, swaps, a lock-up, interruptions, and what a budget buys. Throws Fault `invalid`, `not_found`. */
export async function rights(
  hardware: Pick<Hardware, 'mark'>,
  ask: RightsAsk,
  given: Readonly<Record<string, string | undefined>>,
  now: Millis,
): Promise<RightsView> {
  const { accelerator = 'H100' } = ask
  const basis = oneOf('basis', ask.basis ?? 'replacement', BASES)
  const { of, views } = readNumbers(RIGHTS_NUMBERS, given)
  whole('fixings', of('fixings'))
  whole('gpus', of('gpus'))
  const day = dayOf(now)
  const found = await hardware.mark({ accelerator, basis, asOf: day })
  if (found.kind === 'none') throw new Fault('not_found', found.why.join('; '), { param: 'accelerator' })
  const spot = usdOfNano(found.mark.mid)
  return {
    day,
    basis,
    accelerator,
    mark: markFacts(found.mark),
    numbers: views,
    weak: true,
    reasons: RIGHTS_REASONS,
    ...rightsOf(spot, of),
  }
}

type Of = (name: RightsNumber) => number
type Worked = Pick<
  RightsView,
  'strike' | 'forward' | 'rights' | 'shares' | 'lock_up' | 'interruptions' | 'tokens'
>

/** All of it from today's price of an hour, dollars. */
export function rightsOf(spot: number, of: Of): Worked {
  const years = of('years')
  const strike = spot * of('strike')
  const forward = spot * Math.exp(of('drift') * years)
  return {
    strike: nanoOfUsd(strike, 'strike'),
    forward: nanoOfUsd(forward, 'drift'),
    rights: [...onPrice(spot, strike, forward, of), ...swaps(spot, of)],
    shares: sharesOf(of),
    lock_up: lockUpOf(spot, of),
    interruptions: interruptionsOf(of),
    tokens: tokensOf(of),
  }
}

function onPrice(spot: number, strike: number, forward: number, of: Of): RightView[] {
  const [hours, years, rate, volatility] = [of('hours'), of('years'), of('interest'), of('volatility')]
  const option = { forward, strike, volatility, years, rate }
  // An hour cannot be kept: its price grows by the drift, not by interest, which is taken off at the end alone.
  const waiting = Math.exp((of('drift') - rate) * years)
  const average: AverageOption = {
    spot,
    strike,
    volatility,
    years,
    rate: of('drift'),
    fixings: of('fixings'),
  }
  const mean = averageCap(average, { seed: SEED, blocks: AVERAGE_BLOCKS })
  const jumps = { intensity: of('jumps'), mean: of('jump_size'), deviation: of('jump_spread') }
  const one = (usd: number): { an_hour: bigint; total: bigint } => ({
    an_hour: nanoOfUsd(usd, 'strike'),
    total: nanoOfUsd(usd * hours, 'hours'),
  })
  return [
    {
      id: 'cap',
      name: 'Price cap',
      says: 'the right to buy the hours at the agreed price, however dear they are then',
      method: 'Black 1976, a call on the forward price',
      ...one(black76Call(option)),
      error: null,
      beside: null,
    },
    {
      id: 'floor',
      name: 'Price floor',
      says: 'the promise that the hours are worth the agreed price, however cheap they are then',
      method: 'Black 1976, a put on the forward price',
      ...one(black76Put(option)),
      error: null,
      beside: null,
    },
    {
      id: 'average_cap',
      name: 'Cap on the average',
      says: 'the right to pay no more than the agreed price on average, as a bill by the month does',
      method: 'simulated, with the geometric average (Kemna and Vorst 1990) as control',
      ...one(mean.mean * waiting),
      error: nanoOfUsd(mean.error * waiting * hours, 'hours'),
      beside: {
        says: 'on the geometric average, in closed form',
        an_hour: nanoOfUsd(geometricAsianCall(average) * waiting, 'strike'),
      },
    },
    {
      id: 'jump_cap',
      name: 'Price cap where prices jump',
      says: 'the same cap, where posted prices also change all at once',
      method: 'Merton 1976',
      ...one(mertonCall({ spot, strike, volatility, years, rate: of('drift'), jumps }) * waiting),
      error: null,
      beside: {
        says: 'expected price of an hour, were those jumps to come on top of the drift',
        an_hour: nanoOfUsd(mertonMean({ spot, drift: of('drift'), jumps }, years), 'jump_size'),
      },
    },
  ]
}

function swaps(spot: number, of: Of): RightView[] {
  const years = of('years')
  const hours = {
    value: of('hours') * spot,
    volatility: of('volatility'),
    // What waiting for the hours costs: nobody is paid for it by a rise.
    decay: of('interest') - of('drift'),
  }
  const shares = { value: sharesToday(of), volatility: of('share_volatility'), decay: 0 }
  const right = (gets: typeof hours, gives: typeof hours) => {
    const usd = margrabe({ gets, gives, correlation: of('correlation'), years })
    return {
      method: 'Margrabe 1978',
      an_hour: nanoOfUsd(usd / of('hours'), 'hours'),
      total: nanoOfUsd(usd, 'shares'),
      error: null,
      beside: null,
    }
  }
  return [
    {
      id: 'to_hours',
      name: 'Shares for hours',
      says: 'the right to give the shares and take the hours, when the hours are worth more then',
      ...right(hours, shares),
    },
    {
      id: 'to_shares',
      name: 'Hours for shares',
      says: 'the right to give the hours and take the shares, when the shares are worth more then',
      ...right(shares, hours),
    },
  ]
}

/** Share of the shares whose owners are still here. */
const staying = (of: Of): number =>
  vestedFraction([{ share: 1, years: of('years') }], { hazard: hazardOfTurnover(of('leaving')), cliff: 0 })

const sharesToday = (of: Of): number =>
  rsuValue({ shares: of('shares'), price: of('share_price'), vestedFraction: staying(of) })

function sharesOf(of: Of): RightsView['shares'] {
  const years = of('years')
  const gbm = { spot: of('share_price'), drift: of('interest'), volatility: of('share_volatility') }
  const all = (price: number): bigint => nanoOfUsd(of('shares') * price, 'shares')
  return {
    value: nanoOfUsd(sharesToday(of), 'shares'),
    staying: staying(of),
    mean: all(gbmMean(gbm, years)),
    p5: all(gbmQuantile(gbm, years, 0.05)),
    p50: all(gbmMedian(gbm, years)),
    p95: all(gbmQuantile(gbm, years, 0.95)),
  }
}

function lockUpOf(spot: number, of: Of): RightsView['lock_up'] {
  const [volatility, years] = [of('volatility'), of('lock_up')]
  const off = (share: number) => ({ share, value: nanoOfUsd(of('hours') * spot * (1 - share), 'hours') })
  return {
    chaffe: off(chaffeDiscount({ volatility, years, rate: of('interest') })),
    finnerty: off(finnertyDiscount({ volatility, years, dividend: 0 })),
  }
}

const MINUTES = 60

function interruptionsOf(of: Of): RightsView['interruptions'] {
  const hours = { hours: of('hours'), availability: of('available') }
  const meantime = meantimeOfRate(of('interrupted'))
  if (meantime === Infinity)
    return {
      meantime: null,
      job_meantime: null,
      save_every: null,
      thumb: null,
      efficiency: 1,
      effective_hours: effectiveHours({ ...hours, efficiency: 1 }),
    }
  const job = gangMeantime(meantime, of('gpus'))
  const failures = {
    meantime: job,
    checkpoint: of('save_minutes') / MINUTES,
    restart: of('restart_minutes') / MINUTES,
  }
  const efficiency = bestEfficiency(failures)
  return {
    meantime,
    job_meantime: job,
    save_every: bestInterval(failures) * MINUTES,
    thumb: youngInterval(failures) * MINUTES,
    efficiency,
    effective_hours: effectiveHours({ ...hours, efficiency }),
  }
}

function tokensOf(of: Of): RightsView['tokens'] {
  const plan = { budget: of('budget'), price: of('token_price') / MILLION, years: of('token_years') }
  const bought = tokensBought({ ...plan, fall: of('token_fall') })
  const level = tokensBought({ ...plan, fall: 0 })
  return {
    bought: BigInt(Math.floor(bought)).toString(),
    level: BigInt(Math.floor(level)).toString(),
    more: level === 0 ? 1 : bought / level,
    ...usedOf(of),
  }
}

function usedOf(of: Of): Pick<RightsView['tokens'], 'used' | 'used_even'> {
  const [budget, mean, variation] = [of('budget'), of('wanted'), of('wanted_spread')]
  const even = normalUse({ mean, deviation: mean * variation }, budget)
  return {
    used: nanoOfUsd(lognormalUse({ mean, variation }, budget), 'wanted'),
    // A normal demand may lie below nothing, and so may its mean use.
    used_even: nanoOfUsd(Math.max(0, even), 'wanted'),
  }
}
