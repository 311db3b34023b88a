import { z } from '@hono/zod-openapi'
import { Fault } from '#base/fault.ts'
import * as tell from '#commands/life/views.ts'
import { can } from '#people/access.ts'
import { signedIn, subject } from '../guard.ts'
import * as views from '../life-views.ts'
import type { Parts } from '../parts.ts'
import * as s from '../schemas.ts'
import { wire } from '../wire.ts'
import { answers, body, described, once, seenOrDone, type App } from './route.ts'

const note = z.string().max(500).optional()
const preview = z
  .boolean()
  .default(false)
  .openapi({ description: 'Tells what would happen; nothing is changed.' })
const LEAVINGS_FROM = '0001-01-01'

const leaveAsk = z
  .strictObject({
    on: s.day,
    reason: views.reason,
    note,
    expect: z.string().optional().openapi({ description: 'The hash of a preview.' }),
  })
  .openapi('LeaveRequest')

const absenceAsk = z
  .strictObject({
    kind: z.string().openapi({ example: 'parental' }),
    from: s.day,
    to: s.day.nullable().default(null),
    approximate: z.boolean().optional(),
    note,
    preview,
  })
  .openapi('NewLeave')

const absenceChange = z
  .strictObject({
    to: s.day.nullable().optional(),
    approximate: z.boolean().optional(),
    note,
    withdrawn: z.boolean().optional(),
    preview,
  })
  .openapi('LeaveChange')

const levelAsk = z
  .strictObject({
    level: z.string().optional(),
    title: z.string().optional(),
    from: s.day,
    salary: z
      .strictObject({
        amount: z.string().regex(/^\d{1,19}$/),
        currency: z.string(),
      })
      .optional()
      .openapi({ description: 'Of a year, in 1e-9 of the currency.' }),
    preview,
  })
  .openapi('LevelRequest')

const transferAsk = z
  .strictObject({ entity_id: s.id, from: s.day, country: z.string().optional(), preview })
  .openapi('TransferRequest')

const rehireAsk = z
  .strictObject({
    on: s.day,
    credit: z.union([z.enum(['all', 'none']), z.int().min(0)]).default('all'),
    level: z.string().optional(),
    title: z.string().optional(),
    entity_id: s.id.optional(),
    grants: z
      .array(
        z.strictObject({
          template_id: s.id,
          quantity: z
            .string()
            .regex(/^\d{1,19}$/)
            .optional(),
          name: z.string().optional(),
        }),
      )
      .default([]),
  })
  .openapi('RehireRequest')

/** How the life of a person at the company goes: leaving, absence, level, entity, return. */
export function lifeRoutes(app: App, parts: Parts): void {
  leavingRoutes(app, parts)
  absenceRoutes(app, parts)
  changeRoutes(app, parts)
}

function leavingRoutes(app: App, parts: Parts): void {
  const { life, people, db } = parts
  app.openapi(
    described('/api/v1/people/{id}/leaving', {
      method: 'post',
      summary: 'The person leaves: at once, or at the beginning of a day ahead (UTC)',
      request: { params: s.personPath, body: body(leaveAsk) },
      responses: answers(201, views.confirmed, 'What was done, or what is scheduled'),
    }),
    async (c) => {
      const ask = c.req.valid('json')
      const [person, by] = [subject(c), signedIn(c).id]
      const answer = await once(parts, c, ask, {
        kind: 'once',
        run: async (id) => {
          const made = await life.confirmLeave({ ...ask, id, person, by })
          const leaving = tell.leavingView(made.leaving)
          return { status: 201, body: wire({ leaving, ...tell.previewView(made), replayed: made.replayed }) }
        },
      })
      return c.json(views.confirmed.parse(answer), 201)
    },
  )

  app.openapi(
    described('/api/v1/leavings', {
      method: 'get',
      summary: 'Who leaves and who has left, soonest first',
      request: { query: z.object({ from: s.day.default(LEAVINGS_FROM) }) },
      responses: answers(200, views.leavings, 'At most 500'),
    }),
    async (c) => {
      const all = await people.lives.leavings(db, c.req.valid('query').from)
      return c.json(views.leavings.parse(wire({ leavings: all.map(tell.leavingView) })), 200)
    },
  )

  app.openapi(
    described('/api/v1/leavings/{id}', {
      method: 'delete',
      summary: 'Takes back a leaving that is only scheduled',
      request: { params: s.thingPath },
      responses: answers(200, views.leaving, 'The leaving, cancelled'),
    }),
    async (c) => {
      const cancelled = await life.cancelLeave(c.req.valid('param').id)
      return c.json(views.leaving.parse(wire(tell.leavingView(cancelled))), 200)
    },
  )

  app.openapi(
    described('/api/v1/people/{id}/life', {
      method: 'get',
      summary: 'Leaves of absence, leaving, and what else happened to a person',
      request: { params: s.personPath },
      responses: answers(200, views.life, 'Oldest first; leavings newest first'),
    }),
    async (c) => {
      const person = subject(c)
      const { lives } = people
      const leaves = (await lives.leaves(db, person)).map(tell.leaveView)
      const leavings = (await lives.leavingsOf(db, person)).map(tell.leavingView)
      // What is planned about somebody, and what was noted of it, is told to them by people, not by this page.
      const own = signedIn(c).id === person
      const view = {
        leaves: own ? leaves.map(unnoted) : leaves,
        leavings: own ? leavings.filter(({ state }) => state === 'done').map(unnoted) : leavings,
        events: (await lives.events(db, person)).map(tell.eventView),
      }
      return c.json(views.life.parse(wire(view)), 200)
    },
  )
}

