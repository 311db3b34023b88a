import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { openGrants } from '#grants/grants.ts'
import { fourYearMonthly, monthlyRefill } from '#grants/shapes.ts'
import { openLedger } from '#ledger/ledger.ts'
import { openPeople } from '#people/people.ts'
import { testDb } from '../../../test/support/database.ts'
import { testWorld } from '../../../test/support/world.ts'
import { openCommands } from '../commands.ts'
import { COLUMNS, readTable } from './rows.ts'

const db = await testDb()
after(() => db.drop())
const world = testWorld({ now: Date.UTC(2026, 0, 15, 12) })
const ledger = openLedger({ db, owner: 'test' })
const people = openPeople({ db, world })
const grants = openGrants()
const commands = openCommands({ db, world, ledger, people, grants })
const entity = await people.createEntity({ name: 'Perq GmbH', country: 'DE', currency: 'EUR' })
const names = ['ada', 'grace', 'alan', 'tony', 'edsger']
for (const name of names)
  await commands.hire({
    email: `${name}@perq.example`,
    name,
    role: name === 'tony' ? 'people' : 'employee',
    level: 'IC4',
    entity: entity.id,
    country: 'DE',
    hiredOn: '2024-03-01',
    ...(name === 'edsger' ? { leftOn: '2026-01-01' } : {}),
  })
const tony = (await people.findByEmail('tony@perq.example'))!.id
await commands.createTemplate({ name: 'Refill', ...monthlyRefill({ months: 12 }) })
await commands.createTemplate({
  name: 'GPU hours',
  ...fourYearMonthly(),
  denomination: 'gpu_hour',
  unit: { accelerator: 'H100-SXM', tier: 'guaranteed' },
})
await commands.createTemplate({
  name: 'By level',
  ...fourYearMonthly(),
  formula: { kind: 'by_level', levels: { IC4: '6000000000000' }, otherwise: null },
})

const HEADER = 'email,template,quantity,start_date,grant_date,name'
const file = (...rows: string[]): string => [HEADER, ...rows].join('\r\n')
const GOOD = file(
  'ada@perq.example,Refill,200,2026-01-15,2026-01-15,',
  'Grace@perq.example,gpu hours,1000.5,2026-01-15,,"Research, GPU"',
  'alan@perq.example,By level,,2026-01-15,,',
)
const stands = async (): Promise<number> =>
  (await db.query<{ n: number }>('select count(*)::int as n from grants.grant'))[0]!.n

test('the documented example is a file, and every column of it is documented', () => {
  const page = readFileSync(new URL('../../../docs/bulk-grants.md', import.meta.url), 'utf8')
  const example = /```csv\n([^`]+)```/.exec(page)?.[1]
  const { rows, errors } = readTable(example ?? '')
  assert.deepEqual(errors, [])
  assert.deepEqual(
    rows.map(({ row, quantity, name }) => [row, quantity, name]),
    [
      [2, '1200.5', null],
      [3, '250', 'Refill, research'],
      [4, null, null],
    ],
  )
  for (const column of COLUMNS) assert.match(page, new RegExp(`^\\| \`${column}\` \\|`, 'm'))
})

test('a preview says what the file would do, sums it up, and does nothing', async () => {
  const report = await commands.previewBulk({ csv: GOOD, as: 'draft', by: tony })
  assert.deepEqual(report.errors, [])
  assert.deepEqual(
    report.grants.map(({ row, quantity, tranches }) => [row, quantity, tranches]),
    [
      [2, 2_400_000_000_000n, 12],
      [3, 3_601_800n, 37],
      [4, 6_000_000_000_000n, 37],
    ],
  )
  assert.deepEqual(report.totals, [
    { asset: 'GPU_SECOND/H100-SXM/guaranteed', grants: 1, quantity: 3_601_800n },
    { asset: 'USD', grants: 2, quantity: 8_400_000_000_000n },
  ])
  assert.deepEqual([report.committed, await stands()], [false, 0])
})

test('a file is committed once, whatever number of people commit it at whatever moment', async () => {
  const preview = await commands.previewBulk({ csv: GOOD, as: 'draft', by: tony })
  const all = await Promise.all(
    Array.from({ length: 6 }, () => commands.commitBulk({ csv: GOOD, as: 'draft', by: tony })),
  )
  assert.equal(all.filter(({ replayed }) => !replayed).length, 1)
  assert.equal(await stands(), 3)
  for (const { id, quantity, name } of preview.grants) {
    const grant = await grants.grant(db, id)
    assert.deepEqual(
      [grant.status, grant.quantity, grant.name, grant.createdBy],
      ['draft', quantity, name, tony],
    )
  }
})

