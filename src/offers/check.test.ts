import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '#base/fault.ts'
import { askFromJson } from './ask-json.ts'
import { checkAsk, checkOpen, MOST_LINES, MOST_MONEY } from './check.ts'
import type { Equity, OfferAsk, Pay } from './offer.ts'
import { toJson } from '#base/json.ts'

const TODAY = '2026-01-15'
const ID = '01890000-0000-7000-8000-000000000001'

const option: Equity = {
  kind: 'option',
  units: 1_000n,
  price: 20_000_000_000n,
  source: '409A of January',
  asOf: '2026-01-01',
  years: ['0.25', '0.25', '0.25', '0.25'],
  strike: 10_000_000_000n,
  volatility: '0.6',
  termYears: '6',
}
const pay: Pay = {
  currency: 'EUR',
  rate: { usd: '1.08', source: 'ECB', on: '2026-01-14' },
  salary: 100_000_000_000_000n,
  bonus: { kind: 'share', share: '0.1' },
  signing: 0n,
  equity: option,
  compute: [{ template: ID, quantity: 1n, name: 'Signing' }],
  benefits: [{ kind: 'seat', name: 'Claude', monthlyUsd: 200_000_000_000n, months: 48 }],
}
const good: OfferAsk = {
  candidate: { name: 'Ada Lovelace', email: 'ada@example.test', country: 'DE' },
  position: {
    title: 'Researcher',
    level: 'IC4',
    family: '',
    entity: ID,
    managerId: ID,
    startsOn: '2026-03-01',
  },
  pay,
  basis: 'index',
  expiresOn: '2026-01-31',
  message: 'Dear Ada,\n\nwelcome.',
}

test('a good offer is taken as it is, without the space around its texts', () => {
  assert.deepEqual(checkAsk(good, TODAY), good)
  const spaced = { ...good, candidate: { ...good.candidate, name: '  Ada Lovelace ', country: 'de' } }
  assert.deepEqual(checkAsk(spaced, TODAY), good)
  assert.deepEqual(askFromJson(JSON.parse(toJson(good))), good)
})

const withPay = (more: Partial<Pay>): OfferAsk => ({ ...good, pay: { ...pay, ...more } })
const withEquity = (more: object): OfferAsk => withPay({ equity: { ...option, ...more } })
const candidate = (more: object): OfferAsk => ({ ...good, candidate: { ...good.candidate, ...more } })
const position = (more: object): OfferAsk => ({ ...good, position: { ...good.position, ...more } })
const seat = pay.benefits[0]!
const line = pay.compute[0]!

