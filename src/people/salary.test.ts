import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { testDb } from '../../test/support/database.ts'
import { testWorld } from '../../test/support/world.ts'
import { openPeople } from './people.ts'

const db = await testDb()
after(() => db.drop())
const world = testWorld()
const people = openPeople({ db, world })
const entity = await people.createEntity({ name: 'Perq GmbH', country: 'DE', currency: 'EUR' })
let n = 0
const hire = () =>
  people.create({
    email: `p${(n += 1)}@perq.example`,
    name: 'Ada Lovelace',
    role: 'employee',
    level: 'IC3',
    entity: entity.id,
    country: 'DE',
    hiredOn: '2024-03-01',
  })

test('on every day the salary holds that began last, and of one day the one that was told last', async () => {
  const day = fc.integer({ min: 1, max: 28 }).map((date) => `2026-02-${String(date).padStart(2, '0')}`)
  const told = fc.record({ effectiveOn: day, amount: fc.bigInt({ min: 0n, max: 10n ** 15n }) })
  await fc.assert(
    fc.asyncProperty(fc.array(told, { maxLength: 8 }), day, async (all, on) => {
      const { id } = await hire()
      for (const one of all) await people.setSalary({ ...one, person: id, currency: 'eur', by: null })
      const expected = all
        .filter(({ effectiveOn }) => effectiveOn <= on)
        .reduce<(typeof all)[number] | null>(
          (last, one) => (last && last.effectiveOn > one.effectiveOn ? last : one),
          null,
        )
      const found = await people.salaryOn(id, on)
      assert.deepEqual(
        found && [found.effectiveOn, found.amount, found.currency],
        expected && [expected.effectiveOn, expected.amount, 'EUR'],
      )
    }),
    { numRuns: 40 },
  )
})

test('a salary told twice with one id is one; with other facts a conflict; and none is ever changed', async () => {
  const { id: person } = await hire()
  const ask = { id: world.id(), person, effectiveOn: '2026-01-01', amount: 1n, currency: 'EUR', by: null }
  const first = await people.setSalary(ask)
  world.advance(1_000)
  assert.deepEqual(await people.setSalary(ask), first)
  await assert.rejects(people.setSalary({ ...ask, amount: 2n }), { code: 'conflict', param: 'id' })
  assert.equal((await people.salaries(person)).length, 1)
  await assert.rejects(db.query('update people.salary set amount = 2'), /permission denied/)
})

test('a salary that cannot be is refused by its field', async () => {
  const { id: person } = await hire()
  const ask = { person, effectiveOn: '2026-01-01', amount: 1n, currency: 'EUR', by: null }
  const cases: readonly (readonly [object, string])[] = [
    [{ effectiveOn: '2026-02-30' }, 'effective_on'],
    [{ amount: -1n }, 'amount'],
    [{ amount: 2n ** 63n }, 'amount'],
    [{ currency: 'EURO' }, 'currency'],
    [{ person: world.id() }, 'person_id'],
  ]
  for (const [more, param] of cases) await assert.rejects(people.setSalary({ ...ask, ...more }), { param })
})
