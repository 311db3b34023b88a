import { z } from '@hono/zod-openapi'
import { addDays, dayOf } from '#base/time.ts'
import { signedIn, subject } from '../guard.ts'
import type { Parts } from '../parts.ts'
import * as s from '../schemas.ts'
import * as seatViews from '../seat-views.ts'
import * as views from '../views.ts'
import { wire } from '../wire.ts'
import { answers, described, found, type App } from './route.ts'

const SPEND_DAYS = 30

/** What a person has, what they did with it, and the entries behind every number. */
export function walletRoutes(app: App, { reports, world }: Parts): void {
  app.openapi(
    described('/api/v1/people/{id}/wallet', {
      method: 'get',
      summary: 'The wallet: balances, lots, holds in flight, pace and runway',
      request: { params: s.personPath },
      responses: {
        ...answers(200, views.wallet, 'The wallet; its ETag changes with every movement'),
        304: { description: 'Unchanged since the ETag in If-None-Match' },
      },
    }),
    async (c) => {
      const now = world.now()
      // Whose eyes see it is part of the tag: a shared browser must not show one person the other's.
      const etag = `"${signedIn(c).id}.${await reports.walletTag(subject(c), now)}"`
      const headers = { etag, 'cache-control': 'private, no-cache' }
      const known = c.req.header('if-none-match')?.split(',') ?? []
      if (known.some((tag) => tag.trim().replace(/^W\//, '') === etag)) return c.body(null, 304, headers)
      return c.json(wire(found(await reports.wallet(subject(c), now), 'such person')), 200, headers)
    },
  )

  app.openapi(
    described('/api/v1/people/{id}/spend', {
      method: 'get',
      summary: 'Spend by UTC day and model class, every day present',
      request: {
        params: s.personPath,
        query: z.strictObject({ from: s.day.optional(), to: s.day.optional() }),
      },
      responses: answers(
        200,
        views.spend,
        'The days from `from` to `to`, both included; 30 days when absent',
      ),
    }),
    async (c) => {
      const ask = c.req.valid('query')
      const to = ask.to ?? dayOf(world.now())
      const range = { from: ask.from ?? addDays(to, 1 - SPEND_DAYS), to }
      return c.json(wire(found(await reports.spend(subject(c), range), 'such person')), 200)
    },
  )

  app.openapi(
    described('/api/v1/people/{id}/usage', {
      method: 'get',
      summary: 'What the calls did and cost, grouped by one property of theirs and laid out by day or hour',
      request: {
        params: s.personPath,
        query: z.strictObject({
          from: s.day.optional(),
          to: s.day.optional(),
          by: s.usageBy.default('model'),
          step: s.usageStep.default('day'),
          ...s.callFilter,
        }),
      },
      responses: answers(
        200,
        views.usage,
        'The UTC days from `from` to `to`, both included; 30 days when absent. At most 400, by hour 7.',
      ),
    }),
    async (c) => {
      const { from, to: asked, by, step, ...filter } = c.req.valid('query')
      const to = asked ?? dayOf(world.now())
      const ask = { from: from ?? addDays(to, 1 - (step === 'day' ? SPEND_DAYS : 1)), to, by, step, filter }
      return c.json(wire(found(await reports.usage(subject(c), ask), 'such person')), 200)
    },
  )

  app.openapi(
    described('/api/v1/people/{id}/calls', {
      method: 'get',
      summary: 'Calls, newest first, each with the explanation of its cost',
      request: {
        params: s.personPath,
        query: z.strictObject({
          ...s.callFilter,
          ...s.timeFilter,
          limit: s.limit(10, 100),
          cursor: s.cursor,
        }),
      },
      responses: answers(200, views.calls, 'A page of calls'),
    }),
    async (c) =>
      c.json(wire(found(await reports.calls(subject(c), c.req.valid('query')), 'such person')), 200),
  )

  app.openapi(
    described('/api/v1/calls/{id}', {
      method: 'get',
      summary: 'One call with its ledger entries',
      request: { params: s.thingPath },
      responses: answers(200, views.callWithEntries, 'The call'),
    }),
    async (c) => c.json(wire(found(await reports.call(c.req.valid('param').id), 'such call')), 200),
  )

  app.openapi(
    described('/api/v1/people/{id}/entries', {
      method: 'get',
      summary: 'Ledger entries, newest first, with their sum over all pages',
      request: {
        params: s.personPath,
        query: z.strictObject({
          account: s.account.optional().openapi({
            description: 'Entries that enter (+) or leave (−) this account; the sum is its balance.',
          }),
          asset: s.asset.optional().openapi({ description: 'Which wallet; the one of dollars when absent.' }),
          kind: s.entryKind.optional(),
          grant: s.id.optional(),
          lot: s.id.optional(),
          call: s.id.optional(),
          ...s.callFilter,
          ...s.timeFilter,
          limit: s.limit(50, 200),
          cursor: s.cursor,
        }),
      },
      responses: answers(200, views.entries, 'A page of entries'),
    }),
    async (c) => {
      const { limit, cursor, ...filter } = c.req.valid('query')
      return c.json(
        wire(found(await reports.entries(subject(c), filter, { limit, cursor }), 'such person')),
        200,
      )
    },
  )

  app.openapi(
    described('/api/v1/people/{id}/seats', {
      method: 'get',
      summary: 'Seats of subscriptions, and the months in which they were used',
      request: { params: s.personPath },
      responses: answers(200, seatViews.seats, 'The seats, and the latest months first'),
    }),
    async (c) => c.json(wire(found(await reports.seats(subject(c), world.now()), 'such person')), 200),
  )

  app.openapi(
    described('/api/v1/people/{id}/grants', {
      method: 'get',
      summary: 'Grants with every tranche',
      request: { params: s.personPath },
      responses: answers(200, views.grants, 'The grants, oldest first'),
    }),
    async (c) => c.json(wire(found(await reports.grants(subject(c), world.now()), 'such person')), 200),
  )
}
