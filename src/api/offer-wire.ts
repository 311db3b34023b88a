import type { z } from '@hono/zod-openapi'
import { iso } from '#base/time.ts'
import type { Bands } from '#offers/bands.ts'
import type { OfferLine } from '#offers/content.ts'
import type { Equity, OfferAsk, Pay, Question } from '#offers/offer.ts'
import type { LineYear, PlannedLine, Worth, WorthYear } from '#offers/worth.ts'
import type { bandsAsk, offerAsk } from './offer-ask-views.ts'

/** Offers between the words of the API and those of the rooms. Amounts stay bigints here; `wire` makes them text. */

type Asked = z.output<typeof offerAsk>

export const askFrom = ({ candidate, position, pay, ...rest }: Asked): OfferAsk => ({
  candidate,
  position: {
    title: position.title,
    level: position.level,
    family: position.family,
    entity: position.entity_id,
    managerId: position.manager_id,
    startsOn: position.starts_on,
  },
  pay: {
    currency: pay.currency,
    rate: pay.rate,
    salary: BigInt(pay.salary),
    bonus: pay.bonus?.kind === 'amount' ? { kind: 'amount', amount: BigInt(pay.bonus.amount) } : pay.bonus,
    signing: BigInt(pay.signing),
    equity: pay.equity && equityFrom(pay.equity),
    compute: pay.compute.map(({ template_id: template, quantity, name }) => ({
      template,
      quantity: quantity === null ? null : BigInt(quantity),
      name,
    })),
    benefits: pay.benefits.map(({ monthly_usd: monthly, ...benefit }) => ({
      ...benefit,
      monthlyUsd: BigInt(monthly),
    })),
  },
  basis: rest.basis,
  expiresOn: rest.expires_on,
  message: rest.message,
})

function equityFrom(equity: NonNullable<Asked['pay']['equity']>): Equity {
  const shares = {
    units: BigInt(equity.units),
    price: BigInt(equity.price),
    source: equity.source,
    asOf: equity.as_of,
    years: equity.years,
  }
  if (equity.kind === 'rsu') return { kind: 'rsu', ...shares }
  const { strike, volatility, term_years: termYears } = equity
  return { kind: 'option', ...shares, strike: BigInt(strike), volatility, termYears }
}

export const askView = ({ candidate, position, pay, basis, expiresOn, message }: OfferAsk) => ({
  candidate: { name: candidate.name, email: candidate.email, country: candidate.country },
  position: {
    title: position.title,
    level: position.level,
    family: position.family,
    entity_id: position.entity,
    manager_id: position.managerId,
    starts_on: position.startsOn,
  },
  pay: payView(pay),
  basis,
  expires_on: expiresOn,
  message,
})

const payView = (pay: Pay) => ({
  currency: pay.currency,
  rate: pay.rate,
  salary: pay.salary,
  bonus: pay.bonus,
  signing: pay.signing,
  equity: pay.equity && equityView(pay.equity),
  compute: pay.compute.map(({ template, quantity, name }) => ({ template_id: template, quantity, name })),
  benefits: pay.benefits.map(({ kind, name, monthlyUsd, months }) => ({
    kind,
    name,
    monthly_usd: monthlyUsd,
    months,
  })),
})

export function equityView(equity: Equity) {
  const { units, price, source, asOf, years } = equity
  const shares = { units, price, source, as_of: asOf, years }
  if (equity.kind === 'rsu') return { kind: equity.kind, ...shares }
  const { kind, strike, volatility, termYears } = equity
  return { kind, ...shares, strike, volatility, term_years: termYears }
}

export const yearView = (year: WorthYear) => ({
  year: year.year,
  salary: year.salary,
  bonus: year.bonus,
  signing: year.signing,
  equity: year.equity,
  compute_cap: year.computeCap,
  compute_expected: year.computeExpected,
  benefits: year.benefits,
  total_cap: year.totalCap,
  total_expected: year.totalExpected,
})

const lineYearView = ({ quantity, cap, expected }: LineYear) => ({ quantity, cap, expected })
const plannedView = ({ n, name, asset, quantity, tranches }: PlannedLine) => ({
  n,
  name,
  asset,
  quantity,
  tranches: tranches.map(({ date, quantity: amount }) => ({ date, quantity: amount })),
})

export const worthView = ({ day, basis, lines, equity, years, total }: Worth) => ({
  day,
  basis,
  lines: lines.map((line) => ({
    ...plannedView(line),
    price:
      line.price.kind === 'priced'
        ? {
            kind: line.price.kind,
            nano_usd: line.price.nanoUsd,
            how: line.price.how,
            mark: line.price.mark,
          }
        : line.price,
    delivered: line.delivered,
    used: line.used,
    years: line.years.map(lineYearView),
    total: lineYearView(line.total),
    beyond: lineYearView(line.beyond),
  })),
  equity: equity && {
    each: equity.each,
    intrinsic: equity.intrinsic,
    how: equity.how,
    years: equity.years,
    beyond: equity.beyond,
  },
  years: years.map(yearView),
  total: yearView(total),
})

export const lineView = (line: OfferLine) => ({
  ...plannedView(line),
  grant_id: line.grant,
  template: line.template,
  reckoning: line.reckoning,
  terms: line.terms,
})

const instant = (at: number | null): string | null => (at === null ? null : iso(at))

export const questionView = (question: Question) => ({
  id: question.id,
  offer_id: question.offer,
  text: question.text,
  asked_at: iso(question.askedAt),
  answer: question.answer,
  answered_at: instant(question.answeredAt),
  answered_by: question.answeredBy,
})

export const bandsFrom = ({ bands, budget }: z.output<typeof bandsAsk>): Bands => ({
  bands: bands.map(({ level, family, salary, compute }) => ({
    level,
    family,
    salary: salary && { min: BigInt(salary.min), max: BigInt(salary.max), currency: salary.currency },
    compute: compute && { min: BigInt(compute.min), max: BigInt(compute.max) },
  })),
  budget: budget.map(({ year, compute }) => ({ year, compute: BigInt(compute) })),
})
