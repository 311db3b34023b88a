import { Fault } from '#base/fault.ts'
import { isUuid } from '#base/id.ts'
import { never } from '#base/invariant.ts'
import { compare, fromDecimal, ONE, rational, type Rational } from '#base/rational.ts'
import { addDays, isDate, type DateText } from '#base/time.ts'
import { OFFER_BASES, type Benefit, type Bonus, type Equity, type OfferAsk, type Pay } from './offer.ts'
import { sumOf } from './worth.ts'

/** Every field of an offer, before anything is done with it. Each refusal names field, value and remedy. */

/** A billion of a currency, in billionths: whoever gives more has counted something else. */
export const MOST_MONEY = 10n ** 18n
export const MOST_LINES = 20
const MOST_UNITS = 10n ** 12n
const MOST_EQUITY_YEARS = 10
const MOST_MONTHS = 120
const MOST_MESSAGE = 4_000
const MOST_QUANTITY = 2n ** 63n - 1n
/** How far from today days may lie: before it, and after it. */
const DAYS_BEFORE = 366
const DAYS_AFTER = 3 * 366

/** Throws Fault `invalid` with the field as `param`; gives the ask without space around its texts. */
export function checkAsk(ask: OfferAsk, today: DateText): OfferAsk {
  const { candidate, position, pay } = ask
  if (!OFFER_BASES.includes(ask.basis))
    throw wrong('basis', JSON.stringify(ask.basis), `give one of ${OFFER_BASES.join(', ')}`)
  return {
    candidate: {
      name: text('candidate.name', candidate.name, 1, 200),
      email: email('candidate.email', candidate.email),
      country: code('candidate.country', candidate.country, 2, 'DE'),
    },
    position: {
      title: text('position.title', position.title, 1, 200),
      level: text('position.level', position.level, 1, 40),
      family: text('position.family', position.family, 0, 80),
      entity: id('position.entity_id', position.entity),
      managerId: position.managerId === null ? null : id('position.manager_id', position.managerId),
      startsOn: near('position.starts_on', position.startsOn, today),
    },
    pay: checkPay(pay, today),
    basis: ask.basis,
    expiresOn: near('expires_on', ask.expiresOn, today),
    message: message(ask.message),
  }
}

/** What is submitted can still be accepted. */
export function checkOpen(expiresOn: DateText, today: DateText): void {
  if (expiresOn >= today) return
  throw wrong('expires_on', expiresOn, `give a last day from ${today} on`)
}

function checkPay(pay: Pay, today: DateText): Pay {
  const currency = code('pay.currency', pay.currency, 3, 'EUR')
  if (pay.compute.length > MOST_LINES)
    throw wrong('pay.compute', `${pay.compute.length} grants`, `give at most ${MOST_LINES}`)
  if (pay.benefits.length > MOST_LINES)
    throw wrong('pay.benefits', `${pay.benefits.length} benefits`, `give at most ${MOST_LINES}`)
  return {
    currency,
    rate: checkRate(currency, pay.rate, today),
    salary: money('pay.salary', pay.salary),
    bonus: checkBonus(pay.bonus),
    signing: money('pay.signing', pay.signing),
    equity: pay.equity && checkEquity(pay.equity),
    compute: pay.compute.map((line, index) => {
      const param = `pay.compute[${index}]`
      if (line.quantity !== null && (line.quantity <= 0n || line.quantity > MOST_QUANTITY))
        throw wrong(
          `${param}.quantity`,
          String(line.quantity),
          `give 1 to ${MOST_QUANTITY} of the smallest unit, or null for what the template's formula says`,
        )
      return {
        template: id(`${param}.template_id`, line.template),
        quantity: line.quantity,
        name: line.name === null ? null : text(`${param}.name`, line.name, 1, 200),
      }
    }),
    benefits: pay.benefits.map((one, index) => checkBenefit(one, `pay.benefits[${index}]`)),
  }
}

