import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { addDays, dayOf } from '#base/time.ts'
import { testDb } from '../../test/support/database.ts'
import { testWorld } from '../../test/support/world.ts'
import { openPeople } from './people.ts'
import { maySignIn } from './person.ts'

const db = await testDb()
after(() => db.drop())
const world = testWorld()
const people = openPeople({ db, world })
const { lives } = people
const entity = await people.createEntity({ name: 'Perq Labs', country: 'DE', currency: 'EUR' })
const ada = await people.create({
  email: 'ada@perq.example',
  name: 'Ada',
  role: 'employee',
  level: 'IC3',
  entity: entity.id,
  country: 'DE',
  hiredOn: '2024-03-01',
})
const leave = (more: object = {}) =>
  db.tx((sql) =>
    lives.recordLeave(sql, { person: ada.id, kind: 'unpaid', from: '2026-02-01', to: '2026-03-01', ...more }),
  )

test('a leave is recorded once, and two leaves do not share a day', async () => {
  const id = world.id()
  assert.equal((await leave({ id })).replayed, false)
  assert.equal((await leave({ id })).replayed, true)
  await assert.rejects(leave({ id, to: '2026-03-02' }), { code: 'conflict', param: 'id' })
  await assert.rejects(leave({ from: '2026-02-28', to: null }), { code: 'conflict', param: 'from' })
  await leave({ from: '2026-03-01', to: null, kind: 'parental' })
})

test('an unknown or expected end can be moved until what the leave lost is booked', async () => {
  const [, parental] = await lives.leaves(db, ada.id)
  assert.deepEqual([parental?.to, parental?.approximate], [null, true])
  const change = (to: string | null) => db.tx((sql) => lives.changeLeave(sql, parental!.id, { to }))
  assert.equal((await change('2026-04-15')).approximate, false)
  await assert.rejects(change('2026-02-01'), { code: 'invalid', param: 'to' })
  assert.deepEqual(
    await lives.unsettledLeaves(db, '2026-04-15', 10),
    (await lives.leaves(db, ada.id)).map(({ id }) => id),
  )
  await db.tx(async (sql) => lives.settleLeave(sql, await lives.leave(sql, parental!.id)))
  await assert.rejects(change('2026-04-16'), { code: 'conflict' })
  assert.equal((await lives.unsettledLeaves(db, '2026-04-15', 10)).length, 1)
})

test('a leaver may come in only before the last day of what stays usable', async () => {
  const today = dayOf(world.now())
  await people.update(ada.id, { leftOn: today })
  assert.equal(maySignIn((await people.find(ada.id))!, today), false)
  const left = await people.update(ada.id, {
    accessUntil: addDays(today, 30),
    accessPurposes: ['open_source'],
  })
  assert.equal(maySignIn(left, addDays(today, 29)), true)
  assert.equal(maySignIn(left, addDays(today, 30)), false)
  await assert.rejects(people.update(ada.id, { leftOn: null }), { code: 'invalid', param: 'access_until' })
})

test('one leaving at a time is scheduled, and what happened is told once', async () => {
  const fresh = (more: object = {}) => ({
    id: world.id(),
    person: ada.id,
    leftOn: '2026-12-01',
    reason: 'VOLUNTARY_OTHER',
    note: '',
    state: 'scheduled' as const,
    plan: {},
    open: false,
    rounds: 0,
    recordedAt: world.now(),
    recordedBy: null,
    doneAt: null,
    ...more,
  })
  const first = fresh()
  await db.tx((sql) => lives.recordLeaving(sql, first))
  await assert.rejects(
    db.tx((sql) => lives.recordLeaving(sql, fresh())),
    { code: 'conflict' },
  )
  assert.deepEqual(await lives.leavingsDue(db, '2026-12-01', 10), [first.id])
  await db.tx((sql) => lives.changeLeaving(sql, { ...first, state: 'cancelled' }))
  assert.deepEqual(await lives.leavingsDue(db, '2026-12-01', 10), [])
  const event = {
    id: world.id(),
    person: ada.id,
    kind: 'left',
    day: '2026-12-01',
    body: {},
    recordedBy: null,
  } as const
  for (let twice = 0; twice < 2; twice += 1) await db.tx((sql) => lives.tell(sql, event))
  assert.equal((await lives.events(db, ada.id)).length, 1)
})
