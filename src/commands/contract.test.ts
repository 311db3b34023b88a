import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { sha256Hex } from '#base/json.ts'
import { rational } from '#base/rational.ts'
import { DAY, dayOf } from '#base/time.ts'
import type { Template } from '#grants/grant.ts'
import { openGrants } from '#grants/grants.ts'
import { fourYearMonthly, monthlyRefill } from '#grants/shapes.ts'
import type { GrantStatus } from '#grants/status.ts'
import type { Terms } from '#grants/terms.ts'
import { openLedger } from '#ledger/ledger.ts'
import { verify } from '#ledger/verify.ts'
import type { Role } from '#people/access.ts'
import { openPeople } from '#people/people.ts'
import { testDb } from '../../test/support/database.ts'
import { testWorld } from '../../test/support/world.ts'
import { openCommands } from './commands.ts'
import type { IssueAsk } from './issue.ts'

const db = await testDb()
after(() => db.drop())
const world = testWorld({ now: Date.UTC(2026, 0, 15, 12) })
const ledger = openLedger({ db, owner: 'test' })
const people = openPeople({ db, world })
const grants = openGrants()
const rates = { rate: () => ({ rate: rational(11n, 10n), basis: 'the test' }) }
const commands = openCommands({ db, world, ledger, people, grants, rates })
const entity = await people.createEntity({ name: 'Perq GmbH', country: 'DE', currency: 'EUR' })

let n = 0
const hire = async (role: Role = 'employee', more: object = {}) => {
  n += 1
  const { person } = await commands.hire({
    email: `p${n}@perq.example`,
    name: `Grace  Hopper ${n}`,
    role,
    level: 'IC4',
    entity: entity.id,
    country: 'DE',
    hiredOn: '2024-03-01',
    ...more,
  })
  return person
}
const author = await hire('people')
const second = await hire('people')
const finance = await hire('finance')
const template = (terms: Partial<Terms> = {}): Promise<Template> =>
  commands.createTemplate({ name: `Terms ${(n += 1)}`, ...fourYearMonthly(), ...terms })
const fourYears = await template()
const LIMIT = 50_000n
await db.tx((sql) => grants.setPolicy(sql, { twoAbove: { usd: String(LIMIT) } }, null, world.now()))

async function draft(more: Partial<IssueAsk> = {}) {
  const person = await hire()
  const ask = {
    person: person.id,
    template: fourYears.id,
    quantity: 4_800n,
    startDate: '2026-01-15',
    grantDate: '2026-01-15',
    createdBy: author.id,
    ...more,
  }
  return { person, ...(await commands.draftGrant(ask)) }
}

const hashOf = async (id: string): Promise<string> => {
  const grant = await grants.grant(db, id)
  const person = await people.find(grant.person)
  return (await grants.contentOf(db, grant, person!.name)).hash
}

async function offered(more: Partial<IssueAsk> = {}) {
  const { person, grant } = await draft(more)
  await commands.submitGrant({ grant: grant.id, by: author.id })
  await commands.approveGrant({ grant: grant.id, by: second.id })
  if ((await grants.grant(db, grant.id)).status === 'pending')
    await commands.approveGrant({ grant: grant.id, by: finance.id })
  await commands.offerGrant({ grant: grant.id, by: author.id })
  return { person, id: grant.id, contentHash: await hashOf(grant.id) }
}

test('a contract goes from draft to active, and the ledger knows of it only then', async () => {
  const { person, id, contentHash } = await offered()
  const wallet = await ledger.walletOf(db, person.id)
  assert.equal((await ledger.balances(db, wallet!.id)).granted, 0n)
  const typedName = ` ${person.name.toUpperCase().replace('  ', ' ')}`
  const ask = { grant: id, person: person.id, typedName, contentHash }
  const accepted = await commands.acceptGrant(ask)
  assert.deepEqual([accepted.grant.status, accepted.replayed], ['active', false])
  assert.equal((await ledger.balances(db, wallet!.id)).granted, 4_800n)
  assert.equal(sha256Hex(accepted.acceptance.content), contentHash)
  assert.equal(accepted.acceptance.typedName, typedName.trim())
  const kinds = (await grants.events(db, id)).map(({ kind }) => kind)
  assert.deepEqual(kinds, ['drafted', 'submitted', 'approved', 'offered', 'accepted', 'activated'])
  const [version, ...others] = await grants.versions(db, id)
  assert.deepEqual([version?.n, version?.contentHash, others.length], [1, contentHash, 0])
})

