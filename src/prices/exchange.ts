import { isCurrency, parseAsset, type Asset, type Exchangeable } from '#base/asset.ts'
import { div, mul, ONE, rational, type Rational } from '#base/rational.ts'
import { dayOf, type Millis } from '#base/time.ts'
import type { Accelerator } from './accelerators.ts'

/**
 * What one asset is worth in another, at two times: `effectiveFrom` says when it holds, `recordedAt` when it became known.
 * Rates are exact fractions: smallest units of `to` for one smallest unit of `from`.
 */

type Recorded = {
  readonly id: string
  readonly effectiveFrom: Millis
  readonly recordedAt: Millis
  readonly recordedBy: string
  readonly source: string
}

/** A stated rate. Null: the pair is not exchanged from then on, whatever could be derived. */
export type ExchangeRow = Recorded & {
  readonly kind: 'rate'
  readonly from: Exchangeable
  readonly to: Exchangeable
  readonly rate: Rational | null
}

/** The share of an accelerator's peak that real work reaches (its MFU); `accelerator` null: of all others. */
export type UtilisationRow = Recorded & {
  readonly kind: 'utilisation'
  readonly accelerator: string | null
  readonly share: Rational
}

export type ExchangeKnowledge = {
  /** In the order in which they were recorded. */
  readonly rows: readonly (ExchangeRow | UtilisationRow)[]
  readonly accelerators: ReadonlyMap<string, Accelerator>
}

export type Rate = {
  readonly from: Exchangeable
  readonly to: Exchangeable
  readonly rate: Rational
  /** Where it comes from, in words that still say it in years. */
  readonly basis: string
}

export type Utilisation = { readonly share: Rational; readonly basis: string }

/** What long training runs reach on large clusters, where the company states nothing of its own. */
export const USUAL_UTILISATION: Rational = rational(2n, 5n)

/** A nano-exaFLOP-day is 86.4e12 operations: so many seconds at 1e12 operations a second. */
const TERA_SECONDS = rational(864n, 10n)

/** Rates as they were known; pure. */
export function createExchange({ rows, accelerators }: ExchangeKnowledge) {
  const stated = new Map<string, ExchangeRow[]>()
  const utilised = new Map<string, UtilisationRow[]>()
  for (const row of rows) {
    if (row.kind === 'rate') push(stated, `${row.from} ${row.to}`, row)
    else push(utilised, row.accelerator ?? '*', row)
  }
  for (const list of [...stated.values(), ...utilised.values()]) list.sort(byBothTimes)

  function utilisation(accelerator: string, at: Millis): Utilisation {
    const row = inForce(utilised.get(accelerator), at) ?? inForce(utilised.get('*'), at)
    if (!row) return { share: USUAL_UTILISATION, basis: 'MFU 0.4, as large training runs reach' }
    return { share: row.share, basis: `MFU ${decimalText(row.share)} (${origin(row)})` }
  }

  function derived(from: Exchangeable, to: Exchangeable, at: Millis): Rate | null {
    const target = parseAsset(to)
    if (target?.denomination !== 'gpu_hour') return null
    const source = parseAsset(from)
    const { accelerator = '' } = target.unit
    if (source?.denomination === 'node_hour') {
      const { gpusPerNode = 0, tier } = source.unit
      if (source.unit.accelerator !== accelerator || tier !== target.unit.tier) return null
      const basis = `a node of ${gpusPerNode} ${accelerator}`
      return { from, to, rate: rational(BigInt(gpusPerNode)), basis }
    }
    if (source?.denomination !== 'exaflop_day') return null
    const known = accelerators.get(accelerator)
    if (!known) return null
    const { share, basis } = utilisation(accelerator, at)
    const peak = `${decimalText(known.peakBf16)} TFLOP/s dense bf16 peak of ${accelerator}`
    return {
      from,
      to,
      rate: div(TERA_SECONDS, mul(known.peakBf16, share)),
      basis: `${peak} (${known.source}) × ${basis}`,
    }
  }

  /** One step: what is stated goes before what can be derived; money is exchanged both ways at one rate. */
  function direct(from: Exchangeable, to: Exchangeable, at: Millis): Rate | null {
    const row = inForce(stated.get(`${from} ${to}`), at)
    if (row) return row.rate && { from, to, rate: row.rate, basis: origin(row) }
    if (isMoney(from) && isMoney(to)) {
      const inverse = inForce(stated.get(`${to} ${from}`), at)
      return inverse?.rate
        ? {
            from,
            to,
            rate: div(ONE, inverse.rate),
            basis: `the inverse of ${to} in ${from}: ${origin(inverse)}`,
          }
        : null
    }
    return derived(from, to, at)
  }

  return {
    /**
     * The rate in force at `at`: stated, derived, or for a node through its GPUs. Null when the two are not exchanged.
     */
    rate(from: Exchangeable, to: Exchangeable, at: Millis): Rate | null {
      if (from === to) return { from, to, rate: ONE, basis: 'the same' }
      const known = direct(from, to, at)
      const gpus = gpusOf(from)
      // A pair that was ended stays ended.
      if (known || gpus === null || inForce(stated.get(`${from} ${to}`), at)) return known
      const [first, second] = [direct(from, gpus, at), direct(gpus, to, at)]
      if (!first || !second) return null
      const basis = `${first.basis}; ${second.basis}`
      return { from, to, rate: mul(first.rate, second.rate), basis }
    },
    utilisation,
    /** Ids of the rows that hold at `at`. */
    standing(at: Millis): ReadonlySet<string> {
      const lists = [...stated.values(), ...utilised.values()]
      return new Set(lists.flatMap((list) => inForce<Recorded>(list, at)?.id ?? []))
    },
  }
}

