import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { startOfDay } from '#base/time.ts'
import type { Bundle } from '#format/bundle.ts'
import { readFile } from '#format/ocf.ts'
import { problemsIn } from '#format/problem.ts'
import { grantDocument } from '#format/write.ts'
import { verify } from '#ledger/verify.ts'
import { openExchange } from '#prices/exchanges.ts'
import { testDb } from '../../test/support/database.ts'
import { openLives } from '../../test/support/life.ts'
import { testWorld } from '../../test/support/world.ts'
import { importAll, type ImportAs, type ImportReport } from './import.ts'

const db = await testDb()
const world = testWorld({ now: startOfDay('2026-06-15') })
const exchange = await openExchange({ db, world })
await exchange.load()
const lives = await openLives(db, world, { rates: exchange })
after(async () => {
  await lives.close()
  await exchange.close()
  await db.drop()
})
const { grants, people, hire } = lives

const format = 'open-compute-grant/1'
const bundle = (...documents: readonly object[]): object => ({ format, type: 'bundle', documents })
const monthly = { occurrences: 12, period: 1, period_type: 'MONTHS' }
const template = (name: string, more: object = {}): object => ({
  format,
  type: 'template',
  name,
  terms: {
    counts: { denomination: 'usd' },
    vesting: { statements: [{ order: 1, percentage: '1', schedule: monthly }] },
    ...more,
  },
})
const grant = (person: string, template: string, more: object = {}): object => ({
  format,
  type: 'grant',
  person,
  template,
  quantity: '1200',
  start_date: '2026-01-01',
  grant_date: '2026-01-01',
  ...more,
})
const event = (kind: string, more: object): object => ({ format, type: 'event', kind, ...more })

function read(value: unknown): Bundle {
  const result = readFile(value, { counts: { denomination: 'usd' } })
  if (result.kind === 'problems') assert.fail(JSON.stringify(result.problems))
  return result.value
}
const run = (value: unknown, as: ImportAs = 'active', dryRun = false): Promise<ImportReport> =>
  importAll({ ...lives, exchange }, read(value), { as, dryRun, by: null })

async function counts(): Promise<Record<string, bigint>> {
  const [row] = await db.query<Record<string, bigint>>(
    `select (select count(*) from grants.template) as templates, (select count(*) from grants.grant) as grants,
       (select count(*) from grants.event) as events, (select count(*) from prices.exchange) as rates,
       (select count(*) from ledger.entry) as entries, (select count(*) from people.leave) as leaves`,
  )
  return row!
}

const hours = { denomination: 'gpu_hour', accelerator: 'H100-SXM', tier: 'spot' }

test('a bundle becomes templates, rates, grants and what happened to them; the same file again does nothing', async () => {
  const { email } = await hire({ hiredOn: '2026-01-01' })
  const id = world.id()
  const file = bundle(
    event('amended', { grant: id, on: '2026-07-01', quantity: '2400', reason: 'Promotion' }),
    event('leave', { person: email, leave: 'unpaid', from: '2026-08-01', to: '2026-10-01' }),
    event('fired', { grant: id, event_id: 'launch', on: '2026-06-01' }),
    grant(email, 'Everything', { id }),
    template('Everything', {
      vesting: {
        parts: [
          { share: '0.5', statements: [{ order: 1, percentage: '1', schedule: monthly }] },
          {
            share: '0.5',
            statements: [{ order: 1, percentage: '1', event_condition: { event_id: 'launch' } }],
          },
        ],
      },
    }),
    {
      format,
      type: 'exchange_table',
      rates: [
        { from: hours, to: { denomination: 'usd' }, rate: '2.5', effective_from: '2026-01-01', source: 'x' },
      ],
    },
  )
  const before = await counts()
  const dry = await run(file, 'active', true)
  assert.deepEqual([dry.committed, dry.problems], [false, []])
  assert.deepEqual(await counts(), before, 'a dry run changes nothing')
  const done = await run(file)
  assert.deepEqual(done.problems, [])
  assert.ok(done.committed)
  assert.deepEqual(
    done.done.map(({ kind, replayed }) => [kind, replayed]),
    [
      ['template', false],
      ['rate', false],
      ['grant', false],
      ['event', false],
      ['event', false],
      ['event', false],
    ],
  )
  const held = await grants.grant(db, id)
  assert.deepEqual([held.quantity, held.version], [2_400_000_000_000n, 2])
  const vested = (await grants.tranches(db, [id])).filter(({ vestedAt }) => vestedAt !== null)
  // Five months of 50, and 600 at the launch.
  assert.equal(
    vested.reduce((sum, { quantity }) => sum + quantity, 0n),
    850_000_000_000n,
  )
  const standing = await counts()
  world.advance(60_000)
  const again = await run(file)
  assert.deepEqual(again.problems, [])
  assert.ok(again.done.every(({ replayed }) => replayed))
  assert.deepEqual(await counts(), standing)
  assert.ok((await verify(db)).ok)
})

