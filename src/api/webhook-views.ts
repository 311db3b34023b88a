import { z } from '@hono/zod-openapi'
import * as s from './schemas.ts'

/** Answers about webhook endpoints and what was sent to them. */

export const webhook = z
  .strictObject({
    id: s.id,
    url: z.string(),
    types: z.array(z.string()).nullable().openapi({ description: 'Null: all events.' }),
    created_at: s.instant,
    failing_since: s.instant.nullable(),
    disabled_at: s.instant.nullable(),
    disabled_why: z.string().nullable(),
  })
  .openapi('Webhook')
export const webhooks = z
  .strictObject({ webhooks: z.array(webhook), types: z.array(z.string()) })
  .openapi('Webhooks')
export const newWebhook = z
  .strictObject({
    webhook,
    secret: z
      .string()
      .nullable()
      .openapi({ description: 'whsec_…: verifies signatures. Null when the answer is a repetition.' }),
  })
  .openapi('NewWebhook')
export const webhookRemoved = z.strictObject({ id: s.id }).openapi('WebhookRemoved')
export const webhookTest = z.strictObject({ event_id: s.id }).openapi('WebhookTest')
export const deliveries = z
  .strictObject({
    deliveries: z.array(
      z.strictObject({
        event_id: s.id.openapi({ description: 'The header webhook-id; for an alert its id.' }),
        type: z.string(),
        at: s.instant,
        state: z.enum(['waiting', 'delivered', 'failed']),
        attempts: z.int(),
        next_at: s.instant.nullable(),
        tried_at: s.instant.nullable(),
        status: z.int().nullable(),
        error: z.string().nullable(),
      }),
    ),
  })
  .openapi('WebhookDeliveries')
