import { z } from '@hono/zod-openapi'
import { WEIGHTS } from '#prices/weights.ts'
import { ALERT_KINDS } from '#spending/alerts/alert.ts'
import { SPANS } from '#spending/guard/rolling.ts'
import * as s from './schemas.ts'

/** Answers about alerts, the velocity guard, the policy and the sandbox. */

export const alert = z
  .strictObject({
    id: s.id,
    at: s.instant,
    kind: z.enum(ALERT_KINDS),
    title: z.string(),
    message: z.string(),
    seen_at: s.instant.nullable(),
    link: z.string().openapi({ description: 'A page of this site.' }),
    person: z
      .strictObject({ id: s.id, name: z.string() })
      .nullable()
      .openapi({ description: 'Null: it concerns the company.' }),
  })
  .openapi('Alert')
export const alerts = z
  .strictObject({ alerts: z.array(alert), unseen: z.int(), next: s.next })
  .openapi('Alerts')
export const companyAlerts = z.strictObject({ alerts: z.array(alert), next: s.next }).openapi('CompanyAlerts')
export const alertsSeen = z.strictObject({ unseen: z.int() }).openapi('AlertsSeen')

const span = z.enum(SPANS)
export const guard = z
  .strictObject({
    state: z.enum(['off', 'open', 'slow', 'paused']),
    since: s.instant.nullable(),
    window: span,
    spent: s.amount,
    limit: s.amount.openapi({
      description: 'While paused what paused it, else where the next level begins.',
    }),
    baseline: s.amount,
    held: s.amount,
    raised: z.strictObject({ times: z.int(), until: s.instant }).nullable(),
    windows: z.array(
      z.strictObject({
        window: span,
        spent: s.amount,
        baseline: s.amount,
        notify_at: s.amount,
        slow_at: s.amount,
        pause_at: s.amount,
      }),
    ),
  })
  .openapi('Guard')

const positive = z
  .string()
  .regex(/^\d{1,18}$/)
  .openapi({ description: 'Nano-dollars as a decimal string.', example: '100000000000' })
const classes = z.array(s.modelClass).max(4)
export const policy = z
  .strictObject({
    everyone: classes,
    levels: z
      .array(
        z.strictObject({
          track: z.string().openapi({ description: 'As in IC4: IC. `*` is every track.' }),
          from: z.int(),
          classes,
          weights: z
            .enum(WEIGHTS)
            .optional()
            .openapi({ description: 'Only models of that kind; absent: both.' }),
        }),
      )
      .max(100),
    guard: z
      .strictObject({ floor: z.strictObject({ five_minutes: positive, hour: positive, day: positive }) })
      .nullable()
      .optional()
      .openapi({ description: 'The velocity guard: absent the default floor, null off.' }),
    sandbox: z
      .strictObject({
        quantity: positive,
        period: z.literal('month'),
        classes,
        purposes: z.array(s.purpose).max(4),
      })
      .nullable()
      .optional(),
  })
  .openapi('Policy')
export const recordedPolicy = z
  .strictObject({
    version: z.int(),
    recorded_at: s.instant.nullable(),
    recorded_by: z.string().nullable(),
    policy,
  })
  .openapi('RecordedPolicy')

export const sandbox = z
  .strictObject({
    state: z.enum(['none', 'closed', 'open']),
    grant_id: s.id.nullable(),
    quantity: s.amount.nullable(),
    classes: z.array(s.modelClass).nullable(),
    purposes: z.array(s.purpose).nullable(),
    ends_on: s.day,
    next_at: s.instant.openapi({ description: 'When the next one can be opened.' }),
  })
  .openapi('Sandbox')
