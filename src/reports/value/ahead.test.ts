import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Fault } from '#base/fault.ts'
import { startOfDay } from '#base/time.ts'
import { openHardware, type Hardware } from '#prices/hardware/hardware.ts'
import { geometricAsianCall } from '#valuation/asian.ts'
import { averageCap } from '#valuation/average-cap.ts'
import { priceBands } from '#valuation/bands.ts'
import { black76Call, black76Put } from '#valuation/black.ts'
import { bestEfficiency, bestInterval, gangMeantime, youngInterval } from '#valuation/checkpoints.ts'
import { curveForwards } from '#valuation/curve.ts'
import { chaffeDiscount, finnertyDiscount } from '#valuation/dlom.ts'
import { gbmMedian } from '#valuation/gbm.ts'
import { meantimeOfRate } from '#valuation/hazard.ts'
import { margrabe } from '#valuation/margrabe.ts'
import { mertonCall } from '#valuation/merton.ts'
import { nanoOfUsd, usdOfNano } from '#valuation/money.ts'
import { fitLogOu } from '#valuation/ou-fit.ts'
import type { PriceModel } from '#valuation/price-model.ts'
import { grantPresentValue } from '#valuation/strip.ts'
import { tokensBought } from '#valuation/tokens.ts'
import { lognormalUse, normalUse } from '#valuation/use.ts'
import { testDb, type TestDb } from '../../../test/support/database.ts'
import { testWorld } from '../../../test/support/world.ts'
import { calibrate } from './calibration.ts'
import { forward, type ForwardAsk, type Numbers } from './forward.ts'
import { rights, type RightsView } from './rights.ts'

const DAY = '2026-08-22'
const world = testWorld({ seed: 41, now: startOfDay(DAY) + 9 * 3_600_000 })

let db: TestDb
let hardware: Hardware
before(async () => {
  db = await testDb()
  hardware = await openHardware({ db, world })
})
after(() => db?.drop())

const ahead = (ask: ForwardAsk = {}, given: Numbers = {}) => forward({ hardware }, ask, given, world.now())
const around = (given: Numbers = {}) => rights(hardware, {}, given, world.now())
const nano = (usd: number): bigint => nanoOfUsd(usd, 'usd')

test('without futures and longer terms the curve is the model’s, says so, and its bands lie around it', async () => {
  const view = await ahead()
  const spot = usdOfNano(view.mark.mid)
  const model: PriceModel = {
    spot,
    deviation: 0.6 ** 2 / (4 * 6),
    reversion: 6,
    shortVolatility: 0.6,
    drift: -(0.3 ** 2) / 2,
    longVolatility: 0.3,
    correlation: 0,
    jumps: { intensity: 0, mean: -0.2, deviation: 0.35, lasting: true },
    glut: null,
  }
  assert.equal(view.curve.kind, 'model')
  assert.equal(view.curve.without.length, 2)
  assert.equal(view.points.length, 49)
  const { prices } = curveForwards({ kind: 'model', model }, 48)
  const bands = priceBands({ model, months: 48, seed: 20_261_122, blocks: 2 })
  for (const [month, { expected, p5, p50, p95 }] of view.points.entries()) {
    assert.equal(expected, nano(prices[month]!))
    if (month === 0) continue
    assert.ok(p5 < p50 && p50 < p95, `month ${month}`)
    near(p5, bands[month]!.p5)
    near(p95, bands[month]!.p95)
  }
  const even = { hours: 10_000, months: 48, utilization: 1, rate: 0.045, hazard: 0, cliff: 0 }
  assert.equal(view.strip.value, nano(grantPresentValue(even, model)))
  assert.equal(view.strip.by_model, view.strip.value)
  assert.ok(view.strip.p5 < view.strip.p50 && view.strip.p50 < view.strip.p95)
  assert.ok(view.calibration.weak && view.calibration.reasons.length > 0)
})

/** The spread is scaled by a ratio of two equal numbers: the last digits alone may differ. */
function near(amount: bigint, usd: number): void {
  assert.ok(Math.abs(usdOfNano(amount) / usd - 1) < 1e-9, `${amount} is ${usd} dollars`)
}

