import { readFile } from 'node:fs/promises'
import { Fault } from '#base/fault.ts'
import { invariant } from '#base/invariant.ts'
import { canonicalJson } from '#base/json.ts'
import { addDays, DAY, dayOf, startOfDay, type DateText, type Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db } from '#db/sql.ts'
import { parseAccelerators } from '../accelerators.ts'
import { checkMark, checkRegion, chipAsked, hasRegion, type MarkAsk } from './ask.ts'
import { readPriceTable } from './import.ts'
import { YARDSTICK } from './ladder.ts'
import { END_OF_TIME, record, type Reading, type Recorded } from './loading.ts'
import { markFrom, RULES, type Inputs, type Mark, type Question } from './mark.ts'
import { looksBack, marked, ofMarket, outcomeText, ratioOf, type Marked } from './market.ts'
import type { Observation } from './observation.ts'
import { readTerms, USUAL_SOURCE, USUAL_TERMS, type OwnershipTerms } from './ownership.ts'
import { readHistory, readTokenEvents } from './shipped.ts'
import * as store from './store.ts'
import { historiesOf, type TokenHistory } from './tokens.ts'

export interface Hardware {
  /** A mark of one day, frozen: its inputs are stored, and give it again to the bit. Throws Fault `invalid`, `not_found`. */
  mark(ask: MarkAsk, asKnownAt?: Millis): Promise<Marked>
  /** The same, kept nowhere. */
  look(ask: MarkAsk, asKnownAt?: Millis): Promise<Marked>
  /** A mark that was frozen, made again from its stored inputs; null when there is none of that hash. */
  stored(hash: string): Promise<StoredMark | null>
  /** Marks of the last days of months, the last one of `to` itself: what a chart shows. */
  history(ask: Omit<MarkAsk, 'asOf'>, span: { from: DateText; to: DateText }): Promise<readonly Marked[]>
  /** What was seen, in the order of sight, with what was left out of marks and why. */
  observations(of: ObservationsAsk): Promise<{ rows: readonly Observation[]; next: string | null }>
  /** What models cost by each source that shows them; routes told from changes. */
  tokens(of: {
    provider?: string | undefined
    model?: string | undefined
    asKnownAt?: Millis
  }): Promise<readonly TokenHistory[]>
  /** The table that people make, all of it or nothing. Throws Fault `invalid` that names row, field, value and remedy. */
  importTable(text: string, of: { name: string; by: string }): Promise<Recorded>
  /** Records what a feed said. */
  record(reading: Reading, by: string, recordedAt?: Millis): Promise<Recorded>
  /** The shipped history, as far as it could be known at `asOf`; all of it when absent. Once for each. */
  loadShipped(asOf?: Millis): Promise<void>
  loads(): Promise<readonly store.LoadRow[]>
  /** How the last fetch of each feed went. */
  feedRuns(): Promise<readonly store.FeedRun[]>
  /** States what owning an accelerator costs from a day on. Throws Fault `invalid`. */
  own(ask: {
    accelerator: string
    terms: OwnershipTerms
    effectiveFrom: Millis
    source: string
    by: string
  }): Promise<store.OwnershipRow>
}

export type StoredMark = {
  readonly mark: Mark
  /** The text that the hash is of. */
  readonly inputs: string
  readonly recordedAt: Millis
}

export type ObservationsAsk = {
  readonly accelerator: string
  readonly from?: DateText | undefined
  readonly to?: DateText | undefined
  readonly asKnownAt?: Millis
  /** As `next` said. */
  readonly after?: string | undefined
  readonly most?: number
}

const DATA = new URL('../../../data/', import.meta.url)
const dataFile = (name: string): Promise<string> => readFile(new URL(name, DATA), 'utf8')
const MOST_MONTHS = 120
const MOST_PAGE = 1_000
const MOST_TOKENS = 20_000
const MOST_LOADS = 100

