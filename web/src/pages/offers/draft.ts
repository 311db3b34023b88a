import { decimalQuantity } from '../../lib/base.ts'
import type { DateText } from '../../lib/base.ts'
import type { BenefitKind, OfferAsk, OfferEquity } from '../../lib/contract.ts'
import type { Basis } from '../../lib/value.ts'
import type { Picked } from '../../ui/PersonPicker.tsx'
import type { TemplateInUse } from '../../lib/templates.ts'
import { percentOf } from '../templates/draft.ts'

/** A template as far as a quantity needs it. */
export type Counted = Pick<TemplateInUse, 'id' | 'denomination'>

/** An offer while it is written: everything as it stands in its field, also what is not a number yet. */

export type EquityDraft = {
  readonly kind: OfferEquity['kind']
  readonly units: string
  readonly price: string
  readonly source: string
  readonly asOf: string
  readonly strike: string
  readonly volatility: string
  readonly termYears: string
  /** Percent of the whole that vest in each year. */
  readonly years: readonly string[]
}
export type LineDraft = {
  readonly template: string
  /** As people write it; empty: as the template's formula says. */
  readonly quantity: string
  readonly name: string
}
export type BenefitDraft = {
  readonly kind: BenefitKind
  readonly name: string
  readonly monthly: string
  readonly months: string
}
export type OfferDraft = {
  readonly name: string
  readonly email: string
  readonly country: string
  readonly title: string
  readonly level: string
  readonly family: string
  readonly entity: string
  readonly manager: Picked | null
  readonly startsOn: string
  readonly currency: string
  readonly rate: { readonly usd: string; readonly source: string; readonly on: string }
  readonly salary: string
  readonly bonus: {
    readonly kind: 'none' | 'share' | 'amount'
    readonly percent: string
    readonly amount: string
  }
  readonly signing: string
  readonly equity: EquityDraft | null
  readonly compute: readonly LineDraft[]
  readonly benefits: readonly BenefitDraft[]
  readonly basis: Basis
  readonly expiresOn: string
  readonly message: string
}

export const EQUITY = (today: DateText): EquityDraft => ({
  kind: 'rsu',
  units: '',
  price: '',
  source: '',
  asOf: today,
  strike: '',
  volatility: '60',
  termYears: '6',
  years: ['25', '25', '25', '25'],
})
export const BENEFIT: BenefitDraft = { kind: 'seat', name: '', monthly: '', months: '48' }

/** Nothing said yet, but the days that are usual. */
export const blank = (startsOn: DateText, expiresOn: DateText, today: DateText): OfferDraft => ({
  name: '',
  email: '',
  country: '',
  title: '',
  level: '',
  family: '',
  entity: '',
  manager: null,
  startsOn,
  currency: 'USD',
  rate: { usd: '', source: '', on: today },
  salary: '',
  bonus: { kind: 'share', percent: '', amount: '' },
  signing: '',
  equity: null,
  compute: [],
  benefits: [],
  basis: 'replacement',
  expiresOn,
  message: '',
})

const money = (amount: string): string => grouped(decimalQuantity('usd', BigInt(amount)))
const grouped = (text: string): string =>
  text.replace(/^\d+/, (whole) => whole.replaceAll(/\B(?=(\d{3})+$)/g, ','))

/** What stands in the fields when a draft is opened again. */
export function draftOf(
  { candidate, position, pay, ...ask }: OfferAsk,
  manager: Picked | null,
  templates: readonly Counted[],
  today: DateText,
): OfferDraft {
  return {
    ...candidate,
    title: position.title,
    level: position.level,
    family: position.family,
    entity: position.entity_id,
    manager,
    startsOn: position.starts_on,
    currency: pay.currency,
    rate: pay.rate ?? { usd: '', source: '', on: today },
    salary: money(pay.salary),
    bonus: {
      kind: pay.bonus?.kind ?? 'none',
      percent: pay.bonus?.kind === 'share' ? percentOf(pay.bonus.share) : '',
      amount: pay.bonus?.kind === 'amount' ? money(pay.bonus.amount) : '',
    },
    signing: pay.signing === '0' ? '' : money(pay.signing),
    equity: pay.equity && equityOf(pay.equity),
    compute: pay.compute.map(({ template_id: template, quantity, name }) => {
      const { denomination = 'usd' } = templates.find(({ id }) => id === template) ?? {}
      return {
        template,
        quantity: quantity === null ? '' : grouped(decimalQuantity(denomination, BigInt(quantity))),
        name: name ?? '',
      }
    }),
    benefits: pay.benefits.map(({ kind, name, monthly_usd: monthly, months }) => ({
      kind,
      name,
      monthly: money(monthly),
      months: String(months),
    })),
    basis: ask.basis,
    expiresOn: ask.expires_on,
    message: ask.message,
  }
}

function equityOf(equity: OfferEquity): EquityDraft {
  const option = equity.kind === 'option' ? equity : null
  return {
    kind: equity.kind,
    units: grouped(equity.units),
    price: money(equity.price),
    source: equity.source,
    asOf: equity.as_of,
    strike: option ? money(option.strike) : '',
    volatility: option ? percentOf(option.volatility) : '60',
    termYears: option?.term_years ?? '6',
    years: equity.years.map(percentOf),
  }
}
