import { z } from '@hono/zod-openapi'
import * as s from './schemas.ts'

/** The answers about seats of subscriptions; strict as those in views.ts. */

const seatMonth = {
  month: z.string().regex(/^\d{4}-\d{2}$/),
  requests: z.int(),
  tokens: z.int(),
  worth_nano: s.amount.openapi({
    description: 'At list price as the client reckons it; told, never charged.',
  }),
  backed: z.boolean().openapi({ description: 'A month of a seat was spent for it.' }),
}
export const seat = z
  .strictObject({
    product: z.string(),
    unit: z.literal('seat-month'),
    granted: s.quantity,
    unvested: s.quantity,
    vested: s.quantity,
    available: s.quantity,
    held: s.quantity,
    spent: s.quantity,
    expired: s.quantity,
    forfeited: s.quantity,
    revoked: s.quantity,
    next_vest: z
      .strictObject({ date: s.day, quantity: s.quantity, grant_id: s.id, grant_name: z.string() })
      .nullable(),
    month: z.strictObject({
      ...seatMonth,
      used_since: s.instant.nullable(),
      last_used_at: s.instant.nullable(),
    }),
  })
  .openapi('Seat', { description: 'A seat of a subscription, used through the product’s own account.' })
export const seats = z
  .strictObject({
    seats: z.array(seat),
    months: z.array(
      z.strictObject({
        product: z.string(),
        ...seatMonth,
        used_since: s.instant,
        last_used_at: s.instant,
        transfer: s.id.nullable(),
      }),
    ),
  })
  .openapi('Seats')
