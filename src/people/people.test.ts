import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as fc from 'fast-check'
import { testDb } from '../../test/support/database.ts'
import { eventually } from '../../test/support/eventually.ts'
import { testWorld } from '../../test/support/world.ts'
import { openPeople } from './people.ts'
import { statusOn, type PersonAsk } from './person.ts'

const db = await testDb()
after(() => db.drop())
const world = testWorld()
const people = openPeople({ db, world })
const entity = await people.createEntity({ name: 'Perq Labs Inc.', country: 'us', currency: 'usd' })

let n = 0
const ask = (more: Partial<PersonAsk> = {}): PersonAsk => ({
  email: `person${n++}@perq.example`,
  name: 'Ada Lovelace',
  role: 'employee',
  level: 'IC3',
  title: 'Engineer',
  entity: entity.id,
  country: 'US',
  hiredOn: '2024-03-01',
  ...more,
})
const fault = (code: string, param: string) => ({ name: 'Fault', code, param })

test('an email belongs to one person, whatever its case', async () => {
  const ada = await people.create(ask({ email: ' Ada@Perq.example ' }))
  assert.equal(ada.email, 'Ada@Perq.example')
  assert.deepEqual(await people.findByEmail('ada@PERQ.example'), ada)
  await assert.rejects(people.create(ask({ email: 'ADA@perq.example' })), fault('conflict', 'email'))
  const ben = await people.create(ask())
  await assert.rejects(people.update(ben.id, { email: 'aDa@perq.example' }), fault('conflict', 'email'))
  assert.deepEqual((await people.update(ada.id, { email: 'ADA@perq.example' })).email, 'ADA@perq.example')
})

test('of people hired at once with one email, exactly one is there', async () => {
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, () => people.create(ask({ email: 'one@perq.example' }))),
  )
  assert.equal(results.filter((result) => result.status === 'fulfilled').length, 1)
})

test('a refused hiring leaves the transaction around it usable', async () => {
  await people.create(ask({ email: 'taken@perq.example' }))
  const kept = await db.tx(async (sql) => {
    await assert.rejects(people.create(ask({ email: 'taken@perq.example' }), sql), fault('conflict', 'email'))
    return people.create(ask({ email: 'free@perq.example' }), sql)
  })
  assert.deepEqual(await people.find(kept.id), kept)
})

test('a field that cannot be used is refused by its name', async () => {
  const cases: [Partial<PersonAsk>, string][] = [
    [{ email: 'nobody' }, 'email'],
    [{ name: ' ' }, 'name'],
    [{ level: '' }, 'level'],
    [{ country: 'Germany' }, 'country'],
    [{ hiredOn: '2025-02-30' }, 'hired_on'],
    [{ leftOn: '2024-02-01' }, 'left_on'],
    [{ entity: 'x' }, 'entity'],
  ]
  for (const [more, param] of cases) await assert.rejects(people.create(ask(more)), fault('invalid', param))
  await assert.rejects(people.create(ask({ entity: world.id() })), fault('not_found', 'entity'))
  await assert.rejects(people.create(ask({ managerId: world.id() })), fault('not_found', 'manager_id'))
  await assert.rejects(
    people.createEntity({ name: 'perq labs inc.', country: 'US', currency: 'USD' }),
    fault('conflict', 'name'),
  )
})

test('nobody reports to themself, not even round a corner', async () => {
  const boss = await people.create(ask())
  const lead = await people.create(ask({ managerId: boss.id }))
  const member = await people.create(ask({ managerId: lead.id }))
  await assert.rejects(people.update(boss.id, { managerId: member.id }), fault('invalid', 'manager_id'))
  await assert.rejects(people.update(boss.id, { managerId: boss.id }), fault('invalid', 'manager_id'))
})

test('pages together are the list: nobody twice, nobody missing, in one order', async () => {
  const where = await people.createEntity({ name: 'Pages GmbH', country: 'DE', currency: 'EUR' })
  const names = ['Zoë', 'anna', 'Anna', 'Ämma', 'Bo', 'bo', 'Bo', "O'Neil", '李雷', 'a%b', 'a_b', 'Ada']
  for (const name of names) await people.create(ask({ name, entity: where.id }))
  for (const limit of [1, 3, 5, 12, 200]) {
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await people.list({ entity: where.id, limit, cursor })
      assert.ok(page.people.length <= limit)
      seen.push(...page.people.map((person) => person.id))
      cursor = page.next ?? undefined
    } while (cursor !== undefined)
    assert.equal(new Set(seen).size, names.length)
    assert.equal(seen.length, names.length)
  }
  const search = async (q: string) =>
    (await people.list({ entity: where.id, q })).people.map((person) => person.name)
  assert.deepEqual(await search('a%b'), ['a%b'])
  assert.deepEqual(await search('_'), ['a_b'])
  assert.equal((await search('ANNA')).length, 2)
  await assert.rejects(people.list({ limit: 201 }), fault('invalid', 'limit'))
  await assert.rejects(people.list({ cursor: 'bm90aGluZw' }), fault('invalid', 'cursor'))
})

test('any text can be searched for and any text is no cursor', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ maxLength: 60 }), async (text) => {
      await people.list({ q: text, limit: 5 })
      await assert.rejects(people.list({ cursor: text }), fault('invalid', 'cursor'))
    }),
    { numRuns: 60 },
  )
})

test('the day of leaving is already a day after', async () => {
  const person = await people.create(ask({ hiredOn: '2024-03-01', leftOn: '2026-06-30' }))
  assert.equal(statusOn(person, '2024-02-29'), 'upcoming')
  assert.equal(statusOn(person, '2024-03-01'), 'active')
  assert.equal(statusOn(person, '2026-06-29'), 'active')
  assert.equal(statusOn(person, '2026-06-30'), 'left')
  const active = async (day: string) =>
    (await people.list({ activeOn: day, limit: 200 })).people.some((one) => one.id === person.id)
  assert.deepEqual(
    [
      await active('2024-02-29'),
      await active('2024-03-01'),
      await active('2026-06-29'),
      await active('2026-06-30'),
    ],
    [false, true, true, false],
  )
})

test('a change is announced to those who spend when it is committed, and not when it is rolled back', async () => {
  const person = await people.create(ask())
  const heard: string[] = []
  const stop = await db.listen(
    'perq_spending',
    (payload) => void heard.push(payload),
    () => {},
  )
  await assert.rejects(
    db.tx(async (sql) => {
      await people.update(person.id, { level: 'IC9' }, sql)
      throw new Error('no')
    }),
  )
  await people.update(person.id, { level: 'IC4' })
  await eventually(() => assert.deepEqual(heard, [`person:${person.id}`]))
  await stop()
})
