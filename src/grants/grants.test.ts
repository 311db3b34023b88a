import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { sha256Hex } from '#base/json.ts'
import { addDays, iso } from '#base/time.ts'
import { migrateWith, readMigrations } from '#db/migrate.ts'
import { testDb } from '../../test/support/database.ts'
import { testWorld } from '../../test/support/world.ts'
import type { Grant, Template } from './grant.ts'
import { openGrants } from './grants.ts'
import { fourYearMonthly, monthlyRefill } from './shapes.ts'

const db = await testDb()
after(() => db.drop())
const world = testWorld()
const now = world.now()
const today = '2026-01-15'
const grants = openGrants()

let names = 0
const template = (more: object = {}): Promise<Template> => {
  const name = `Refill ${(names += 1)}`
  return grants.createTemplate(
    db,
    { id: world.id(), name, createdBy: null, ...monthlyRefill({ months: 3 }), ...more },
    now,
  )
}

async function issue(more: object = {}, dates = ['2026-01-01', '2026-01-15', '2026-02-01']): Promise<Grant> {
  const ask = {
    id: world.id(),
    person: world.id(),
    wallet: world.id(),
    entity: world.id(),
    template: await template(),
    name: 'Inference credit',
    quantity: BigInt(dates.length) * 10n,
    reckoning: null,
    startDate: dates[0]!,
    grantDate: dates[0]!,
    status: 'active' as const,
    createdBy: null,
    installments: dates.map((date) => ({ date, quantity: 10n })),
    ...more,
  }
  return db.tx((sql) => grants.issue(sql, ask, now))
}

test('a changed template is a new version, and the old one stays as it was', async () => {
  const ask = { name: 'Engineer', createdBy: null, ...fourYearMonthly() }
  const first = await grants.createTemplate(db, { id: world.id(), ...ask }, now)
  const second = await grants.createTemplate(
    db,
    { id: world.id(), ...ask, name: 'engineer', priority: 10 },
    now,
  )
  assert.deepEqual([first.version, second.version], [1, 2])
  assert.deepEqual(await grants.template(db, first.id), first)
  const newest = (await grants.templates(db)).filter(({ name }) => /engineer/i.test(name))
  assert.deepEqual(newest, [second])
  await assert.rejects(db.query('update grants.template set priority = 1'), /permission denied/)
})

test('a template saved twice with one id is one template; with other terms it is a conflict', async () => {
  const ask = { id: world.id(), name: 'Twice', createdBy: null, ...fourYearMonthly() }
  const first = await grants.createTemplate(db, ask, now)
  assert.deepEqual(await grants.createTemplate(db, ask, now + 1_000), first)
  await assert.rejects(grants.createTemplate(db, { ...ask, priority: 1 }, now), {
    code: 'conflict',
    param: 'id',
  })
})

test('templates of one name saved at once get versions of their own', async () => {
  const ask = { name: 'Race', createdBy: null, ...fourYearMonthly() }
  const made = await Promise.all(
    Array.from({ length: 5 }, () => grants.createTemplate(db, { id: world.id(), ...ask }, now)),
  )
  assert.deepEqual(
    made.map(({ version }) => version).toSorted((a, b) => a - b),
    [1, 2, 3, 4, 5],
  )
})

test('a grant keeps the terms it was written with and its tranches in order', async () => {
  const terms = await template({ priority: 7, scope: { providers: ['openai'] } })
  const grant = await issue({ template: terms })
  assert.equal(grant.templateName, terms.name)
  assert.deepEqual([grant.priority, grant.scope, grant.quantity], [7, { providers: ['openai'] }, 30n])
  assert.deepEqual(await grants.grantsOf(db, grant.person), [grant])
  const planned = await grants.tranches(db, [grant.id])
  assert.deepEqual(
    planned.map(({ n, date, quantity, vestedAt, forfeitedAt }) => [n, date, quantity, vestedAt, forfeitedAt]),
    [
      [1, '2026-01-01', 10n, null, null],
      [2, '2026-01-15', 10n, null, null],
      [3, '2026-02-01', 10n, null, null],
    ],
  )
})

test('a grant whose last tranche could not be spent is refused and nothing of it is written', async () => {
  const terms = await template({ expiry: { kind: 'on', date: '2026-01-31' } })
  const person = world.id()
  await assert.rejects(issue({ template: terms, person }), { code: 'invalid', param: 'expiry.date' })
  assert.deepEqual(await grants.grantsOf(db, person), [])
})

test('due tranches are the ones of today and before, of active grants, each in one hand only', async () => {
  await db.query('update grants.tranche set vested_at = now() where vested_at is null')
  const active = await issue()
  await issue({ status: 'draft' })
  const ended = await issue()
  await db.tx((sql) => grants.end(sql, ended.id, today, now))
  await db.tx(async (first) => {
    const mine = await grants.due(first, now, 1)
    assert.deepEqual(
      mine.map(({ grant, n, date }) => [grant, n, date]),
      [[active.id, 1, '2026-01-01']],
    )
    const theirs = await db.tx((second) => grants.due(second, now, 10))
    assert.deepEqual(
      theirs.map(({ grant, n }) => [grant, n]),
      [[active.id, 2]],
    )
    await grants.markVested(first, mine, now)
  })
  assert.equal((await grants.due(db, now, 10)).length, 1)
  assert.deepEqual(await grants.nextVest(db, active.person), {
    date: '2026-01-15',
    quantity: 10n,
    grant: active.id,
    grantName: 'Inference credit',
  })
})

