import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { Fault } from '#base/fault.ts'
import { startOfDay } from '#base/time.ts'
import type { CompareAsk, ComputeItem, SideAsk } from '#offers/compare/ask.ts'
import { openExchange, type Exchange } from '#prices/exchanges.ts'
import { openHardware } from '#prices/hardware/hardware.ts'
import { testDb, type TestDb } from '../../../test/support/database.ts'
import { testWorld } from '../../../test/support/world.ts'
import { openCompareOffers, type CompareOffers } from './compare.ts'

const world = testWorld({ seed: 8, now: startOfDay('2026-08-22') + 9 * 3_600_000 })
let db: TestDb
let exchange: Exchange
let compare: CompareOffers
before(async () => {
  db = await testDb()
  exchange = await openExchange({ db, world })
  await exchange.load()
  compare = openCompareOffers({ hardware: await openHardware({ db, world }), exchange })
})
after(async () => {
  await exchange?.close()
  await db?.drop()
})
const told = (ask: CompareAsk) => compare(ask, world.now())

const money = fc.nat({ max: 900_000 }).map(String)
const shareText = fc.constantFrom('0', '0.1', '0.25', '1/3', '0.5', '1')
const item: fc.Arbitrary<ComputeItem> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('usd', 'gpu_hours', 'nodes', 'seats', 'tokens'),
    quantity: fc.nat({ max: 5_000 }).map(String),
    standing: fc.constantFrom('right', 'cap'),
    accelerator: fc.constantFrom('H100-SXM', 'B200'),
    price: fc.constant('30'),
    used: shareText,
  }) as fc.Arbitrary<ComputeItem>,
  fc.record({
    kind: fc.constant('shared'),
    quantity: fc.nat({ max: 600_000 }).map(String),
    people: fc.integer({ min: 1, max: 50_000 }).map(String),
    available: shareText,
  }) as fc.Arbitrary<ComputeItem>,
)
const side = (name: string): fc.Arbitrary<SideAsk> =>
  fc.record({
    name: fc.constant(name),
    salary: money,
    bonus: shareText,
    signing: money,
    equity: fc.option(
      fc.record({
        kind: fc.constant('rsu' as const),
        value: money,
        years: fc.constant(['0.1', '0.2', '0.3', '0.4']),
      }),
    ),
    compute: fc.array(item, { maxLength: 3 }),
  })

test('offers come to the same in whatever order they stand, and every total is the sum of its parts', async () => {
  await fc.assert(
    fc.asyncProperty(side('A'), side('B'), async (a, b) => {
      const [ab, ba] = [await told({ offers: [a, b] }), await told({ offers: [b, a] })]
      assert.deepEqual(ab.offers, ba.offers.toReversed())
      assert.equal(ab.differences[0]!.total.total_expected, -ba.differences[0]!.total.total_expected)
      assert.deepEqual(ab.differences[0]!.break_even.price, ba.differences[0]!.break_even.price)
      for (const { years, total, items } of ab.offers) {
        for (const year of years) {
          const rest = year.salary + year.bonus + year.signing + year.equity
          assert.equal(year.total_cap, rest + year.compute_cap)
          assert.equal(year.total_expected, rest + year.compute_expected)
          assert.equal(
            year.compute_cap,
            items.reduce((sum, one) => sum + one.years[year.year - 1]!.cap, 0n),
          )
          assert.ok(year.compute_expected <= year.compute_cap)
        }
        assert.equal(
          total.total_cap,
          years.reduce((sum, year) => sum + year.total_cap, 0n),
        )
      }
    }),
    { numRuns: 5 },
  )
})

test('twice the GPUs among twice the people are the same hours, and half of the people have twice as many', async () => {
  const pool = (quantity: string, people: string): SideAsk => ({
    name: `${quantity} ${people}`,
    compute: [{ kind: 'shared', quantity, people, available: '0.9' }],
  })
  const { offers } = await told({ offers: [pool('500', '40'), pool('1000', '80'), pool('500', '20')] })
  const [one, two, half] = offers.map(({ items }) => Number(items[0]!.hours!.total))
  // 500 × 8,760 × 0.9 / 40 a year.
  assert.equal(one, 4 * 98_550)
  assert.equal(two, one)
  assert.equal(half, 2 * one!)
})

