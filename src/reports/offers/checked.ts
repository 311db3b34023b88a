import { formatUsd } from '#base/money.ts'
import { dayOf, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { computeCapUsd, type Bands } from '#offers/bands.ts'
import type { OfferCheck } from '#offers/checks.ts'
import type { OfferContent } from '#offers/content.ts'
import { coverageChecks, coverageOf, dueOf } from './coverage.ts'
import { promised, promisedIn, supplied } from './promised.ts'

/** Whether the company can carry an offer: its budget of the year, its nodes, and prices for all of it. */
export async function checkedOffer(
  sql: Sql,
  { content, bands, now }: { readonly content: OfferContent; readonly bands: Bands; readonly now: Millis },
): Promise<readonly OfferCheck[]> {
  return [...valueChecks(content), await budget(sql, content, bands), ...(await coverage(sql, content, now))]
}

/** What has no price is in no sum, and that is said. */
export const valueChecks = ({ worth }: Pick<OfferContent, 'worth'>): readonly OfferCheck[] =>
  worth.lines.flatMap(({ n, name, asset, price }) =>
    price.kind === 'priced'
      ? []
      : [
          {
            kind: 'value',
            severity: 'warn',
            message: `${name} has no price and is in no total: ${price.reason}`,
            param: 'pay.compute',
            facts: { line: String(n), asset },
          } as const,
        ],
  )

async function budget(sql: Sql, content: OfferContent, bands: Bands): Promise<OfferCheck> {
  const year = Number(content.position.startsOn.slice(0, 4))
  const others = await promisedIn(sql, { year, except: content.offer })
  return budgetCheck(bands, { year, others, own: computeCapUsd(content.pay, content.worth) })
}

/** Offers that begin in a year share its budget, each with the cap of its compute over four years. */
export function budgetCheck(
  { budget: years }: Pick<Bands, 'budget'>,
  { year, others, own }: { readonly year: number; readonly others: bigint; readonly own: bigint },
): OfferCheck {
  const known = years.find((one) => one.year === year)
  const base = { kind: 'budget', param: 'pay.compute' } as const
  const facts = { year: String(year), own: String(own), others: String(others) }
  if (!known)
    return {
      ...base,
      severity: own === 0n ? 'ok' : 'warn',
      message: `no budget for compute in offers of ${year} is stated`,
      facts,
    }
  const left = known.compute - others
  const said = { ...facts, budget: String(known.compute), left: String(left - own) }
  const words = `${formatUsd(own)} of compute at its cap; of ${year}'s ${formatUsd(known.compute)} other offers take ${formatUsd(others)}`
  if (own <= left || own === 0n) return { ...base, severity: 'ok', message: words, facts: said }
  const message = `${words}, which is ${formatUsd(own - left)} too much: lower it, or raise the budget`
  return { ...base, severity: 'refuse', message, facts: said }
}

async function coverage(sql: Sql, content: OfferContent, now: Millis): Promise<readonly OfferCheck[]> {
  const own = dueOf(content.lines)
  if (own.length === 0) return []
  const known = await supplied(sql)
  const others = await promised(sql, { except: content.offer, month: dayOf(now).slice(0, 7) })
  return coverageChecks(coverageOf({ own, others, supplied: known, now }), known)
}
