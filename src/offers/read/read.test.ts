import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readOffer } from './read.ts'

const document = (): { why: string } => ({ why: 'no document that is known' })
const read = (text: string) => readOffer(text, { document })

test('an offer in words becomes fields, each with the characters that it was read from', () => {
  const text =
    '$400k base, 15% bonus, $1.2M RSUs over 4 years 10/20/30/40, 500 H100s shared by 40 people, $2,000/month Claude'
  const { offer, found, not_understood: missed } = read(text)
  assert.deepEqual(offer, {
    name: 'Other offer',
    salary: '400000',
    bonus: '0.15',
    equity: { kind: 'rsu', value: '1200000', years: ['0.1', '0.2', '0.3', '0.4'] },
    compute: [
      {
        kind: 'shared',
        quantity: '500',
        standing: 'best_effort',
        accelerator: 'H100',
        tier: 'guaranteed',
        people: '40',
      },
      { kind: 'usd', quantity: '2000', per: 'month', standing: 'cap', name: 'Claude' },
    ],
  })
  assert.deepEqual(missed, [])
  for (const { quote, from, to } of found) assert.equal(text.slice(from, to), quote)
})

test('what is common in offers is read', () => {
  const { offer, not_understood: missed } = read(
    `Offer from Globex: base salary $375,000; signing bonus of $50k
20,000 options at a strike price of $2.50, valued at $10, one-year cliff
A guaranteed 8-GPU H200 node. 10,000 B200 hours a year on spot and 2.5 exaFLOP-days. 3 million tokens a month`,
  )
  assert.equal(offer.name, 'Globex')
  assert.equal(offer.salary, '375000')
  assert.equal(offer.signing, '50000')
  assert.deepEqual(offer.equity, {
    kind: 'option',
    units: '20000',
    strike: '2.5',
    price: '10',
    cliff_months: '12',
  })
  const compute = offer.compute!.map(({ kind, quantity, standing, tier }) => [kind, quantity, standing, tier])
  assert.deepEqual(compute, [
    ['nodes', '1', 'right', 'guaranteed'],
    ['gpu_hours', '10000', 'cap', 'spot'],
    ['exaflop_days', '2.5', 'cap', undefined],
    ['tokens', '3', 'cap', undefined],
  ])
  assert.equal(offer.compute![0]!.gpus_per_node, '8')
  assert.deepEqual(missed, [])
})

test('what is not understood is told, and does not become a field', () => {
  const {
    offer,
    not_understood: missed,
    notes,
  } = read('$10k relocation, €90k base, 600,000 GPUs cluster, 27 unicorns')
  assert.deepEqual(missed, ['$10k relocation', '27 unicorns'])
  assert.equal(offer.currency, 'EUR')
  assert.equal(offer.compute![0]!.people, undefined)
  assert.ok(notes.some((note) => note.includes('how many people')))
  assert.ok(notes.some((note) => note.includes('EUR')))
})

/** Digits without the zeros around them: what moving a point or a size leaves alone. */
const core = (text: string): string => text.replaceAll(/[^\d]/g, '').replaceAll(/^0+|0+$/g, '')
const piece = fc.oneof(
  fc.constantFrom(
    '$',
    '€',
    'k',
    'M',
    '%',
    ' base',
    ' bonus',
    ' RSUs',
    ' options',
    ' H100',
    ' GPUs',
    ' shared by ',
    ' people',
    ' hours',
    ' node',
    '/month',
    ' a year',
    ' tokens',
    ' Claude',
    ', ',
    '. ',
    '\n',
    ' and ',
    '10/20/30/40',
    ' over ',
    ' strike ',
    ' price ',
    ' vest',
    'one',
    ' cliff',
    ' spot',
    ' years',
    ' exaFLOP-days',
    'signing ',
    '-',
    '{',
  ),
  fc.nat({ max: 2_000_000 }).map(String),
  fc.nat({ max: 999_999 }).map((n) => n.toLocaleString('en-US')),
  fc.string({ maxLength: 6 }),
)

test('whatever is pasted, nothing is thrown and no number is made up', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const text = pieces.join('')
      const { offer, found } = read(text)
      const quotes = found.map(({ quote, from, to }) => {
        assert.equal(text.slice(from, to), quote)
        return quote
      })
      const { name: _, equity, compute = [], ...pay } = offer
      const { currency: _currency, ...numbers } = pay
      const told = [
        ...Object.values(numbers),
        ...(equity ? [equity.value, equity.units, equity.price, equity.strike] : []),
        ...compute.flatMap(({ quantity, people, available }) => [quantity, people, available]),
      ].filter((one): one is string => typeof one === 'string')
      for (const number of told) {
        const words = quotes.some((quote) => core(quote).includes(core(number)))
        assert.ok(words || number === '1', `${number} of ${JSON.stringify(text)}`)
      }
    }),
    { numRuns: 500 },
  )
})

test('a long text takes no time, and one beyond the bound is told', () => {
  for (const text of [
    '1,'.repeat(30_000),
    '$1 base '.repeat(8_000),
    '10 H100 GPU '.repeat(5_000),
    ' '.repeat(64_000),
  ])
    assert.ok(read(text).found.length <= 1_000)
  assert.equal(read('x'.repeat(70_000)).not_understood.length, 1)
  assert.deepEqual(read('{"a":').not_understood, ['it begins as JSON does, but is none'])
})
