import { z } from '@hono/zod-openapi'
import { OFFER_STATUSES } from '#offers/status.ts'
import { offerAsk, offerPreviewAsk } from '../offer-ask-views.ts'
import { offerView, previewView, rowView } from '../offer-detail.ts'
import * as views from '../offer-views.ts'
import { askFrom } from '../offer-wire.ts'
import { signedIn } from '../guard.ts'
import type { Parts } from '../parts.ts'
import * as s from '../schemas.ts'
import { wire } from '../wire.ts'
import { offerReadRoutes } from './offer-reads.ts'
import { offerStepRoutes } from './offer-steps.ts'
import { answers, body, described, once, type App } from './route.ts'

/** Offers to candidates: written, seen as the candidate would see them, and followed. */
export function offerRoutes(app: App, parts: Parts): void {
  const { db, offers, offering } = parts

  app.openapi(
    described('/api/v1/offers', {
      method: 'get',
      summary: 'Offers, newest first',
      request: {
        query: z.strictObject({
          status: z.enum(OFFER_STATUSES).optional(),
          limit: s.limit(50, 200),
          cursor: s.cursor,
        }),
      },
      responses: answers(200, views.offers, 'A page of offers'),
    }),
    async (c) => {
      const page = await offers.list(db, c.req.valid('query'))
      return c.json(wire({ offers: page.offers.map(rowView), next: page.next }), 200)
    },
  )

  app.openapi(
    described('/api/v1/offers', {
      method: 'post',
      summary: 'Writes an offer as a draft',
      request: { body: body(offerAsk) },
      responses: answers(201, views.offer, 'The draft, with what its candidate would see'),
    }),
    async (c) => {
      const ask = c.req.valid('json')
      const by = signedIn(c)
      const answer = await once(parts, c, ask, {
        kind: 'once',
        run: async (id) => {
          const { offer } = await offering.draft({ id, ask: askFrom(ask), by: by.id })
          return { status: 201, body: await offerView(parts, offer.id, by) }
        },
      })
      return c.json(views.offer.parse(answer), 201)
    },
  )

  app.openapi(
    described('/api/v1/offers/preview', {
      method: 'post',
      summary:
        'What the candidate would see, what it comes to, and what stands against it; nothing is written',
      request: { body: body(offerPreviewAsk) },
      responses: answers(200, views.offerPreview, 'The preview'),
    }),
    async (c) => {
      const { offer_id: offer, ...ask } = c.req.valid('json')
      const preview = await previewView(parts, { ask: askFrom(ask), offer })
      return c.json(views.offerPreview.parse(wire(preview)), 200)
    },
  )

  app.openapi(
    described('/api/v1/offers/{id}', {
      method: 'get',
      summary: 'One offer: what it says and comes to, who agreed, what its candidate asked and answered',
      request: { params: s.thingPath },
      responses: answers(200, views.offer, 'The offer'),
    }),
    async (c) => {
      const view = await offerView(parts, c.req.valid('param').id, signedIn(c))
      return c.json(views.offer.parse(wire(view)), 200)
    },
  )

  app.openapi(
    described('/api/v1/offers/{id}', {
      method: 'patch',
      summary: 'The whole of a draft anew; anything else is frozen',
      request: { params: s.thingPath, body: body(offerAsk) },
      responses: answers(200, views.offer, 'The offer'),
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      const by = signedIn(c)
      await offering.change({ offer: id, ask: askFrom(c.req.valid('json')), by: by.id })
      return c.json(views.offer.parse(wire(await offerView(parts, id, by))), 200)
    },
  )

  offerStepRoutes(app, parts)
  offerReadRoutes(app, parts)
}