export async function openHardware({ db, world }: { db: Db; world: World }): Promise<Hardware> {
  const peaks = parseAccelerators(await dataFile('accelerators.csv'))
  let loading: Promise<void> | null = null

  async function loadShipped(asOf?: Millis): Promise<void> {
    const recordedAt = asOf ?? world.now()
    for (const read of SHIPPED) {
      const recording = { id: world.id(), recordedAt, by: 'perq' }
      await record(db, await read(), asOf === undefined ? recording : { ...recording, knownBy: asOf })
    }
  }

  /** Whoever asks first in this process sees to it that the shipped history is there. */
  async function ready(): Promise<void> {
    loading ??= loadShipped()
    try {
      await loading
    } catch (error) {
      loading = null
      throw error
    }
  }

  async function knownTo(question: Question, span: Span): Promise<readonly Observation[]> {
    const rows = await store.readForMark(db, {
      accelerators: [...new Set([question.accelerator, YARDSTICK])],
      from: startOfDay(addDays(span.from, -7 * span.weeks - RULES.windowDays)),
      until: startOfDay(addDays(question.asOf, 1)),
      knownAt: span.knownAt,
    })
    if (rows.length < store.MOST_OBSERVATIONS) return rows
    const limit = `${store.MOST_OBSERVATIONS} sightings of ${question.accelerator}`
    throw new Fault('too_large', `there are more than ${limit}; ask about a region or an earlier day`)
  }

  async function owning(question: Question, knownAt: Millis): Promise<Marked> {
    const until = startOfDay(addDays(question.asOf, 1))
    const own = await store.readOwnership(db, { accelerator: question.accelerator, until, knownAt })
    const usual = own ?? (await store.readOwnership(db, { accelerator: YARDSTICK, until, knownAt }))
    const ratio = own || question.accelerator === YARDSTICK ? null : ratioOf(peaks, question.accelerator)
    if (!own && question.accelerator !== YARDSTICK && ratio === null)
      return {
        kind: 'none',
        question,
        why: [`nobody stated what owning a ${question.accelerator} costs, and no dense bf16 peak is known`],
      }
    return marked({
      format: 1,
      question,
      rules: RULES,
      market: null,
      below: null,
      owning: {
        terms: usual?.terms ?? USUAL_TERMS,
        source: usual?.source ?? USUAL_SOURCE,
        ratio: ratio && { n: String(ratio.n), d: String(ratio.d) },
      },
      tried:
        own || question.accelerator === YARDSTICK
          ? []
          : [`nobody stated what owning a ${question.accelerator} costs`],
      triedBelow: [],
    })
  }

  async function look(ask: MarkAsk, asKnownAt: Millis = END_OF_TIME): Promise<Marked> {
    const question = checkMark(ask, world.now())
    await ready()
    const { basis } = question
    if (basis === 'cost') return owning(question, asKnownAt)
    const asked = { ...question, basis }
    const ratio = ratioOf(peaks, question.accelerator)
    const span = { from: question.asOf, knownAt: asKnownAt }
    // Where feeds are followed, the last month has all that is needed, and a year has very much.
    const recent = await knownTo(question, { ...span, weeks: 0 })
    const found = ofMarket(asked, recent, ratio)
    if (!looksBack(found) && hasRegion(question, recent)) return found
    const rows = await knownTo(question, { ...span, weeks: RULES.longestWeeks })
    checkRegion(question, rows)
    return ofMarket(asked, rows, ratio)
  }

  return {
    look,

    async mark(ask, asKnownAt) {
      const found = await look(ask, asKnownAt)
      if (found.kind === 'mark') {
        const { hash, question, inputs } = found.mark
        const outcome = outcomeText(found.mark)
        await store.insertMark(db, {
          hash,
          ...question,
          inputs: canonicalJson(inputs),
          outcome,
          recordedAt: world.now(),
        })
      }
      return found
    },

    async stored(hash) {
      const row = await store.findMark(db, hash)
      if (!row) return null
      const mark = markFrom(JSON.parse(row.inputs) as Inputs)
      invariant(mark.hash === row.hash, `the inputs of mark ${hash} are those that were frozen`)
      invariant(outcomeText(mark) === row.outcome, `mark ${hash} follows from its inputs`)
      return { mark, inputs: row.inputs, recordedAt: row.recordedAt }
    },

    async history(ask, { from, to }) {
      const days = monthEnds(from, to)
      const last = checkMark({ ...ask, asOf: days.at(-1)! }, world.now())
      await ready()
      const knownAt = END_OF_TIME
      const { basis } = last
      if (basis === 'cost') return Promise.all(days.map((asOf) => owning({ ...last, asOf }, knownAt)))
      const rows = await knownTo(last, { from: days[0]!, weeks: RULES.longestWeeks, knownAt })
      checkRegion(last, rows)
      return days.map((asOf) => ofMarket({ ...last, basis, asOf }, rows, ratioOf(peaks, last.accelerator)))
    },

    async observations({ accelerator, from, to, asKnownAt, after, most = MOST_PAGE }) {
      const named = chipAsked(accelerator)
      await ready()
      const page = Math.min(most, MOST_PAGE)
      const rows = await store.readObservations(db, {
        accelerator: named.chip.id,
        from: from === undefined ? 0 : startOfDay(from),
        until: to === undefined ? world.now() + DAY : startOfDay(addDays(to, 1)),
        knownAt: asKnownAt ?? END_OF_TIME,
        after: after === undefined ? null : placeOf(after),
        most: page + 1,
      })
      const shown = rows.slice(0, page)
      const end = shown.at(-1)
      return { rows: shown, next: rows.length > page && end ? `${end.observedAt}.${end.fact}` : null }
    },

    async tokens({ provider, model, asKnownAt }) {
      await ready()
      const rows = await store.readTokenEvents(db, {
        provider: provider ?? null,
        model: model ?? null,
        knownAt: asKnownAt ?? END_OF_TIME,
        most: MOST_TOKENS,
      })
      if (rows.length === MOST_TOKENS)
        throw new Fault('too_large', 'too many rows; name a provider or a model')
      return historiesOf(rows)
    },

    async importTable(text, { name, by }) {
      const now = world.now()
      const reading = { kind: 'file' as const, name, bytes: text, tokens: [], skipped: [] }
      const observations = readPriceTable(text, now)
      return record(db, { ...reading, observations }, { id: world.id(), recordedAt: now, by })
    },

    async record(reading, by, recordedAt = world.now()) {
      // What is news is judged against the shipped history too.
      await ready()
      return record(db, reading, { id: world.id(), recordedAt, by })
    },

    loadShipped,
    loads: () => store.readLoads(db, MOST_LOADS),
    feedRuns: () => store.lastFeedRuns(db),

    async own({ accelerator, terms, effectiveFrom, source, by }) {
      const named = chipAsked(accelerator)
      readTerms(terms)
      if (source.trim() === '' || source.length > 300)
        throw new Fault(
          'invalid',
          'source is empty or longer than 300 characters; say where the terms come from',
          { param: 'source' },
        )
      const row = {
        id: world.id(),
        accelerator: named.chip.id,
        terms,
        effectiveFrom,
        recordedAt: world.now(),
        recordedBy: by,
        source: source.trim(),
      }
      await store.insertOwnership(db, row)
      return row
    },
  }
}