export type ExchangeRates = ReturnType<typeof createExchange>

/** What was known at an instant: later recordings are left away. */
export const exchangeKnownAt = (
  { rows, accelerators }: ExchangeKnowledge,
  at: Millis,
): ExchangeKnowledge => ({ rows: rows.filter((row) => row.recordedAt <= at), accelerators })

/** A fraction as people write it: "2.5", or "1/3" where no decimal is exact. */
export function decimalText({ n, d }: Rational): string {
  const places = decimalPlaces(d)
  if (places === null) return `${n}/${d}`
  if (places === 0) return String(n)
  const digits = String((n * 10n ** BigInt(places)) / d).padStart(places + 1, '0')
  return `${digits.slice(0, -places)}.${digits.slice(-places)}`
}

const MOST_PLACES = 40

function decimalPlaces(d: bigint): number | null {
  for (let places = 0; places <= MOST_PLACES; places += 1) if (10n ** BigInt(places) % d === 0n) return places
  return null
}

const isMoney = (asset: Exchangeable): boolean => asset === 'USD' || isCurrency(asset)

const gpusOf = (from: Exchangeable): Asset | null => {
  const parsed = parseAsset(from)
  if (parsed?.denomination !== 'node_hour') return null
  const { accelerator, tier } = parsed.unit
  return tier === undefined ? null : `GPU_SECOND/${accelerator}/${tier}`
}

const origin = (row: Recorded): string =>
  `${row.source}, from ${dayOf(row.effectiveFrom)}, recorded by ${row.recordedBy}`

const byBothTimes = (a: Recorded, b: Recorded): number =>
  a.effectiveFrom - b.effectiveFrom || a.recordedAt - b.recordedAt

/** Of rows in the order of both times: the last one that is effective by then. */
const inForce = <T extends Recorded>(rows: readonly T[] | undefined, at: Millis): T | null =>
  rows?.findLast((row) => row.effectiveFrom <= at) ?? null

const push = <T>(map: Map<string, T[]>, key: string, value: T): void => {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}
