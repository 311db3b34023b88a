import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { integral, normalMean } from '../../test/support/integral.ts'
import { near } from '../../test/support/near.ts'
import {
  bestEfficiency,
  bestInterval,
  checkpointEfficiency,
  gangMeantime,
  youngInterval,
} from './checkpoints.ts'
import { expectedUse } from './demand.ts'
import { effectiveHours, vestedFraction } from './entitlement.ts'
import { meantimeOfRate } from './hazard.ts'
import { rsuValue } from './rsu.ts'
import { tokensBought } from './tokens.ts'
import { lognormalUse, normalUse } from './use.ts'

const between = (min: number, max: number) => fc.double({ min, max, noNaN: true })
const failures = fc.record({
  meantime: between(1_000, 1e7),
  checkpoint: between(1, 600),
  restart: between(0, 900),
})

test('16,384 accelerators save best every 1116.2964 s', () => {
  const meantime = gangMeantime((16_384 * 54 * 24 * 3_600) / 419, 16_384)
  near(bestInterval({ meantime, checkpoint: 60, restart: 300 }), 1116.2964, { absolute: 5e-5 })
})

test('no interval is better than the best one, and there the efficiency is level', () => {
  fc.assert(
    fc.property(failures, between(0.02, 50), (f, factor) => {
      const best = bestInterval(f)
      assert.ok(checkpointEfficiency(f, best * factor) <= bestEfficiency(f) * (1 + 1e-12))
      const [less, more] = [checkpointEfficiency(f, best * 0.999), checkpointEfficiency(f, best * 1.001)]
      near(less, more, { relative: 1e-5 })
    }),
  )
})

test('the efficiency is work over the mean time that failures make of it', () => {
  const f = { meantime: 9_000, checkpoint: 60, restart: 300 }
  const need = 1_800 + f.checkpoint
  // E T for a run of `need` that starts anew at each failure: wait for the failure or the end, then restart under failures too.
  const density = (t: number): number => Math.exp(-t / f.meantime) / f.meantime
  const anew = (length: number): number => {
    const fails = integral(density, 0, length)
    const lost = integral((t) => t * density(t), 0, length)
    return (lost + length * (1 - fails)) / (1 - fails)
  }
  // A segment and, after each of its failures, a restart that itself may fail.
  const failed = integral(density, 0, need) / (1 - integral(density, 0, need))
  near(checkpointEfficiency(f, 1_800), 1_800 / (anew(need) + failed * anew(f.restart)), { relative: 1e-9 })
})

test('Young is near Daly when a checkpoint is short beside the time between failures', () => {
  near(
    youngInterval({ meantime: 1e6, checkpoint: 1, restart: 0 }),
    bestInterval({ meantime: 1e6, checkpoint: 1, restart: 0 }),
    { relative: 1e-3 },
  )
  // √(2CM) - C/3 …
  fc.assert(
    fc.property(failures, (f) => {
      const young = youngInterval(f)
      near(bestInterval(f), young - (2 / 3) * f.checkpoint + (f.checkpoint * young) / (18 * f.meantime), {
        relative: 2e-2,
      })
    }),
  )
  assert.equal(bestInterval({ meantime: 100, checkpoint: 0, restart: 0 }), 0)
  near(checkpointEfficiency({ meantime: 100, checkpoint: 0, restart: 50 }, 0), Math.exp(-0.5))
  near(checkpointEfficiency({ meantime: 1e15, checkpoint: 60, restart: 0 }, 540), 0.9)
})

test('effective hours are a share of the hours, and linear in them', () => {
  near(effectiveHours({ hours: 10_000, availability: 0.995, efficiency: 0.9 }), 8_955)
  fc.assert(
    fc.property(between(0, 1e6), between(0, 1), between(0, 1), (hours, availability, efficiency) => {
      const effective = effectiveHours({ hours, availability, efficiency })
      assert.ok(effective <= hours)
      near(effectiveHours({ hours: 2 * hours, availability, efficiency }), 2 * effective)
    }),
  )
})

test('who stays vests: all without leaving, less with more of it, nothing by the cliff but what comes later', () => {
  const tranches = Array.from({ length: 48 }, (_, i) => ({ share: 1 / 48, years: (i + 1) / 12 }))
  near(vestedFraction(tranches, { hazard: 0, cliff: 1 }), 1)
  fc.assert(
    fc.property(between(0, 2), between(0, 2), between(0, 3), (hazard, more, cliff) => {
      const vested = vestedFraction(tranches, { hazard, cliff })
      assert.ok(vested <= 1 + 1e-12 && vested > 0)
      assert.ok(vestedFraction(tranches, { hazard: hazard + more, cliff }) <= vested + 1e-12)
      assert.ok(vestedFraction(tranches, { hazard, cliff: cliff + more }) <= vested + 1e-12)
      // The chance of each part: no leaving in an exponential time up to its vesting.
      const chance = tranches.reduce(
        (sum, { share, years }) =>
          sum + share * (1 - integral((t) => hazard * Math.exp(-hazard * t), 0, Math.max(years, cliff), 4)),
        0,
      )
      near(vested, chance, { relative: 1e-10 })
    }),
    { numRuns: 30 },
  )
})

