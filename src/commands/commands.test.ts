import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { DAY, dayOf, iso, startOfDay } from '#base/time.ts'
import type { Template } from '#grants/grant.ts'
import { openGrants } from '#grants/grants.ts'
import { fourYearMonthly, monthlyRefill } from '#grants/shapes.ts'
import type { Terms } from '#grants/terms.ts'
import { openLedger } from '#ledger/ledger.ts'
import { verify } from '#ledger/verify.ts'
import { openPeople } from '#people/people.ts'
import { testDb } from '../../test/support/database.ts'
import { testWorld } from '../../test/support/world.ts'
import { openCommands } from './commands.ts'
import type { Issued, IssueAsk } from './issue.ts'

const db = await testDb()
after(() => db.drop())
const world = testWorld({ now: Date.UTC(2026, 0, 15, 12) })
const ledger = openLedger({ db, owner: 'test' })
const people = openPeople({ db, world })
const grants = openGrants()
const commands = openCommands({ db, world, ledger, people, grants })
const entity = await people.createEntity({ name: 'Perq Labs Inc.', country: 'US', currency: 'USD' })

let n = 0
const hire = (more: object = {}) =>
  commands.hire({
    email: `person${(n += 1)}@perq.example`,
    name: 'Ada Lovelace',
    role: 'employee',
    level: 'IC3',
    entity: entity.id,
    country: 'US',
    hiredOn: '2024-03-01',
    ...more,
  })
const template = (terms: Terms): Promise<Template> =>
  commands.createTemplate({ name: `Terms ${(n += 1)}`, ...terms })
const refill = await template(monthlyRefill({ months: 12 }))
const fourYears = await template(fourYearMonthly())

async function askFor(more: Partial<IssueAsk>): Promise<IssueAsk> {
  const { person } = await hire()
  const facts = { quantity: 48_000n, startDate: '2026-01-15', grantDate: '2026-01-15' }
  return { person: person.id, template: fourYears.id, ...facts, ...more }
}
const issue = async (more: Partial<IssueAsk> = {}): Promise<Issued> => commands.issueGrant(await askFor(more))
const draftOf = async (more: Partial<IssueAsk> = {}): Promise<Issued> =>
  commands.draftGrant(await askFor(more))
const balancesOf = ({ grant }: Issued) => ledger.balances(db, grant.wallet)

/** Everything that is due is out of the way, so that a test sees its own tranches only. */
const settle = (): Promise<number> => commands.vestDue(world.now())

test('who is hired has a wallet, and hiring again with the same id hires nobody twice', async () => {
  const id = world.id()
  const first = await hire({ id, email: 'ada@perq.example' })
  const again = await hire({ id, email: 'Ada@perq.example' })
  assert.deepEqual(again, { ...first, replayed: true })
  assert.equal((await ledger.walletOf(db, id))?.id, first.wallet)
  await assert.rejects(hire({ id, email: 'other@perq.example' }), { code: 'conflict', param: 'id' })
})

test('hiring one person eight times at once hires one', async () => {
  const ask = { id: world.id(), email: 'once@perq.example' }
  const answers = await Promise.all(Array.from({ length: 8 }, () => hire(ask)))
  assert.equal(answers.filter(({ replayed }) => !replayed).length, 1)
  assert.equal(new Set(answers.map(({ wallet }) => wallet)).size, 1)
  await assert.rejects(hire({ email: 'ONCE@perq.example' }), { code: 'conflict', param: 'email' })
})

test('a refused hiring leaves neither person nor wallet', async () => {
  const before = await people.count()
  await assert.rejects(hire({ entity: world.id() }), { code: 'not_found', param: 'entity' })
  assert.equal(await people.count(), before)
})

test('a grant is promised in full, planned in full, and vests nothing before its day', async () => {
  const issued = await issue()
  assert.equal(issued.replayed, false)
  assert.deepEqual(
    [issued.tranches.length, issued.tranches[0]?.date, issued.tranches[0]?.quantity],
    [37, '2027-01-15', 12_000n],
  )
  const { granted, unvested, available } = await balancesOf(issued)
  assert.deepEqual([granted, unvested, available], [48_000n, 48_000n, 0n])
})

