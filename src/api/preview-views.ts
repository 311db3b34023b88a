import { z } from '@hono/zod-openapi'
import * as s from './schemas.ts'

/** A schedule that nobody was granted yet. */

const verdict = z.strictObject({ total: s.amount, tranches: z.int() })

const fields = {
  asset: z.string().openapi({ example: 'GPU_SECOND/H100-SXM/guaranteed' }),
  denomination: s.denomination,
  quantity: s.amount.openapi({ description: 'Of the whole grant.' }),
  counted: s.amount.openapi({ description: "As the template's basis counts it." }),
  as_of: s.day,
  start_date: s.day,
  grant_date: s.day,
  reckoning: z.unknown(),
  tranches: z.array(
    z.strictObject({
      n: z.int(),
      date: s.day.nullable().openapi({ description: 'Null while it waits for something.' }),
      quantity: s.amount,
      state: z.enum(['resolved', 'unresolved', 'impossible']),
      cause: z.unknown(),
      expires_at: s.instant.nullable(),
    }),
  ),
  storable: verdict.openapi({ description: 'What no event can change any more.' }),
  resolves_to: verdict.openapi({ description: 'What vests when no event ever fires.' }),
  unresolved: s.amount,
  impossible: s.amount,
  blockers: z.array(z.unknown()),
  words: z.array(z.strictObject({ title: z.string(), lines: z.array(z.string()) })),
  warnings: z.array(z.strictObject({ param: z.string(), message: z.string() })),
}

export const templatePreview = z.strictObject(fields).openapi('TemplatePreview')
export const grantPreview = z
  .strictObject({
    ...fields,
    name: z.string(),
    template_id: s.id,
    person_id: s.id,
    approvals_needed: z.union([z.literal(1), z.literal(2)]),
    direct: z.boolean().openapi({ description: 'Whether the caller may promise it at once.' }),
  })
  .openapi('GrantPreview')
