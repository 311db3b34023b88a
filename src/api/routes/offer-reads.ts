import { bandsAsk } from '../offer-ask-views.ts'
import { DOCUMENT_NAME, offerPaper, type OfferPaper } from '../documents/offer-paper.ts'
import { OFFER_LETTER_POLICY, offerLetterHtml } from '../documents/offer-letter-html.ts'
import { offerLetterPdf } from '../documents/offer-letter-pdf.ts'
import { contentNow } from '../offer-detail.ts'
import * as views from '../offer-views.ts'
import { bandsFrom } from '../offer-wire.ts'
import { signedIn } from '../guard.ts'
import type { Parts } from '../parts.ts'
import * as s from '../schemas.ts'
import { wire } from '../wire.ts'
import { answers, body, described, type App } from './route.ts'

const PRIVATE = { 'cache-control': 'private, no-cache' }

/** An offer on paper; what a level may be offered; how offers were answered. */
export function offerReadRoutes(app: App, parts: Parts): void {
  paperRoutes(app, parts)
  const { db, offers, offering, offerReports } = parts

  app.openapi(
    described('/api/v1/offer-bands', {
      method: 'get',
      summary: 'What each level may be offered, and what a year may promise of compute',
      responses: answers(200, views.bands, 'The bands that hold'),
    }),
    async (c) => c.json(wire(await offers.bands(db)), 200),
  )

  app.openapi(
    described('/api/v1/offer-bands', {
      method: 'put',
      summary: 'Sets all bands and budgets anew',
      request: { body: body(bandsAsk) },
      responses: answers(200, views.bands, 'The bands that hold'),
    }),
    async (c) => {
      const bands = bandsFrom(c.req.valid('json'))
      return c.json(wire(await offering.setBands({ bands, by: signedIn(c).id })), 200)
    },
  )

  app.openapi(
    described('/api/v1/offer-statistics', {
      method: 'get',
      summary: 'How offers were answered, by the compute that they promised; small groups are not told',
      responses: answers(200, views.statistics, 'The counts'),
    }),
    async (c) => c.json(wire(await offerReports.statistics()), 200),
  )
}

/** Of a draft: as it would be. Of anything else: from what was sealed, with the answer that it got. */
function paperRoutes(app: App, parts: Parts): void {
  const { db, offers } = parts
  const paperFor = async (id: string): Promise<OfferPaper> =>
    offerPaper(await contentNow(parts, id), await offers.acceptance(db, id))

  app.openapi(
    described('/api/v1/offers/{id}/letter.pdf', {
      method: 'get',
      summary: 'The letter on paper, with the grants attached as a program reads them',
      request: { params: s.thingPath },
      responses: { 200: { description: 'A PDF document', content: { 'application/pdf': {} } } },
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      const pdf = await offerLetterPdf(await paperFor(id))
      return c.body(new Uint8Array(pdf), 200, {
        ...PRIVATE,
        'content-type': 'application/pdf',
        'content-disposition': `inline; filename="offer-${id}.pdf"`,
      })
    },
  )

  app.openapi(
    described('/api/v1/offers/{id}/letter.html', {
      method: 'get',
      summary: 'The letter as a page of its own',
      request: { params: s.thingPath },
      responses: { 200: { description: 'An HTML document', content: { 'text/html': {} } } },
    }),
    async (c) => {
      const html = offerLetterHtml(await paperFor(c.req.valid('param').id))
      return c.body(html, 200, {
        ...PRIVATE,
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': OFFER_LETTER_POLICY,
      })
    },
  )

  app.openapi(
    described('/api/v1/offers/{id}/compute.json', {
      method: 'get',
      summary:
        'The grants as documents of the Open Compute Grant format, byte for byte what the letter’s hash is of',
      request: { params: s.thingPath },
      responses: { 200: { description: 'A JSON document, as its bytes' } },
    }),
    async (c) => {
      const { document } = await contentNow(parts, c.req.valid('param').id)
      return c.body(document.text, 200, {
        ...PRIVATE,
        'content-type': 'application/json',
        'content-disposition': `inline; filename="${DOCUMENT_NAME}"`,
      })
    },
  )
}
