import { z } from '@hono/zod-openapi'
import { floor, mul, rational } from '#base/rational.ts'
import { rateText } from '#prices/exchange-ask.ts'
import { subject } from '../guard.ts'
import type { Parts } from '../parts.ts'
import * as s from '../schemas.ts'
import { wire } from '../wire.ts'
import { answers, described, found, type App } from './route.ts'

const asset = z.string().openapi({ example: 'GPU_SECOND/H100-SXM/guaranteed' })

const wallets = z
  .strictObject({
    wallets: z.array(
      z.strictObject({
        asset,
        granted: s.amount,
        unvested: s.amount,
        available: s.amount,
        held: s.amount,
        spent: s.amount,
        expired: s.amount,
        forfeited: s.amount,
        revoked: s.amount,
        next_vest: z
          .strictObject({ date: s.day, quantity: s.amount, grant_id: s.id, grant_name: z.string() })
          .nullable(),
        next_expiry: z.strictObject({ date: s.day, amount: s.amount }).nullable(),
        convertible: z.array(
          z.strictObject({
            to: asset,
            amount: s.amount.openapi({
              description: 'Of what is available, as far as the contracts allow it.',
            }),
            worth: s.amount.nullable().openapi({
              description: 'At the rate that holds now, in the smallest unit of `to`; null without a rate.',
            }),
            rate: z
              .string()
              .nullable()
              .openapi({ description: 'Whole units of `to` for one, as people say it.' }),
          }),
        ),
      }),
    ),
  })
  .openapi('Wallets')

/** Every wallet of a person, one of each asset: hours and dollars make no sum. */
export function walletsRoutes(app: App, { reports, exchange, world }: Parts): void {
  app.openapi(
    described('/api/v1/people/{id}/wallets', {
      method: 'get',
      summary:
        'The wallets of a person, one of each asset, with what comes, what goes and what it can become',
      request: { params: s.personPath },
      responses: answers(200, wallets, 'Dollars first'),
    }),
    async (c) => {
      const now = world.now()
      const view = found(await reports.wallets(subject(c), now), 'such person')
      const priced = view.wallets.map((wallet) => ({
        ...wallet,
        convertible: wallet.convertible.map(({ to, amount }) => {
          const found = exchange.rate(wallet.asset, to, now)
          const worth = found && floor(mul(rational(amount), found.rate))
          return { to, amount, worth, rate: found && rateText({ from: wallet.asset, to, rate: found.rate }) }
        }),
      }))
      return c.json(wire({ wallets: priced }), 200)
    },
  )
}