/** Each with the field that is refused. */
const BAD: readonly (readonly [string, OfferAsk])[] = [
  ['candidate.name', candidate({ name: ' ' })],
  ['candidate.name', candidate({ name: 'A\u0007da' })],
  ['candidate.email', candidate({ email: 'ada' })],
  ['candidate.email', candidate({ email: `${'a'.repeat(250)}@x.de` })],
  ['candidate.country', candidate({ country: 'Germany' })],
  ['position.title', position({ title: '' })],
  ['position.level', position({ level: 'x'.repeat(41) })],
  ['position.family', position({ family: 'x'.repeat(81) })],
  ['position.entity_id', position({ entity: 'Perq GmbH' })],
  ['position.manager_id', position({ managerId: '' })],
  ['position.starts_on', position({ startsOn: '2026-02-30' })],
  ['position.starts_on', position({ startsOn: '2036-02-01' })],
  ['position.starts_on', position({ startsOn: '2020-02-01' })],
  ['expires_on', { ...good, expiresOn: 'soon' }],
  ['message', { ...good, message: 'x'.repeat(4_001) }],
  ['message', { ...good, message: 'a\u0000b' }],
  ['pay.currency', withPay({ currency: 'Euro' })],
  ['pay.rate', withPay({ rate: null })],
  ['pay.rate', withPay({ currency: 'USD' })],
  ['pay.rate.usd', withPay({ rate: { usd: '0', source: 'ECB', on: TODAY } })],
  ['pay.rate.usd', withPay({ rate: { usd: '-1', source: 'ECB', on: TODAY } })],
  ['pay.rate.usd', withPay({ rate: { usd: '1e3', source: 'ECB', on: TODAY } })],
  ['pay.rate.source', withPay({ rate: { usd: '1.1', source: '', on: TODAY } })],
  ['pay.rate.on', withPay({ rate: { usd: '1.1', source: 'ECB', on: '2026-01-16' } })],
  ['pay.salary', withPay({ salary: -1n })],
  ['pay.salary', withPay({ salary: MOST_MONEY + 1n })],
  ['pay.signing', withPay({ signing: -1n })],
  ['pay.bonus.share', withPay({ bonus: { kind: 'share', share: '11' } })],
  ['pay.bonus.share', withPay({ bonus: { kind: 'share', share: 'a tenth' } })],
  ['pay.bonus.amount', withPay({ bonus: { kind: 'amount', amount: -1n } })],
  ['pay.equity.units', withEquity({ units: 0n })],
  ['pay.equity.units', withEquity({ units: 10n ** 12n, price: MOST_MONEY })],
  ['pay.equity.price', withEquity({ price: 0n })],
  ['pay.equity.source', withEquity({ source: '' })],
  ['pay.equity.as_of', withEquity({ asOf: '2026-13-01' })],
  ['pay.equity.years', withEquity({ years: [] })],
  ['pay.equity.years', withEquity({ years: ['0.5', '0.4'] })],
  ['pay.equity.years', withEquity({ years: ['0.3333', '0.3333', '0.3333'] })],
  ['pay.equity.years', withEquity({ years: Array.from({ length: 11 }, () => '0.1') })],
  ['pay.equity.years[1]', withEquity({ years: ['1.5', '-0.5'] })],
  ['pay.equity.strike', withEquity({ strike: 0n })],
  ['pay.equity.volatility', withEquity({ volatility: '0' })],
  ['pay.equity.term_years', withEquity({ termYears: '31' })],
  ['pay.compute', withPay({ compute: Array.from({ length: MOST_LINES + 1 }, () => line) })],
  ['pay.compute[0].template_id', withPay({ compute: [{ ...line, template: 'signing' }] })],
  ['pay.compute[1].quantity', withPay({ compute: [line, { ...line, quantity: 0n }] })],
  ['pay.compute[0].quantity', withPay({ compute: [{ ...line, quantity: 2n ** 63n }] })],
  ['pay.compute[0].name', withPay({ compute: [{ ...line, name: ' ' }] })],
  ['pay.benefits', withPay({ benefits: Array.from({ length: MOST_LINES + 1 }, () => seat) })],
  ['pay.benefits[0].name', withPay({ benefits: [{ ...seat, name: '' }] })],
  ['pay.benefits[0].monthly_usd', withPay({ benefits: [{ ...seat, monthlyUsd: -1n }] })],
  ['pay.benefits[0].months', withPay({ benefits: [{ ...seat, months: 121 }] })],
  ['pay.benefits[0].months', withPay({ benefits: [{ ...seat, months: 1.5 }] })],
]

test('each field that cannot be used is refused by its name, with its value and what to give instead', () => {
  for (const [param, ask] of BAD)
    assert.throws(
      () => checkAsk(ask, TODAY),
      (error) => {
        assert.ok(error instanceof Fault, param)
        assert.deepEqual([error.code, error.param], ['invalid', param])
        assert.ok(error.message.startsWith(`${param} is `) && error.message.includes('; '), error.message)
        return true
      },
    )
})

test('dollars need no rate, and an offer can be answered on its last day', () => {
  const dollars = withPay({ currency: 'USD', rate: null, equity: null })
  assert.equal(checkAsk(dollars, TODAY).pay.rate, null)
  checkOpen(TODAY, TODAY)
  assert.throws(() => checkOpen('2026-01-14', TODAY), { code: 'invalid', param: 'expires_on' })
})