const demands = fc.record({ mean: between(1, 5_000), variation: between(0.05, 3) })

test('expected use of a cap is the mean of the smaller of demand and cap', () => {
  fc.assert(
    fc.property(demands, between(1, 20_000), (demand, cap) => {
      const s = Math.sqrt(Math.log(1 + demand.variation ** 2))
      const m = Math.log(demand.mean) - (s * s) / 2
      const mean = normalMean((z) => Math.min(Math.exp(m + s * z), cap), [(Math.log(cap) - m) / s])
      near(lognormalUse(demand, cap), mean, { relative: 1e-10 })
      const deviation = demand.mean * demand.variation
      const normal = normalMean(
        (z) => Math.min(demand.mean + deviation * z, cap),
        [(cap - demand.mean) / deviation],
      )
      near(normalUse({ mean: demand.mean, deviation }, cap), normal, {
        relative: 1e-10,
        absolute: 1e-8 * deviation,
      })
    }),
  )
})

test('use is at most the cap and at most the demand, grows with both, and without spread is the smaller', () => {
  fc.assert(
    fc.property(demands, between(0, 20_000), between(0, 1_000), (demand, cap, more) => {
      const used = lognormalUse(demand, cap)
      assert.ok(used >= 0 && used <= Math.min(demand.mean, cap) * (1 + 1e-12))
      assert.ok(lognormalUse(demand, cap + more) >= used - 1e-9)
      assert.ok(lognormalUse({ ...demand, mean: demand.mean + more }, cap) >= used - 1e-9)
      near(lognormalUse({ ...demand, variation: 0 }, cap), Math.min(demand.mean, cap))
      near(lognormalUse({ ...demand, variation: 1e-7 }, cap), Math.min(demand.mean, cap), { relative: 1e-6 })
    }),
  )
  near(lognormalUse({ mean: 200, variation: 1.5 }, 1e12), 200)
  assert.equal(normalUse({ mean: 5, deviation: 0 }, 3), 3)
})

test('a cap of 250,000 dollars a year under the usual demand is used about one per cent', () => {
  const cap = 250_000 / 12
  const share = lognormalUse({ mean: 200, variation: 1.5 }, cap) / cap
  assert.ok(share > 0.009 && share < 0.01, `${share}`)
})

test('over several months the expected use lies between none and all rolled over', () => {
  const demand = { active: 0.8, mean: 200, variation: 1.2 }
  near(expectedUse(demand, 300), 0.8 * lognormalUse(demand, 300))
  const year = expectedUse(demand, 12 * 300, 12)
  assert.ok(year >= 12 * expectedUse(demand, 300))
  assert.ok(year <= Math.min(12 * 300, 12 * 0.8 * 200))
  near(expectedUse(demand, 1e9, 12), 12 * 0.8 * 200, { relative: 1e-9 })
  assert.equal(expectedUse({ active: 0, mean: 200, variation: 1 }, 300, 12), 0)
})

test('falling prices buy the integral of the budget over them; level ones budget over price', () => {
  fc.assert(
    fc.property(
      between(1, 1e6),
      between(1e-7, 1e-4),
      between(-1, 4),
      between(0, 4),
      (budget, price, fall, years) =>
        near(
          tokensBought({ budget, price, fall, years }),
          integral((t) => budget / (price * Math.exp(-fall * t)), 0, years),
          { relative: 1e-10 },
        ),
    ),
  )
  near(tokensBought({ budget: 150_000, price: 3e-6, fall: 0, years: 1 }), 50e9)
})

test('RSUs are worth their shares today, as far as they vest', () => {
  near(rsuValue({ shares: 1_000, price: 180, vestedFraction: 0.75 }), 135_000)
})

test('a share interrupted in 730 hours, read as a constant hazard, gives that share back', () => {
  fc.assert(
    fc.property(between(1e-6, 0.99), (rate) => {
      const hazard = 1 / meantimeOfRate(rate)
      near(
        integral((t) => hazard * Math.exp(-hazard * t), 0, 730),
        rate,
        { relative: 1e-9 },
      )
    }),
  )
  assert.equal(meantimeOfRate(0), Infinity)
})