test('one problem anywhere, and nothing is done; all problems are told, each at its field', async () => {
  const { email } = await hire()
  const file = bundle(
    template('Sound'),
    grant('nobody@company.example', 'Sound'),
    grant(email, 'Unheard of'),
    grant(email, 'Sound'),
    grant(email, 'Sound', { name: 'Too late', start_date: '2026-02-28' }),
    template('Uneven', { basis: { kind: 'per_installment', installments: 11 } }),
    grant(email, 'Uneven'),
    event('fired', { grant: world.id(), event_id: 'x', on: '2026-01-01' }),
    event('leave', { person: 'nobody@company.example', leave: 'x', from: '2026-01-01', to: null }),
  )
  const before = await counts()
  const report = await run(file)
  assert.equal(report.committed, false)
  assert.deepEqual(await counts(), before)
  assert.deepEqual(
    problemsIn(file, report.problems).map(({ pointer }) => pointer),
    [
      '/documents/1/person',
      '/documents/2/template',
      '/documents/5/terms/basis/installments',
      '/documents/7/grant',
      '/documents/8/person',
    ],
  )
})

test('what one person may not grant alone is not imported as active, but as a draft or as signed elsewhere', async () => {
  const { email } = await hire()
  await grants.setPolicy(db, { twoAbove: { usd: '8000000000000000' } }, null, world.now())
  const large = (name: string): object =>
    bundle(template('Large'), grant(email, 'Large', { quantity: '9000000', name }))
  const refused = await run(large('a'))
  assert.deepEqual(
    refused.problems.map(({ at, fault }) => [at, fault.code]),
    [['/documents/1', 'approval_required']],
  )
  const states: readonly (readonly [ImportAs, string])[] = [
    ['draft', 'draft'],
    ['submitted', 'pending'],
    ['signed', 'active'],
  ]
  for (const [as, status] of states) {
    const { done, problems } = await run(large(as), as)
    assert.deepEqual(problems, [])
    assert.equal((await grants.grant(db, done.at(-1)!.id)).status, status)
  }
})

test('rates of a file are known to its grants, and later those that stand', async () => {
  const person = await hire()
  await people.setSalary({
    person: person.id,
    amount: 100_000_000_000_000n,
    currency: 'SEK',
    effectiveOn: '2026-01-01',
    by: null,
  })
  const file = bundle(
    template('Half', { amount: { kind: 'salary_share', share: '0.5' } }),
    grant(person.email, 'Half', { quantity: undefined }),
    {
      format,
      type: 'exchange_table',
      rates: [
        {
          from: { currency: 'SEK' },
          to: { denomination: 'usd' },
          rate: '0.1',
          effective_from: '2025-01-01',
          source: 'x',
        },
      ],
    },
  )
  const { done, problems } = await run(structuredClone(JSON.parse(JSON.stringify(file))))
  assert.deepEqual(problems, [])
  assert.equal((await grants.grant(db, done.at(-1)!.id)).quantity, 5_000_000_000_000n)
  const later = await run(
    bundle(grant(person.email, 'Half', { quantity: undefined, name: 'By the rate that stands' })),
  )
  assert.deepEqual(later.problems, [])
  assert.equal((await grants.grant(db, later.done.at(-1)!.id)).quantity, 5_000_000_000_000n)
})