const unnoted = <T extends object>(view: T): T => ({ ...view, note: '' })

function absenceRoutes(app: App, parts: Parts): void {
  const { life } = parts
  app.openapi(
    described('/api/v1/people/{id}/leaves', {
      method: 'post',
      summary: 'A leave of absence: each grant pauses by its own rule',
      request: { params: s.personPath, body: body(absenceAsk) },
      responses: answers(201, views.absence, 'The leave, and what it does to each grant'),
    }),
    async (c) => {
      const { preview: only, ...ask } = c.req.valid('json')
      const [person, by] = [subject(c), signedIn(c).id]
      const answer = await seenOrDone(parts, c, ask, {
        only,
        status: 201,
        look: () => life.rehearse.recordAbsence({ ...ask, person, by }),
        make: (id) => life.recordAbsence({ ...ask, id, person, by }),
        tell: (absence) => wire(tell.absenceView(absence)),
      })
      return c.json(views.absence.parse(answer), 201)
    },
  )

  app.openapi(
    described('/api/v1/leaves/{id}', {
      method: 'patch',
      summary: 'Another expected end of a leave, or the real one; or it never was',
      request: { params: s.thingPath, body: body(absenceChange) },
      responses: answers(200, views.absence, 'The leave, and what it does to each grant'),
    }),
    async (c) => {
      const { preview: only, ...ask } = c.req.valid('json')
      const change = { ...ask, by: signedIn(c).id }
      const doing = only ? life.rehearse : life
      const changed = await doing.changeAbsence(c.req.valid('param').id, change)
      return c.json(views.absence.parse(wire(tell.absenceView(changed))), 200)
    },
  )
}

function changeRoutes(app: App, parts: Parts): void {
  const { life } = parts
  app.openapi(
    described('/api/v1/people/{id}/level', {
      method: 'post',
      summary: 'Another level or salary; grants by formula are computed anew from the day on',
      request: { params: s.personPath, body: body(levelAsk) },
      responses: answers(200, views.levelled, 'The grants that changed'),
    }),
    async (c) => {
      const { preview: only, ...ask } = c.req.valid('json')
      const { id: by, role } = signedIn(c)
      if (ask.salary && !can(role, 'salary:write'))
        throw new Fault('forbidden', 'This needs the permission salary:write.', { param: 'salary' })
      const person = subject(c)
      const { salary: told, ...rest } = ask
      const salary = told && { amount: BigInt(told.amount), currency: told.currency }
      const answer = await seenOrDone(parts, c, ask, {
        only,
        status: 200,
        look: () => life.rehearse.changeLevel({ ...rest, salary, person, by }),
        make: (id) => life.changeLevel({ ...rest, salary, id, person, by }),
        tell: (levelled) => wire(tell.levelledView(levelled)),
      })
      return c.json(views.levelled.parse(answer), 200)
    },
  )

  app.openapi(
    described('/api/v1/people/{id}/transfer', {
      method: 'post',
      summary: 'Another legal entity employs the person and owes their grants',
      request: { params: s.personPath, body: body(transferAsk) },
      responses: answers(200, views.transferred, 'The grants that it owes now'),
    }),
    async (c) => {
      const { entity_id: entity, preview: only, ...rest } = c.req.valid('json')
      const [person, by] = [subject(c), signedIn(c).id]
      const ask = { entity, ...rest }
      const answer = await seenOrDone(parts, c, ask, {
        only,
        status: 200,
        look: () => life.rehearse.transfer({ ...ask, person, by }),
        make: (id) => life.transfer({ ...ask, id, person, by }),
        tell: (transferred) => wire(tell.transferredView(transferred)),
      })
      return c.json(views.transferred.parse(answer), 200)
    },
  )

  app.openapi(
    described('/api/v1/people/{id}/rehire', {
      method: 'post',
      summary: 'Somebody who left comes back; new grants count the earlier service',
      request: { params: s.personPath, body: body(rehireAsk) },
      responses: answers(201, views.rehired, 'What counts, and the new grants'),
    }),
    async (c) => {
      const ask = c.req.valid('json')
      const [person, by] = [subject(c), signedIn(c).id]
      const answer = await once(parts, c, ask, {
        kind: 'once',
        run: async (id) => {
          const { entity_id: entity, grants, ...rest } = ask
          const made = await life.rehire({
            ...rest,
            entity,
            id,
            person,
            by,
            grants: grants.map(({ template_id: template, quantity, name }) => ({
              template,
              quantity: quantity === undefined ? undefined : BigInt(quantity),
              name,
            })),
          })
          return { status: 201, body: wire(tell.rehiredView(made)) }
        },
      })
      return c.json(views.rehired.parse(answer), 201)
    },
  )
}
