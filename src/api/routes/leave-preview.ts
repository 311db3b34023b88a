import { z } from '@hono/zod-openapi'
import { dayOf } from '#base/time.ts'
import { previewView } from '#commands/life/views.ts'
import { LEAVER_REASONS } from '#grants/clauses.ts'
import { can } from '#people/access.ts'
import { signedIn, subject } from '../guard.ts'
import * as views from '../leave-views.ts'
import type { Parts } from '../parts.ts'
import * as s from '../schemas.ts'
import { wire } from '../wire.ts'
import { answers, described, found, type App } from './route.ts'

/** Who leaves, and who has left: with what became of their pay. */
export function leaverRoutes(app: App, { reports }: Parts): void {
  app.openapi(
    described('/api/v1/leavers', {
      method: 'get',
      summary: 'Who is to leave, soonest first, then who has left, with what each keeps and loses',
      responses: answers(200, views.leavers, 'At most 500'),
    }),
    async (c) => c.json(wire(await reports.leavers()), 200),
  )

  app.openapi(
    described('/api/v1/leavers/{id}', {
      method: 'get',
      summary: 'One leaving: what was confirmed, entry by entry, and once it is done what was done',
      request: { params: s.thingPath },
      responses: answers(200, views.oneLeaver, 'The leaving'),
    }),
    async (c) => {
      const leaving = found(await reports.leaver(c.req.valid('param').id), 'such leaving')
      return c.json(views.oneLeaver.parse(wire(leaving)), 200)
    },
  )
}

/** Of grants in the making, those that their person knows of. */
const TOLD = ['offered', 'accepted']

/** What would become of a person's grants if they left: for themself, and for whoever reads everybody's grants. */
export function leavePreviewRoutes(app: App, { life, world }: Parts): void {
  app.openapi(
    described('/api/v1/people/{id}/leave-preview', {
      method: 'get',
      summary: 'What would happen if the person left on a day, entry by entry; nothing is changed',
      request: {
        params: s.personPath,
        query: z.strictObject({
          on: s.day.optional().openapi({
            description: 'The first day on which the person no longer works here; today when absent.',
          }),
          reason: z.enum(LEAVER_REASONS).default('VOLUNTARY_OTHER'),
        }),
      },
      responses: answers(200, views.leavePreview, 'The plan, and the hash that a confirmation may name'),
    }),
    async (c) => {
      const { on = dayOf(world.now()), reason } = c.req.valid('query')
      const preview = previewView(await life.previewLeave({ person: subject(c), on, reason }))
      const all = can(signedIn(c).role, 'grant:read:any')
      const withdrawn = preview.withdrawn.filter(({ status }) => all || TOLD.includes(status))
      return c.json(views.leavePreview.parse(wire({ ...preview, withdrawn })), 200)
    },
  )
}
