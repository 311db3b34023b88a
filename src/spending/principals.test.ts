import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPrincipals, type Known } from './principals.ts'

const knownAs = (key: string, person = 'ada', more: Partial<Known> = {}): Known => ({
  principal: {
    key: { id: key, name: key, purpose: 'work', models: null },
    person: { id: person, email: `${person}@perq.example`, name: person, level: 'IC3' },
    wallet: 'w',
    classes: { open: ['small'], proprietary: ['small'] },
  },
  expiresAt: null,
  leftOn: null,
  accessUntil: null,
  createdAt: 0,
  ...more,
})

/** A table of keys behind readings that can be held up, and the clock that the cache goes by. */
function bench() {
  const table = new Map<string, Known>()
  const readings: string[][] = []
  let at = Date.UTC(2026, 5, 1, 12)
  let gate: Promise<void> = Promise.resolve()
  const principals = openPrincipals({
    now: () => at,
    after: (_, work) => void setImmediate(work),
    load: async (hashes) => {
      readings.push([...hashes])
      const found = new Map(
        hashes.flatMap((hash) => (table.has(hash) ? [[hash, table.get(hash)!] as const] : [])),
      )
      await gate
      return found
    },
  })
  return {
    table,
    readings,
    principals,
    advance: (by: number) => void (at += by),
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      gate = promise
      return resolve
    },
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a revocation nobody told of is seen within 0.9 seconds, while calls keep coming', async () => {
  const { table, principals, advance } = bench()
  table.set('h', knownAs('k'))
  assert.ok(await principals.find('h'))
  table.delete('h')
  let waited = 0
  for (; waited <= 900; waited += 100) {
    if (!(await principals.find('h'))) break
    await settled()
    advance(100)
  }
  assert.ok(waited < 900, `${waited} ms`)
})

test('a steady stream of calls never waits for the database and reads at most every 0.4 seconds', async () => {
  const { table, principals, readings, advance } = bench()
  table.set('h', knownAs('k'))
  for (let call = 0; call < 1_000; call++) {
    assert.ok(await principals.find('h'))
    await settled()
    advance(10)
  }
  assert.ok(readings.length <= 26, `${readings.length} readings in 10 seconds`)
})

test('what was read before a revocation was heard is not kept', async () => {
  const { table, principals, hold } = bench()
  table.set('h', knownAs('k'))
  const open = hold()
  const early = principals.find('h')
  table.delete('h')
  principals.forget({ key: 'k' })
  open()
  await early
  assert.equal(await principals.find('h'), null)
})

test('forgetting a person forgets all their keys and nobody else’s', async () => {
  const { table, principals, readings } = bench()
  for (const [hash, person] of [
    ['a1', 'ada'],
    ['a2', 'ada'],
    ['b1', 'ben'],
  ] as const) {
    table.set(hash, knownAs(hash, person))
    await principals.find(hash)
  }
  principals.forget({ person: 'ada' })
  for (const hash of ['a1', 'a2', 'b1']) await principals.find(hash)
  assert.deepEqual(readings.slice(3).flat(), ['a1', 'a2'])
})

test('expiry and the day of leaving hold to the millisecond, without any reading', async () => {
  const { table, principals, advance } = bench()
  const noon = Date.UTC(2026, 5, 1, 12)
  table.set('e', knownAs('e', 'ada', { expiresAt: noon + 100 }))
  table.set('l', knownAs('l', 'ben', { leftOn: '2026-06-01' }))
  table.set('m', knownAs('m', 'cy', { leftOn: '2026-06-02' }))
  assert.ok(await principals.find('e'))
  assert.equal(await principals.find('l'), null)
  assert.ok(await principals.find('m'))
  advance(100)
  assert.equal(await principals.find('e'), null)
})

test('strangers are asked for once a second at most, and together', async () => {
  const { principals, readings, hold, advance } = bench()
  const open = hold()
  const all = Array.from({ length: 400 }, async (_, n) => principals.find(`h${n % 200}`))
  open()
  assert.ok((await Promise.all(all)).every((answer) => answer === null))
  assert.ok(readings.length <= 2, `${readings.length} readings`)
  await principals.find('h1')
  assert.ok(readings.length <= 2)
  advance(1_001)
  await principals.find('h1')
  assert.ok(readings.length <= 3)
})

test('when the database is gone, calls go on for 0.9 seconds and are then refused with the reason', async () => {
  let broken = false
  let at = 0
  const principals = openPrincipals({
    now: () => at,
    load: async () => {
      if (broken) throw new Error('gone')
      return new Map([['h', knownAs('k')]])
    },
  })
  assert.ok(await principals.find('h'))
  broken = true
  at += 899
  assert.ok(await principals.find('h'))
  await settled()
  at += 1
  await assert.rejects(async () => principals.find('h'), /gone/)
  broken = false
  assert.ok(await principals.find('h'))
})

test('a flood of invented keys is refused before it fills memory', async () => {
  const { principals, hold } = bench()
  const open = hold()
  const all = Array.from({ length: 8_000 }, (_, n) =>
    Promise.resolve(principals.find(`flood${n}`)).then(
      () => 'asked',
      () => 'refused',
    ),
  )
  open()
  const answers = await Promise.all(all)
  assert.ok(answers.filter((answer) => answer === 'refused').length >= 2_000)
})

test('a thousand busy keys that grow old together are one reading', async () => {
  const { table, principals, readings, advance } = bench()
  for (let n = 0; n < 1_000; n += 1) table.set(`h${n}`, knownAs(`k${n}`))
  const everybody = () => Promise.all(Array.from({ length: 1_000 }, async (_, n) => principals.find(`h${n}`)))
  assert.ok((await everybody()).every((one) => one !== null))
  const first = readings.length
  for (let round = 0; round < 10; round += 1) {
    advance(450)
    await everybody()
    await settled()
    await settled()
  }
  assert.equal(readings.length - first, 10)
  assert.ok(readings.slice(first).every((hashes) => hashes.length === 1_000))
})