test('accepting twice, or eight times at once, is one acceptance and one promise', async () => {
  const { person, id, contentHash } = await offered()
  const ask = { grant: id, person: person.id, typedName: person.name, contentHash }
  const answers = await Promise.all(Array.from({ length: 8 }, () => commands.acceptGrant(ask)))
  assert.equal(answers.filter(({ replayed }) => !replayed).length, 1)
  assert.equal(new Set(answers.map(({ acceptance }) => acceptance.acceptedAt)).size, 1)
  const wallet = await ledger.walletOf(db, person.id)
  assert.equal((await ledger.balances(db, wallet!.id)).granted, 4_800n)
  await assert.rejects(commands.acceptGrant({ ...ask, contentHash: '0'.repeat(64) }), { code: 'conflict' })
})

test('only the person accepts, in their own name, and what they read', async () => {
  const { person, id, contentHash } = await offered()
  const ask = { grant: id, person: person.id, typedName: person.name, contentHash }
  await assert.rejects(commands.acceptGrant({ ...ask, person: author.id }), { code: 'forbidden' })
  await assert.rejects(commands.acceptGrant({ ...ask, typedName: 'Ada' }), { param: 'typed_name' })
  await assert.rejects(commands.acceptGrant({ ...ask, contentHash: '0'.repeat(64) }), {
    param: 'content_hash',
  })
  await assert.rejects(commands.declineGrant({ grant: id, person: author.id }), { code: 'forbidden' })
  assert.deepEqual(await grants.acceptances(db, id), [])
  const declined = await commands.declineGrant({ grant: id, person: person.id, reason: 'I leave' })
  assert.equal(declined.grant.status, 'declined')
  assert.equal((await commands.declineGrant({ grant: id, person: person.id })).replayed, true)
  await assert.rejects(commands.acceptGrant(ask), { code: 'conflict', param: 'status' })
})

test('an accepted grant begins on its start, by the worker, and vests what is due by then', async () => {
  const refill = await template(monthlyRefill({ months: 12 }))
  const { person, id, contentHash } = await offered({
    template: refill.id,
    quantity: 100n,
    startDate: '2026-02-01',
    grantDate: '2026-02-01',
  })
  const accepted = await commands.acceptGrant({
    grant: id,
    person: person.id,
    typedName: person.name,
    contentHash,
  })
  assert.equal(accepted.grant.status, 'accepted')
  assert.ok((await commands.nextWork())! <= Date.UTC(2026, 1, 1))
  await commands.vestDue(world.now())
  assert.equal((await grants.grant(db, id)).status, 'accepted')
  world.set(Date.UTC(2026, 2, 2))
  await commands.vestDue(world.now())
  const wallet = await ledger.walletOf(db, person.id)
  const { granted, available } = await ledger.balances(db, wallet!.id)
  assert.deepEqual([(await grants.grant(db, id)).status, granted, available], ['active', 1_200n, 100n])
})

test('who left before an accepted grant began never gets it, and keeps nobody else from theirs', async () => {
  const day = dayOf(world.now() + 5 * DAY)
  const gone = await offered({ startDate: day, grantDate: day })
  const here = await offered({ startDate: day, grantDate: day })
  for (const { person, id, contentHash } of [gone, here])
    await commands.acceptGrant({ grant: id, person: person.id, typedName: person.name, contentHash })
  await people.update(gone.person.id, { leftOn: dayOf(world.now() + DAY) })
  world.advance(6 * DAY)
  await commands.vestDue(world.now())
  assert.equal((await grants.grant(db, gone.id)).status, 'ended')
  assert.equal((await grants.grant(db, here.id)).status, 'active')
  const wallet = await ledger.walletOf(db, gone.person.id)
  assert.equal((await ledger.balances(db, wallet!.id)).granted, 0n)
})

