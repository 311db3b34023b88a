import { never } from '#base/invariant.ts'
import type { OfferContent } from '#offers/content.ts'
import type { Benefit, Bonus, Equity } from '#offers/offer.ts'
import { OFFER_YEARS, yearEnd, type Worth, type WorthYear } from '#offers/worth.ts'
import { count, dated, listed, percent } from '../words/text.ts'
import type { LetterTable } from './letter.ts'
import { money } from './letter-money.ts'

type Say = (amount: bigint, style?: 'cents' | 'exact') => string

export function payLines({ pay, worth, lines }: OfferContent): string[] {
  const say = money(pay.currency)
  return [
    `Salary: ${say(pay.salary)} a year.`,
    ...bonusLines(pay.bonus, worth, say),
    ...(pay.signing === 0n ? [] : [`Signing bonus: ${say(pay.signing)}, once, with your first salary.`]),
    ...(pay.equity === null ? [] : [equityLine(pay.equity, say)]),
    ...(lines.length === 0
      ? []
      : [
          `Compute: ${count(lines.length, 'grant')}, ${listed(lines.map(({ name }) => `“${name}”`))}, told below.`,
        ]),
    ...pay.benefits.map(benefitLine),
  ]
}

function bonusLines(bonus: Bonus, { years }: Worth, say: Say): string[] {
  if (bonus === null) return []
  switch (bonus.kind) {
    case 'share':
      return [`Bonus at target: ${percent(bonus.share)} of your salary, ${say(years[0]!.bonus)} a year.`]
    case 'amount':
      return [`Bonus at target: ${say(bonus.amount)} a year.`]
    default:
      return never(bonus)
  }
}

function equityLine(equity: Equity, say: Say): string {
  const what =
    equity.kind === 'rsu'
      ? count(equity.units, 'share')
      : `options on ${count(equity.units, 'share')} at ${say(equity.strike)} each`
  return `Equity: ${what}, vesting evenly within each year: ${listed(
    equity.years.map((share, index) => `${percent(share)} in year ${index + 1}`),
  )}.`
}

const KINDS: Readonly<Record<Benefit['kind'], string>> = {
  seat: 'Seat',
  subscription: 'Subscription',
  fine_tuning: 'Allowance for fine-tuning',
}
const benefitLine = ({ kind, name, monthlyUsd, months }: Benefit): string =>
  `${KINDS[kind]}: ${name}, ${money('USD')(monthlyUsd)} a month for ${count(months, 'month')}, paid by the company.`

type Row = {
  readonly name: string
  readonly of: (year: WorthYear) => bigint
  /** Is told although it is nothing in every year. */
  readonly always?: true
}
const ROWS: readonly Row[] = [
  { name: 'Salary', of: ({ salary }) => salary, always: true },
  { name: 'Bonus at target', of: ({ bonus }) => bonus },
  { name: 'Signing bonus', of: ({ signing }) => signing },
  { name: 'Equity', of: ({ equity }) => equity },
  { name: 'Compute, all of it used', of: ({ computeCap }) => computeCap },
  { name: 'Compute, as expected', of: ({ computeExpected }) => computeExpected },
  { name: 'Seats and allowances', of: ({ benefits }) => benefits },
  { name: 'Total, all compute used', of: ({ totalCap }) => totalCap, always: true },
  { name: 'Total, as expected', of: ({ totalExpected }) => totalExpected, always: true },
]

/** Compute stands twice, at its cap and as expected; each total counts one of the two. */
export function payTable({ pay, worth, position }: OfferContent): LetterTable {
  const say = money(pay.currency)
  // The currency is said once, above the figures.
  const bare = (amount: bigint): string => say(amount).replace(`${pay.currency} `, '')
  const columns = [...worth.years, worth.total]
  const told = ROWS.filter(({ of, always }) => always || columns.some((year) => of(year) !== 0n))
  return {
    id: 'pay.years',
    title: pay.currency === 'USD' ? 'Pay by year' : `Pay by year, in ${pay.currency}`,
    head: ['', ...worth.years.map(({ year }) => `Year ${year}`), 'Four years'],
    rows: told.map(({ name, of }) => [name, ...columns.map((year) => bare(of(year)))]),
    note:
      `Year 1 reaches to ${dated(yearEnd(position.startsOn, 0))}, year ${OFFER_YEARS} to ${dated(yearEnd(position.startsOn, OFFER_YEARS - 1))}. ` +
      'What all of the compute can cost and what is expected to be used of it are two figures, and each total counts one of them. ' +
      `Figures are exact below the cent and shown to the cent${beyondWords(worth, say)}.`,
  }
}

function beyondWords({ lines, equity }: Worth, say: Say): string {
  const later = lines.reduce((sum, { beyond }) => sum + beyond.cap, 0n)
  const told = [
    ...(later === 0n ? [] : [`compute of ${say(later)}`]),
    ...(equity === null || equity.beyond === 0n ? [] : [`equity of ${say(equity.beyond)}`]),
  ]
  return told.length === 0
    ? ''
    : `; ${listed(told)} that vests after the four years, or on an event without a day, is not in it`
}