test('the due tranches are found by an index, however many grants there are', async () => {
  const start = '2027-01-01'
  await issue(
    {},
    Array.from({ length: 3_000 }, (_, day) => addDays(start, day)),
  )
  await db.query('analyze grants.tranche')
  const [plan] = await db.query<{ 'QUERY PLAN': string }>(
    `explain (format json) select 1 from grants.tranche t where vested_at is null and forfeited_at is null
       and superseded_at is null and date <= '2026-01-15'`,
  )
  assert.match(JSON.stringify(plan), /tranche_due/)
})

test('an ended grant forfeits what has not vested, once', async () => {
  const grant = await issue()
  await grants.markVested(db, [{ grant: grant.id, n: 1 }], now)
  assert.equal(await db.tx((sql) => grants.end(sql, grant.id, today, now)), true)
  assert.equal(await db.tx((sql) => grants.end(sql, grant.id, today, now)), false)
  const states = (await grants.tranches(db, [grant.id])).map(({ vestedAt, forfeitedAt }) => [
    vestedAt,
    forfeitedAt,
  ])
  assert.deepEqual(states, [
    [now, null],
    [null, now],
    [null, now],
  ])
  assert.equal((await grants.grant(db, grant.id)).endedOn, today)
  assert.equal(await grants.nextVest(db, grant.person), null)
  await assert.rejects(
    db.tx((sql) => grants.move(sql, grant.id, 'activate')),
    { code: 'conflict' },
  )
})

test('what was granted before there were seats counts dollars, and nothing of it changes', async () => {
  const old = await testDb({ migrated: false })
  const files = await readMigrations()
  await migrateWith(
    old,
    files.filter(({ number }) => number <= 9),
  )
  const ids = { template: world.id(), grant: world.id(), person: world.id() }
  await old.query(
    `insert into grants.template (id, name, version, statements, allocation, basis, expiry, scope, priority, created_at)
     values ($1, 'Old', 1, '[{}]', 'CUMULATIVE_ROUND_DOWN', '{"kind":"total"}', '{"kind":"never"}', '{}', 50, $2)`,
    [ids.template, iso(now)],
  )
  await old.query(
    `insert into grants.grant (id, person_id, wallet_id, entity_id, template_id, template_name, template_version, statements,
       allocation, expiry, scope, priority, name, quantity, start_date, grant_date, status, created_at)
     values ($1, $2, $2, $2, $3, 'Old', 1, '[{}]', 'CUMULATIVE_ROUND_DOWN', '{"kind":"never"}', '{}', 50, 'Old', 7, $4, $4, 'active', $5)`,
    [ids.grant, ids.person, ids.template, today, iso(now)],
  )
  await migrateWith(old, files)
  const found = await grants.grant(old, ids.grant)
  assert.deepEqual([found.denomination, found.quantity, found.name], ['usd', 7n, 'Old'])
  assert.deepEqual(
    [found.basis, found.unit, found.formula, found.clauses, found.reckoning, found.version],
    [{ kind: 'total' }, {}, { kind: 'given' }, {}, null, 1],
  )
  const [version, ...others] = await grants.versions(old, ids.grant)
  assert.deepEqual([version?.n, version?.quantity, others.length], [1, 7n, 0])
  assert.equal((await grants.template(old, ids.template)).denomination, 'usd')
  await assert.rejects(old.query('update grants.template set priority = 1'), /permission denied/)
  await old.drop()
})

test('an amendment keeps what was before: old terms as a version, vested tranches, superseded ones', async () => {
  const grant = await issue()
  await grants.markVested(db, [{ grant: grant.id, n: 1 }], now)
  const later = { ...monthlyRefill({ months: 3 }), priority: 9 }
  const revision = {
    grant: grant.id,
    change: { terms: later, quantity: 50n },
    installments: [
      { date: '2026-02-01', quantity: 15n },
      { date: '2026-03-01', quantity: 25n },
    ],
    effectiveOn: '2026-01-20',
    reason: 'promoted',
    by: null,
    personName: 'Ada Lovelace',
  }
  const made = await db.tx((sql) => grants.revise(sql, revision, now))
  assert.deepEqual([made.n, made.quantity, made.terms.priority], [2, 50n, 9])
  const versions = await grants.versions(db, grant.id)
  assert.deepEqual(
    versions.map(({ n, quantity, terms, reason }) => [n, quantity, terms.priority, reason]),
    [
      [1, 30n, 50, 'as it was granted'],
      [2, 50n, 9, 'promoted'],
    ],
  )
  assert.ok(versions.every(({ content, contentHash }) => sha256Hex(content) === contentHash))
  const planned = await grants.planned(db, grant.id)
  assert.deepEqual(
    planned.map(({ n, quantity }) => [n, quantity]),
    [
      [1, 10n],
      [4, 15n],
      [5, 25n],
    ],
  )
  const all = await grants.tranches(db, [grant.id])
  assert.deepEqual(
    all.filter((one) => one.supersededAt !== null).map(({ n }) => n),
    [2, 3],
  )
  assert.deepEqual(
    (await grants.dueOf(db, grant.id, '2026-12-31')).map(({ n }) => n),
    [4, 5],
  )
  await assert.rejects(
    db.tx((sql) => grants.revise(sql, { ...revision, reason: ' ' }, now)),
    {
      param: 'reason',
    },
  )
  await assert.rejects(db.query(`delete from grants.version`), /permission denied/)
  const ended = await issue()
  await db.tx((sql) => grants.end(sql, ended.id, today, now))
  await assert.rejects(
    db.tx((sql) => grants.revise(sql, { ...revision, grant: ended.id }, now)),
    {
      code: 'conflict',
      param: 'status',
    },
  )
})

test('what does not exist is said by name', async () => {
  await assert.rejects(grants.template(db, world.id()), { code: 'not_found', param: 'template_id' })
  await assert.rejects(grants.grant(db, world.id()), { code: 'not_found', param: 'grant_id' })
  assert.equal(await grants.find(db, world.id()), null)
})
