import { z } from '@hono/zod-openapi'
import { subject } from '../guard.ts'
import type { Parts } from '../parts.ts'
import * as s from '../schemas.ts'
import * as views from '../provider-views.ts'
import { wire } from '../wire.ts'
import { answers, described, found, type App } from './route.ts'

/** What the gateway refused, and why: the same words that the client got. */
export function denialRoutes(app: App, { reports }: Parts): void {
  app.openapi(
    described('/api/v1/people/{id}/denials', {
      method: 'get',
      summary: 'Calls that were refused, newest first; kept for 90 days',
      request: {
        params: s.personPath,
        query: z.strictObject({
          from: s.day.optional(),
          to: s.day.optional(),
          code: z
            .string()
            .regex(/^[a-z0-9_]{1,60}$/)
            .optional(),
          limit: s.limit(50, 200),
          cursor: s.cursor,
        }),
      },
      responses: answers(200, views.denials, 'A page of refusals'),
    }),
    async (c) => {
      const { limit, cursor, ...filter } = c.req.valid('query')
      const view = await reports.denials(subject(c), filter, { limit, cursor })
      return c.json(wire(found(view, 'such person')), 200)
    },
  )
}