test('the same grant asked for again is one grant; with other terms it is a conflict', async () => {
  const { person } = await hire()
  const ask: IssueAsk = {
    id: world.id(),
    person: person.id,
    template: fourYears.id,
    quantity: 4_800n,
    startDate: '2025-01-15',
  }
  const first = await commands.issueGrant(ask)
  world.advance(DAY)
  assert.deepEqual(await commands.issueGrant(ask), { ...first, replayed: true })
  await assert.rejects(commands.issueGrant({ ...ask, quantity: 4_801n }), { code: 'conflict', param: 'id' })
  assert.equal((await balancesOf(first)).granted, 4_800n)
})

test('the same grant asked for eight times at once is one grant', async () => {
  const { person } = await hire()
  const ask: IssueAsk = {
    id: world.id(),
    person: person.id,
    template: refill.id,
    quantity: 10n,
    startDate: '2026-01-15',
  }
  const answers = await Promise.all(Array.from({ length: 8 }, () => commands.issueGrant(ask)))
  assert.equal(answers.filter(({ replayed }) => !replayed).length, 1)
  assert.deepEqual((await balancesOf(answers[0]!)).granted, 120n)
})

test('what is due when a grant is written is spendable at once, and not before the grant date', async () => {
  const issued = await issue({
    template: refill.id,
    quantity: 100n,
    startDate: '2025-10-31',
    grantDate: '2026-01-10',
  })
  const [lot, ...others] = await ledger.lots(db, issued.grant.wallet)
  assert.deepEqual(others, [])
  assert.deepEqual([lot?.tranche, lot?.available, lot?.effectiveAt], [1, 200n, startOfDay('2026-01-10')])
  assert.equal(iso(lot!.expiresAt!), '2026-05-01T00:00:00.000Z')
  assert.deepEqual([issued.grant.quantity, issued.tranches.length], [1_200n, 11])
  assert.equal(issued.tranches[0]?.vestedAt, world.now())
})

test('without a grant date nothing vests before the day of the command', async () => {
  const { person } = await hire()
  const { grant, tranches } = await commands.issueGrant({
    person: person.id,
    template: refill.id,
    quantity: 100n,
    startDate: '2025-01-31',
  })
  const today = dayOf(world.now())
  assert.deepEqual([grant.grantDate, tranches[0]?.date, tranches[0]?.quantity], [today, today, 1_100n])
})

test('the next work is the soonest day that is planned for anybody', async () => {
  await issue({ template: refill.id, quantity: 100n, startDate: '2025-12-17' })
  assert.equal(await commands.nextWork(), startOfDay('2026-01-17'))
})

test('a worker that was down catches up, and what expired meanwhile is seen to have vested and expired', async () => {
  await settle()
  const issued = await issue({ template: refill.id, quantity: 100n, startDate: '2026-01-15' })
  world.set(Date.UTC(2026, 6, 20))
  assert.ok((await commands.vestDue(world.now())) >= 6)
  await ledger.expire(world.now())
  const { available, expired, unvested } = await balancesOf(issued)
  assert.deepEqual([available, expired, unvested], [400n, 200n, 600n])
  assert.equal(await commands.vestDue(world.now()), 0)
})

test('several workers at once vest each tranche once', async () => {
  await settle()
  const issued = await Promise.all(
    Array.from({ length: 12 }, () => issue({ template: refill.id, quantity: 100n, startDate: '2026-07-20' })),
  )
  world.set(Date.UTC(2027, 1, 25))
  const counts = await Promise.all(Array.from({ length: 4 }, () => commands.vestDue(world.now(), 50)))
  const rest = await commands.vestDue(world.now())
  const vested = counts.reduce((sum, count) => sum + count, rest)
  const waiting = await db.query(
    `select 1 from grants.tranche t where date <= '2027-02-25' and vested_at is null and forfeited_at is null`,
  )
  assert.deepEqual(waiting, [])
  assert.ok(vested >= 12 * 7)
  for (const one of issued) {
    const { available, unvested } = await balancesOf(one)
    assert.deepEqual([available, unvested], [700n, 500n])
  }
})