test('above the threshold two persons approve, the author never as the second, the receiver never', async () => {
  const { grant, person } = await draft({ quantity: LIMIT + 1n })
  const { id } = grant
  await people.update(person.id, { role: 'people' })
  await assert.rejects(commands.approveGrant({ grant: id, by: second.id }), { code: 'conflict' })
  await commands.submitGrant({ grant: id, by: author.id })
  await assert.rejects(commands.approveGrant({ grant: id, by: person.id }), { code: 'forbidden' })
  const first = await commands.approveGrant({ grant: id, by: second.id })
  assert.deepEqual([first.grant.status, first.needed, first.approvals.length], ['pending', 2, 1])
  assert.equal((await commands.approveGrant({ grant: id, by: second.id })).replayed, true)
  await assert.rejects(commands.approveGrant({ grant: id, by: author.id }), { code: 'forbidden' })
  const done = await commands.approveGrant({ grant: id, by: finance.id })
  assert.deepEqual([done.grant.status, done.approvals.length], ['approved', 2])
  assert.equal((await commands.approveGrant({ grant: id, by: finance.id })).replayed, true)
})

test('two approvals at the same moment are two, and the grant is approved once', async () => {
  const { grant } = await draft({ quantity: LIMIT + 1n })
  await commands.submitGrant({ grant: grant.id, by: author.id })
  await Promise.all([second, finance].map(({ id }) => commands.approveGrant({ grant: grant.id, by: id })))
  assert.equal((await grants.grant(db, grant.id)).status, 'approved')
  assert.equal((await grants.approvals(db, grant.id)).length, 2)
})

test('who may not approve is refused, whatever they ask', async () => {
  const { grant } = await draft()
  await commands.submitGrant({ grant: grant.id, by: author.id })
  const employee = await hire()
  const admin = await hire('admin')
  for (const { id } of [employee, admin]) {
    await assert.rejects(commands.approveGrant({ grant: grant.id, by: id }), { code: 'forbidden' })
    await assert.rejects(commands.rejectGrant({ grant: grant.id, by: id, reason: 'no' }), {
      code: 'forbidden',
    })
  }
})

test('above the threshold, and to oneself, nothing is granted directly', async () => {
  const person = await hire()
  const ask = { person: person.id, template: fourYears.id, startDate: '2026-01-15', createdBy: author.id }
  await assert.rejects(commands.issueGrant({ ...ask, quantity: LIMIT + 1n }), { code: 'approval_required' })
  assert.deepEqual(await grants.grantsOf(db, person.id), [])
  const issued = await commands.issueGrant({ ...ask, quantity: LIMIT })
  assert.equal(issued.grant.status, 'active')
  assert.equal((await grants.versions(db, issued.grant.id)).length, 1)
  const own = { ...ask, person: author.id, quantity: 1n }
  await assert.rejects(commands.issueGrant(own), { code: 'forbidden' })
})

