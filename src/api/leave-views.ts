import { z } from '@hono/zod-openapi'
import * as s from './schemas.ts'

/** What leaving would do, as the plan is told: the same rows that a confirmation writes. */

const purposes = z.array(s.purpose).nullable()

const entry = z.strictObject({
  when: z
    .enum(['by_then', 'leaving'])
    .openapi({ description: '`by_then` would happen by that day without anybody leaving.' }),
  kind: s.entryKind,
  source: s.account,
  target: s.account,
  amount: s.amount.openapi({ description: "In the smallest unit of the grant's asset." }),
  grant_id: s.id.nullable(),
  lot_id: s.id.nullable(),
  tranche: z.int().nullable(),
  expires_at: s.instant.nullable(),
  purposes,
  why: z.string().openapi({ description: 'The rule and the arithmetic of its dates, in words.' }),
})

const rule = z.strictObject({
  unvested: z.enum(['forfeit', 'accelerate', 'continue']),
  vested: z.union([
    z.strictObject({ kind: z.enum(['expire_now', 'keep', 'revoke']) }),
    z.strictObject({ kind: z.literal('window'), days: z.int() }),
  ]),
  held: z.enum(['finish', 'cancel']),
})

const plan = {
  on: s.day,
  last_day: s.day,
  reason: z.string(),
  held: z.enum(['finish', 'cancel']),
  access_until: s.day.nullable(),
  access_purposes: purposes,
  grants: z.array(
    z.strictObject({
      grant_id: s.id,
      name: z.string(),
      asset: z.string(),
      rule,
      rule_source: z.string(),
      entries: z.array(entry),
      held: s.amount,
      usable: z.array(
        z.strictObject({ lot_id: s.id, quantity: s.amount, purposes, until: s.day.nullable() }),
      ),
      continues: z.array(z.strictObject({ n: z.int(), date: s.day, quantity: s.amount })),
    }),
  ),
  withdrawn: z.array(z.strictObject({ grant_id: s.id, name: z.string(), status: z.string() })),
  vested_late: z.array(z.strictObject({ grant_id: s.id, name: z.string(), vested: s.amount })),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
}

export const leavePreview = z
  .strictObject({
    person: z.strictObject({ id: s.id, email: z.string(), name: z.string() }),
    ahead: z
      .boolean()
      .openapi({ description: 'The day lies ahead: what is spent until then changes the amounts.' }),
    as_of: s.instant,
    ...plan,
    keys: z.array(z.strictObject({ id: s.id, name: z.string(), prefix: z.string() })),
  })
  .openapi('LeaveOutlook')

const leaver = {
  id: s.id,
  person: z.strictObject({ id: s.id, name: z.string(), email: z.string() }),
  left_on: s.day,
  reason: z.string(),
  note: z.string(),
  state: z.enum(['scheduled', 'done', 'cancelled']),
  open: z.boolean().openapi({ description: 'Calls that run still hold a part.' }),
  access_until: s.day.nullable(),
  recorded_at: s.instant,
  recorded_by: z.strictObject({ id: s.id, name: z.string() }).nullable(),
  done_at: s.instant.nullable(),
  sums: z.array(
    z.strictObject({
      asset: z.string(),
      usable: s.amount,
      lost: s.amount.openapi({
        description: 'By the leaving; what would have expired anyway is not counted.',
      }),
      continues: s.amount.openapi({ description: 'Goes on vesting.' }),
    }),
  ),
}

export const leavers = z
  .strictObject({ leavers: z.array(z.strictObject(leaver)), complete: z.boolean() })
  .openapi('Leavers')
export const oneLeaver = z
  .strictObject({
    ...leaver,
    // What runs on is the server's own matter.
    plan: z.object(plan),
  })
  .openapi('Leaver')