test('vesting stops at its limit and goes on from there', async () => {
  await settle()
  const issued = await issue({ template: refill.id, quantity: 100n, startDate: '2027-02-25' })
  world.set(Date.UTC(2027, 7, 26))
  await db.query(`update grants.tranche set vested_at = $1 where vested_at is null and grant_id <> $2`, [
    iso(world.now()),
    issued.grant.id,
  ])
  assert.equal(await commands.vestDue(world.now(), 4), 4)
  assert.equal(await commands.vestDue(world.now(), 4), 2)
  assert.equal((await balancesOf(issued)).available, 600n)
})

test('a tranche that vested before its mark was written is marked, not vested twice', async () => {
  const issued = await issue({ template: refill.id, quantity: 100n, startDate: '2027-07-26' })
  const [first] = await ledger.lots(db, issued.grant.wallet)
  assert.equal(first?.available, 100n)
  await db.query('update grants.tranche set vested_at = null where grant_id = $1', [issued.grant.id])
  assert.equal(await commands.vestDue(world.now()), 1)
  assert.equal((await balancesOf(issued)).available, 100n)
})

test('a grant that the ledger refuses does not keep others from vesting, and is named', async () => {
  const broken = await issue({ template: refill.id, quantity: 100n, startDate: '2027-08-25' })
  const sound = await issue({ template: refill.id, quantity: 100n, startDate: '2027-08-25' })
  world.set(Date.UTC(2027, 9, 26))
  const vest = { priority: 50, scope: {}, effectiveAt: world.now(), expiresAt: null }
  await db.tx((sql) =>
    ledger.vested(sql, world.now(), [{ grant: broken.grant.id, tranche: 2, quantity: 1n, ...vest }]),
  )
  await assert.rejects(commands.vestDue(world.now()), {
    code: 'conflict',
    message: new RegExp(broken.grant.id),
  })
  assert.equal((await balancesOf(sound)).available, 200n)
  await db.query('update grants.tranche set vested_at = $2 where grant_id = $1', [
    broken.grant.id,
    iso(world.now()),
  ])
})

/** As if everybody had agreed to it. */
const agreed = async ({ grant }: Issued): Promise<void> => {
  for (const step of ['submit', 'approve', 'offer', 'accept'] as const)
    await db.tx((sql) => grants.move(sql, grant.id, step))
}

test('a draft promises nothing until it is activated, then vests what is due', async () => {
  const draft = await draftOf({
    template: refill.id,
    quantity: 100n,
    startDate: '2027-08-25',
    grantDate: '2027-08-25',
  })
  assert.deepEqual([draft.grant.status, (await balancesOf(draft)).granted], ['draft', 0n])
  await commands.vestDue(world.now())
  await assert.rejects(commands.beginGrant(draft.grant.id), { code: 'conflict', param: 'status' })
  await agreed(draft)
  assert.equal(await commands.beginGrant(draft.grant.id), true)
  assert.equal((await grants.grant(db, draft.grant.id)).status, 'active')
  const { granted, available } = await balancesOf(draft)
  assert.deepEqual([granted, available], [1_200n, 200n])
  assert.equal(await commands.beginGrant(draft.grant.id), false)
})

test('an ended grant vests up to its last day, forfeits the rest, once', async () => {
  const issued = await issue({
    template: refill.id,
    quantity: 100n,
    startDate: '2027-10-10',
    grantDate: '2027-10-10',
  })
  world.set(Date.UTC(2028, 0, 20))
  const ask = { grant: issued.grant.id, on: '2027-12-31', reason: 'left' }
  assert.deepEqual(await commands.endGrant(ask), { forfeited: 1_000n, replayed: false })
  assert.deepEqual(await commands.endGrant(ask), { forfeited: 1_000n, replayed: true })
  const { available, forfeited, unvested } = await balancesOf(issued)
  assert.deepEqual([available, forfeited, unvested], [200n, 1_000n, 0n])
  await assert.rejects(commands.endGrant({ ...ask, on: '2028-02-01' }), { code: 'invalid', param: 'on' })
})

test('an accepted grant that ends before it begins was never promised and is not promised later', async () => {
  const draft = await draftOf()
  await agreed(draft)
  const ask = { grant: draft.grant.id, on: dayOf(world.now()), reason: 'declined' }
  assert.deepEqual(await commands.endGrant(ask), { forfeited: 0n, replayed: false })
  assert.deepEqual(await commands.endGrant(ask), { forfeited: 0n, replayed: true })
  await assert.rejects(commands.beginGrant(draft.grant.id), { code: 'conflict' })
  assert.equal((await balancesOf(draft)).granted, 0n)
})