type Span = {
  readonly from: DateText
  /** How many weeks before that a price may come from. */
  readonly weeks: number
  readonly knownAt: Millis
}

/** The files that Perq ships, each with its reader. */
const SHIPPED: readonly (() => Promise<Reading>)[] = [
  async () => {
    const bytes = await dataFile('gpu-prices/gpu_price_history.csv')
    return { ...EMPTY, name: 'gpu_price_history.csv', bytes, observations: readHistory(bytes) }
  },
  async () => {
    const bytes = await dataFile('gpu-prices/published_points.csv')
    const observations = readPriceTable(bytes, END_OF_TIME)
    return { ...EMPTY, name: 'published_points.csv', bytes, observations }
  },
  async () => {
    const bytes = await dataFile('llm-prices/llm_price_events.csv')
    return { ...EMPTY, name: 'llm_price_events.csv', bytes, tokens: readTokenEvents(bytes) }
  },
]
const EMPTY = { kind: 'shipped' as const, observations: [], tokens: [], skipped: [] }

function monthEnds(from: DateText, to: DateText): readonly DateText[] {
  const days: DateText[] = []
  let month = `${from.slice(0, 7)}-01`
  while (month <= to) {
    const next = `${dayOf(startOfDay(month) + 31 * DAY).slice(0, 7)}-01`
    const end = addDays(next, -1)
    days.push(end < to ? end : to)
    if (days.length > MOST_MONTHS)
      throw new Fault('invalid', `from ${from} to ${to} are more than ${MOST_MONTHS} months; ask for fewer`, {
        param: 'from',
      })
    month = next
  }
  if (days.length === 0)
    throw new Fault('invalid', `from is ${from}, after ${to}; turn them round`, { param: 'from' })
  return days
}

function placeOf(after: string): { observedAt: Millis; fact: string } {
  const [, at, fact] = /^(\d{1,16})\.([0-9a-f-]{36})$/.exec(after) ?? []
  if (at !== undefined && fact !== undefined) return { observedAt: Number(at), fact }
  throw new Fault('invalid', `after is "${after.slice(0, 60)}"; give what next said, or leave it away`, {
    param: 'after',
  })
}
