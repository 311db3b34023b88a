import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { iso, type Millis } from '#base/time.ts'
import { subject } from '../guard.ts'
import type { Env, Parts, WebhookEndpoint } from '../parts.ts'
import * as s from '../schemas.ts'
import * as views from '../webhook-views.ts'
import { answers, body, described, found, once, type App } from './route.ts'

const types = z
  .array(z.string())
  .min(1)
  .max(50)
  .nullable()
  .openapi({ description: 'Event types such as alert.velocity_paused; null: all of them.' })
const newEndpoint = z
  .strictObject({ url: z.string(), types: types.default(null) })
  .openapi('NewWebhookRequest')
const changes = z
  .strictObject({ url: z.string().optional(), types: types.optional(), enabled: z.boolean().optional() })
  .openapi('WebhookChange')

/** Where alerts are sent to: a person's own endpoints, and the company's, which hear of everybody, and of offers. */
export function webhookRoutes(app: App, parts: Parts): void {
  collection(app, parts, '/api/v1/people/{id}/webhooks', subject)
  collection(app, parts, '/api/v1/company/webhooks', () => null)
  items(app, parts, '/api/v1/webhooks')
  items(app, parts, '/api/v1/company/webhooks')
}

function collection(
  app: App,
  parts: Parts,
  path: '/api/v1/people/{id}/webhooks' | '/api/v1/company/webhooks',
  whose: (c: Context<Env>) => string | null,
): void {
  const { webhooks } = parts
  const company = path === '/api/v1/company/webhooks'
  const params = company ? {} : { params: s.personPath }
  const named = namedFor(company)
  app.openapi(
    described(path, {
      method: 'get',
      summary: named('Webhook endpoints, oldest first'),
      request: params,
      responses: answers(200, views.webhooks, 'The endpoints, and the types there are'),
    }),
    async (c) => {
      const person = whose(c)
      const list = await webhooks.list(person)
      return c.json({ webhooks: list.map(endpointView), types: [...webhooks.types(person)] }, 200)
    },
  )

  app.openapi(
    described(path, {
      method: 'post',
      summary: named('Adds an endpoint: events go there as Standard Webhooks'),
      request: { ...params, body: body(newEndpoint) },
      responses: answers(201, views.newWebhook, 'The endpoint and, this once, its secret'),
    }),
    async (c) => {
      const ask = c.req.valid('json')
      const person = whose(c)
      const answer = await once(parts, c, ask, {
        kind: 'once',
        run: async () => {
          const { endpoint, secret } = await webhooks.create(person, ask)
          const webhook = endpointView(endpoint)
          return { status: 201, body: { webhook, secret }, repeat: { webhook, secret: null } }
        },
      })
      return c.json(views.newWebhook.parse(answer), 201)
    },
  )
}

function items(app: App, parts: Parts, base: '/api/v1/webhooks' | '/api/v1/company/webhooks'): void {
  const { webhooks } = parts
  const request = { params: s.thingPath }
  const company = base === '/api/v1/company/webhooks'
  const named = namedFor(company)

  /** A person's own is no business of the company's, and the other way round. */
  const idOf = async (id: string): Promise<string> => {
    const endpoint = found(await webhooks.find(id), 'such webhook endpoint')
    return found(company === (endpoint.person === null) ? id : null, 'such webhook endpoint')
  }

  app.openapi(
    described(`${base}/{id}`, {
      method: 'patch',
      summary: named('Changes an endpoint; enabling it forgets its failures'),
      request: { ...request, body: body(changes) },
      responses: answers(200, views.webhook, 'The endpoint'),
    }),
    async (c) => {
      const id = await idOf(c.req.valid('param').id)
      return c.json(endpointView(await webhooks.change(id, c.req.valid('json'))), 200)
    },
  )

  app.openapi(
    described(`${base}/{id}`, {
      method: 'delete',
      summary: named('Removes an endpoint and what waits for it'),
      request,
      responses: answers(200, views.webhookRemoved, 'Removed'),
    }),
    async (c) => {
      const id = await idOf(c.req.valid('param').id)
      await webhooks.remove(id)
      return c.json({ id }, 200)
    },
  )

  app.openapi(
    described(`${base}/{id}/test`, {
      method: 'post',
      summary: named('Sends the event webhook.test; what became of it is among the deliveries'),
      request,
      responses: answers(200, views.webhookTest, 'The id of the event'),
    }),
    async (c) => {
      const id = await idOf(c.req.valid('param').id)
      const answer = await once(parts, c, null, {
        kind: 'once',
        run: async () => ({ status: 200, body: { event_id: await webhooks.test(id) } }),
      })
      return c.json(views.webhookTest.parse(answer), 200)
    },
  )

  app.openapi(
    described(`${base}/{id}/secret`, {
      method: 'post',
      summary: named('Another secret; for a day both sign'),
      request,
      responses: answers(200, views.newWebhook, 'The endpoint and, this once, its new secret'),
    }),
    async (c) => {
      const id = await idOf(c.req.valid('param').id)
      const answer = await once(parts, c, null, {
        kind: 'once',
        run: async () => {
          const { endpoint, secret } = await webhooks.replaceSecret(id)
          const webhook = endpointView(endpoint)
          return { status: 200, body: { webhook, secret }, repeat: { webhook, secret: null } }
        },
      })
      return c.json(views.newWebhook.parse(answer), 200)
    },
  )

  app.openapi(
    described(`${base}/{id}/deliveries`, {
      method: 'get',
      summary: named('The last fifty deliveries, newest first'),
      request,
      responses: answers(200, views.deliveries, 'What was sent and what came back'),
    }),
    async (c) => {
      const list = await webhooks.deliveries(await idOf(c.req.valid('param').id))
      const deliveries = list.map(
        ({ event, type, at, state, attempts, next_at, tried_at, status, error }) => ({
          event_id: event,
          type,
          at: iso(at),
          state,
          attempts,
          next_at: state === 'waiting' ? iso(next_at) : null,
          tried_at: isoOrNull(tried_at),
          status,
          error,
        }),
      )
      return c.json({ deliveries }, 200)
    },
  )
}

/** The company's paths do the same for other eyes; the document tells them apart. */
const namedFor =
  (company: boolean) =>
  (summary: string): string =>
    company ? `The company's: ${summary}` : summary

const endpointView = ({
  id,
  url,
  types: wanted,
  createdAt,
  failingSince,
  disabledAt,
  disabledWhy,
}: WebhookEndpoint) => ({
  id,
  url,
  types: wanted && [...wanted],
  created_at: iso(createdAt),
  failing_since: isoOrNull(failingSince),
  disabled_at: isoOrNull(disabledAt),
  disabled_why: disabledWhy,
})

const isoOrNull = (at: Millis | null): string | null => (at === null ? null : iso(at))