test('a grant that was exported and imported elsewhere vests the same', async () => {
  const [one, other] = [await hire(), await hire()]
  const { done } = await run(
    bundle(template('Moved'), grant(one.email, 'Moved', { quantity: '1000.000000001' })),
  )
  const first = await grants.grant(db, done.at(-1)!.id)
  const { id: _id, ...document } = grantDocument(first, other.email)
  const moved = await run(document)
  assert.deepEqual(moved.problems, [])
  const tranches = async (id: string): Promise<unknown> =>
    (await grants.tranches(db, [id])).map(({ n, date, quantity }) => [n, date, quantity])
  assert.deepEqual(await tranches(moved.done.at(-1)!.id), await tranches(first.id))
})

test('vesting terms of the Open Cap Format become templates that can be granted', async () => {
  const file: unknown = JSON.parse(
    readFileSync(new URL('../../test/data/ocf/VestingTerms.ocf.json', import.meta.url), 'utf8'),
  )
  const { done, problems } = await run(file)
  assert.deepEqual(problems, [])
  assert.equal(done.length, 5)
  const { email } = await hire()
  const name = 'Four Year / One Year Cliff'
  const granted = await run(
    grant(email, name, { quantity: '4800', start_date: '2026-01-31', grant_date: '2026-01-31' }),
  )
  assert.deepEqual(granted.problems, [])
  const tranches = await grants.tranches(db, [granted.done.at(-1)!.id])
  assert.deepEqual(
    [tranches.length, tranches[0], tranches[1]!.date].map((one) =>
      typeof one === 'object' ? [one.date, one.quantity] : one,
    ),
    [37, ['2027-01-31', 1_200_000_000_000n], '2027-02-28'],
  )
})

test('every example of the format’s page can be imported, one after the other', async () => {
  for (const name of ['ada', 'lin', 'sam'])
    await hire({ email: `${name}@example.com`, hiredOn: '2026-01-01' })
  const page = readFileSync(new URL('../../docs/format/README.md', import.meta.url), 'utf8')
  const examples = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map((match): unknown =>
    JSON.parse(match[1] ?? ''),
  )
  assert.equal(examples.length, 8)
  for (const example of examples) {
    const { problems, committed } = await run(example)
    assert.deepEqual(problemsIn(example, problems), [])
    assert.ok(committed)
  }
  const hours = await grants.grant(db, '0193b2d4-5a00-7000-8000-000000000001')
  assert.deepEqual([hours.denomination, hours.quantity, hours.version], ['gpu_hour', 5_400_000n, 2])
  const paper = await grants.tranches(db, ['0193b2d4-5a00-7000-8000-000000000032'])
  assert.deepEqual(
    paper.map(({ quantity, vestedAt }) => [quantity, vestedAt !== null]),
    [[250_000_000n, true]],
  )
  assert.ok((await verify(db)).ok)
})

test('a dry run of a leaving ends nothing, the real one does what leaving does', async () => {
  const { id, email } = await hire()
  const key = await lives.spending.createKey(id, {
    name: 'k',
    purpose: 'work',
    models: null,
    expiresAt: null,
  })
  const file = bundle(
    template('Left'),
    grant(email, 'Left'),
    event('left', { person: email, on: '2026-06-15', reason: 'VOLUNTARY_OTHER' }),
  )
  const dry = await run(file, 'active', true)
  assert.deepEqual(dry.problems, [])
  assert.equal((await people.find(id))!.leftOn, null)
  assert.ok(await lives.spending.authenticate(key.secret))
  assert.ok((await run(file)).committed)
  assert.equal((await people.find(id))!.leftOn, '2026-06-15')
  assert.equal(await lives.spending.authenticate(key.secret), null)
  assert.ok((await run(file)).done.every(({ replayed }) => replayed))
})
