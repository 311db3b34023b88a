import { z } from '@hono/zod-openapi'
import * as s from './schemas.ts'
import { seat } from './seat-views.ts'

/** The answers. Each is strict: an answer with a field that is not described here fails its test. */

export const session = z
  .strictObject({
    person: z.strictObject({
      id: s.id,
      name: z.string(),
      email: z.string(),
      role: s.role,
      level: z.string(),
      title: z.string(),
      entity: z.strictObject({ id: s.id, name: z.string(), country: z.string(), currency: z.string() }),
    }),
    company: z.strictObject({ name: z.string() }),
    now: s.instant,
    demo: z.boolean(),
    clock_shifted: z.boolean(),
    permissions: z.array(z.string()),
  })
  .openapi('Session')

export const person = z
  .strictObject({
    id: s.id,
    name: z.string(),
    email: z.string(),
    role: s.role,
    level: z.string(),
    title: z.string(),
    entity_name: z.string(),
    country: z.string(),
    hired_on: s.day,
    left_on: s.day.nullable(),
    granted: s.amount,
    unvested: s.amount,
    available: s.amount,
    held: s.amount,
    spent: s.amount,
    spent_30d: s.amount,
  })
  .openapi('Person')
export const people = z.strictObject({ people: z.array(person), next: s.next }).openapi('People')

const lot = z
  .strictObject({
    id: s.id,
    grant_id: s.id,
    grant_name: z.string(),
    tranche: z.int(),
    priority: z.int(),
    scope: s.scope,
    effective_at: s.instant,
    expires_at: s.instant.nullable(),
    vested: s.amount,
    available: s.amount,
    held: s.amount,
    spent: s.amount,
    expired: s.amount,
    revoked: s.amount,
  })
  .openapi('Lot')
const hold = z
  .strictObject({ id: s.id, model: z.string(), amount: s.amount, since: s.instant, expires_at: s.instant })
  .openapi('Hold')

export const wallet = z
  .strictObject({
    person: z.strictObject({ id: s.id, name: z.string() }),
    asset: z.literal('USD'),
    unit: z.literal('nano-dollar'),
    as_of: s.instant,
    version: z.string(),
    granted: s.amount,
    unvested: s.amount,
    available: s.amount,
    held: s.amount,
    spent: s.amount,
    expired: s.amount,
    forfeited: s.amount,
    revoked: s.amount,
    lots: z.array(lot),
    holds: z.array(hold),
    next_vest: z
      .strictObject({ date: s.day, quantity: s.amount, grant_id: s.id, grant_name: z.string() })
      .nullable(),
    next_expiry: z.strictObject({ date: s.day, amount: s.amount }).nullable(),
    spent_30d: s.amount,
    spent_prev_30d: s.amount,
    pace_per_day: s.amount,
    runway_days: z.int().nullable(),
    plan_per_day: s.amount,
    runway_plan_days: z.int().nullable(),
    seats: z.array(seat),
  })
  .openapi('Wallet')

export const spend = z
  .strictObject({
    unit: z.literal('nano-dollar'),
    days: z.array(
      z.strictObject({
        day: s.day,
        total: s.amount,
        calls: z.int(),
        by: z.strictObject({ small: s.amount, standard: s.amount, frontier: s.amount, embedding: s.amount }),
      }),
    ),
  })
  .openapi('Spend')

const usageTokens = z
  .strictObject({
    input: z.int(),
    cache_read: z.int(),
    cache_write_5m: z.int(),
    cache_write_1h: z.int(),
    output: z.int(),
    reasoning: z.int(),
    audio_input: z.int(),
    audio_cache_read: z.int(),
    searches: z.int(),
  })
  .openapi('UsageTokens', { description: '`input` is what no cache had; `reasoning` is part of `output`.' })
const usageSums = {
  spent: s.amount.openapi({ description: 'What left the wallet, less what was corrected.' }),
  absorbed: s.amount.openapi({ description: 'What the company paid outside every grant.' }),
  calls: z.int(),
  tokens: usageTokens,
}
const usageTotal = z.strictObject(usageSums).openapi('UsageTotal')
export const usage = z
  .strictObject({
    unit: z.literal('nano-dollar'),
    from: s.day,
    to: s.day,
    by: s.usageBy,
    step: s.usageStep,
    total: usageTotal,
    previous: z
      .strictObject({ from: s.day, to: s.day, total: usageTotal })
      .openapi({ description: 'As many days directly before.' }),
    groups: z.array(
      z
        .strictObject({
          value: z.string().nullable().openapi({
            description: 'What the filter of the same name takes; null for all groups after the first forty.',
          }),
          name: z.string(),
          ...usageSums,
        })
        .openapi('UsageGroup'),
    ),
    steps: z
      .array(
        z.strictObject({
          at: z.string().openapi({ description: 'The day, or the instant when the hour begins.' }),
          spent: s.amount,
          calls: z.int(),
          amounts: z.array(s.amount),
        }),
      )
      .openapi({ description: 'Every day or hour; `amounts` are the spent of the groups, in their order.' }),
  })
  .openapi('Usage')

const entry = z
  .strictObject({
    seq: z.string().regex(/^\d+$/),
    at: s.instant,
    transfer: s.id,
    kind: s.entryKind,
    source: s.account,
    target: s.account,
    amount: s.amount,
    grant_id: s.id.nullable(),
    grant_name: z.string().nullable(),
    lot_id: s.id.nullable(),
    tranche: z.int().nullable(),
    party: z.string().nullable(),
    price_version: z.int().nullable(),
    cause: s.id.nullable(),
    sealed: z.boolean(),
  })
  .openapi('Entry')
export const entries = z
  .strictObject({ entries: z.array(entry), sum: s.amount, count: z.int(), next: s.next })
  .openapi('Entries')

