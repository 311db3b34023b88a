import { z } from '@hono/zod-openapi'
import type { Asset } from '#base/asset.ts'
import { floor, mul, rational } from '#base/rational.ts'
import type { Millis } from '#base/time.ts'
import * as views from '../cluster-views.ts'
import { subject } from '../guard.ts'
import type { Parts } from '../parts.ts'
import * as s from '../schemas.ts'
import { wire } from '../wire.ts'
import { answers, described, type App } from './route.ts'

const MOST_TASKS = 20_000

/** A person's GPU jobs and hours, what the next job will cost, and how the clusters stand. */
export function clusterRoutes(app: App, { reports: { cluster }, quotes, exchange, world }: Parts): void {
  /** Nano-dollars of GPU-seconds, as the exchange table has them now. */
  const worth = (asset: Asset, amount: bigint, now: Millis): bigint | null => {
    const rate = exchange.rate(asset, 'USD', now)
    return rate && floor(mul(rational(amount), rate.rate))
  }

  app.openapi(
    described('/api/v1/people/{id}/gpu-jobs', {
      method: 'get',
      summary: 'GPU jobs that run or wait: what is held for each, what it has cost so far, when it may start',
      request: { params: s.personPath },
      responses: answers(200, views.gpuJobs, 'What runs, then what waits'),
    }),
    async (c) => c.json(wire(await cluster.jobs(subject(c), world.now())), 200),
  )

  app.openapi(
    described('/api/v1/people/{id}/gpu-runs', {
      method: 'get',
      summary: 'GPU jobs that have ended, as the cluster’s accounting has them, newest first',
      request: {
        params: s.personPath,
        query: z.strictObject({
          asset: s.asset.optional(),
          state: z
            .string()
            .regex(/^[a-z_]{1,40}$/)
            .optional(),
          from: s.day.optional(),
          to: s.day.optional(),
          limit: s.limit(25, 200),
          cursor: s.cursor,
        }),
      },
      responses: answers(200, views.gpuRuns, 'A page of runs, with the sums over all pages'),
    }),
    async (c) => {
      const { limit, cursor, ...filter } = c.req.valid('query')
      return c.json(wire(await cluster.runs(subject(c), filter, { limit, cursor })), 200)
    },
  )

  app.openapi(
    described('/api/v1/people/{id}/gpu-balances', {
      method: 'get',
      summary: 'GPU-hours by accelerator and tier, with what was promised of each',
      request: { params: s.personPath },
      responses: answers(200, views.gpuBalances, 'One line for each accelerator and tier'),
    }),
    async (c) => {
      const now = world.now()
      const { month, balances } = await cluster.balances(subject(c), now)
      const priced = balances.map((one) => ({ ...one, worth: worth(one.asset, one.available, now) }))
      return c.json(wire({ month, balances: priced }), 200)
    },
  )

  app.openapi(
    described('/api/v1/people/{id}/gpu-quote', {
      method: 'get',
      summary: 'What a job would hold and cost at most, and whether there is so much',
      request: {
        params: s.personPath,
        query: z.strictObject({
          cluster: z.string().max(40).optional(),
          type: z
            .string()
            .max(60)
            .optional()
            .openapi({ description: 'As the scheduler or the reference table names it.', example: 'h100' }),
          gpus: number(1, 100_000).optional(),
          tasks: number(1, MOST_TASKS).optional(),
          time_limit_seconds: number(1, 315_360_000).optional(),
          allowance: z.string().max(100).optional().openapi({ description: 'The QOS that it names.' }),
          tier: z.enum(['guaranteed', 'priority', 'spot']).optional(),
          purpose: s.purpose.optional(),
        }),
      },
      responses: answers(200, views.gpuQuote, 'The quote, or why such a job would be refused'),
    }),
    async (c) => {
      const ask = c.req.valid('query')
      const quote = await quotes(subject(c), {
        cluster: ask.cluster,
        gpus: { type: ask.type ?? null, count: BigInt(ask.gpus ?? 1) },
        allowance: ask.allowance,
        tier: ask.tier,
        timeLimitSeconds: ask.time_limit_seconds ?? null,
        tasks: ask.tasks ?? 1,
        purpose: ask.purpose ?? 'work',
      })
      if (quote.kind === 'free' || quote.kind === 'refused') return c.json(quote, 200)
      const { timeLimitSeconds, gpus, ...rest } = quote
      const told = {
        ...rest,
        gpus: Number(gpus),
        time_limit_seconds: Number(timeLimitSeconds),
        most_worth: worth(quote.asset, quote.most, world.now()),
      }
      return c.json(wire(told), 200)
    },
  )

  app.openapi(
    described('/api/v1/cluster', {
      method: 'get',
      summary:
        'How the clusters stand: promised and delivered by tier, who is starved, who borrows, what drifted',
      request: { query: z.strictObject({ month: views.month.optional() }) },
      responses: answers(200, views.overview, 'As of now; what was delivered, of the month'),
    }),
    async (c) => {
      const { month } = c.req.valid('query')
      const view = wire(await cluster.overview(world.now(), month))
      return c.json(view, 200)
    },
  )
}

const number = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `Give a whole number from ${least} to ${most}`)
    .transform(Number)
    .pipe(z.int().min(least).max(most))
    .openapi({ type: 'integer', minimum: least, maximum: most })
