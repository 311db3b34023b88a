import { intOf, quantityOf, shareOf } from '../templates/ask.ts'
import type { Counted, EquityDraft, OfferDraft } from './draft.ts'

/**
 * What is sent: each field in the API's own form. What cannot be read goes as it was typed: the server refuses it and
 * names the field, so that there is one set of rules.
 */
export function askOf(draft: OfferDraft, templates: readonly Counted[]) {
  const { currency, rate, bonus, equity } = draft
  return {
    candidate: {
      name: draft.name.trim(),
      email: draft.email.trim(),
      country: draft.country.trim().toUpperCase(),
    },
    position: {
      title: draft.title.trim(),
      level: draft.level.trim(),
      family: draft.family.trim(),
      entity_id: draft.entity,
      manager_id: draft.manager?.id ?? null,
      starts_on: draft.startsOn,
    },
    pay: {
      currency: currency.trim().toUpperCase(),
      rate: isDollars(currency) ? null : { usd: plain(rate.usd), source: rate.source.trim(), on: rate.on },
      salary: amountOr0(draft.salary),
      bonus: bonusOf(bonus),
      signing: amountOr0(draft.signing),
      equity: equity && equityOf(equity),
      compute: draft.compute.map(({ template, quantity, name }) => ({
        template_id: template,
        quantity: quantity.trim() === '' ? null : quantityOf(unitOf(template, templates), quantity),
        name: name.trim() === '' ? null : name.trim(),
      })),
      benefits: draft.benefits.map(({ kind, name, monthly, months }) => ({
        kind,
        name: name.trim(),
        monthly_usd: money(monthly),
        months: intOf(months),
      })),
    },
    basis: draft.basis,
    expires_on: draft.expiresOn,
    message: draft.message.trim(),
  }
}
export type Ask = ReturnType<typeof askOf>

export const isDollars = (currency: string): boolean => currency.trim().toUpperCase() === 'USD'

/** Billionths of the currency, as dollars are counted. */
const money = (text: string): string => quantityOf('usd', text)
/** Nothing typed is nothing. */
const amountOr0 = (text: string): string => (text.trim() === '' ? '0' : money(text))
const plain = (text: string): string => text.trim().replaceAll(',', '')
const unitOf = (id: string, templates: readonly Counted[]) =>
  templates.find((template) => template.id === id)?.denomination ?? 'usd'

/** Nothing typed is no bonus. */
function bonusOf({ kind, percent, amount }: OfferDraft['bonus']) {
  if (kind === 'share' && percent.trim() !== '') return { kind, share: shareOf(percent) }
  if (kind === 'amount' && amount.trim() !== '') return { kind, amount: money(amount) }
  return null
}

function equityOf({ kind, ...equity }: EquityDraft) {
  const shares = {
    units: plain(equity.units),
    price: money(equity.price),
    source: equity.source.trim(),
    as_of: equity.asOf,
    years: equity.years.map(shareOf),
  }
  if (kind === 'rsu') return { kind, ...shares }
  return {
    kind,
    ...shares,
    strike: money(equity.strike),
    volatility: shareOf(equity.volatility),
    term_years: plain(equity.termYears),
  }
}
