import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'

import { askView, worthView } from '../../../../src/api/offer-wire.ts'
import { wire } from '../../../../src/api/wire.ts'
import { letterOf } from '../../../../src/reports/offers/letter.ts'
import { anyContent, offerContent, PAY } from '../../../../test/support/offer-content.ts'
import type { CandidateTerms } from '../../lib/contract.ts'
import { nano, sum } from '../../lib/money.ts'
import { partsIn } from './parts.ts'
import { handedSide } from '../../lib/compare.ts'

const told = (content: ReturnType<typeof offerContent>): CandidateTerms => ({
  ...wire({
    version: 1,
    content_hash: '',
    document_sha256: null,
    candidate: { name: 'Ada' },
    position: { title: '', level: '', starts_on: content.position.startsOn },
    expires_on: content.expiresOn,
    message: '',
    currency: content.pay.currency,
    rate: content.pay.rate?.usd ?? null,
    equity: askView(content).pay.equity,
    worth: worthView(content.worth),
    examples: [],
    guarantees: [],
    questions: [],
  }),
  letter: letterOf(content),
})

test('the bars of a year add up to what it is worth at most, over random offers', () => {
  fc.assert(
    fc.property(anyContent, (content) => {
      const offer = told(content)
      for (const year of offer.worth.years)
        assert.equal(sum(partsIn(offer).map(({ of }) => of(year))), nano(year.total_cap))
    }),
  )
})

test('an offer goes into a comparison with its pay, its currency, and its hours as hours of one person', () => {
  const side = handedSide({ company: 'Demo Labs', offer: told(offerContent()) })
  assert.deepEqual(
    [side.name, side.currency, side.salary, side.bonus_amount, side.signing],
    ['Demo Labs', undefined, '245000', '36750', '30000'],
  )
  assert.deepEqual(side.equity, {
    kind: 'rsu',
    units: '4000',
    price: '41.5',
    years: ['0.25', '0.25', '0.25', '0.25'],
  })
  assert.deepEqual(
    side.compute?.map(({ kind, quantity, tier, standing }) => [kind, quantity, tier, standing]),
    [
      ['usd', '96000', undefined, 'right'],
      ['gpu_hours', '12000', 'guaranteed', 'right'],
      // What the company pays beside grants.
      ['usd', '9600', undefined, 'right'],
    ],
  )
})

test('a node counts with all its GPUs, tokens by the million, an option with its strike, euros with their rate', () => {
  const rate = { usd: '1.08', source: 'ECB', on: '2026-11-19' }
  const equity = {
    ...PAY.equity!,
    kind: 'option' as const,
    strike: 7_000_000_000n,
    volatility: '0.7',
    termYears: '6',
  }
  const content = offerContent({
    pay: { ...PAY, currency: 'EUR', rate, equity },
    lines: [
      { asset: 'NODE_SECOND/H200x8/priority', quantity: 36_000n },
      { asset: 'TOKEN/standard', quantity: 2_500_000n },
    ],
  })
  const side = handedSide({ company: 'Demo Labs', offer: told(content) })
  assert.deepEqual([side.currency, side.rate, side.equity?.strike], ['EUR', '1.08', '7'])
  assert.deepEqual(
    side.compute?.map(({ kind, quantity }) => [kind, quantity]),
    [
      ['gpu_hours', '80'],
      ['tokens', '2.5'],
      ['usd', '9600'],
    ],
  )
})
