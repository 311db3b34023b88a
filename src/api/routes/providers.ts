import { z } from '@hono/zod-openapi'
import type { Parts } from '../parts.ts'
import * as s from '../schemas.ts'
import * as views from '../provider-views.ts'
import { wire } from '../wire.ts'
import { answers, body, described, found, once, type App } from './route.ts'

const models = z
  .array(z.string())
  .nullable()
  .openapi({ description: 'Names or globs of the models that it serves; null serves every model.' })
const key = z
  .string()
  .regex(/^[!-~]{1,4096}$/, 'Give the key without spaces')
  .nullable()
  .openapi({
    description: 'The company’s key at the provider. It is kept sealed and never given out; null for none.',
  })
const priority = z.int().min(0).max(100).openapi({ description: 'The lowest goes first.' })

const newProvider = z
  .strictObject({
    name: z.string(),
    protocol: s.protocol,
    base_url: z.string().openapi({ description: 'What an SDK of the protocol would be given.' }),
    key: key.default(null),
    models: models.default(null),
    priority: priority.default(50),
    enabled: z.boolean().default(true),
  })
  .openapi('NewProviderRequest')

const change = z
  .strictObject({
    base_url: z.string().optional(),
    key: key.optional(),
    models: models.optional(),
    priority: priority.optional(),
    enabled: z.boolean().optional(),
  })
  .openapi('ProviderChange', { description: 'What is left out stays.' })

/** The providers behind the gateway: how they stand, and how they are set up. */
export function providerRoutes(app: App, parts: Parts): void {
  const { providers, reports, world } = parts
  const one = async (id: string) => {
    const { providers: all } = await reports.providers(world.now())
    return wire(found(all.find((each) => each.id === id) ?? null, 'such provider'))
  }

  app.openapi(
    described('/api/v1/providers', {
      method: 'get',
      summary: 'The providers behind the gateway: state, failures, latency, spend',
      responses: answers(200, views.providers, 'Every provider, in the order in which they are tried'),
    }),
    async (c) => c.json(wire(await reports.providers(world.now())), 200),
  )

  app.openapi(
    described('/api/v1/providers', {
      method: 'post',
      summary: 'Sets up a provider',
      request: { body: body(newProvider) },
      responses: answers(201, views.provider, 'The provider; its key is not shown'),
    }),
    async (c) => {
      const ask = c.req.valid('json')
      const answer = await once(parts, c, ask, {
        kind: 'within',
        run: async (sql) => {
          const { base_url: baseUrl, ...rest } = ask
          return { status: 201, body: { id: (await providers.create({ ...rest, baseUrl }, sql)).id } }
        },
      })
      const { id } = z.object({ id: s.id }).parse(answer)
      return c.json(await one(id), 201)
    },
  )

  app.openapi(
    described('/api/v1/providers/{id}', {
      method: 'patch',
      summary: 'Changes a provider: key, models, priority, on or off',
      request: { params: s.thingPath, body: body(change) },
      responses: answers(200, views.provider, 'The provider as it is now'),
    }),
    async (c) => {
      const { base_url: baseUrl, key: secret, models: globs, priority: rank, enabled } = c.req.valid('json')
      const { id } = await providers.change(c.req.valid('param').id, {
        ...(baseUrl === undefined ? {} : { baseUrl }),
        ...(secret === undefined ? {} : { key: secret }),
        ...(globs === undefined ? {} : { models: globs }),
        ...(rank === undefined ? {} : { priority: rank }),
        ...(enabled === undefined ? {} : { enabled }),
      })
      return c.json(await one(id), 200)
    },
  )

  app.openapi(
    described('/api/v1/providers/{id}/test', {
      method: 'post',
      summary: 'Asks a provider for its models, which is free',
      request: { params: s.thingPath },
      responses: answers(200, views.providerTest, 'Whether it answered, and how fast'),
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      const answer = await once(parts, c, null, {
        kind: 'once',
        run: async () => {
          const { ok, status, latencyMs, error } = await providers.test(id)
          return { status: 200, body: { ok, status, latency_ms: latencyMs, error } }
        },
      })
      return c.json(views.providerTest.parse(answer), 200)
    },
  )
}
