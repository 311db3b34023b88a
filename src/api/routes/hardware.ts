import { z } from '@hono/zod-openapi'
import { dayOf, iso } from '#base/time.ts'
import { decimalText } from '#prices/exchange.ts'
import { CHIPS } from '#prices/hardware/chips.ts'
import { BASES, MARK_TIERS, type Frozen, type Mark, type Question } from '#prices/hardware/mark.ts'
import { ratioOf, type Marked } from '#prices/hardware/market.ts'
import type { Observation } from '#prices/hardware/observation.ts'
import * as views from '../hardware-views.ts'
import type { Parts } from '../parts.ts'
import * as s from '../schemas.ts'
import { answers, described, found, type App } from './route.ts'

const accelerator = z.string().min(1).max(60).openapi({ example: 'H100-SXM' })
const asked = {
  accelerator,
  tier: z.enum(MARK_TIERS).optional(),
  region: z.string().max(60).optional(),
  index: z.string().max(60).optional().openapi({ description: 'Of basis index: whose.' }),
}
const UNIT = 'nano-dollar per GPU-hour'
const PAGE = 500

/** What an hour of an accelerator is worth, by which prices; open to whoever may read prices. */
export function hardwareRoutes(app: App, parts: Parts): void {
  markRoutes(app, parts)
  bookRoutes(app, parts)
}

function markRoutes(app: App, { hardware, world }: Parts): void {
  app.openapi(
    described('/api/v1/hardware/marks', {
      method: 'get',
      summary:
        'Marks of an hour of one GPU on a day, frozen with their inputs: of one basis, or of all of them side by side',
      request: {
        query: z.strictObject({
          ...asked,
          basis: z.enum(BASES).optional(),
          as_of: s.day.optional().openapi({ description: 'All of that UTC day; today when absent.' }),
        }),
      },
      responses: answers(200, views.marks, 'One for each basis, never blended'),
    }),
    async (c) => {
      const { basis, as_of: asOf = dayOf(world.now()), index, ...ask } = c.req.valid('query')
      const marks: Marked[] = []
      for (const each of basis === undefined ? BASES : [basis]) {
        // Only one basis is of an index; asked for by name, it must be that one.
        const whose = index !== undefined && (basis !== undefined || each === 'index') ? { index } : {}
        marks.push(await hardware.mark({ ...ask, ...whose, basis: each, asOf }))
      }
      return c.json({ unit: UNIT as typeof UNIT, marks: marks.map(markedView) }, 200)
    },
  )

  app.openapi(
    described('/api/v1/hardware/marks/{id}', {
      method: 'get',
      summary:
        'A frozen mark by its hash, made again from its stored inputs, with every observation behind it',
      request: { params: views.hashPath },
      responses: answers(200, views.frozenMark, 'The mark and its inputs'),
    }),
    async (c) => {
      const { mark, inputs, recordedAt } = found(await hardware.stored(c.req.valid('param').id), 'such mark')
      const { market, below } = mark.inputs
      return c.json(
        {
          mark: markView(mark),
          recorded_at: iso(recordedAt),
          reproduced: true as const,
          inputs,
          observations: (market?.rows ?? []).map(frozenView),
          below: (below?.rows ?? []).map(frozenView),
        },
        200,
      )
    },
  )

  app.openapi(
    described('/api/v1/hardware/history', {
      method: 'get',
      summary: 'Marks at the ends of months, and of the last day: the line of a chart',
      request: {
        query: z.strictObject({
          ...asked,
          basis: z.enum(BASES).default('replacement'),
          from: s.day,
          to: s.day.optional().openapi({ description: 'Today when absent.' }),
        }),
      },
      responses: answers(200, views.marks, 'In the order of days; a month without a mark says why'),
    }),
    async (c) => {
      const { from, to = dayOf(world.now()), basis, ...ask } = c.req.valid('query')
      const marks = await hardware.history({ ...ask, basis }, { from, to })
      return c.json({ unit: UNIT as typeof UNIT, marks: marks.map(markedView) }, 200)
    },
  )
}

