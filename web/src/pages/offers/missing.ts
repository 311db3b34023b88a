import { isDollars } from './ask.ts'
import type { OfferDraft } from './draft.ts'

/** What nobody can preview without, as what to do next; null: nothing. */
export function missing({
  entity,
  startsOn,
  expiresOn,
  compute,
  currency,
  rate,
  equity,
  benefits,
}: OfferDraft): string | null {
  if (entity === '') return 'Choose who will employ them, and what they will read stands here.'
  if (startsOn === '') return 'Give the first day of work.'
  if (expiresOn === '') return 'Give the last day on which it can be accepted.'
  if (!isDollars(currency) && (isEmpty(rate.usd) || isEmpty(rate.source)))
    return `Say how many dollars one ${currency} is, and who says so.`
  if (equity !== null && [equity.units, equity.price, equity.source].some(isEmpty))
    return 'Say how many shares, at which price, and who says the price.'
  if (benefits.some(({ name, monthly }) => isEmpty(name) || isEmpty(monthly)))
    return 'Give name and amount of what is paid beside the grants.'
  const open = compute.findIndex(({ template }) => template === '')
  return open < 0 ? null : `Choose a template for grant ${open + 1}.`
}

const isEmpty = (text: string): boolean => text.trim() === ''