test('what was submitted is frozen; sent back it can be changed, and starts without approvals', async () => {
  const { grant } = await draft({ quantity: LIMIT + 1n })
  const { id } = grant
  await commands.submitGrant({ grant: id, by: author.id })
  await commands.approveGrant({ grant: id, by: second.id })
  await assert.rejects(commands.changeDraft({ grant: id, by: author.id, quantity: 1n }), { code: 'frozen' })
  const back = await commands.rejectGrant({ grant: id, by: finance.id, reason: 'too much' })
  assert.equal(back.grant.status, 'draft')
  const before = await hashOf(id)
  const refill = await template(monthlyRefill({ months: 3 }))
  const changed = await commands.changeDraft({
    grant: id,
    by: author.id,
    template: refill.id,
    quantity: 20_000n,
  })
  assert.equal(changed.grant.quantity, 60_000n)
  assert.deepEqual(
    changed.tranches.map((one) => [one.n, one.quantity]),
    [
      [1, 20_000n],
      [2, 20_000n],
      [3, 20_000n],
    ],
  )
  assert.notEqual(await hashOf(id), before)
  const again = await commands.submitGrant({ grant: id, by: author.id })
  assert.deepEqual([again.approvals.length, again.needed], [0, 2])
  await commands.approveGrant({ grant: id, by: second.id })
  assert.equal((await grants.grant(db, id)).status, 'pending')
})

test('a contract that reads otherwise than when it was submitted is not approved', async () => {
  const { grant, person } = await draft()
  await commands.submitGrant({ grant: grant.id, by: author.id })
  await people.update(person.id, { name: 'Somebody Else' })
  await assert.rejects(commands.approveGrant({ grant: grant.id, by: second.id }), { param: 'content_hash' })
})

test('a draft in another denomination is in the wallet of that asset', async () => {
  const { grant, person } = await draft()
  const gpu = await template({
    denomination: 'gpu_hour',
    unit: { accelerator: 'H100-SXM', tier: 'guaranteed' },
    clauses: { exchange: ['USD'] },
  })
  await commands.changeDraft({ grant: grant.id, by: author.id, template: gpu.id, quantity: 3_600_000n })
  await commands.submitGrant({ grant: grant.id, by: author.id })
  await commands.approveGrant({ grant: grant.id, by: second.id })
  await commands.offerGrant({ grant: grant.id, by: author.id })
  const contentHash = await hashOf(grant.id)
  await commands.acceptGrant({ grant: grant.id, person: person.id, typedName: person.name, contentHash })
  const wallet = await ledger.walletOf(db, person.id, 'GPU_SECOND/H100-SXM/guaranteed')
  assert.equal((await ledger.balances(db, wallet!.id)).granted, 3_600_000n)
  const [due] = await grants.dueOf(db, grant.id, '2031-01-01')
  assert.deepEqual(due?.scope, { exchange: ['USD'] })
})

test('quantities follow the formula: by level, or a share of the salary of the grant date', async () => {
  const byLevel = await template({
    formula: { kind: 'by_level', levels: { IC4: '6000' }, otherwise: '1000' },
  })
  const { grant, person } = await draft({ template: byLevel.id, quantity: undefined })
  assert.deepEqual([grant.quantity, grant.reckoning?.['kind']], [6_000n, 'by_level'])
  const share = await template({ formula: { kind: 'salary_share', share: '0.5' } })
  const ask = { grant: grant.id, by: author.id, template: share.id }
  await assert.rejects(commands.changeDraft(ask), { code: 'invalid', param: 'salary' })
  const salary = { person: person.id, currency: 'EUR', by: author.id }
  await people.setSalary({ ...salary, effectiveOn: '2025-01-01', amount: 1_000_000n })
  await people.setSalary({ ...salary, effectiveOn: '2026-01-15', amount: 2_000_000n })
  await people.setSalary({ ...salary, effectiveOn: '2026-06-01', amount: 9_000_000n })
  assert.equal((await commands.changeDraft(ask)).grant.quantity, 1_100_000n)
  const dated = { grant: grant.id, by: author.id }
  const earlier = await commands.changeDraft({ ...dated, grantDate: '2025-12-31' })
  assert.equal(earlier.grant.quantity, 550_000n)
  const said = await commands.changeDraft({ ...dated, quantity: 7n })
  assert.deepEqual([said.grant.quantity, said.grant.reckoning?.['kind']], [7n, 'given'])
  const kept = await commands.changeDraft({ ...dated, name: 'Kept', grantDate: '2026-01-15' })
  assert.deepEqual([kept.grant.quantity, kept.grant.name], [7n, 'Kept'])
  const again = await commands.changeDraft({ ...dated, quantity: null })
  assert.equal(again.grant.quantity, 1_100_000n)
})

