import { Fault } from '#base/fault.ts'
import { dayOf, isDate, type DateText, type Millis } from '#base/time.ts'
import { chipNamed, CHIPS, type Named } from './chips.ts'
import type { Observation } from './observation.ts'
import { BASES, MARK_TIERS, type Basis, type MarkTier, type Question } from './mark.ts'

/** What is asked, as people say it. */
export type MarkAsk = {
  /** `H100`, or with its board: `H100-SXM`. */
  readonly accelerator: string
  readonly basis: Basis
  readonly asOf: DateText
  /** `on_demand` when absent. */
  readonly tier?: MarkTier | undefined
  /** Anywhere when absent. */
  readonly region?: string | null | undefined
  /** Of basis `index`: whose; Ornn's when absent. */
  readonly index?: string | null | undefined
}

/** Published for a day, by transactions: the one that others settle on. */
const USUAL_INDEX = 'ornn-ocpi'

/** Before it nobody rented what is rented now. */
const FIRST_DAY: DateText = '2020-01-01'

/** Throws Fault `invalid` that names the field, its value and the remedy; `not_found` where no prices of such a thing are kept. */
export function checkMark(ask: MarkAsk, now: Millis): Question {
  const basis = oneOf('basis', ask.basis, BASES)
  const tier = oneOf('tier', ask.tier ?? 'on_demand', MARK_TIERS)
  const named = chipAsked(ask.accelerator)
  if (!isDate(ask.asOf)) throw wrong('as_of', ask.asOf, 'give a day as YYYY-MM-DD')
  if (ask.asOf > dayOf(now))
    throw wrong('as_of', ask.asOf, `that day has not come; the last one is ${dayOf(now)}`)
  if (ask.asOf < FIRST_DAY) throw wrong('as_of', ask.asOf, `prices are kept from ${FIRST_DAY} on`)
  const region = ask.region?.trim() || null
  if (region !== null && region.length > 60) throw wrong('region', region, 'at most 60 characters')
  const index = ask.index?.trim() || null
  if (index !== null && basis !== 'index')
    throw wrong('index', index, `basis ${basis} is of no index; leave it away or ask for basis index`)
  return {
    accelerator: named.chip.id,
    form: named.form,
    basis,
    tier,
    region,
    index: basis === 'index' ? (index ?? USUAL_INDEX) : null,
    asOf: ask.asOf,
  }
}

const MOST_TOLD = 20

export const hasRegion = ({ region }: Question, rows: readonly Observation[]): boolean =>
  region === null || rows.some((row) => row.region === region)

/** A slip in a region's name would quietly be the price of anywhere. Throws Fault `not_found` with those that there are. */
export function checkRegion(question: Question, rows: readonly Observation[]): void {
  if (hasRegion(question, rows)) return
  const known = [...new Set(rows.flatMap((row) => row.region ?? []))].toSorted().slice(0, MOST_TOLD)
  const remedy = known.length === 0 ? 'leave it away: no source names one' : `some are ${known.join(', ')}`
  throw new Fault('not_found', `no price is known in region "${question.region}"; ${remedy}`, {
    param: 'region',
  })
}

/** Throws Fault `not_found` with those that there are. */
export function chipAsked(text: string): Named {
  const named = chipNamed(text)
  if (named) return named
  const known = [...CHIPS.keys()].join(', ')
  throw new Fault('not_found', `no prices of "${text.slice(0, 60)}" are kept; those are of ${known}`, {
    param: 'accelerator',
  })
}

function oneOf<T extends string>(field: string, value: string, known: readonly T[]): T {
  const found = known.find((one) => one === value)
  if (found) return found
  throw wrong(field, value, `give one of ${known.join(', ')}`)
}

const wrong = (param: string, value: string, remedy: string): Fault =>
  new Fault('invalid', `${param} is "${value.slice(0, 60)}"; ${remedy}`, { param })
