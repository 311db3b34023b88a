import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { Fault } from '#base/fault.ts'
import { uuidOf } from '#base/id.ts'
import { dayOf, MINUTE, SECOND } from '#base/time.ts'
import { noLink } from '#offers/over.ts'
import { maySignIn } from '#people/person.ts'
import { offerLetterHtml, OFFER_LETTER_POLICY } from '../documents/offer-letter-html.ts'
import { offerLetterPdf } from '../documents/offer-letter-pdf.ts'
import { DOCUMENT_NAME, offerPaper } from '../documents/offer-paper.ts'
import { createLimiter } from '../limiter.ts'
import { candidateView, questionTold, termsOf, type Terms } from '../offer-link-detail.ts'
import * as views from '../offer-link-views.ts'
import type { Env, Parts } from '../parts.ts'
import { answers, body, described, type App } from './route.ts'

const PATH = '/api/v1/offer-links/{token}'
/** Any text: what is no token is no other refusal than one that does not work. */
const params = z.strictObject({ token: z.string() })
const nothing = z.strictObject({})

/** In a minute; a person reads a few pages and letters, and answers once. */
const BY_ADDRESS = 300
const BY_LINK = 120
/** What writes, or draws paper. */
const COSTLY_BY_LINK = 20

/** No cache keeps it, no search engine names it, and its address, which is the secret, goes to nobody. */
export const SECRET_ADDRESS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-robots-tag': 'noindex, nofollow, noarchive',
}