const HIGHEST_RATE = rational(1_000_000n)

function checkRate(currency: string, rate: Pay['rate'], today: DateText): Pay['rate'] {
  if (currency === 'USD') {
    if (rate === null) return null
    throw wrong('pay.rate', JSON.stringify(rate.usd), 'leave it out: the offer is in dollars')
  }
  if (rate === null)
    throw wrong(
      'pay.rate',
      'missing',
      `say how many dollars one ${currency} is, who says so, and of which day`,
    )
  const usd = decimal('pay.rate.usd', rate.usd)
  if (usd.n <= 0n || compare(usd, HIGHEST_RATE) > 0)
    throw wrong('pay.rate.usd', JSON.stringify(rate.usd), 'give a decimal above 0, such as "1.08"')
  return {
    usd: rate.usd,
    source: text('pay.rate.source', rate.source, 1, 200),
    on: past('pay.rate.on', rate.on, today),
  }
}

function checkBonus(bonus: Bonus): Bonus {
  if (bonus === null) return null
  switch (bonus.kind) {
    case 'amount':
      return { kind: 'amount', amount: money('pay.bonus.amount', bonus.amount) }
    case 'share': {
      const share = decimal('pay.bonus.share', bonus.share)
      if (share.n >= 0n && compare(share, rational(10n)) <= 0) return { kind: 'share', share: bonus.share }
      throw wrong(
        'pay.bonus.share',
        JSON.stringify(bonus.share),
        'give a share of the salary, such as "0.15"',
      )
    }
    default:
      return never(bonus)
  }
}

function checkEquity(equity: Equity): Equity {
  const { units, price, years } = equity
  if (units <= 0n || units > MOST_UNITS)
    throw wrong('pay.equity.units', String(units), `give 1 to ${MOST_UNITS} whole shares or options`)
  if (price <= 0n || price > MOST_MONEY)
    throw wrong(
      'pay.equity.price',
      String(price),
      `give the price of one share, 1 to ${MOST_MONEY} billionths`,
    )
  if (price * units > MOST_MONEY * 10n)
    throw wrong(
      'pay.equity.units',
      `${units} at ${price}`,
      `give shares worth at most ${MOST_MONEY * 10n} in all`,
    )
  checkYears(years)
  const shares = {
    units,
    price,
    source: text('pay.equity.source', equity.source, 1, 200),
    asOf: date('pay.equity.as_of', equity.asOf),
    years,
  }
  if (equity.kind === 'rsu') return { kind: 'rsu', ...shares }
  const { strike, volatility, termYears } = equity
  if (strike <= 0n || strike > MOST_MONEY)
    throw wrong(
      'pay.equity.strike',
      String(strike),
      `give what one option costs, 1 to ${MOST_MONEY} billionths`,
    )
  within('pay.equity.volatility', volatility, ['0.01', '5'], 'how much the share moves in a year')
  within('pay.equity.term_years', termYears, ['0.1', '30'], 'how many years an option is held')
  return { kind: 'option', ...shares, strike, volatility, termYears }
}

function checkYears(years: readonly string[]): void {
  if (years.length < 1 || years.length > MOST_EQUITY_YEARS)
    throw wrong(
      'pay.equity.years',
      `${years.length} years`,
      `give a share for each of 1 to ${MOST_EQUITY_YEARS} years`,
    )
  years.forEach((year, index) => {
    if (decimal(`pay.equity.years[${index}]`, year).n < 0n)
      throw wrong(`pay.equity.years[${index}]`, JSON.stringify(year), 'give a share from 0 to 1')
  })
  if (compare(sumOf(years), ONE) === 0) return
  throw wrong('pay.equity.years', years.join(' + '), 'let the shares of the years sum to exactly 1')
}

const BENEFITS: readonly Benefit['kind'][] = ['seat', 'subscription', 'fine_tuning']

