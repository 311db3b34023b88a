import { z } from '@hono/zod-openapi'
import { subject } from '../guard.ts'
import type { Parts } from '../parts.ts'
import * as s from '../schemas.ts'
import * as ahead from '../value-forward-views.ts'
import * as views from '../value-views.ts'
import { wire } from '../wire.ts'
import { answers, described, found, type App } from './route.ts'

/** What is owed is worth, on four bases; why that changed, and what could happen to it. */
export function valueRoutes(app: App, { value, world }: Parts): void {
  app.openapi(
    described('/api/v1/value', {
      method: 'get',
      summary: 'What everything that was promised is worth, on each basis, and why it changed',
      request: {
        query: z.strictObject({
          ...views.valueQuery,
          by: z.string().max(40).optional().openapi({ description: '`person` when absent.' }),
        }),
      },
      responses: answers(200, views.value, 'The value at the end of the day, and the change since `from`'),
    }),
    async (c) => {
      const { as_of: asOf, ...ask } = c.req.valid('query')
      return c.json(wire(await value.company({ ...ask, asOf }, world.now())), 200)
    },
  )

  app.openapi(
    described('/api/v1/value/scenarios', {
      method: 'get',
      summary: 'What could happen to it: every scenario, or one with numbers of your own',
      request: { query: z.strictObject(views.scenarioQuery) },
      responses: answers(
        200,
        views.scenarios,
        'Each scenario with its numbers, before and after, on each basis',
      ),
    }),
    async (c) => {
      const { as_of: asOf, basis, scenario, ...given } = c.req.valid('query')
      return c.json(wire(await value.scenarios({ asOf, basis, scenario }, given, world.now())), 200)
    },
  )

  app.openapi(
    described('/api/v1/value/compare', {
      method: 'get',
      summary: 'Compute beside salary, bonus and shares over years: what each comes to, and how sure that is',
      request: { query: z.strictObject(views.compareQuery) },
      responses: answers(200, views.comparison, 'Jointly simulated, with every number that went in'),
    }),
    async (c) => c.json(wire(await value.compare(c.req.valid('query'), world.now())), 200),
  )

  app.openapi(
    described('/api/v1/value/forward', {
      method: 'get',
      summary: 'What an hour of an accelerator is expected to cost, month by month, and how little is known',
      request: { query: z.strictObject(ahead.forwardQuery) },
      responses: answers(200, ahead.forward, 'The curve with its bands, and everything that was assumed'),
    }),
    async (c) => {
      const { accelerator, basis, curve, futures, terms, ...given } = c.req.valid('query')
      const ask = { accelerator, basis, curve, futures, terms }
      return c.json(wire(await value.forward(ask, given, world.now())), 200)
    },
  )

  app.openapi(
    described('/api/v1/value/rights', {
      method: 'get',
      summary: 'What rights around hours are worth: caps, floors, swaps, a lock-up, interruptions',
      request: { query: z.strictObject(ahead.rightsQuery) },
      responses: answers(200, ahead.rights, 'Each with its method, and everything that was assumed'),
    }),
    async (c) => {
      const { accelerator, basis, ...given } = c.req.valid('query')
      return c.json(wire(await value.rights({ accelerator, basis }, given, world.now())), 200)
    },
  )

  app.openapi(
    described('/api/v1/people/{id}/value', {
      method: 'get',
      summary: 'What a person’s grants are worth, one by one: at the cap and as expected to be used',
      request: { params: s.personPath, query: z.strictObject(views.valueQuery) },
      responses: answers(
        200,
        views.personValue,
        'The value at the end of the day, and the change since `from`',
      ),
    }),
    async (c) => {
      const { as_of: asOf, ...ask } = c.req.valid('query')
      const view = found(await value.person(subject(c), { ...ask, asOf }, world.now()), 'such person')
      return c.json(wire(view), 200)
    },
  )

  app.openapi(
    described('/api/v1/people/{id}/value/scenarios', {
      method: 'get',
      summary: 'What could happen to what a person was promised',
      request: { params: s.personPath, query: z.strictObject(views.scenarioQuery) },
      responses: answers(200, views.scenarios, 'As for the company'),
    }),
    async (c) => {
      const { as_of: asOf, basis, scenario, ...given } = c.req.valid('query')
      const of = { person: subject(c) }
      return c.json(wire(await value.scenarios({ asOf, basis, scenario }, given, world.now(), of)), 200)
    },
  )
}
