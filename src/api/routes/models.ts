import { iso } from '#base/time.ts'
import { whoMay } from '#spending/who.ts'
import { allowanceFor } from '#spending/policy.ts'
import { weightsOf } from '#prices/weights.ts'
import { signedIn } from '../guard.ts'
import type { Parts } from '../parts.ts'
import * as views from '../views.ts'
import { wire } from '../wire.ts'
import { answers, described, type App } from './route.ts'
import { priceView } from './setup.ts'

/** Which models there are, what they cost by which source, and who may use them. */
export function modelRoutes(app: App, { prices, spending }: Parts): void {
  app.openapi(
    described('/api/v1/models', {
      method: 'get',
      summary: 'Models, their prices with source and date, and who may use them',
      responses: answers(200, views.models, 'One entry per model, in the order of the price book'),
    }),
    async (c) => {
      const { policy, version, recordedAt, recordedBy } = await spending.policy()
      const mine = allowanceFor(policy, signedIn(c).level)
      const models = prices.models().map((price) => {
        const source = prices.version(price.version)
        return {
          ...priceView(price),
          recorded_at: source ? iso(source.recordedAt) : null,
          recorded_by: source?.recordedBy ?? null,
          licence: source?.licence ?? null,
          own_price: source?.kind === 'override',
          who: whoMay(policy, price.class, weightsOf(price)),
          yours: mine[weightsOf(price)].includes(price.class),
        }
      })
      return c.json(
        wire({
          unit: 'pico-dollar per token' as const,
          policy: {
            version,
            recorded_at: recordedAt === null ? null : iso(recordedAt),
            recorded_by: recordedBy,
          },
          models,
        }),
        200,
      )
    },
  )
}