test('at its break-even price an hour makes both offers worth the same', async () => {
  const offers = [
    { name: 'Cash', salary: '210000' },
    { name: 'Hours', salary: '200000', compute: [{ kind: 'gpu_hours' as const, quantity: '10000' }] },
  ]
  const [difference] = (await told({ offers })).differences
  const { price, now } = difference!.break_even
  assert.ok(price !== null && now !== null)
  const { offers: sides } = await told({ offers })
  const hours = sides[1]!.today.compute!.mean
  const cash = sides[0]!.today.all.mean - sides[1]!.today.cash
  assert.ok(Math.abs((Number(hours) * Number(price)) / Number(now) / Number(cash) - 1) < 1e-6)
})

test('every number that went in is told with its bounds and its source, and a changed one is taken', async () => {
  const offers: SideAsk[] = [
    { name: 'A', compute: [{ kind: 'shared', quantity: '500', people: '40', available: '0.2' }] },
    { name: 'B', salary: '1' },
  ]
  const { numbers } = await told({ offers, assumptions: { used: '0.5', drift: '-0.2' } })
  for (const { says, source, least, most } of numbers)
    assert.ok(says !== '' && source !== '' && least !== '' && most !== '')
  const at = new Map(numbers.map((one) => [one.path, one]))
  assert.equal(at.get('assumptions.used')!.value, '0.5')
  assert.equal(at.get('offers.0.compute.0.used')!.value, '0.5')
  assert.equal(at.get('offers.0.compute.0.available')!.given, true)
  assert.equal(at.get('offers.0.compute.0.uncertainty')!.given, false)
})

test('what nobody can price is in no sum and says why; what cannot be used is refused by its path', async () => {
  const { offers } = await told({
    offers: [
      {
        name: 'A',
        compute: [
          { kind: 'shared', quantity: '500' },
          { kind: 'gpu_hours', quantity: '5', accelerator: 'Abacus' },
        ],
      },
      { name: 'B' },
    ],
  })
  assert.equal(offers[0]!.total.compute_cap, 0n)
  assert.match(offers[0]!.items[0]!.reason!, /how many people/)
  assert.match(offers[0]!.items[1]!.reason!, /Abacus/)
  const refused = async (ask: CompareAsk, param: string): Promise<void> => {
    await assert.rejects(
      told(ask),
      (error) => error instanceof Fault && error.code === 'invalid' && error.param === param,
    )
  }
  const a = (more: Partial<SideAsk>): CompareAsk => ({ offers: [{ name: 'A', ...more }, { name: 'B' }] })
  await refused(a({ currency: 'EUR' }), 'offers.0.rate')
  await refused(a({ equity: { kind: 'rsu', value: '1', years: ['0.6', '0.6'] } }), 'offers.0.equity.years')
  await refused(a({ equity: { kind: 'option', units: '1', strike: '2' } }), 'offers.0.equity.price')
  await refused(a({ compute: [{ kind: 'usd', quantity: '-1' }] }), 'offers.0.compute.0.quantity')
  await refused(
    a({ compute: [{ kind: 'gpu_hours', quantity: '1', accelerator: 'a b' }] }),
    'offers.0.compute.0.accelerator',
  )
  await refused({ offers: [{ name: 'A' }], assumptions: { nonsense: '1' } }, 'assumptions.nonsense')
})

test('shares that come late are worth less today than those that come early, and a cliff takes from who leaves', async () => {
  const of = (name: string, years: string[], cliff = '0'): SideAsk => ({
    name,
    equity: { kind: 'rsu', value: '400000', years, cliff_months: cliff },
  })
  const { offers } = await told({
    offers: [
      of('early', ['0.4', '0.3', '0.2', '0.1']),
      of('late', ['0.1', '0.2', '0.3', '0.4']),
      of('even', ['0.25', '0.25', '0.25', '0.25']),
      of('cliff', ['0.25', '0.25', '0.25', '0.25'], '24'),
    ],
  })
  const [early, late, even, cliff] = offers.map(({ today }) => today.equity!.mean)
  assert.ok(early! > even! && even! > late! && even! > cliff!)
  assert.deepEqual(
    offers[3]!.years.map((year) => year.equity / 1_000_000_000n),
    [0n, 200_000n, 100_000n, 100_000n],
  )
})
