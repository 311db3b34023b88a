import { deleteCookie } from 'hono/cookie'
import { getCookie } from 'hono/cookie'
import { invariant } from '#base/invariant.ts'
import { iso } from '#base/time.ts'
import { permissionsOf } from '#people/access.ts'
import { COOKIE, signedIn } from '../guard.ts'
import type { Parts } from '../parts.ts'
import * as views from '../views.ts'
import { answers, described, type App } from './route.ts'

export function sessionRoutes(app: App, { sessions, people, config, world }: Parts): void {
  app.openapi(
    described('/api/v1/session', {
      method: 'get',
      summary: 'Who is signed in and what they may do',
      responses: answers(200, views.session, 'The session'),
    }),
    async (c) => {
      const { id, name, email, role, level, title, entity: entityId } = signedIn(c)
      const entity = await people.entity(entityId)
      invariant(entity, 'a person has a legal entity')
      return c.json(
        {
          person: {
            id,
            name,
            email,
            role,
            level,
            title,
            entity: { id: entity.id, name: entity.name, country: entity.country, currency: entity.currency },
          },
          company: { name: config.company },
          now: iso(world.now()),
          demo: config.demo,
          clock_shifted: config.clockShifted,
          permissions: [...permissionsOf(role)],
        },
        200,
      )
    },
  )

  app.openapi(
    described('/api/v1/session', {
      method: 'delete',
      summary: 'Signs out',
      responses: { 204: { description: 'Signed out' } },
    }),
    async (c) => {
      const secret = getCookie(c, COOKIE)
      if (secret !== undefined) await sessions.signOut(secret)
      deleteCookie(c, COOKIE, { path: '/' })
      return c.body(null, 204)
    },
  )
}
