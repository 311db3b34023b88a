import { z } from '@hono/zod-openapi'
import * as s from './schemas.ts'

/** The answers about keys; strict as those in views.ts. */

export const key = z
  .strictObject({
    id: s.id,
    name: z.string(),
    prefix: z.string(),
    purpose: s.purpose,
    models: z.array(z.string()).nullable(),
    created_at: s.instant,
    expires_at: s.instant.nullable(),
    revoked_at: s.instant.nullable(),
    first_used_at: s.instant.nullable(),
    last_used_at: s.instant.nullable(),
    limit: z
      .strictObject({
        amount: s.amount,
        period: z.enum(['day', 'week', 'month']).nullable(),
        used: s.amount,
        left: s.amount,
        resets_at: s.instant.nullable(),
      })
      .nullable()
      .openapi({
        description: 'What the key may spend, whatever the wallet has; null: as much as the wallet.',
      }),
  })
  .openapi('Key')
export const keys = z.strictObject({ keys: z.array(key) }).openapi('Keys')
export const newKey = z
  .strictObject({
    key,
    secret: z.string().nullable().openapi({
      description: 'Shown in this answer only. Null when an Idempotency-Key is repeated: it is kept nowhere.',
    }),
  })
  .openapi('NewKey')
