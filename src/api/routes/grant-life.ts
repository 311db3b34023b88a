import { z } from '@hono/zod-openapi'
import type { Fired } from '#commands/life/fire.ts'
import * as tell from '#commands/life/views.ts'
import { signedIn } from '../guard.ts'
import * as views from '../life-views.ts'
import type { Parts } from '../parts.ts'
import * as s from '../schemas.ts'
import { wire } from '../wire.ts'
import { answers, body, described, once, seenOrDone, type App } from './route.ts'

const quantity = z.string().regex(/^\d{1,19}$/, 'Give a quantity in the smallest unit, as text')
const preview = z
  .boolean()
  .default(false)
  .openapi({ description: 'Tells what would happen; nothing is changed.' })

const amendAsk = z
  .strictObject({
    from: s.day.openapi({ description: 'The first day of the new terms; what has vested by then stays.' }),
    quantity: quantity.optional().openapi({ description: 'Of the whole grant; as before when absent.' }),
    template_id: s.id.optional(),
    reason: z.string().min(1).max(500),
    preview,
  })
  .openapi('AmendRequest')

const clawbackAsk = z
  .strictObject({
    reason: z.string().min(1).max(500),
    unvested: z.boolean().openapi({ description: 'What has not vested, too; the grant ends.' }),
    most: quantity.optional().openapi({ description: 'At most so much of what has vested.' }),
    preview,
  })
  .openapi('ClawbackRequest')

/** How life changes one grant: amendment, clawback for cause, re-pricing, events. */
export function grantLifeRoutes(app: App, parts: Parts): void {
  const { life } = parts
  app.openapi(
    described('/api/v1/grants/{id}/amend', {
      method: 'post',
      summary: 'Another quantity or other terms from a day on: a new version, and the old one stays',
      request: { params: s.thingPath, body: body(amendAsk) },
      responses: answers(200, views.amended, 'What is planned now'),
    }),
    async (c) => {
      const { id: grant } = c.req.valid('param')
      const { preview: only, template_id: template, quantity: text, ...rest } = c.req.valid('json')
      const asked = { ...rest, grant, template, quantity: text === undefined ? undefined : BigInt(text) }
      const by = signedIn(c).id
      if (only)
        return c.json(views.amended.parse(wire(tell.amendedView(await life.previewAmend(asked)))), 200)
      const answer = await once(
        parts,
        c,
        { ...rest, template, quantity: text ?? null },
        {
          kind: 'once',
          run: async (id) => ({
            status: 200,
            body: wire(tell.amendedView(await life.amend({ ...asked, id, by }))),
          }),
        },
      )
      return c.json(views.amended.parse(answer), 200)
    },
  )

  app.openapi(
    described('/api/v1/grants/{id}/clawback', {
      method: 'post',
      summary: 'Takes back for cause what is left; what is spent is told, not taken',
      request: { params: s.thingPath, body: body(clawbackAsk) },
      responses: answers(200, views.clawedBack, 'What was taken, and what was not'),
    }),
    async (c) => {
      const { id: grant } = c.req.valid('param')
      const { preview: only, ...ask } = c.req.valid('json')
      const by = signedIn(c).id
      const most = ask.most === undefined ? undefined : BigInt(ask.most)
      const answer = await seenOrDone(parts, c, ask, {
        only,
        status: 200,
        look: () => life.rehearse.clawback({ ...ask, most, grant, by }),
        make: (id) => life.clawback({ ...ask, most, grant, id, by }),
        tell: (taken) => wire(tell.clawedBackView(taken)),
      })
      return c.json(views.clawedBack.parse(answer), 200)
    },
  )

  app.openapi(
    described('/api/v1/grants/{id}/reprice', {
      method: 'post',
      summary: 'Grows what has not vested when the index of the contract has fallen',
      request: { params: s.thingPath, body: body(z.strictObject({ preview })) },
      responses: answers(200, views.repriced, 'By how much, or why not'),
    }),
    async (c) => {
      const ask = { grant: c.req.valid('param').id, by: signedIn(c).id }
      const done = await (c.req.valid('json').preview ? life.previewReprice(ask) : life.reprice(ask))
      return c.json(views.repriced.parse(wire(tell.repricedView(done))), 200)
    },
  )

  app.openapi(
    described('/api/v1/grants/{id}/events', {
      method: 'post',
      summary: 'An event that the grant waits for has happened',
      request: { params: s.thingPath, body: body(z.strictObject({ event: z.string(), on: s.day, preview })) },
      responses: answers(200, views.fired, 'What is planned now'),
    }),
    async (c) => {
      const { id: grant } = c.req.valid('param')
      const { preview: only, ...ask } = c.req.valid('json')
      const by = signedIn(c).id
      const told = ({ installments, replayed }: Fired) => {
        const planned = installments.map(({ date, quantity: part }) => ({ date, quantity: part }))
        return wire({ grant_id: grant, ...ask, installments: planned, replayed })
      }
      const answer = await seenOrDone(parts, c, ask, {
        only,
        status: 200,
        look: () => life.rehearse.fire({ ...ask, grant, by }),
        make: (id) => life.fire({ ...ask, grant, id, by }),
        tell: told,
      })
      return c.json(views.fired.parse(answer), 200)
    },
  )
}
