import { isDollars } from './ask.ts'
import type { OfferDraft } from './draft.ts'

/** What nobody can preview without, as what to do next; null: nothing. */
export function missing({ entity, startsOn, expiresOn, compute, currency, rate }: OfferDraft): string | null {
  if (entity === '') return 'Choose who will employ them, and what they will read stands here.'
  if (startsOn === '') return 'Give the first day of work.'
  if (expiresOn === '') return 'Give the last day on which it can be accepted.'
  if (!isDollars(currency) && (rate.usd.trim() === '' || rate.source.trim() === ''))
    return `Say how many dollars one ${currency} is, and who says so.`
  const open = compute.findIndex(({ template }) => template === '')
  return open < 0 ? null : `Choose a template for grant ${open + 1}.`
}