function bookRoutes(app: App, { hardware, exchange }: Parts): void {
  app.openapi(
    described('/api/v1/hardware/observations', {
      method: 'get',
      summary:
        'What was asked for an accelerator, by whom and seen when, with what no mark relies on and why',
      request: {
        query: z.strictObject({
          accelerator,
          from: s.day.optional(),
          to: s.day.optional(),
          limit: s.limit(PAGE, 1_000),
          cursor: s.cursor,
        }),
      },
      responses: answers(200, views.observations, 'In the order in which they were seen'),
    }),
    async (c) => {
      const { limit, cursor, ...of } = c.req.valid('query')
      const page = await hardware.observations({
        ...of,
        most: limit,
        after: cursor,
      })
      return c.json(
        { unit: UNIT as typeof UNIT, observations: page.rows.map(seenView), next: page.next },
        200,
      )
    },
  )

  app.openapi(
    described('/api/v1/hardware/accelerators', {
      method: 'get',
      summary: 'Accelerators that prices are kept of, and what was loaded from where',
      responses: answers(200, views.accelerators, 'The newest hundred loads'),
    }),
    async (c) => {
      const accelerators = [...CHIPS.values()].map(({ id, reference }) => {
        const ratio = ratioOf(exchange.accelerators, id)
        return { id, reference, of_h100: ratio && decimalText(ratio) }
      })
      const loads = (await hardware.loads()).map(
        ({ id, kind, name, hash, added, skipped, recordedAt, recordedBy }) => ({
          id,
          kind,
          name,
          hash,
          added,
          skipped: skipped.map((one) => ({ ...one, examples: [...one.examples] })),
          recorded_at: iso(recordedAt),
          recorded_by: recordedBy,
        }),
      )
      return c.json({ accelerators, loads }, 200)
    },
  )

  app.openapi(
    described('/api/v1/hardware/tokens', {
      method: 'get',
      summary: 'What models cost by each source that shows them, changes told from routes',
      request: {
        query: z.strictObject({
          provider: z.string().max(60).optional(),
          model: z.string().max(128).optional(),
        }),
      },
      responses: answers(200, views.tokens, 'One history for each model and source'),
    }),
    async (c) => {
      const histories = (await hardware.tokens(c.req.valid('query'))).map(({ prices, ...history }) => ({
        ...history,
        prices: prices.map(({ from, lastSaid, rows, inputPico, outputPico, cachedPico }) => ({
          from,
          last_said: lastSaid,
          rows,
          input: String(inputPico),
          output: String(outputPico),
          cached: cachedPico === null ? null : String(cachedPico),
        })),
      }))
      return c.json({ unit: 'pico-dollar per token' as const, histories }, 200)
    },
  )
}

const questionView = ({ asOf, ...question }: Question) => ({ ...question, as_of: asOf })
const text = (nano: bigint | null): string | null => (nano === null ? null : String(nano))

export function markView(mark: Mark) {
  const { question, hash, n, level, step, steps, providers, sources } = mark
  return {
    kind: 'mark' as const,
    ...questionView(question),
    hash,
    bid: text(mark.bid),
    mid: String(mark.mid),
    ask: text(mark.ask),
    n,
    level,
    stale_days: mark.staleDays,
    step,
    bid_step: mark.bidStep,
    steps: [...steps],
    providers: providers.map(({ provider, priceNano, rejected, thin }) => ({
      provider,
      price: String(priceNano),
      rejected,
      thin,
    })),
    sources: [...sources],
  }
}

/** Also what the command line prints. */
export const markedView = (found: Marked): z.output<typeof views.marked> =>
  found.kind === 'mark'
    ? markView(found.mark)
    : { kind: 'none', ...questionView(found.question), why: [...found.why] }

const frozenView = (row: Frozen) => ({
  id: row.fact,
  provider: row.provider,
  accelerator: row.accelerator,
  form: row.form,
  tier: row.tier,
  region: row.region,
  term_months: row.termMonths,
  offer: row.offer,
  price: row.priceNano,
  low: row.lowNano,
  high: row.highNano,
  effective_from: row.effectiveFrom,
  observed_at: row.observedAt,
  recorded_at: null,
  source: row.source,
  licence: row.licence,
  quality: row.quality,
  note: row.note,
})

const seenView = (row: Observation) => ({
  ...frozenView({
    ...row,
    priceNano: String(row.priceNano),
    lowNano: String(row.lowNano),
    highNano: String(row.highNano),
    effectiveFrom: iso(row.effectiveFrom),
    observedAt: iso(row.observedAt),
  }),
  recorded_at: iso(row.recordedAt),
})
