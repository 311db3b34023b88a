import { z } from '@hono/zod-openapi'
import * as s from './schemas.ts'

/** The answers about the gateway: how its providers stand, and what it refused. */

const span = z
  .strictObject({
    calls: z.int(),
    failures: z.int(),
    failovers: z.int(),
    first_byte_p50_ms: z.int().nullable(),
    first_byte_p95_ms: z.int().nullable(),
  })
  .openapi('ProviderSpan')

export const provider = z
  .strictObject({
    id: s.id,
    name: z.string(),
    protocol: s.protocol,
    base_url: z.string(),
    has_key: z.boolean(),
    enabled: z.boolean(),
    priority: z.int(),
    models: z.array(z.string()).nullable(),
    stand_in: z.boolean().openapi({
      description: 'Takes calls only while no other provider of its protocol is enabled.',
    }),
    created_at: s.instant,
    state: z.enum(['healthy', 'cooling', 'down']).openapi({
      description:
        'cooling: others go before it for a while. down: it failed repeatedly and has not answered since.',
    }),
    cooling_until: s.instant.nullable(),
    hour: span,
    day: span,
    spent_30d: s.amount,
    last_error: z.strictObject({ at: s.instant, status: z.int().nullable(), message: z.string() }).nullable(),
  })
  .openapi('Provider')
export const providers = z
  .strictObject({ as_of: s.instant, providers: z.array(provider) })
  .openapi('Providers')

export const providerTest = z
  .strictObject({
    ok: z.boolean(),
    status: z.int().nullable(),
    latency_ms: z.int(),
    error: z.string().nullable(),
  })
  .openapi('ProviderTest')

const denial = z
  .strictObject({
    id: s.id,
    at: s.instant,
    door: z.string(),
    route: z.string(),
    model: z.string().nullable(),
    code: z.string(),
    message: z.string(),
    short: s.amount.nullable(),
    count: z.int().openapi({ description: 'How often the same was refused within a minute.' }),
    key: z.strictObject({ id: s.id, name: z.string() }),
  })
  .openapi('Denial')
export const denials = z.strictObject({ denials: z.array(denial), next: s.next }).openapi('Denials')
