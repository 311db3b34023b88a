import { z } from '@hono/zod-openapi'
import type { OfferSent } from '#commands/offers/offers.ts'
import { linkUrl, offerView } from '../offer-detail.ts'
import * as views from '../offer-views.ts'
import { questionView } from '../offer-wire.ts'
import { signedIn } from '../guard.ts'
import type { Parts } from '../parts.ts'
import * as s from '../schemas.ts'
import { answers, body, described, once, type App } from './route.ts'

const reason = z.string().min(1).max(500)
const nothing = z.strictObject({})

type By = { readonly offer: string; readonly by: string }

/** The way of an offer: submitted, approved or sent back, sent, taken back or begun anew. */
export function offerStepRoutes(app: App, parts: Parts): void {
  const { offering } = parts

  const step = <const Step extends string, Schema extends z.ZodType>(
    name: Step,
    summary: string,
    schema: Schema,
    run: (ask: z.output<Schema>, by: By) => Promise<unknown>,
  ) =>
    app.openapi(
      described(`/api/v1/offers/{id}/${name}`, {
        method: 'post',
        summary,
        request: { params: s.thingPath, body: body(schema as z.ZodType) },
        responses: answers(200, views.offer, 'The offer as it then stands'),
      }),
      async (c) => {
        const { id } = z.strictObject({ id: s.id }).parse(c.req.param())
        const ask = schema.parse(await c.req.json())
        const who = signedIn(c)
        const answer = await once(parts, c, ask, {
          kind: 'once',
          run: async () => {
            await run(ask, { offer: id, by: who.id })
            return { status: 200, body: await offerView(parts, id, who) }
          },
        })
        return c.json(views.offer.parse(answer), 200)
      },
    )

  step('submit', 'Seals a draft and gives it to those who approve it', nothing, (_, by) =>
    offering.submit(by),
  )
  step(
    'approve',
    'Approves what was submitted; two persons do where a band or the policy says so',
    z.strictObject({ note: z.string().max(500).optional() }),
    ({ note }, by) => offering.approve({ ...by, note }),
  )
  step('reject', 'Sends an offer back to be a draft', z.strictObject({ reason }), (ask, by) =>
    offering.reject({ ...by, ...ask }),
  )
  step('revoke', 'Ends the candidate’s link', nothing, (_, by) => offering.revoke(by))
  step('withdraw', 'Takes back what was not answered', z.strictObject({ reason }), (ask, by) =>
    offering.withdraw({ ...by, ...ask }),
  )
  step('revise', 'Back to a draft, of the next version', nothing, (_, by) => offering.revise(by))
  linkRoutes(app, parts)
  answerRoute(app, parts)
}

/** The address is told once: a repetition has none, because it is not kept. */
function linkRoutes(app: App, parts: Parts): void {
  const { offering } = parts
  const linked = <const Step extends string>(
    name: Step,
    summary: string,
    run: (by: By) => Promise<OfferSent>,
  ) =>
    app.openapi(
      described(`/api/v1/offers/{id}/${name}`, {
        method: 'post',
        summary,
        request: { params: s.thingPath, body: body(nothing) },
        responses: answers(200, views.sentOffer, 'The offer and the candidate’s link, here and never again'),
      }),
      async (c) => {
        const { id } = z.strictObject({ id: s.id }).parse(c.req.param())
        const who = signedIn(c)
        const answer = await once(
          parts,
          c,
          {},
          {
            kind: 'once',
            run: async () => {
              const { link } = await run({ offer: id, by: who.id })
              const offer = await offerView(parts, id, who)
              const site = parts.config.publicUrl ?? new URL(c.req.url).origin
              const url = linkUrl(parts.offerLinks, link, site)
              return { status: 200, body: { offer, url }, repeat: { offer, url: null } }
            },
          },
        )
        return c.json(views.sentOffer.parse(answer), 200)
      },
    )
  linked('send', 'Sends what was approved: its candidate’s link works from now on', offering.send)
  linked('link', 'A new link for the candidate; those before it end', offering.newLink)
}

function answerRoute(app: App, parts: Parts): void {
  app.openapi(
    described('/api/v1/offer-questions/{id}/answer', {
      method: 'post',
      summary: 'Answers a candidate’s question, once; the candidate reads it on the offer’s page',
      request: {
        params: s.thingPath,
        body: body(z.strictObject({ text: z.string().min(1).max(2_000) })),
      },
      responses: answers(200, views.question, 'The question with its answer'),
    }),
    async (c) => {
      const { id: question } = c.req.valid('param')
      const { text } = c.req.valid('json')
      const by = signedIn(c).id
      const answer = await once(
        parts,
        c,
        { text },
        {
          kind: 'once',
          run: async () => ({
            status: 200,
            body: questionView(await parts.offering.answer({ question, text, by })),
          }),
        },
      )
      return c.json(views.question.parse(answer), 200)
    },
  )
}
