import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { Fault } from '#base/fault.ts'
import { canonicalJson } from '#base/json.ts'
import { iso, MINUTE } from '#base/time.ts'
import { readOffer } from '#offers/read/read.ts'
import { openCompareOffers } from '#reports/offers/compare.ts'
import { compareDocument } from '../compare-document.ts'
import * as views from '../compare-views.ts'
import { COMPARISON_BYTES, openComparisons } from '../comparisons.ts'
import { createLimiter } from '../limiter.ts'
import type { Env, Parts } from '../parts.ts'
import { wire } from '../wire.ts'
import { answers, body, described, type App } from './route.ts'

/** In a minute: a page that is edited asks again for each change, and a comparison is kept once. */
const BY_ADDRESS = 60
const KEPT_BY_ADDRESS = 6
/** By all addresses together: a comparison is some hundredths of a second of work that calls have to wait for. */
const BY_ALL = 600

const token = z.strictObject({ token: z.string() })

/** Offers side by side, for anybody. Nothing of what is asked is kept or logged, unless somebody keeps a comparison. */
export function compareRoutes(app: App, { hardware, exchange, db, world }: Parts): void {
  const compare = openCompareOffers({ hardware, exchange })
  const comparisons = openComparisons({ db, world })
  const limits = (max: number) => createLimiter({ max, windowMs: MINUTE, keysMax: 10_000, now: world.now })
  const [asks, keeps, all] = [limits(BY_ADDRESS), limits(KEPT_BY_ADDRESS), limits(BY_ALL)]
  const limit = (c: Context<Env>, own: ReturnType<typeof limits>): void => {
    const address = c.env?.incoming?.socket?.remoteAddress ?? 'unknown'
    if (own.take(address) && all.take('all')) return
    throw new Fault('rate_limited', 'Too many comparisons in a minute; wait a little and try again.')
  }

  app.openapi(
    described('/api/v1/compare', {
      method: 'post',
      summary: 'One to four offers over four years on one basis, with how sure each figure is',
      request: { body: body(views.ask) },
      responses: answers(200, views.compared, 'Side by side, with everything that was assumed'),
    }),
    async (c) => {
      limit(c, asks)
      return c.json(wire(await compare(c.req.valid('json'), world.now())), 200)
    },
  )

  app.openapi(
    described('/api/v1/compare/read', {
      method: 'post',
      summary: 'Reads an offer from words or from a document; what is not in it is not made up',
      request: { body: body(views.readAsk) },
      responses: answers(200, views.read, 'What was read, each with the words it was read from'),
    }),
    (c) => {
      limit(c, asks)
      const { text, name } = c.req.valid('json')
      return c.json(wire(readOffer(text, { name, document: compareDocument })), 200)
    },
  )

  app.openapi(
    described('/api/v1/comparisons', {
      method: 'post',
      summary: 'Keeps a comparison for 90 days under an address that nobody can guess',
      request: { body: body(views.ask) },
      responses: answers(201, views.kept, 'The address, told once'),
    }),
    async (c) => {
      limit(c, keeps)
      const ask = c.req.valid('json')
      if (Buffer.byteLength(canonicalJson(ask)) > COMPARISON_BYTES)
        throw new Fault('too_large', `A comparison that is kept has at most ${COMPARISON_BYTES} bytes.`, {
          param: 'body',
        })
      // What cannot be told is not kept.
      await compare(ask, world.now())
      const { token: fresh, expiresAt } = await comparisons.keep(ask)
      return c.json({ token: fresh, path: `/compare#k.${fresh}`, expires_at: iso(expiresAt) }, 201)
    },
  )

  app.openapi(
    described('/api/v1/comparisons/{token}', {
      method: 'get',
      summary: 'A comparison that was kept',
      request: { params: token },
      responses: answers(200, views.found, 'What was asked then'),
    }),
    async (c) => {
      limit(c, asks)
      const found = await comparisons.find(c.req.valid('param').token)
      if (!found) throw gone()
      return c.json({ ask: views.ask.parse(found.ask), expires_at: iso(found.expiresAt) }, 200)
    },
  )

  app.openapi(
    described('/api/v1/comparisons/{token}', {
      method: 'delete',
      summary: 'Forgets a comparison that was kept',
      request: { params: token },
      responses: { 204: { description: 'Forgotten' } },
    }),
    async (c) => {
      limit(c, asks)
      if (!(await comparisons.end(c.req.valid('param').token))) throw gone()
      return c.body(null, 204)
    },
  )
}

const gone = (): Fault =>
  new Fault('not_found', 'There is no such comparison: its 90 days are over, or it was forgotten.')