function checkBenefit({ kind, name, monthlyUsd, months }: Benefit, param: string): Benefit {
  if (!BENEFITS.includes(kind))
    throw wrong(`${param}.kind`, JSON.stringify(kind), `give one of ${BENEFITS.join(', ')}`)
  if (!Number.isInteger(months) || months < 1 || months > MOST_MONTHS)
    throw wrong(`${param}.months`, String(months), `give 1 to ${MOST_MONTHS} months`)
  return {
    kind,
    name: text(`${param}.name`, name, 1, 200),
    monthlyUsd: money(`${param}.monthly_usd`, monthlyUsd),
    months,
  }
}

function money(param: string, amount: bigint): bigint {
  if (amount >= 0n && amount <= MOST_MONEY) return amount
  throw wrong(param, String(amount), `give 0 to ${MOST_MONEY} billionths`)
}

/** Few enough digits that products of them stay small. */
function decimal(param: string, value: string): Rational {
  const read = /^\d{1,12}(\.\d{1,12})?$/.test(value) ? fromDecimal(value) : null
  if (read) return read
  throw wrong(param, JSON.stringify(value.slice(0, 40)), 'give a decimal number, such as "0.25"')
}

function within(param: string, value: string, [least, most]: readonly [string, string], what: string): void {
  const read = decimal(param, value)
  const [low, high] = [fromDecimal(least), fromDecimal(most)]
  if (low && high && compare(read, low) >= 0 && compare(read, high) <= 0) return
  throw wrong(param, JSON.stringify(value), `give ${what}, a decimal from ${least} to ${most}`)
}

function text(param: string, value: string, least: number, most: number): string {
  const trimmed = value.trim()
  if (trimmed.length >= least && trimmed.length <= most && !/\p{Cc}/u.test(trimmed)) return trimmed
  throw wrong(param, JSON.stringify(trimmed.slice(0, 40)), `give ${least} to ${most} visible characters`)
}

/** Lines and all, but nothing that a letter cannot print. */
function message(value: string): string {
  const trimmed = value.replaceAll('\r\n', '\n').trim()
  if (trimmed.length <= MOST_MESSAGE && !/[^\P{Cc}\n\t]/u.test(trimmed)) return trimmed
  throw wrong('message', `${trimmed.length} characters`, `give at most ${MOST_MESSAGE}, all of them visible`)
}

function email(param: string, value: string): string {
  const trimmed = value.trim()
  if (trimmed.length <= 254 && /^[^\s@<>"]{1,64}@[^\s@<>".]+(\.[^\s@<>".]+)*$/.test(trimmed)) return trimmed
  throw wrong(param, JSON.stringify(trimmed.slice(0, 80)), 'give an email address')
}

function code(param: string, value: string, letters: number, example: string): string {
  const upper = value.trim().toUpperCase()
  if (upper.length === letters && /^[A-Z]+$/.test(upper)) return upper
  throw wrong(
    param,
    JSON.stringify(value.slice(0, 20)),
    `give a code of ${letters} letters, such as ${example}`,
  )
}

function id(param: string, value: string): string {
  if (isUuid(value)) return value
  throw wrong(param, JSON.stringify(value.slice(0, 40)), 'give an id')
}

function date(param: string, value: string): DateText {
  if (isDate(value) && value >= '1990-01-01') return value
  throw wrong(param, JSON.stringify(value.slice(0, 20)), 'give a real date as YYYY-MM-DD')
}

function past(param: string, value: string, today: DateText): DateText {
  if (date(param, value) <= today) return value
  throw wrong(param, value, `give a day up to ${today}`)
}

function near(param: string, value: string, today: DateText): DateText {
  const [first, last] = [addDays(today, -DAYS_BEFORE), addDays(today, DAYS_AFTER)]
  if (date(param, value) >= first && value <= last) return value
  throw wrong(param, value, `give a day from ${first} to ${last}`)
}

const wrong = (param: string, value: string, remedy: string): Fault =>
  new Fault('invalid', `${param} is ${value}; ${remedy}`, { param })
