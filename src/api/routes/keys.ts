import { z } from '@hono/zod-openapi'
import { iso } from '#base/time.ts'
import type { Millis } from '#base/time.ts'
import type { Key, KeyLimit } from '#spending/types.ts'
import { subject } from '../guard.ts'
import type { Parts } from '../parts.ts'
import * as s from '../schemas.ts'
import * as views from '../views.ts'
import { wire } from '../wire.ts'
import { answers, body, described, found, once, type App } from './route.ts'

const limitAsk = z
  .strictObject({
    amount: s.amount,
    period: z.enum(['day', 'week', 'month']).nullable().openapi({
      description: 'Calendar windows in UTC, weeks from Monday; null: the amount is for ever.',
    }),
  })
  .openapi('KeyLimitRequest', { description: 'What the key may spend, whatever the wallet has.' })

const newKey = z
  .strictObject({
    name: z.string(),
    purpose: s.purpose,
    models: z
      .array(z.string())
      .nullable()
      .default(null)
      .openapi({ description: 'Names or globs; null for every model that the person may use.' }),
    expires_at: z.iso.datetime({ offset: true }).nullable().default(null),
    limit: limitAsk.nullable().default(null),
  })
  .openapi('NewKeyRequest')

const keyChange = z
  .strictObject({
    name: z.string().optional(),
    models: z.array(z.string()).nullable().optional(),
    expires_at: z.iso.datetime({ offset: true }).nullable().optional(),
    limit: limitAsk.nullable().optional(),
  })
  .openapi('KeyChangeRequest', { description: 'What is absent stays as it is.' })

export function keyRoutes(app: App, parts: Parts): void {
  const { spending } = parts

  app.openapi(
    described('/api/v1/people/{id}/keys', {
      method: 'get',
      summary: 'Keys, newest first, revoked ones included',
      request: { params: s.personPath },
      responses: answers(200, views.keys, 'The keys; secrets are kept nowhere'),
    }),
    async (c) => c.json(wire({ keys: (await spending.keys(subject(c))).map(keyView) }), 200),
  )

  app.openapi(
    described('/api/v1/people/{id}/keys', {
      method: 'post',
      summary: "Makes a key that spends the person's wallet",
      request: { params: s.personPath, body: body(newKey) },
      responses: answers(201, views.newKey, 'The key and, this once, its secret'),
    }),
    async (c) => {
      const ask = c.req.valid('json')
      const person = subject(c)
      const answer = await once(parts, c, ask, {
        kind: 'within',
        run: async (sql) => {
          const { name, purpose, models } = ask
          const expiresAt = ask.expires_at === null ? null : Date.parse(ask.expires_at)
          const limit = limitOf(ask.limit)
          const made = await spending.createKey(person, { name, purpose, models, expiresAt, limit }, sql)
          const key = wire(keyView(made.key))
          return { status: 201, body: { key, secret: made.secret }, repeat: { key, secret: null } }
        },
      })
      return c.json(views.newKey.parse(answer), 201)
    },
  )

  app.openapi(
    described('/api/v1/keys/{id}', {
      method: 'get',
      summary: 'One key: whether it was used yet',
      request: { params: s.thingPath },
      responses: answers(200, views.key, 'The key'),
    }),
    async (c) => c.json(wire(keyView(found(await spending.key(c.req.valid('param').id), 'such key'))), 200),
  )

  app.openapi(
    described('/api/v1/keys/{id}', {
      method: 'patch',
      summary: 'Changes a key; every gateway follows within a second',
      request: { params: s.thingPath, body: body(keyChange) },
      responses: answers(200, views.key, 'The key as it is now'),
    }),
    async (c) => {
      const { name, models, expires_at: expires, limit } = c.req.valid('json')
      const change = {
        ...(name === undefined ? {} : { name }),
        ...(models === undefined ? {} : { models }),
        ...(expires === undefined ? {} : { expiresAt: expires === null ? null : Date.parse(expires) }),
        ...(limit === undefined ? {} : { limit: limitOf(limit) }),
      }
      return c.json(wire(keyView(await spending.changeKey(c.req.valid('param').id, change))), 200)
    },
  )

  app.openapi(
    described('/api/v1/keys/{id}', {
      method: 'delete',
      summary: 'Revokes a key; every gateway refuses it within a second',
      request: { params: s.thingPath },
      responses: answers(200, views.key, 'The revoked key'),
    }),
    async (c) => c.json(wire(keyView(await spending.revokeKey(c.req.valid('param').id))), 200),
  )
}

const keyView = (key: Key) => ({
  id: key.id,
  name: key.name,
  prefix: key.prefix,
  purpose: key.purpose,
  models: key.models === null ? null : [...key.models],
  created_at: iso(key.createdAt),
  expires_at: isoOrNull(key.expiresAt),
  revoked_at: isoOrNull(key.revokedAt),
  first_used_at: isoOrNull(key.firstUsedAt),
  last_used_at: isoOrNull(key.lastUsedAt),
  limit: key.limit && {
    amount: key.limit.amount,
    period: key.limit.period,
    used: key.limit.used,
    left: key.limit.left,
    resets_at: isoOrNull(key.limit.resetsAt),
  },
})

const limitOf = (ask: z.infer<typeof limitAsk> | null): KeyLimit | null =>
  ask && { amount: BigInt(ask.amount), period: ask.period }

const isoOrNull = (at: Millis | null): string | null => (at === null ? null : iso(at))
