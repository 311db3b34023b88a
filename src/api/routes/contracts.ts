import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { DENOMINATIONS } from '#base/asset.ts'
import { Fault } from '#base/fault.ts'
import { dayOf, iso } from '#base/time.ts'
import { GRANT_STATUSES, type GrantStatus } from '#grants/status.ts'
import { can } from '#people/access.ts'
import { maySignIn } from '#people/person.ts'
import type { ContractView } from '#reports/contracts/detail.ts'
import * as contractViews from '../contract-views.ts'
import { calendarText } from '../documents/calendar.ts'
import { contractPdf } from '../documents/contract.ts'
import { datesOf } from '../documents/dates.ts'
import { paperOf } from '../documents/paper.ts'
import { signedIn, subject } from '../guard.ts'
import type { Env, Parts } from '../parts.ts'
import * as s from '../schemas.ts'
import { wire } from '../wire.ts'
import { answers, described, found, type App } from './route.ts'

const path = z.strictObject({ id: s.id })
const statuses = z
  .string()
  .max(200)
  .transform((text, context): GrantStatus[] => {
    const asked = text.split(',')
    const known = GRANT_STATUSES.filter((one) => asked.includes(one))
    if (known.length === asked.length) return known
    context.addIssue({ code: 'custom', message: `Give some of ${GRANT_STATUSES.join(', ')}, with commas` })
    return z.NEVER
  })
  .openapi({ type: 'string', example: 'pending,approved' })

/** Grants as contracts, read: for those who write them, and for the person whose pay they are. */
export function contractRoutes(app: App, parts: Parts): void {
  const { reports, world, config } = parts

  /** The grant, if the caller may know of it: a draft about somebody is as absent for them as none. */
  const seen = async (c: Context<Env>, id: string): Promise<ContractView> => {
    const all = can(signedIn(c).role, 'grant:read:any')
    const grant = all || (await reports.isTold(id)) ? await reports.contract(id, world.now()) : null
    return found(grant, 'such grant')
  }

  app.openapi(
    described('/api/v1/grants', {
      method: 'get',
      summary: "Everybody's grants of every status, newest first",
      request: {
        query: z.strictObject({
          status: statuses.optional(),
          q: z.string().max(100).optional().openapi({ description: 'Part of a name or an email address.' }),
          template: z.string().max(200).optional().openapi({ description: "A template's name." }),
          denomination: z.enum(DENOMINATIONS).optional(),
          limit: s.limit(50, 200),
          cursor: s.cursor,
        }),
      },
      responses: answers(
        200,
        contractViews.contracts,
        'A page of grants, and how many there are of each status',
      ),
    }),
    async (c) => {
      const { limit, cursor, ...filter } = c.req.valid('query')
      return c.json(wire(await reports.contracts(filter, { limit, cursor })), 200)
    },
  )

  app.openapi(
    described('/api/v1/grants/{id}', {
      method: 'get',
      summary: 'One grant: terms in words and as data, schedule, versions, and all that happened to it',
      request: { params: path },
      responses: answers(200, contractViews.contract, 'The grant'),
    }),
    async (c) => c.json(wire(await seen(c, c.req.valid('param').id)), 200),
  )

  app.openapi(
    described('/api/v1/grants/{id}/contract.pdf', {
      method: 'get',
      summary: 'The contract on paper',
      request: { params: path },
      responses: { 200: { description: 'A PDF document', content: { 'application/pdf': {} } } },
    }),
    async (c) => {
      const grant = await seen(c, c.req.valid('param').id)
      const pdf = await contractPdf(paperOf(grant, config.company, world.now()))
      return c.body(new Uint8Array(pdf), 200, {
        'content-type': 'application/pdf',
        'content-disposition': `inline; filename="compute-grant-${grant.id}.pdf"`,
        'cache-control': 'private, no-cache',
      })
    },
  )

  app.openapi(
    described('/api/v1/people/{id}/contracts', {
      method: 'get',
      summary: "A person's own grants, from the offer on",
      request: { params: s.personPath },
      responses: answers(200, contractViews.ownContracts, 'The grants, newest first'),
    }),
    async (c) => c.json(wire({ grants: found(await reports.contractsOf(subject(c)), 'such person') }), 200),
  )

  app.openapi(
    described('/api/v1/people/{id}/outlook', {
      method: 'get',
      summary: 'What vests, expires and rolls over, and when',
      request: { params: s.personPath },
      responses: answers(200, contractViews.outlook, 'Every change that is booked already, soonest first'),
    }),
    async (c) => c.json(wire({ items: found(await reports.outlook(subject(c)), 'such person') }), 200),
  )
  calendarRoutes(app, parts)
}

/** The dates of the outlook as a calendar that other programs read. */
function calendarRoutes(app: App, { reports, feeds, people, world, config }: Parts): void {
  const url = (token: string, origin: string): string =>
    `${config.publicUrl ?? origin}/calendar/${token}/perq.ics`

  app.openapi(
    described('/api/v1/people/{id}/calendar', {
      method: 'get',
      summary: 'Whether the person has a calendar address, and since when',
      request: { params: s.personPath },
      responses: answers(200, contractViews.feed, 'Never the address itself'),
    }),
    async (c) => {
      const at = await feeds.madeAt(subject(c))
      return c.json({ url: null, created_at: at === null ? null : iso(at) }, 200)
    },
  )

  app.openapi(
    described('/api/v1/people/{id}/calendar', {
      method: 'post',
      summary: 'Makes a calendar address; one made before ends',
      request: { params: s.personPath },
      responses: answers(201, contractViews.feed, 'The address, here and never again'),
    }),
    async (c) => {
      const { token, createdAt } = await feeds.make(subject(c))
      return c.json({ url: url(token, new URL(c.req.url).origin), created_at: iso(createdAt) }, 201)
    },
  )

  app.openapi(
    described('/api/v1/people/{id}/calendar', {
      method: 'delete',
      summary: 'Ends the calendar address',
      request: { params: s.personPath },
      responses: answers(200, contractViews.feed, 'There is none now'),
    }),
    async (c) => {
      await feeds.end(subject(c))
      return c.json({ url: null, created_at: null }, 200)
    },
  )

  // No path of the API: a calendar program reads it, and the address is all it has.
  app.get('/calendar/:token/perq.ics', async (c) => {
    const now = world.now()
    const owner = await feeds.personOf(c.req.param('token'))
    const person = owner === null ? null : await people.find(owner)
    if (!person || !maySignIn(person, dayOf(now)))
      throw new Fault('not_found', 'There is no such calendar; make a new address in Perq.')
    const site = config.publicUrl ?? new URL(c.req.url).origin
    const items = (await reports.outlook(person.id)) ?? []
    const text = calendarText({ name: `Perq: ${person.name}`, events: datesOf(items, site), now })
    return c.body(text, 200, {
      'content-type': 'text/calendar; charset=utf-8',
      'cache-control': 'private, no-cache',
    })
  })
}
