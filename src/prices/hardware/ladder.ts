import type { Rational } from '#base/rational.ts'
import { addDays, DAY, dayOf, startOfDay, type DateText, type Millis } from '#base/time.ts'
import { HYPERSCALERS } from './providers.ts'
import { freeze, RULES, scopeOf, voicesOf, voicesText, type Book, type Look, type Question } from './mark.ts'
import { isSteady, isUsable, seriesOf, type Observation } from './observation.ts'

/** What the ladder climbs on: observations of the chip and of the H100, as they were known. */
export type Known = {
  readonly observations: readonly Observation[]
  /** Dense bf16 peak over that of an H100; null: not known. */
  readonly ratio: Rational | null
}

export type Climbed = {
  /** Null: no step had enough. */
  readonly look: Look | null
  /** What the steps before it found. */
  readonly tried: readonly string[]
}

type Kept = { readonly row: Observation; readonly series: string }
type Scope = Pick<Look, 'book' | 'step' | 'accelerator' | 'form' | 'region' | 'ratio'>

/** What an H100-equivalent is counted in. */
export const YARDSTICK = 'H100'

/**
 * The first step with enough providers: the region, anywhere, any board, H100s by dense bf16 peak, then the last day on which one
 * of those was enough, with a haircut for its age.
 */
export function climb(question: Question, book: Book, known: Known): Climbed {
  const tried: string[] = []
  const rows = known.observations
    .filter((one) => inBook(one, book, question))
    .map((row) => ({ row, series: seriesOf(row) }))
  const scopes = scopesOf(question, book, known.ratio)
  for (const scope of scopes) {
    const look = lookAt(rows, { ...scope, at: question.asOf, weeks: 0 })
    if (enough(look, question)) return { look, tried }
    tried.push(tooFew(look, question))
  }
  if (known.ratio === null && question.accelerator !== YARDSTICK)
    tried.push(
      `no dense bf16 peak of ${question.accelerator} is known, so ${YARDSTICK}s say nothing about it`,
    )
  for (const scope of scopes) {
    const look = lastEnough(rows, scope, question)
    if (look) return { look, tried }
  }
  tried.push(`no earlier day of the last ${RULES.longestWeeks} weeks has more`)
  return { look: null, tried }
}

function scopesOf({ accelerator, form, region }: Question, book: Book, ratio: Rational | null): Scope[] {
  const own = { book, accelerator, form, region: null, ratio: null }
  const scopes: Scope[] = [{ ...own, step: 'global' }]
  if (region !== null) scopes.unshift({ ...own, step: 'region', region })
  if (form !== null) scopes.push({ ...own, step: 'any_form', form: null })
  if (ratio !== null && accelerator !== YARDSTICK) {
    const text = { n: String(ratio.n), d: String(ratio.d) }
    scopes.push({ ...own, step: 'h100_equivalent', accelerator: YARDSTICK, form: null, ratio: text })
  }
  return scopes
}

function inBook(one: Observation, book: Book, { tier, index }: Question): boolean {
  switch (book) {
    case 'offered':
      return one.tier === 'on_demand'
    // The lowest offer of a thin book is nobody's usual price: it is shown, and enters no mark.
    case 'interruptible':
      return one.tier === 'spot' || one.tier === 'marketplace_ask_median'
    case 'posted':
      return one.tier === tier && HYPERSCALERS.has(one.provider)
    case 'index':
      return one.tier === 'index' && one.provider === index
  }
}

/** Of each series the last sighting that was a price of that day, when it can be relied on. */
function lookAt(rows: readonly Kept[], of: Scope & { at: DateText; weeks: number }): Look {
  const day = { from: startOfDay(addDays(of.at, -RULES.windowDays)), until: startOfDay(addDays(of.at, 1)) }
  const last = new Map<string, Observation>()
  for (const { row, series } of rows) {
    if (row.accelerator !== of.accelerator || (of.form !== null && row.form !== of.form)) continue
    if ((of.region !== null && row.region !== of.region) || !isPriceOf(row, day)) continue
    const standing = last.get(series)
    if (!standing || isAfter(row, standing, day.until)) last.set(series, row)
  }
  const found = [...last.values()].filter(isUsable).toSorted((a, b) => (a.fact < b.fact ? -1 : 1))
  return { ...of, rows: found.map(freeze) }
}

type Span = { readonly from: Millis; readonly until: Millis }

const isPriceOf = (row: Observation, { from, until }: Span): boolean =>
  row.effectiveFrom < until && row.observedAt >= from && (row.observedAt < until || isSteady(row))

/** Later sightings before earlier ones, then later recordings: a correction is a recording of the same sighting. */
function isAfter(a: Observation, b: Observation, until: Millis): boolean {
  const seen = Math.min(a.observedAt, until) - Math.min(b.observedAt, until)
  if (seen !== 0) return seen > 0
  if (a.observedAt !== b.observedAt) return a.observedAt > b.observedAt
  if (a.recordedAt !== b.recordedAt) return a.recordedAt > b.recordedAt
  if (isUsable(a) !== isUsable(b)) return isUsable(a)
  return a.fact > b.fact
}

const needed = ({ basis }: Question): number => (basis === 'cost' ? 0 : RULES.quorum[basis])
const enough = (look: Look, question: Question): boolean =>
  look.rows.length > 0 && voicesOf(look) >= needed(question)

function lastEnough(rows: readonly Kept[], scope: Scope, question: Question): Look | null {
  const oldest = startOfDay(addDays(question.asOf, -7 * RULES.longestWeeks))
  const days = new Set(
    rows
      .filter(({ row }) => row.accelerator === scope.accelerator && row.observedAt >= oldest)
      .map(({ row }) => dayOf(row.observedAt)),
  )
  const earlier = [...days].filter((day) => day < question.asOf).toSorted((a, b) => (a < b ? 1 : -1))
  for (const at of earlier) {
    const weeks = Math.ceil((startOfDay(question.asOf) - startOfDay(at)) / (7 * DAY))
    const look = lookAt(rows, { ...scope, step: 'stale', at, weeks })
    if (enough(look, question)) return look
  }
  return null
}

const tooFew = (look: Look, question: Question): string =>
  `${scopeOf(look)}${look.ratio ? ' (for an equivalent by dense bf16 peak)' : ''}: ` +
  `${voicesText(look.book, look.rows.length === 0 ? 0 : voicesOf(look))}, ${needed(question)} ${needed(question) === 1 ? 'is' : 'are'} needed`
