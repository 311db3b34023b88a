import { z } from '@hono/zod-openapi'
import * as s from './schemas.ts'

/** The answers about GPU jobs, clusters and what was promised of them; strict as those in views.ts. */

const gpuSeconds = z
  .string()
  .regex(/^-?\d{1,30}$/)
  .openapi('GpuSeconds', { description: 'GPU-seconds as a decimal string.', example: '28800' })
const asset = z.string().openapi({ example: 'GPU_SECOND/H100-SXM/guaranteed' })
const tier = z.enum(['guaranteed', 'priority', 'spot'])
const count = z.int().min(0)
export const month = z
  .string()
  .regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'Give a month as YYYY-MM')
  .openapi('Month', { description: 'A UTC month.', example: '2026-09' })

const source = {
  name: z.string(),
  scheduler: z.string(),
  software: z.string(),
  mode: z.string(),
  seen_at: s.instant
    .nullable()
    .openapi({ description: 'Null: nobody looks at it; its records were read from a file.' }),
}

export const gpuJobs = z
  .strictObject({
    as_of: s.instant,
    jobs: z.array(
      z
        .strictObject({
          cluster: z.string(),
          job: z.string(),
          name: z.string(),
          state: z.enum(['held', 'waiting', 'running', 'suspended', 'ending']),
          verdict: z.string(),
          reason: z.string().nullable(),
          waits_for: z.string(),
          asset: asset.nullable(),
          allowance: z.string(),
          purpose: s.purpose,
          gpus: count,
          tasks: count,
          time_limit_seconds: count.nullable(),
          submitted_at: s.instant,
          eligible_at: s.instant.nullable(),
          started_at: s.instant.nullable(),
          expected_at: s.instant.nullable().openapi({ description: 'The scheduler’s own estimate.' }),
          nodes: z.array(z.string()),
          restarts: count,
          preempted: count,
          held: gpuSeconds,
          holds: z.array(s.id),
          so_far: gpuSeconds.openapi({ description: 'Used by its run until now, at most what is held.' }),
        })
        .openapi('GpuJob'),
    ),
    clusters: z.array(z.strictObject(source)),
  })
  .openapi('GpuJobs')

export const gpuRuns = z
  .strictObject({
    runs: z.array(
      z
        .strictObject({
          id: z.string(),
          cluster: z.string(),
          job: z.string(),
          name: z.string(),
          state: z.string(),
          state_text: z.string(),
          class: z.string().openapi({
            description: '`usual`, or why its person did not pay for all of it.',
          }),
          asset: asset.nullable(),
          purpose: s.purpose,
          gpus: count,
          nodes: z.array(z.string()),
          submitted_at: s.instant,
          eligible_at: s.instant.nullable(),
          started_at: s.instant.nullable(),
          ended_at: s.instant,
          elapsed_seconds: count,
          used: gpuSeconds,
          charged: gpuSeconds,
          absorbed: gpuSeconds,
          lost: gpuSeconds,
          transfer: s.id.nullable().openapi({
            description: 'Of the ledger; runs without a hold of their own may share one.',
          }),
        })
        .openapi('GpuRun'),
    ),
    count,
    used: gpuSeconds,
    charged: gpuSeconds,
    absorbed: gpuSeconds,
    lost: gpuSeconds,
    next: s.next,
  })
  .openapi('GpuRuns', { description: 'The sums are of everything that the filter meets.' })

const queueWait = z.strictObject({ percentile: z.number(), seconds: z.number() })

export const gpuBalances = z
  .strictObject({
    month,
    balances: z.array(
      z
        .strictObject({
          asset,
          accelerator: z.string(),
          tier,
          granted: gpuSeconds,
          unvested: gpuSeconds,
          available: gpuSeconds,
          held: gpuSeconds,
          spent: gpuSeconds,
          expired: gpuSeconds,
          forfeited: gpuSeconds,
          revoked: gpuSeconds,
          next_vest: z.strictObject({ date: s.day, quantity: gpuSeconds }).nullable(),
          next_expiry: z.strictObject({ date: s.day, amount: gpuSeconds }).nullable(),
          running_gpus: count,
          waiting_gpus: count,
          worth: s.amount.nullable().openapi({
            description: 'What is available, in nano-dollars at the exchange table’s rate; null without one.',
          }),
          promise: z
            .strictObject({
              queue_wait: queueWait.nullable(),
              preemptions: z.strictObject({ used: count, allowed: count }).nullable(),
              uptime: z.string().nullable(),
              gpus_at_once: count.nullable(),
            })
            .nullable(),
        })
        .openapi('GpuBalance'),
    ),
  })
  .openapi('GpuBalances')

export const gpuQuote = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('free'), cluster: z.string() }),
    z.strictObject({ kind: z.literal('refused'), cluster: z.string().nullable(), reason: z.string() }),
    z.strictObject({
      kind: z.enum(['fits', 'short']),
      cluster: z.string(),
      mode: z.string(),
      asset,
      allowance: z.string(),
      type: z.string().openapi({ description: 'The scheduler’s word for the GPUs.' }),
      gpus: count,
      tasks: count,
      time_limit_seconds: count,
      hold: gpuSeconds.openapi({ description: 'Held until it has ended; what it does not use comes back.' }),
      most: gpuSeconds.openapi({ description: 'What it uses if it runs to its limit.' }),
      available: gpuSeconds,
      exchangeable: gpuSeconds.openapi({ description: 'What other grants can be exchanged into besides.' }),
      held: gpuSeconds.openapi({ description: 'By other jobs.' }),
      most_worth: s.amount.nullable().openapi({
        description: '`most` in nano-dollars at the exchange table’s rate; null without one.',
      }),
    }),
  ])
  .openapi('GpuQuote', { description: 'Asked of the code that decides it when the job is submitted.' })

