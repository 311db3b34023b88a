import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulate } from './simulate/many.ts'
import { PLANTS } from './simulate/plant.ts'

/** One company is enough for each of these bugs; the story of each is short, and names the promise. */
const OPERATIONS = 600

for (const { bug, seed, breaks, sql, code } of PLANTS) {
  test(`the simulation finds it when ${bug}`, async () => {
    const { broken } = await simulate({
      operations: OPERATIONS,
      tries: 20,
      perSeed: OPERATIONS,
      seed,
      plant: sql,
      planted: code,
    })
    assert.ok(broken, `nothing was found in ${OPERATIONS} operations`)
    assert.ok(
      breaks.some((promise) => promise === broken.promise),
      broken.story,
    )
    assert.match(broken.story, /^broken: .*\n(.*\n)+so: .*\nagain: npm run -s simulate/)
  })
}
