import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulate, type Simulation } from '#valuation/simulate.ts'
import { simulateOnThreads } from './paths-pool.ts'

const months = Array.from({ length: 49 }, (_, m) => m)
const SIMULATION: Simulation = {
  model: {
    spot: 2.9,
    deviation: 0.15,
    reversion: 6,
    shortVolatility: 0.6,
    drift: -0.2,
    longVolatility: 0.3,
    correlation: 0.3,
    jumps: { intensity: 0.75, mean: -0.15, deviation: 0.3, lasting: true },
    glut: { month: 19, probability: 0.2, factor: 0.5 },
  },
  compute: { quantities: months.map(() => 200), weights: months.map((m) => 0.99 ** m) },
  use: { demand: { active: 0.9, mean: 180, variation: 1 }, life: 3 },
  equity: {
    spot: 180,
    drift: 0.045,
    volatility: 0.5,
    correlation: 0.4,
    quantities: months.map(() => 3),
    weights: months.map((m) => 0.99 ** m),
  },
  seed: 7,
  blocks: 5,
}

test('a simulation has the same figures to the bit on this thread and on 1, 2 or 4 others', async () => {
  const here = simulate(SIMULATION)
  for (const threads of [1, 2, 4]) assert.deepEqual(await simulateOnThreads(SIMULATION, threads), here)
})

test('more threads than blocks is as well, and what cannot be simulated is refused with its reason', async () => {
  const small = { ...SIMULATION, blocks: 1 }
  assert.deepEqual(await simulateOnThreads(small, 3), simulate(small))
  await assert.rejects(
    simulateOnThreads({ ...SIMULATION, model: { ...SIMULATION.model, spot: -1 } }, 2),
    /spot is -1/,
  )
})