test('with an event, what waits for it is promised and not planned', async () => {
  const statements = [
    { order: 1, percentage: '0.75', schedule: { occurrences: 12, period: 1, period_type: 'MONTHS' } },
    { order: 2, percentage: '0.25', event_condition: { event_id: 'launch' } },
  ]
  const milestone = await template({ statements })
  const { person, id, contentHash } = await offered({ template: milestone.id, quantity: 4_800n })
  await commands.acceptGrant({ grant: id, person: person.id, typedName: person.name, contentHash })
  const planned = (await grants.planned(db, id)).reduce((sum, { quantity }) => sum + quantity, 0n)
  const wallet = await ledger.walletOf(db, person.id)
  assert.deepEqual([planned, (await ledger.balances(db, wallet!.id)).granted], [3_600n, 4_800n])
})

test('in whatever order everybody asks for everything, nothing is promised that was not approved and accepted', async () => {
  const allowed: Readonly<Record<string, readonly GrantStatus[]>> = {
    submit: ['draft', 'pending'],
    approve: ['pending', 'approved'],
    reject: ['pending', 'draft'],
    offer: ['approved', 'offered'],
    accept: ['offered', 'accepted', 'active'],
    decline: ['offered', 'declined'],
    withdraw: ['draft', 'pending', 'approved', 'offered', 'withdrawn'],
    begin: ['accepted', 'active'],
  }
  const approvers = [author, second, finance]
  const move = fc.record({
    act: fc.constantFrom(...Object.keys(allowed), 'approve', 'submit', 'offer', 'accept'),
    who: fc.integer({ min: 0, max: 3 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(move, { minLength: 5, maxLength: 16 }), fc.boolean(), async (all, large) => {
      const { grant, person } = await draft({ quantity: large ? LIMIT + 1n : 4_800n })
      const { id } = grant
      for (const { act, who } of all) {
        const { status } = await grants.grant(db, id)
        const by = (approvers[who] ?? person).id
        const run = (): Promise<unknown> => {
          if (act === 'submit') return commands.submitGrant({ grant: id, by })
          if (act === 'approve') return commands.approveGrant({ grant: id, by })
          if (act === 'reject') return commands.rejectGrant({ grant: id, by, reason: 'no' })
          if (act === 'offer') return commands.offerGrant({ grant: id, by })
          if (act === 'withdraw') return commands.withdrawGrant({ grant: id, by, reason: 'no' })
          if (act === 'decline') return commands.declineGrant({ grant: id, person: by })
          if (act === 'begin') return commands.beginGrant(id)
          return hashOf(id).then((contentHash) =>
            commands.acceptGrant({ grant: id, person: by, typedName: person.name, contentHash }),
          )
        }
        const done = await run().then(
          () => true,
          () => false,
        )
        if (done) assert.ok(allowed[act]!.includes(status), `${act} of what is ${status}`)
      }
      const { status } = await grants.grant(db, id)
      const books = await db.query('select 1 from ledger.grant_book where grant_id = $1', [id])
      assert.equal(books.length === 1, status === 'active')
      if (status !== 'active') return
      const [acceptance] = await grants.acceptances(db, id)
      const approvals = (await grants.approvals(db, id)).filter(({ verdict }) => verdict === 'approved')
      const decided = approvals.filter(({ submission }) => submission === approvals.at(-1)?.submission)
      assert.equal(acceptance?.person, person.id)
      assert.equal(decided.length, large ? 2 : 1)
      assert.ok(decided.every((one) => one.contentHash === acceptance.contentHash))
      assert.ok(decided.every((one) => one.recordedBy !== person.id))
    }),
    { numRuns: 60 },
  )
})

test('after all of it the ledger agrees with itself', async () => {
  await ledger.seal()
  assert.deepEqual((await verify(db)).findings, [])
})