test('every place that cannot be used is told with its row, its column, its value and what to do', async () => {
  const before = await stands()
  const csv = file(
    'nobody@perq.example,Refill,200,2026-01-15,,',
    'ada@perq.example,Unknown,200,2026-01-15,,',
    'ada@perq.example,Refill,-1,2026-01-15,,',
    'ada@perq.example,Refill,0.0000000001,2026-01-15,,',
    'ada@perq.example,Refill,200,2026-02-30,,',
    'ada@perq.example,Refill,200,2026-01-15,tomorrow,',
    'ada@perq.example,Refill,,2026-01-15,,',
    'edsger@perq.example,Refill,200,2026-01-15,,',
    'grace@perq.example,Refill,200,2026-01-15,,',
    'grace@perq.example,Refill,300,2026-01-15,,',
    ',Refill,200,2026-01-15,,',
    'ada@perq.example,Refill,200',
    `ada@perq.example,Refill,200,2026-01-15,,${'x'.repeat(300)}`,
  )
  const report = await commands.previewBulk({ csv, as: 'draft', by: tony })
  assert.deepEqual(
    report.errors.map(({ row, column }) => [row, column]),
    [
      [2, 'email'],
      [3, 'template'],
      [4, 'quantity'],
      [5, 'quantity'],
      [6, 'start_date'],
      [7, 'grant_date'],
      [8, 'quantity'],
      [9, 'email'],
      [11, 'email'],
      [12, 'email'],
      [13, ''],
      [14, 'name'],
    ],
  )
  assert.ok(report.errors.every(({ remedy }) => remedy.length > 5))
  assert.deepEqual([report.grants.length, report.rows], [1, 13])
  await assert.rejects(commands.commitBulk({ csv, as: 'draft', by: tony }), {
    code: 'invalid',
    param: 'file',
    message: /12 places .* nothing was granted; row 2, email/,
  })
  assert.equal(await stands(), before)
})

test('a header is checked before any row', async () => {
  const cases: readonly (readonly [string, string])[] = [
    ['', 'email'],
    ['email;template;start_date\na;b;c', ''],
    ['email,template,start_date,salary\na,b,c,d', 'salary'],
    ['email,template,start_date,email\na,b,c,d', 'email'],
    ['email,template\na,b', 'start_date'],
    ['email,template,start_date\n', ''],
  ]
  for (const [csv, column] of cases) {
    const { errors } = await commands.previewBulk({ csv, as: 'draft', by: tony })
    assert.equal(errors[0]?.column, column, csv)
  }
  const large = `${HEADER}\n${'x'.repeat(5 * 1024 * 1024)}`
  await assert.rejects(commands.previewBulk({ csv: large, as: 'draft', by: tony }), { code: 'too_large' })
})

test('a file of 10,000 rows is read, and of one more it is not', async () => {
  const row = 'nobody@perq.example,Refill,200,2026-01-15,,'
  const most = file(...Array.from({ length: 10_000 }, () => row))
  assert.equal((await commands.previewBulk({ csv: most, as: 'draft', by: tony })).errors.length, 10_000)
  const { errors } = await commands.previewBulk({ csv: `${most}\r\n${row}`, as: 'draft', by: tony })
  assert.match(errors[0]!.remedy, /at most 10000 rows/)
})

test('what is promised at once comes in files of at most 1,000 rows', async () => {
  const rows = Array.from({ length: 1_001 }, (_, n) => `ada@perq.example,Refill,1,2026-01-15,,Small ${n}`)
  const { errors } = await commands.previewBulk({ csv: file(...rows), as: 'active', by: tony })
  assert.deepEqual(
    errors.map(({ row, value }) => [row, value]),
    [[1, '1001']],
  )
})

test('as active a file promises at once, but neither to its author nor above the threshold', async () => {
  await db.tx((sql) => grants.setPolicy(sql, { twoAbove: { usd: '1000000000000' } }, null, world.now()))
  const rows = [
    'ada@perq.example,Refill,10,2026-01-15,,Small',
    'ada@perq.example,Refill,200,2026-01-15,,Large',
  ]
  const csv = file(...rows, 'tony@perq.example,Refill,10,2026-01-15,,Mine')
  const preview = await commands.previewBulk({ csv, as: 'active', by: tony })
  assert.deepEqual(
    preview.errors.map(({ row, column }) => [row, column]),
    [
      [3, 'quantity'],
      [4, 'email'],
    ],
  )
  const drafts = await commands.previewBulk({ csv, as: 'submitted', by: tony })
  assert.deepEqual(
    drafts.grants.map((one) => one.approvalsNeeded),
    [1, 2, 1],
  )
  const done = await commands.commitBulk({ csv: file(rows[0]!), as: 'active', by: tony })
  assert.equal((await grants.grant(db, done.grants[0]!.id)).status, 'active')
  const submitted = await commands.commitBulk({ csv, as: 'submitted', by: tony })
  for (const { id } of submitted.grants) assert.equal((await grants.grant(db, id)).status, 'pending')
})

test('what a preview takes, the commit does; what it refuses, the commit refuses as a whole', async () => {
  const cell = (good: string) =>
    fc.oneof({ weight: 9, arbitrary: fc.constant(good) }, { arbitrary: fc.constant('?'), weight: 1 })
  const row = fc.tuple(
    fc.constantFrom('ada', 'grace', 'alan').map((name) => `${name}@perq.example`),
    cell('Refill'),
    cell('1'),
    cell('2026-01-15'),
    fc.constant(''),
    fc.uuid(),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 5 }), async (table) => {
      const csv = file(...table.map((cells) => cells.join(',')))
      const before = await stands()
      const preview = await commands.previewBulk({ csv, as: 'draft', by: null })
      assert.equal(await stands(), before)
      const done = await commands.commitBulk({ csv, as: 'draft', by: null }).catch(() => null)
      assert.equal(done === null, preview.errors.length > 0)
      assert.equal(await stands(), before + (done ? table.length : 0))
    }),
    { numRuns: 25 },
  )
  assert.equal(COLUMNS.length, HEADER.split(',').length)
})