test('a grant activated and ended at the same moment is accounted for either way', async () => {
  for (let round = 0; round < 10; round += 1) {
    const draft = await draftOf()
    await agreed(draft)
    const { id } = draft.grant
    await Promise.allSettled([
      commands.beginGrant(id),
      commands.endGrant({ grant: id, on: dayOf(world.now()), reason: 'left' }),
    ])
    await commands.endGrant({ grant: id, on: dayOf(world.now()), reason: 'left' })
    const { granted, available, forfeited, unvested } = await balancesOf(draft)
    assert.ok(granted === 0n || granted === draft.grant.quantity)
    assert.deepEqual([available + forfeited, unvested], [granted, 0n])
  }
})

test('a command that cannot be done names its field and leaves nothing behind', async () => {
  const cases: readonly (readonly [Partial<IssueAsk>, string, string])[] = [
    [{ person: world.id() }, 'not_found', 'person_id'],
    [{ template: world.id() }, 'not_found', 'template_id'],
    [{ quantity: 0n }, 'invalid', 'quantity'],
    [{ quantity: 2n ** 63n }, 'invalid', 'quantity'],
    [{ startDate: '2026-02-30' }, 'invalid', 'start_date'],
    [{ grantDate: 'soon' }, 'invalid', 'grant_date'],
    [{ name: ' ' }, 'invalid', 'name'],
  ]
  for (const [more, code, param] of cases) {
    const id = world.id()
    await assert.rejects(issue({ id, ...more }), { code, param })
    assert.equal(await grants.find(db, id), null)
  }
  const { person } = await hire({ leftOn: '2026-01-01' })
  await assert.rejects(issue({ person: person.id }), { code: 'conflict', param: 'person_id' })
})

test('terms that no grant could be written with are refused before they are saved', async () => {
  const base = monthlyRefill({ months: 12 })
  const [statement] = 'parts' in base.statements || 'graph' in base.statements ? [] : base.statements
  const shapes: readonly (readonly [Partial<Terms>, string])[] = [
    [{ basis: { kind: 'per_installment', installments: 6 } }, 'basis.installments'],
    [
      {
        statements: [
          { order: 1, percentage: '0.5', schedule: { occurrences: 6, period: 1, period_type: 'MONTHS' } },
        ],
      },
      'statements',
    ],
    [
      { statements: [{ order: 1, percentage: '1', event_condition: { event_id: 'ipo' } }] },
      'basis.installments',
    ],
    [{ statements: [statement!, statement!] }, 'template[1].order'],
    [{ allocation: 'FRACTIONAL' }, 'allocation'],
  ]
  for (const [more, param] of shapes) {
    await assert.rejects(template({ ...base, ...more }), { code: 'invalid', param })
  }
})

test('a grant that breaks in a way nobody foresaw stops nobody else', async () => {
  await settle()
  const today = dayOf(world.now())
  const ask = { template: refill.id, startDate: today, grantDate: today }
  const [broken, sound] = [await issue(ask), await issue(ask)]
  const terms = async (expiry: string): Promise<unknown> =>
    db.query('update grants.grant set expiry = $2::jsonb where id = $1', [broken.grant.id, expiry])
  await terms('{"kind": "days_after_vest", "days": 99999999999}')
  world.advance(32 * DAY)
  await assert.rejects(commands.vestDue(world.now()), { code: 'conflict', param: 'grant_id' })
  assert.ok((await balancesOf(sound)).available > 0n)
  assert.equal((await balancesOf(broken)).available, 0n)
  await terms('{"kind": "never"}')
  assert.ok((await settle()) > 0)
  assert.ok((await balancesOf(broken)).available > 0n)
})

test('after all of it the ledger agrees with itself and with every plan', async () => {
  await ledger.seal()
  const verdict = await verify(db)
  assert.deepEqual(verdict.findings, [])
  const rows = await db.query<{ id: string }>(
    `select g.id from grants.grant g join ledger.grant_book b on b.grant_id = g.id where g.quantity <> b.granted`,
  )
  assert.deepEqual(rows, [])
})
