import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { OfferAsk } from '../../lib/contract.ts'
import { askOf } from './ask.ts'
import { bandsAsk, bandsDraft } from './bands.ts'
import { BENEFIT, blank, draftOf, EQUITY } from './draft.ts'
import type { Counted } from './draft.ts'
import { missing } from './missing.ts'
import { forPreview, unfinished } from './unfinished.ts'

const TODAY = '2027-01-04'
const TEMPLATES: readonly Counted[] = [
  { id: 't-usd', denomination: 'usd' },
  { id: 't-gpu', denomination: 'gpu_hour' },
]

const ASK: OfferAsk = {
  candidate: { name: 'Grace Hopper', email: 'grace@example.com', country: 'DE' },
  position: {
    title: 'Research engineer',
    level: 'IC5',
    family: 'Research',
    entity_id: 'house',
    manager_id: null,
    starts_on: '2027-03-01',
  },
  pay: {
    currency: 'EUR',
    rate: { usd: '1.085', source: 'ECB', on: '2027-01-02' },
    salary: '145000500000000',
    bonus: { kind: 'share', share: '0.125' },
    signing: '20000000000000',
    equity: {
      kind: 'option',
      units: '12000',
      price: '8500000000',
      source: 'Appraisal',
      as_of: '2026-12-31',
      years: ['0.05', '0.15', '0.4', '0.4'],
      strike: '2100000000',
      volatility: '0.655',
      term_years: '6.5',
    },
    compute: [
      { template_id: 't-usd', quantity: '24000000000000', name: 'Signing grant' },
      { template_id: 't-gpu', quantity: '5400000', name: null },
      { template_id: 't-gpu', quantity: null, name: null },
    ],
    benefits: [{ kind: 'seat', name: 'Assistant', monthly_usd: '200500000000', months: 24 }],
  },
  basis: 'index',
  expires_on: '2027-01-18',
  message: 'Welcome.',
}

test('a draft that is opened and saved untouched asks for exactly what it was', () => {
  assert.deepEqual(askOf(draftOf(ASK, null, TEMPLATES, TODAY), TEMPLATES), ASK)
  const plain: OfferAsk = {
    ...ASK,
    pay: {
      ...ASK.pay,
      currency: 'USD',
      rate: null,
      bonus: { kind: 'amount', amount: '1000000000' },
      signing: '0',
      equity: null,
    },
  }
  assert.deepEqual(askOf(draftOf(plain, null, TEMPLATES, TODAY), TEMPLATES), plain)
})

test('amounts are read as people write them, and what cannot be read goes as it stands', () => {
  const draft = {
    ...blank('2027-03-01', '2027-01-18', TODAY),
    salary: '$180,000.50',
    signing: 'a lot',
    bonus: { kind: 'share', percent: '12.5', amount: '' },
    equity: { ...EQUITY(TODAY), units: '1,200', price: '8.5' },
    compute: [{ template: 't-gpu', quantity: '1,500.5', name: ' ' }],
  } as const
  const { pay } = askOf(draft, TEMPLATES)
  assert.equal(pay.salary, '180000500000000')
  assert.equal(pay.signing, 'a lot')
  assert.deepEqual(pay.bonus, { kind: 'share', share: '0.125' })
  assert.equal(pay.equity?.units, '1200')
  assert.deepEqual(pay.compute, [{ template_id: 't-gpu', quantity: '5401800', name: null }])
})

test('the letter can be read before its candidate is named, and nothing that was made up is kept', () => {
  const draft = { ...blank('2027-03-01', '2027-01-18', TODAY), entity: 'house', country: 'US' }
  const ask = askOf(draft, TEMPLATES)
  assert.equal(missing(draft), null)
  assert.equal(ask.candidate.name, '')
  assert.equal(forPreview(ask).candidate.name, 'the candidate')
  assert.equal(unfinished(ask), 'Still to give: a name, an email address, a title, a level and a salary.')
  assert.equal(unfinished({ ...ask, ...ASK, pay: ask.pay }), 'Still to give: a salary.')
  assert.deepEqual(forPreview(askOf(draftOf(ASK, null, TEMPLATES, TODAY), TEMPLATES)), ASK)
})

test('a form without employer, days or template says what to give before anything is asked of the server', () => {
  const draft = blank('2027-03-01', '2027-01-18', TODAY)
  assert.match(missing(draft) ?? '', /who will employ/)
  const placed = { ...draft, entity: 'house' }
  assert.equal(missing(placed), null)
  assert.match(missing({ ...placed, expiresOn: '' }) ?? '', /last day/)
  const euro = { ...placed, currency: 'EUR' }
  assert.match(missing(euro) ?? '', /how many dollars one EUR is/)
  assert.equal(missing({ ...euro, rate: { ...euro.rate, usd: '1.1', source: 'ECB' } }), null)
  assert.match(missing({ ...placed, equity: EQUITY(TODAY) }) ?? '', /how many shares/)
  assert.match(missing({ ...placed, benefits: [BENEFIT] }) ?? '', /beside the grants/)
  const open = { template: '', quantity: '', name: '' }
  assert.match(missing({ ...placed, compute: [{ ...open, template: 't-usd' }, open] }) ?? '', /grant 2/)
})

test('bands that are opened and saved untouched are the same bands', () => {
  const bands = {
    bands: [
      {
        level: 'IC5',
        family: '',
        salary: { min: '150000000000000', max: '210000000000000', currency: 'EUR' },
        compute: { min: '0', max: '250000000000000' },
      },
      { level: 'IC6', family: 'Research', salary: null, compute: null },
    ],
    budget: [{ year: 2027, compute: '2000000500000000' }],
  }
  assert.deepEqual(bandsAsk(bandsDraft({ ...bands, version: 3 })), bands)
})