test('where months in a row have prices of their own, the model is fitted on them alone, and says how weakly', async () => {
  const of = { accelerator: 'H100', basis: 'list' } as const
  const { prices, fit } = await calibrate(hardware, of, world.now())
  assert.deepEqual(fit, fitLogOu(prices, 1 / 12))
  assert.ok(fit && prices.length >= 12)
  const view = await ahead(of)
  const { fitted, months, from, to } = view.calibration
  assert.equal(fitted?.level, nano(fit.level))
  assert.equal(months, prices.length)
  assert.ok(from! < to! && to! <= DAY)
  const reversion = view.numbers.find(({ name }) => name === 'reversion')!
  assert.deepEqual([reversion.from, reversion.value], ['fitted', String(Number(fit.reversion.toFixed(4)))])
  assert.deepEqual(view.calibration.reasons, fit.reasons)
  const changed = await ahead(of, { reversion: '12' })
  assert.equal(changed.numbers.find(({ name }) => name === 'reversion')!.from, 'given')
  assert.equal(changed.half_life_years, Math.LN2 / 12)
  // Another chip’s months, scaled, are not months of its own.
  const scaled = await calibrate(hardware, { accelerator: 'H200', basis: 'list' }, world.now())
  assert.equal(scaled.fit, null)
})

test('what is traded goes before longer terms, those before the model; each is told as it is', async () => {
  const futures = [
    { years: 1, price: 2.4 },
    { years: 2, price: 2.1 },
  ]
  const rates = [
    { years: 1, rate: 2.2 },
    { years: 3, rate: 1.9 },
  ]
  const traded = await ahead({ futures: '1:2.4,2:2.1', terms: '1:2.2,3:1.9' })
  assert.equal(traded.curve.kind, 'futures')
  assert.equal(traded.curve.told, 24)
  const told = curveForwards({ kind: 'futures', points: futures }, 48).prices
  assert.deepEqual(
    traded.points.map(({ expected }) => expected),
    Array.from(told, nano),
  )
  const committed = await ahead({ terms: '1:2.2, 3:1.9' })
  assert.equal(committed.curve.kind, 'terms')
  assert.deepEqual(
    committed.points.map(({ expected }) => expected),
    Array.from(curveForwards({ kind: 'terms', rates, interest: 0.045 }, 48).prices, nano),
  )
  const flat = await ahead({ curve: 'flat', futures: '1:2.4' }, { drift: '-0.2' })
  assert.ok(flat.points.every(({ expected }) => expected === flat.mark.mid))
})

test('stored offers for longer terms make the curve, the median of each term, the last sighting of each', async () => {
  const table = [
    'provider,accelerator,form,tier,region,term_months,usd_per_hour,gpus,offer,effective_from,observed_at,source,licence,note',
    ...[
      ['one', 12, '2.00', '2026-07-01'],
      ['one', 12, '3.00', '2026-08-01'],
      ['two', 12, '4.00', '2026-08-01'],
      ['one', 36, '2.50', '2026-08-01'],
    ].map(
      ([who, term, usd, seen]) => `${who},GH200,,reserved,,${term},${usd},1,,${seen},${seen},a test,fact,`,
    ),
  ].join('\n')
  await hardware.importTable(table, { name: 'terms.csv', by: 'test' })
  const view = await ahead({ accelerator: 'GH200' })
  assert.equal(view.curve.kind, 'terms')
  assert.deepEqual(view.curve.points, [
    { years: 1, price: 3_500_000_000n },
    { years: 3, price: 2_500_000_000n },
  ])
})

test('more paths than a request should wait for run on threads, around the same closed form', async () => {
  const [few, many] = [await ahead({}, { blocks: '2' }), await ahead({}, { blocks: '6' })]
  assert.equal(many.strip.paths, 60_000)
  assert.equal(few.strip.value, many.strip.value)
  assert.ok(Math.abs(usdOfNano(many.strip.p50) / usdOfNano(few.strip.p50) - 1) < 0.02)
})

const rightOf = (view: RightsView, id: string) => view.rights.find((one) => one.id === id)!

test('each right is its closed form, called directly, for an hour and for all of them', async () => {
  const given = { years: '2', strike: '1.1', drift: '-0.1', hours: '5000', jump_size: '-0.3' }
  const view = await around(given)
  const spot = usdOfNano(view.mark.mid)
  const strike = spot * 1.1
  const option = { strike, volatility: 0.6, years: 2 }
  const black = { ...option, forward: spot * Math.exp(-0.1 * 2), rate: 0.045 }
  const waiting = Math.exp((-0.1 - 0.045) * 2)
  const jumps = { intensity: 0.75, mean: -0.3, deviation: 0.35 }
  const average = { ...option, spot, rate: -0.1, fixings: 12 }
  const mean = averageCap(average, { seed: 20_261_123, blocks: 2 })
  const one: readonly (readonly [string, number])[] = [
    ['cap', black76Call(black)],
    ['floor', black76Put(black)],
    ['jump_cap', mertonCall({ ...option, spot, rate: -0.1, jumps }) * waiting],
    ['average_cap', mean.mean * waiting],
  ]
  for (const [id, usd] of one) {
    assert.equal(rightOf(view, id).an_hour, nano(usd), id)
    assert.equal(rightOf(view, id).total, nano(usd * 5_000), id)
  }
  const { beside, error } = rightOf(view, 'average_cap')
  assert.equal(beside!.an_hour, nano(geometricAsianCall(average) * waiting))
  assert.ok(beside!.an_hour < rightOf(view, 'average_cap').an_hour && error! > 0n)

  const hours = { value: 5_000 * spot, volatility: 0.6, decay: 0.045 + 0.1 }
  const shares = { value: usdOfNano(view.shares.value), volatility: 0.5, decay: 0 }
  for (const [id, gets, gives] of [
    ['to_hours', hours, shares],
    ['to_shares', shares, hours],
  ] as const)
    near(rightOf(view, id).total, margrabe({ gets, gives, correlation: 0.3, years: 2 }))
  near(view.shares.value, 150 * 180 * (1 - 0.12) ** 2)
  near(view.shares.p50, 150 * gbmMedian({ spot: 180, drift: 0.045, volatility: 0.5 }, 2))
})

