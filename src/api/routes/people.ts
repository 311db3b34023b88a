import { z } from '@hono/zod-openapi'
import { Fault } from '#base/fault.ts'
import { dayOf } from '#base/time.ts'
import type { Role } from '#people/access.ts'
import { signedIn, subject } from '../guard.ts'
import type { Parts } from '../parts.ts'
import * as s from '../schemas.ts'
import * as views from '../views.ts'
import { wire } from '../wire.ts'
import { answers, body, described, found, once, type App } from './route.ts'

const newPerson = z
  .strictObject({
    email: z.string(),
    name: z.string(),
    role: s.role.default('employee'),
    level: z.string().openapi({ example: 'IC4' }),
    title: z.string().default(''),
    entity: s.id.openapi({ description: 'The legal entity that employs the person.' }),
    country: z.string().optional().openapi({ description: "ISO 3166; the entity's when absent." }),
    hired_on: s.day,
    manager_id: s.id.nullable().default(null),
  })
  .openapi('NewPerson')

export function peopleRoutes(app: App, parts: Parts): void {
  const { reports, people, commands, world } = parts

  app.openapi(
    described('/api/v1/people', {
      method: 'get',
      summary: 'Everyone, with their balances',
      request: {
        query: z.strictObject({
          q: z.string().max(100).optional().openapi({ description: 'Part of a name or an email address.' }),
          limit: s.limit(50, 200),
          cursor: s.cursor,
        }),
      },
      responses: answers(200, views.people, 'A page of people, by name'),
    }),
    async (c) => c.json(wire(await reports.people(world.now(), c.req.valid('query'))), 200),
  )

  app.openapi(
    described('/api/v1/people/{id}', {
      method: 'get',
      summary: 'One person, with their balances',
      request: { params: s.personPath },
      responses: answers(200, views.person, 'The person'),
    }),
    async (c) => {
      const person = found(await reports.person(subject(c), world.now()), 'such person')
      const told = person.left_on !== null && person.left_on <= dayOf(world.now())
      // A leaving that is planned is told by people, not by this page.
      const own = signedIn(c).id === person.id && !told
      return c.json(wire(own ? { ...person, left_on: null } : person), 200)
    },
  )

  app.openapi(
    described('/api/v1/people', {
      method: 'post',
      summary: 'Hires a person and opens their wallet',
      request: { body: body(newPerson) },
      responses: answers(201, views.person, 'The person'),
    }),
    async (c) => {
      const ask = c.req.valid('json')
      refusePower(ask.role)
      const entity = await people.entity(ask.entity)
      if (!entity)
        throw new Fault('not_found', `There is no legal entity ${ask.entity}.`, { param: 'entity' })
      const answer = await once(parts, c, ask, {
        kind: 'once',
        run: async (id) => {
          const { hired_on: hiredOn, manager_id: managerId, ...rest } = ask
          const { person } = await commands.hire({
            ...rest,
            id,
            hiredOn,
            managerId,
            country: ask.country ?? entity.country,
          })
          return { status: 201, body: found(await reports.person(person.id, world.now()), 'such person') }
        },
      })
      return c.json(views.person.parse(answer), 201)
    },
  )
}

/** Whoever may hire must not be able to make themself a second self with more power. */
function refusePower(role: Role): void {
  if (role === 'employee' || role === 'people') return
  throw new Fault('forbidden', `The role ${role} is given by an operator: perq person add --role ${role}.`, {
    param: 'role',
  })
}
