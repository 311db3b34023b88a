import { isCurrency, isExchangeable, parseAsset, type Denomination, type Exchangeable } from '#base/asset.ts'
import { Fault } from '#base/fault.ts'
import { PER_UNIT } from '#base/quantity.ts'
import { compare, div, fromDecimal, mul, ONE, rational, type Rational } from '#base/rational.ts'
import type { Millis } from '#base/time.ts'
import type { Accelerator } from './accelerators.ts'
import { decimalText, type ExchangeRow, type UtilisationRow } from './exchange.ts'

/** Rates are asked as people say them: so many dollars for one GPU-hour, not nano-dollars for a second. */
export type ExchangeAsk = {
  /** The caller's own id makes it repeatable. */
  readonly id?: string
  readonly effectiveFrom: Millis
  readonly source: string
} & (
  | {
      readonly kind: 'rate'
      readonly from: string
      readonly to: string
      /** "2.50" or "1/3"; null ends the pair. */
      readonly rate: string | null
    }
  | {
      readonly kind: 'utilisation'
      /** Null: all that have none of their own. */
      readonly accelerator: string | null
      /** Above 0, at most "1". */
      readonly share: string
    }
)

type Checked =
  | Omit<ExchangeRow, 'id' | 'recordedAt' | 'recordedBy'>
  | Omit<UtilisationRow, 'id' | 'recordedAt' | 'recordedBy'>

const SOURCE_LIMIT = 300
/** Within what a rate can be meant: anything else is a slip of the decimal point. */
const LARGEST_RATE = rational(10n ** 18n)
const CURRENCY_UNIT = 1_000_000_000n

/** Throws Fault `invalid` with the field as `param`. */
export function checkExchange(ask: ExchangeAsk, accelerators: ReadonlyMap<string, Accelerator>): Checked {
  const source = ask.source.trim()
  if (source === '' || source.length > SOURCE_LIMIT)
    throw invalid('source', `Say in at most ${SOURCE_LIMIT} characters where this comes from.`)
  const { effectiveFrom } = ask
  if (!Number.isSafeInteger(effectiveFrom) || effectiveFrom < 0)
    throw invalid('effective_from', 'A rate holds from an instant since 1970.')
  if (ask.kind === 'utilisation') {
    const { accelerator } = ask
    if (accelerator !== null && !accelerators.has(accelerator)) {
      const known = [...accelerators.keys()].join(', ')
      throw invalid('accelerator', `"${accelerator.slice(0, 60)}" is not in the reference table: ${known}.`)
    }
    const share = fromDecimal(ask.share)
    if (!share || share.n <= 0n || compare(share, ONE) > 0)
      throw invalid('share', `"${ask.share.slice(0, 60)}" is no share; give a decimal above 0 and at most 1.`)
    return { kind: 'utilisation', accelerator, share, effectiveFrom, source }
  }
  const [from, to] = [assetIn('from', ask.from), assetIn('to', ask.to)]
  if (from === to) throw invalid('to', `${to} is exchanged into itself; name two assets.`)
  const rate = ask.rate === null ? null : smallestRate(from, to, ask.rate)
  return { kind: 'rate', from, to, rate, effectiveFrom, source }
}

/** Smallest units for one smallest unit, from what people say for whole ones. */
function smallestRate(from: Exchangeable, to: Exchangeable, text: string): Rational {
  const [, n = text, d] = /^([^/]*)\/([^/]*)$/.exec(text) ?? []
  const [above, below] = [fromDecimal(n), d === undefined ? ONE : fromDecimal(d)]
  if (!above || !below || above.n <= 0n || below.n <= 0n) {
    throw invalid(
      'rate',
      `"${text.slice(0, 60)}" is no rate; give a decimal above 0 such as 2.50, or a fraction such as 1/3.`,
    )
  }
  const rate = div(mul(div(above, below), rational(perUnit(to))), rational(perUnit(from)))
  if (compare(rate, LARGEST_RATE) > 0 || compare(rate, div(ONE, LARGEST_RATE)) < 0)
    throw invalid('rate', `${text.slice(0, 60)} is out of bounds: look at the decimal point.`)
  return rate
}

/** "2.5": whole units of `to` for one whole unit of `from`, as people say it. */
export const rateText = ({
  from,
  to,
  rate,
}: {
  from: Exchangeable
  to: Exchangeable
  rate: Rational
}): string => decimalText(div(mul(rate, rational(perUnit(from))), rational(perUnit(to))))

const UNITS: Readonly<Record<Denomination, string>> = {
  usd: 'dollar',
  seat_month: 'seat-month',
  gpu_hour: 'GPU-hour',
  node_hour: 'node-hour',
  exaflop_day: 'exaFLOP-day',
  token: 'token',
}

/** What a rate counts: "dollars for one GPU-hour", "EUR for one dollar". */
export const rateUnit = (from: Exchangeable, to: Exchangeable): string =>
  `${wholeUnit(to)}${isCurrency(to) ? '' : 's'} for one ${wholeUnit(from)}`

const wholeUnit = (asset: Exchangeable): string =>
  isCurrency(asset) ? asset.slice('CUR/'.length) : UNITS[parseAsset(asset)!.denomination]

const perUnit = (asset: Exchangeable): bigint =>
  isCurrency(asset) ? CURRENCY_UNIT : PER_UNIT[parseAsset(asset)!.denomination]

function assetIn(param: string, text: string): Exchangeable {
  if (isExchangeable(text)) return text
  throw invalid(
    param,
    `"${text.slice(0, 60)}" is no asset; give one such as USD, CUR/EUR, EXAFLOP_DAY, GPU_SECOND/H100-SXM/guaranteed, ` +
      'NODE_SECOND/H100-SXMx8/guaranteed or TOKEN/standard.',
  )
}

const invalid = (param: string, message: string): Fault => new Fault('invalid', message, { param })