/** An offer for whoever has its link: read, asked about, accepted or declined, without a session. */
export function offerLinkRoutes(app: App, parts: Parts): void {
  const { offering, offerLinks, sessions, people, config, world } = parts
  const limits = (max: number) => createLimiter({ max, windowMs: MINUTE, keysMax: 10_000, now: world.now })
  const [byAddress, byLink, costlyByLink] = [limits(BY_ADDRESS), limits(BY_LINK), limits(COSTLY_BY_LINK)]

  const secret = async (c: Context<Env>, next: () => Promise<void>): Promise<void> => {
    await next()
    for (const [name, value] of Object.entries(SECRET_ADDRESS)) c.res.headers.set(name, value)
  }
  app.use('/api/v1/offer-links/*', secret)
  app.use('/offer/*', secret)

  /** The id that the token is signed for. An unsigned one is refused here, before anything is looked up. */
  const linkIn = (c: Context<Env>, costly = false): string => {
    if (!byAddress.take(c.env?.incoming?.socket?.remoteAddress ?? 'unknown')) throw tooMany()
    const link = offerLinks.verify(c.req.param('token') ?? '', world.now())
    if (!link) throw noLink()
    if (!byLink.take(link.id) || (costly && !costlyByLink.take(link.id))) throw tooMany()
    return link.id
  }

  const readable = async (c: Context<Env>, costly = false): Promise<Terms> => {
    const { offer } = await offering.linked(linkIn(c, costly))
    const terms = await termsOf(parts, offer)
    if (!terms) throw noLink()
    return terms
  }

  app.openapi(
    described(PATH, {
      method: 'get',
      summary: 'An offer as its candidate sees it',
      request: { params },
      responses: answers(200, views.candidateOffer, 'The offer, as far as it can still be seen'),
    }),
    async (c) => {
      const { offer } = await offering.linked(linkIn(c))
      return c.json(await candidateView(parts, offer), 200)
    },
  )

  app.openapi(
    described(`${PATH}/letter.pdf`, {
      method: 'get',
      summary: 'The letter on paper, with the grants attached',
      request: { params },
      responses: { 200: { description: 'A PDF document', content: { 'application/pdf': {} } } },
    }),
    async (c) => {
      const { content, acceptance } = await readable(c, true)
      const pdf = await offerLetterPdf(offerPaper(content, acceptance))
      return c.body(new Uint8Array(pdf), 200, {
        'content-type': 'application/pdf',
        'content-disposition': 'inline; filename="offer-letter.pdf"',
      })
    },
  )

  app.openapi(
    described(`${PATH}/letter.html`, {
      method: 'get',
      summary: 'The letter in one file',
      request: { params },
      responses: { 200: { description: 'An HTML document', content: { 'text/html': {} } } },
    }),
    async (c) => {
      const { content, acceptance } = await readable(c)
      return c.html(offerLetterHtml(offerPaper(content, acceptance)), 200, {
        'content-security-policy': OFFER_LETTER_POLICY,
      })
    },
  )

  app.openapi(
    described(`${PATH}/compute.json`, {
      method: 'get',
      summary: 'The grants as an Open Compute Grant document, byte for byte what the hash is of',
      request: { params },
      responses: { 200: { description: 'A JSON document, as text of its own' } },
    }),
    async (c) => {
      const { content } = await readable(c)
      return c.body(content.document.text, 200, {
        'content-type': 'application/json',
        'content-disposition': `attachment; filename="${DOCUMENT_NAME}"`,
      })
    },
  )

  app.openapi(
    described(`${PATH}/opened`, {
      method: 'post',
      summary: 'Tells that the candidate reads it: sent by the page, so that previews of links do not count',
      request: { params, body: body(nothing) },
      responses: { 204: { description: 'Noted' } },
    }),
    async (c) => {
      await offering.opened({ link: linkIn(c, true) })
      return c.body(null, 204)
    },
  )

  app.openapi(
    described(`${PATH}/questions`, {
      method: 'post',
      summary: 'Asks those who made the offer',
      request: { params, body: body(views.questionAsk) },
      responses: answers(201, views.asked, 'The question'),
    }),
    async (c) => {
      const link = linkIn(c, true)
      const key = c.req.header('idempotency-key')
      const id = key === undefined ? world.id() : uuidOf('offer question', link, key)
      const { text } = c.req.valid('json')
      return c.json(questionTold(await offering.ask({ link, id, text })), 201)
    },
  )

  app.openapi(
    described(`${PATH}/accept`, {
      method: 'post',
      summary: 'Accepts it: the typed name, and the hash of what was read',
      request: { params, body: body(views.acceptAsk) },
      responses: answers(200, views.candidateOffer, 'The offer as it then is'),
    }),
    async (c) => {
      const link = linkIn(c, true)
      const { typed_name: typedName, content_hash: contentHash } = c.req.valid('json')
      const { offer } = await offering.accept({ link, typedName, contentHash })
      return c.json(await candidateView(parts, offer), 200)
    },
  )

  app.openapi(
    described(`${PATH}/decline`, {
      method: 'post',
      summary: 'Declines it; a reason is welcome and never needed',
      request: { params, body: body(views.declineAsk) },
      responses: answers(200, views.candidateOffer, 'The offer as it then is'),
    }),
    async (c) => {
      const link = linkIn(c, true)
      const { reason } = c.req.valid('json')
      const { offer } = await offering.decline({ link, reason })
      return c.json(await candidateView(parts, offer), 200)
    },
  )

  app.openapi(
    described(`${PATH}/sign-in`, {
      method: 'post',
      summary: 'The way in for who has accepted, until they have come in once',
      request: { params, body: body(nothing) },
      responses: answers(200, views.signIn, 'A link that signs in once'),
    }),
    async (c) => {
      const { offer } = await offering.linked(linkIn(c, true))
      if (offer.status !== 'accepted' || offer.person === null)
        throw new Fault('conflict', 'The offer is not accepted; accept it first.', { param: 'status' })
      const person = await people.find(offer.person)
      if (!person || !maySignIn(person, dayOf(world.now())) || (await sessions.hasSignedIn(person.id)))
        throw new Fault(
          'conflict',
          'You have signed in before, so this link no longer does. Ask an administrator of the company for a new sign-in link.',
          { param: 'signed_in' },
        )
      const site = config.publicUrl ?? new URL(c.req.url).origin
      return c.json({ url: `${site}/signin?token=${await sessions.link(person.id)}` }, 200)
    },
  )
}

const tooMany = (): Fault =>
  new Fault('rate_limited', 'Too many requests in a minute. Wait a minute, then go on.', {
    details: { retryAfter: String(MINUTE / SECOND) },
  })
