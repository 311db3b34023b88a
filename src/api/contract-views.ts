import { z } from '@hono/zod-openapi'
import { GRANT_EVENTS } from '#grants/event.ts'
import { GRANT_STATUSES } from '#grants/status.ts'
import * as s from './schemas.ts'
import { tranche } from './views.ts'

/** Grants as contracts: what the pages of people operations and the person's own documents read. */

const asset = z.string().openapi({ example: 'GPU_SECOND/H100-SXM/guaranteed' })
const actor = z.strictObject({ id: s.id, name: z.string() }).nullable()
const recorded = { at: s.instant, by: actor }
const hash = z.string().regex(/^[0-9a-f]{64}$/)

const row = {
  id: s.id,
  person: z.strictObject({ id: s.id, name: z.string(), email: z.string() }),
  entity_name: z.string(),
  name: z.string(),
  template_name: z.string(),
  template_version: z.int(),
  denomination: s.denomination,
  asset,
  quantity: s.amount,
  status: z.enum(GRANT_STATUSES),
  version: z.int(),
  start_date: s.day,
  grant_date: s.day,
  ended_on: s.day.nullable(),
  vested: s.amount,
  unvested: s.amount,
  spent: s.amount,
  lost: s.amount.openapi({ description: 'Expired, forfeited and revoked.' }),
  next_vest: z.strictObject({ date: s.day, quantity: s.amount }).nullable(),
  created_at: s.instant,
}

export const contracts = z
  .strictObject({
    grants: z.array(z.strictObject(row).openapi('ContractRow')),
    counts: z.partialRecord(z.enum(GRANT_STATUSES), z.int()),
    next: s.next,
  })
  .openapi('Contracts')

export const ownContracts = z.strictObject({ grants: z.array(z.strictObject(row)) }).openapi('OwnContracts')

export const contract = z
  .strictObject({
    ...row,
    available: s.amount,
    held: s.amount,
    forfeited: s.amount,
    expired: s.amount,
    revoked: s.amount,
    terms: z.strictObject({
      statements: z.unknown(),
      allocation: z.string(),
      formula: z.unknown(),
      expiry: s.expiry,
      scope: s.scope,
      priority: z.int(),
      clauses: z.unknown(),
    }),
    reckoning: z.unknown(),
    words: z.array(z.strictObject({ title: z.string(), lines: z.array(z.string()) })),
    tranches: z.array(tranche),
    versions: z.array(
      z.strictObject({
        n: z.int(),
        quantity: s.amount,
        effective_on: s.day,
        reason: z.string(),
        content_hash: hash,
        ...recorded,
      }),
    ),
    events: z.array(
      z.strictObject({ id: s.id, kind: z.enum(GRANT_EVENTS), on: s.day, body: z.unknown(), ...recorded }),
    ),
    approvals: z.array(
      z.strictObject({
        verdict: z.enum(['approved', 'rejected']),
        note: z.string(),
        content_hash: hash,
        ...recorded,
      }),
    ),
    acceptances: z.array(
      z.strictObject({ version: z.int(), typed_name: z.string(), content_hash: hash, at: s.instant }),
    ),
  })
  .openapi('Contract')

export const outlook = z
  .strictObject({
    items: z.array(
      z.strictObject({
        date: s.day,
        kind: z.enum(['vest', 'expire', 'roll_over']),
        asset,
        quantity: s.amount,
        grant_id: s.id,
        grant_name: z.string(),
        tranche: z.int(),
        lot_id: s.id.nullable(),
        at: s.instant,
      }),
    ),
  })
  .openapi('Outlook')

export const feed = z
  .strictObject({
    url: z.string().nullable().openapi({ description: 'Given once, when it is made.' }),
    created_at: s.instant.nullable(),
  })
  .openapi('CalendarFeed')
