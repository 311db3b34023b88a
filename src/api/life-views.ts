import { z } from '@hono/zod-openapi'
import { LEAVER_REASONS } from '#grants/clauses.ts'
import { leavePreview } from './leave-views.ts'
import * as s from './schemas.ts'

/** What life does to people and their grants. Amounts are decimal strings of each grant's smallest unit. */

const amount = z
  .string()
  .regex(/^-?\d{1,30}$/)
  .openapi({ description: "In the grant's smallest unit, as a decimal string.", example: '1250000000' })
export const reason = z.enum(LEAVER_REASONS)
const replayed = z.boolean()
const installments = z.array(z.strictObject({ date: s.day, quantity: amount }))
const nullableDay = s.day.nullable()

export const leaving = z
  .strictObject({
    id: s.id,
    person_id: s.id,
    left_on: s.day,
    reason: z.string(),
    note: z.string(),
    state: z.enum(['scheduled', 'done', 'cancelled']),
    open: z.boolean().openapi({ description: 'Calls that run still hold a part.' }),
    recorded_at: s.instant,
    recorded_by: s.id.nullable(),
    done_at: s.instant.nullable(),
  })
  .openapi('Leaving')

export const leavings = z.strictObject({ leavings: z.array(leaving) }).openapi('Leavings')
export const confirmed = leavePreview.extend({ leaving, replayed }).openapi('ConfirmedLeaving')

const leave = z
  .strictObject({
    id: s.id,
    person_id: s.id,
    kind: z.string(),
    from: s.day,
    to: nullableDay.openapi({ description: 'The first day back; null while nobody knows it.' }),
    approximate: z.boolean(),
    note: z.string(),
    withdrawn: z.boolean(),
    settled: z.boolean().openapi({ description: 'What it lost is booked; it stays as it is.' }),
    recorded_at: s.instant,
    recorded_by: s.id.nullable(),
  })
  .openapi('Leave')

export const absence = z
  .strictObject({
    leave,
    effects: z.array(
      z.strictObject({
        grant_id: s.id,
        name: z.string(),
        policy: z.enum(['continue', 'pause_extend', 'pause_forfeit']),
        grace_days: z.int(),
        next_vest: nullableDay,
        last_vest: nullableDay,
        planned: amount,
        waiting: amount,
        lost: amount,
      }),
    ),
    replayed,
  })
  .openapi('Absence')

const event = z.strictObject({
  id: s.id,
  kind: z.enum(['level', 'transfer', 'leave', 'left', 'rehired']),
  day: s.day,
  body: z.record(z.string(), z.unknown()),
  recorded_at: s.instant,
  recorded_by: s.id.nullable(),
})

export const life = z
  .strictObject({ leaves: z.array(leave), leavings: z.array(leaving), events: z.array(event) })
  .openapi('PersonLife')

export const amended = z
  .strictObject({
    grant_id: s.id,
    name: z.string(),
    version: z.int(),
    quantity_before: amount,
    change: amount,
    superseded: installments,
    installments,
    replayed,
  })
  .openapi('AmendedGrant')

export const levelled = z
  .strictObject({
    person_id: s.id,
    level: z.string(),
    title: z.string(),
    amended: z.array(amended),
    replayed,
  })
  .openapi('LevelChange')

export const transferred = z
  .strictObject({
    person_id: s.id,
    entity_id: s.id,
    country: z.string(),
    grants: z.array(z.strictObject({ grant_id: s.id, name: z.string(), from_entity_id: s.id })),
    replayed,
  })
  .openapi('Transfer')

export const rehired = z
  .strictObject({
    person_id: s.id,
    hired_on: s.day,
    served_days: z.int(),
    credited_days: z.int(),
    grants: z.array(
      z.strictObject({
        grant_id: s.id,
        name: z.string(),
        quantity: amount,
        start_date: s.day,
        grant_date: s.day,
        tranches: z.array(z.strictObject({ n: z.int(), date: s.day, quantity: amount })),
      }),
    ),
    replayed,
  })
  .openapi('Rehire')

export const clawedBack = z
  .strictObject({
    unvested: amount,
    vested: amount,
    exchanged: z.array(z.strictObject({ asset: z.string(), quantity: amount })),
    held: amount,
    spent: amount,
    missing: amount,
    replayed,
  })
  .openapi('Clawback')

const priced = z.strictObject({ on: s.day, rate: z.string() })

export const repriced = z
  .discriminatedUnion('grows', [
    z.strictObject({ grant_id: s.id, grows: z.literal(false), why: z.string() }),
    z.strictObject({
      grant_id: s.id,
      grows: z.literal(true),
      name: z.string(),
      index: z.string(),
      before: priced,
      now: priced,
      unvested: amount,
      added: amount,
      capped: z.boolean(),
      installments,
      why: z.string(),
    }),
  ])
  .openapi('Repricing')

export const fired = z
  .strictObject({ grant_id: s.id, event: z.string(), on: s.day, installments, replayed })
  .openapi('FiredEvent')