const wait = z
  .strictObject({ kind: z.enum(['is', 'at_least']), seconds: z.number() })
  .nullable()
  .openapi('Wait', { description: '`at_least`: some still wait, and too few have started to know more.' })
const spread = { count, p50: wait, p95: wait, longest: wait }
const run = z
  .strictObject({
    id: z.string(),
    cluster: z.string(),
    job: z.string(),
    state: z.string(),
    gpus: count,
    submitted_at: s.instant,
    eligible_at: s.instant.nullable(),
    started_at: s.instant.nullable(),
    ended_at: s.instant.nullable(),
    ran: gpuSeconds,
    charged: gpuSeconds,
  })
  .openapi('SlaRun')

const statement = z.strictObject({
  asset,
  month,
  from: s.instant,
  until: s.instant,
  as_of: s.instant,
  open: z.boolean().openapi({ description: 'The month still ran when this was made.' }),
  promises: z.array(
    z.strictObject({
      grant_id: s.id,
      name: z.string(),
      from: s.day,
      until: s.day.nullable(),
      content_hash: z.string(),
      gpus_per_unit: count,
      guarantees: z.strictObject({
        queue_wait: queueWait.nullable(),
        preemptions_per_month: count.nullable(),
        uptime: z.string().nullable(),
        nodes_at_once: count.nullable(),
        gpus_per_node: count,
        remedy: z.strictObject({ credit: gpuSeconds, at_most_per_month: gpuSeconds }).nullable(),
      }),
    }),
  ),
  hours: z.strictObject({
    promised: gpuSeconds.nullable(),
    sampled: gpuSeconds,
    offered: gpuSeconds,
    least_gpus: z.strictObject({ gpus: count, at: s.instant }).nullable(),
    gpus_at_once: count.nullable(),
    delivered: gpuSeconds,
    charged: gpuSeconds,
    lost: gpuSeconds,
    failed: gpuSeconds,
  }),
  wait: z.strictObject({
    ...spread,
    beyond: count,
    waiting: count,
    promised: z.strictObject({ percentile: z.number(), seconds: z.number(), found: wait }).nullable(),
    method: z.string(),
  }),
  hold: z.strictObject(spread),
  preemptions: z.strictObject({ count, allowed: count.nullable() }),
  uptime: z.strictObject({
    due: gpuSeconds,
    planned: gpuSeconds,
    down: gpuSeconds,
    share: z.string().nullable(),
    promised: z.string().nullable(),
  }),
  breaches: z.array(
    z.strictObject({
      key: z.string(),
      kind: z.enum(['queue_wait', 'preemption', 'uptime', 'nodes_at_once']),
      grant_id: s.id,
      at: s.instant,
      final: z.boolean(),
      runs: z.array(run),
      run_count: count,
      remedy: gpuSeconds,
      credited: z.strictObject({ grant_id: s.id, on: s.day, quantity: gpuSeconds }).nullable(),
    }),
  ),
  remedy: z.strictObject({ due: gpuSeconds, credited: gpuSeconds }),
})

export const sla = z
  .strictObject({ month, statements: z.array(statement.openapi('SlaStatement')) })
  .openapi('Sla')

const person = { id: s.id, name: z.string() }
export const companySla = z
  .strictObject({
    month,
    statements: z.array(
      statement.extend({ person: z.strictObject({ ...person, email: z.string() }) }).openapi('PersonSla'),
    ),
    complete: z.boolean(),
  })
  .openapi('CompanySla')

export const creditAsk = z
  .strictObject({ month, asset: s.asset, grant_id: s.id, breach: z.string().min(1).max(300) })
  .openapi('NewSlaCredit')
export const credit = z
  .strictObject({ grant_id: s.id, on: s.day, quantity: gpuSeconds })
  .openapi('SlaCredit', { description: 'The grant that makes good the breach.' })

export const overview = z
  .strictObject({
    as_of: s.instant,
    month,
    clusters: z.array(
      z.strictObject({
        ...source,
        troubles: z.array(z.strictObject({ part: z.string(), since: s.instant })),
      }),
    ),
    capacity: z.array(
      z.strictObject({
        accelerator: z.string(),
        at: s.instant,
        total: count,
        up: count,
        used: count,
        preemptible: count,
        promised: count,
      }),
    ),
    lanes: z.array(
      z.strictObject({
        asset,
        accelerator: z.string(),
        tier,
        people: count,
        promised_gpus: count,
        running_gpus: count,
        waiting_gpus: count,
        promised: gpuSeconds,
        offered: gpuSeconds,
        sampled: gpuSeconds,
        delivered: gpuSeconds,
        available: gpuSeconds,
        held: gpuSeconds,
        breaches: count,
      }),
    ),
    starved: z.array(
      z.strictObject({
        person: z.strictObject(person),
        asset,
        cluster: z.string(),
        job: z.string(),
        gpus: count,
        waiting_seconds: count,
        promised_seconds: z.number().nullable(),
        waits_for: z.string(),
      }),
    ),
    borrowing: z.array(
      z.strictObject({
        person: z.strictObject(person),
        asset,
        running_gpus: count,
        guaranteed_gpus: count,
      }),
    ),
    drift: z.array(
      z.strictObject({
        cluster: z.string(),
        kind: z.string(),
        name: z.string(),
        wanted: z.unknown(),
        found: z.unknown(),
        found_at: s.instant,
        repaired_at: s.instant.nullable(),
      }),
    ),
    reviews: count,
  })
  .openapi('ClusterOverview')