const callFields = {
  id: s.id,
  at: s.instant,
  started_at: s.instant,
  door: z.string(),
  route: z.string(),
  model: z.string(),
  class: s.modelClass,
  provider: z.string(),
  upstream: z.string(),
  purpose: s.purpose,
  key: z.strictObject({ id: s.id, name: z.string() }).nullable(),
  tokens: z.strictObject({
    input: z.int(),
    cache_read: z.int(),
    cache_write_5m: z.int(),
    cache_write_1h: z.int(),
    output: z.int(),
    reasoning: z.int(),
    audio_input: z.int(),
    audio_cache_read: z.int(),
    searches: z.int(),
  }),
  variant: z.enum(['batch']).nullable(),
  held: s.amount,
  cost: s.amount,
  charged: s.amount,
  absorbed: s.amount,
  status: z.enum(['ok', 'cancelled', 'failed', 'lapsed']),
  estimated: z.boolean(),
  price: z.strictObject({
    version: z.int(),
    source: z.string(),
    effective_from: s.instant.nullable(),
    tier_above: z.int().nullable(),
  }),
  lines: z.array(
    z.strictObject({
      item: z.enum([
        'input',
        'audio_input',
        'audio_cache_read',
        'cache_read',
        'cache_write_5m',
        'cache_write_1h',
        'output',
        'web_search',
      ]),
      tokens: z.int(),
      rate_pico: z.string().regex(/^\d+$/),
      cost_pico: z.string().regex(/^\d+$/),
    }),
  ),
}
export const calls = z
  .strictObject({ calls: z.array(z.strictObject(callFields).openapi('Call')), next: s.next })
  .openapi('Calls')
export const callWithEntries = z
  .strictObject({ ...callFields, entries: z.array(entry) })
  .openapi('CallWithEntries')

export const tranche = z
  .strictObject({
    n: z.int(),
    date: s.day,
    quantity: s.amount,
    state: z.enum(['vested', 'due', 'upcoming', 'forfeited']),
    lot_id: s.id.nullable(),
    available: s.amount.nullable(),
    held: s.amount.nullable(),
    spent: s.amount.nullable(),
    expired: s.amount.nullable(),
    expires_at: s.instant.nullable(),
  })
  .openapi('Tranche')
export const grant = z
  .strictObject({
    id: s.id,
    name: z.string(),
    template_name: z.string(),
    denomination: s.denomination,
    asset: z.string().openapi({ example: 'USD' }),
    quantity: s.amount,
    start_date: s.day,
    grant_date: s.day,
    status: z.string(),
    vested: s.amount,
    unvested: s.amount,
    forfeited: s.amount,
    available: s.amount,
    held: s.amount,
    spent: s.amount,
    expired: s.amount,
    revoked: s.amount,
    next_vest: z.strictObject({ date: s.day, quantity: s.amount }).nullable(),
    ends_on: s.day.nullable(),
    expiry_rule: s.expiry,
    tranches: z.array(tranche),
  })
  .openapi('Grant')
export const grants = z.strictObject({ grants: z.array(grant) }).openapi('Grants')

export { template, templates } from './template-views.ts'
export { key, keys, newKey } from './key-views.ts'

export const setup = z
  .strictObject({
    openai_base_url: z.string(),
    anthropic_base_url: z.string(),
    gemini_base_url: z.string(),
    models: z.strictObject({
      openai: z.array(z.string()),
      anthropic: z.array(z.string()),
      gemini: z.array(z.string()),
    }),
    suggested: z.strictObject({
      openai: z.string(),
      anthropic: z.string(),
      gemini: z.string(),
      embedding: z.string(),
    }),
  })
  .openapi('Setup')

const rates = z
  .strictObject({
    input: s.amount,
    cache_read: s.amount,
    cache_write_5m: s.amount,
    cache_write_1h: s.amount,
    output: s.amount,
    audio_input: s.amount.nullable(),
    audio_cache_read: s.amount.nullable(),
  })
  .openapi('Rates', { description: 'Pico-dollars per token, which is micro-dollars per million tokens.' })
const priceFields = {
  provider: z.string(),
  model: z.string(),
  class: s.modelClass,
  effective_from: s.instant.nullable(),
  rates,
  fees: z
    .strictObject({ web_search: s.amount.nullable() })
    .openapi({ description: 'Pico-dollars for one use; null where the fee is not known.' }),
  tiers: z.array(z.strictObject({ above_input: z.int(), rates })),
  context_window: z.int().nullable(),
  max_output: z.int(),
  version: z.int(),
  source: z.string(),
}
export const prices = z
  .strictObject({
    unit: z.literal('pico-dollar per token'),
    prices: z.array(z.strictObject(priceFields).openapi('Price')),
  })
  .openapi('Prices')

export const models = z
  .strictObject({
    unit: z.literal('pico-dollar per token'),
    policy: z
      .strictObject({
        version: z.int(),
        recorded_at: s.instant.nullable(),
        recorded_by: z.string().nullable(),
      })
      .openapi({ description: 'Version 0: nobody has recorded a policy, the default holds.' }),
    models: z.array(
      z
        .strictObject({
          ...priceFields,
          recorded_at: s.instant.nullable(),
          recorded_by: z.string().nullable(),
          licence: z.string().nullable(),
          own_price: z.boolean().openapi({ description: 'The company set this price itself.' }),
          who: z
            .strictObject({
              everyone: z.boolean(),
              levels: z.array(z.strictObject({ track: z.string(), from: z.int() })),
            })
            .openapi({ description: 'Neither everyone nor a level: nobody.' }),
          yours: z.boolean().openapi({ description: 'The one who asks may use it.' }),
        })
        .openapi('Model'),
    ),
  })
  .openapi('Models')
