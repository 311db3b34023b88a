import type { z } from '@hono/zod-openapi'
import { div, mul, rational } from '#base/rational.ts'
import { iso } from '#base/time.ts'
import { rateText, rateUnit } from '#prices/exchange-ask.ts'
import { decimalText, type ExchangeRow, type UtilisationRow } from '#prices/exchange.ts'
import * as views from '../exchange-views.ts'
import { signedIn } from '../guard.ts'
import type { Parts } from '../parts.ts'
import { answers, body, described, once, type App } from './route.ts'

/** What one asset is worth in another: everything that was ever stated, and what follows for each accelerator. */
export function exchangeRoutes(app: App, parts: Parts): void {
  const { exchange, world } = parts

  app.openapi(
    described('/api/v1/exchange', {
      method: 'get',
      summary: 'The exchange table: stated rates and utilisations, and what they make of each accelerator',
      responses: answers(200, views.exchange, 'Rows in the order in which they were recorded'),
    }),
    (c) => {
      const now = world.now()
      const standing = exchange.standing(now)
      const accelerators = [...exchange.accelerators.values()].map(
        ({ id, vendor, form, peakBf16, source }) => {
          const { share, basis } = exchange.utilisation(id, now)
          return {
            id,
            vendor,
            form,
            peak_bf16_tflops: decimalText(peakBf16),
            source,
            utilisation: decimalText(share),
            utilisation_basis: basis,
            gpu_hours_per_exaflop_day: decimalText(div(rational(24_000_000n), mul(peakBf16, share))),
          }
        },
      )
      return c.json({ rows: exchange.rows().map((row) => rowView(row, standing)), accelerators }, 200)
    },
  )

  app.openapi(
    described('/api/v1/exchange', {
      method: 'post',
      summary: 'Records a rate, the end of one, or a utilisation; every process follows at once',
      request: { body: body(views.exchangeAsk) },
      responses: answers(201, views.exchangeRow, 'The row'),
    }),
    async (c) => {
      const asked = c.req.valid('json')
      const answer = await once(parts, c, asked, {
        kind: 'once',
        run: async (id) => {
          const { effective_from, ...ask } = asked
          const row = await exchange.record(
            { ...ask, id, effectiveFrom: Date.parse(effective_from) },
            signedIn(c).email,
          )
          return { status: 201, body: rowView(row, exchange.standing(world.now())) }
        },
      })
      return c.json(views.exchangeRow.parse(answer), 201)
    },
  )
}

/** Also what the command line prints. */
export function rowView(
  row: ExchangeRow | UtilisationRow,
  standing: ReadonlySet<string>,
): z.output<typeof views.exchangeRow> {
  const recorded = {
    id: row.id,
    effective_from: iso(row.effectiveFrom),
    recorded_at: iso(row.recordedAt),
    recorded_by: row.recordedBy,
    source: row.source,
    in_force: standing.has(row.id),
  }
  if (row.kind === 'utilisation')
    return { kind: row.kind, ...recorded, accelerator: row.accelerator, share: decimalText(row.share) }
  const { from, to, rate } = row
  return {
    kind: row.kind,
    ...recorded,
    from,
    to,
    rate: rate && rateText({ from, to, rate }),
    unit: rateUnit(from, to),
    smallest: rate && { n: String(rate.n), d: String(rate.d) },
  }
}