test('cap less floor is what the forward is above the agreed price, and without jumps both caps are one', async () => {
  const view = await around({ jumps: '0', strike: '0.9', drift: '0.05' })
  const [cap, floor] = [rightOf(view, 'cap').an_hour, rightOf(view, 'floor').an_hour]
  const parity = (usdOfNano(view.forward) - usdOfNano(view.strike)) * Math.exp(-0.045)
  assert.ok(Math.abs(usdOfNano(cap - floor) - parity) < 1e-8)
  near(rightOf(view, 'jump_cap').an_hour, usdOfNano(cap))
})

test('lock-up, interruptions and tokens are their closed forms, and nothing interrupted is no infinity', async () => {
  const view = await around({ interrupted: '0.2', token_fall: '0.7', available: '0.9' })
  const lock = { volatility: 0.6, years: 1 }
  assert.equal(view.lock_up.chaffe.share, chaffeDiscount({ ...lock, rate: 0.045 }))
  assert.equal(view.lock_up.finnerty.share, finnertyDiscount({ ...lock, dividend: 0 }))
  const meantime = gangMeantime(meantimeOfRate(0.2), 8)
  const failures = { meantime, checkpoint: 1 / 60, restart: 5 / 60 }
  assert.equal(view.interruptions.job_meantime, meantime)
  assert.equal(view.interruptions.save_every, bestInterval(failures) * 60)
  assert.equal(view.interruptions.thumb, youngInterval(failures) * 60)
  assert.equal(view.interruptions.effective_hours, 10_000 * 0.9 * bestEfficiency(failures))
  const bought = tokensBought({ budget: 150_000, price: 3e-6, fall: 0.7, years: 1 })
  assert.equal(view.tokens.bought, String(BigInt(Math.floor(bought))))
  near(view.tokens.used, lognormalUse({ mean: 60_000, variation: 0.8 }, 150_000))
  near(view.tokens.used_even, normalUse({ mean: 60_000, deviation: 48_000 }, 150_000))
  const never = await around({ interrupted: '0' })
  assert.deepEqual(never.interruptions, {
    meantime: null,
    job_meantime: null,
    save_every: null,
    thumb: null,
    efficiency: 1,
    effective_hours: 10_000,
  })
})

test('every number may stand at either of its bounds, and what is refused names field, value and remedy', async () => {
  const { numbers } = await around()
  for (const { name, least, most } of numbers)
    for (const value of [least, most]) {
      const view = await around({ [name]: value })
      assert.ok(
        view.rights.every(({ total }) => total >= 0n),
        `${name} ${value}`,
      )
    }
  const refused = (work: Promise<unknown>, param: string, message: RegExp) =>
    assert.rejects(work, (error) => {
      assert.ok(error instanceof Fault && error.code === 'invalid', String(error))
      assert.equal(error.param, param)
      assert.match(error.message, message)
      return true
    })
  await refused(around({ volatility: '9' }), 'volatility', /volatility is "9"; give a number from 0 to 3/)
  await refused(around({ fixings: '2.5' }), 'fixings', /fixings is 2.5; give a whole number/)
  await refused(around({ colour: '1' }), 'colour', /colour is no number here; give one of hours/)
  await refused(ahead({}, { months: '0' }), 'months', /months is "0"; give a number from 1 to 120/)
  await refused(ahead({}, { drift: 'up' }), 'drift', /drift is "up"/)
  await refused(ahead({ curve: 'round' }), 'curve', /give one of futures, terms, model, flat/)
  await refused(ahead({ curve: 'futures' }), 'curve', /give them as years:dollars/)
  await refused(ahead({ futures: '1:2,1:3' }), 'futures', /years that go up/)
  await refused(ahead({ terms: '2.50' }), 'terms', /such as 1:2.30,3:1.90/)
  await refused(ahead({ basis: 'fair' }), 'basis', /give one of list/)
})
