import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sha256Hex } from '#base/json.ts'
import type { Role } from '#people/access.ts'
import { openPeople } from '#people/people.ts'
import { testDb, type TestDb } from '../support/database.ts'
import { perq } from '../support/perq.ts'
import { testWorld } from '../support/world.ts'

let db: TestDb
before(async () => {
  db = await testDb()
})
after(() => db.drop())

const run = (args: readonly string[], input = '') =>
  perq([...args, '--json'], { env: { DATABASE_URL: db.url }, input })
async function told(args: readonly string[], input = ''): Promise<Record<string, unknown>> {
  const { code, out, err } = await run(args, input)
  assert.equal(code, 0, `perq ${args.join(' ')}: ${err}`)
  return JSON.parse(out) as Record<string, unknown>
}
const text = (value: unknown): string => {
  assert.equal(typeof value, 'string')
  return String(value)
}

async function hire(staff: Readonly<Record<string, Role>>): Promise<void> {
  const people = openPeople({ db, world: testWorld() })
  const entity = await people.createEntity({ name: 'Perq GmbH', country: 'DE', currency: 'EUR' })
  for (const [email, role] of Object.entries(staff)) {
    const facts = { level: 'IC3', entity: entity.id, country: 'DE', hiredOn: '2024-01-01' }
    await people.create({ email, role, name: 'Ada Lovelace', ...facts })
  }
}

test('a contract goes its way on the command line, and a file of them too', async () => {
  const [ada, tony, finn] = ['ada@perq.test', 'tony@perq.test', 'finn@perq.test']
  await hire({ [ada]: 'employee', [tony]: 'people', [finn]: 'finance' })
  const unit = ['--denomination', 'gpu_hour', '--accelerator', 'H100-SXM', '--tier', 'guaranteed']
  await told(['grant', 'template', 'add', 'GPU hours', ...unit])
  await told(['grant', 'policy', '--two-above', 'gpu_hour=10000'])

  const ask = [ada, '--template', 'GPU hours', '--quantity', '1000.5', '--start', '2026-01-15']
  const direct = await run(['grant', 'issue', ...ask.with(4, '10000.5')])
  assert.deepEqual([direct.code, direct.out], [1, ''])
  assert.match(direct.err, /two persons must approve/)
  const draft = await told(['grant', 'draft', ...ask, '--by', tony])
  const id = text(draft['id'])
  assert.deepEqual([draft['status'], draft['quantity']], ['draft', '3601800'])
  await told(['grant', 'submit', id, '--by', tony])
  const frozen = await run(['grant', 'change', id, '--quantity', '1'])
  assert.equal(frozen.code, 1)
  assert.match(frozen.err, /pending and cannot be changed/)
  assert.equal((await told(['grant', 'approve', id, '--by', finn]))['status'], 'approved')
  await told(['grant', 'offer', id])
  const agreement = await told(['grant', 'agreement', id])
  const hash = text(agreement['content_hash'])
  assert.equal(sha256Hex(text(agreement['content'])), hash)
  const accept = ['grant', 'accept', id, '--by', ada, '--typed-name', 'ada lovelace', '--hash', hash]
  assert.equal((await told(accept))['status'], 'active')

  const csv = 'email,template,quantity,start_date\nada@perq.test,GPU hours,10,2026-01-15\n'
  const wrong = await run(['grant', 'bulk', '-', '--preview'], csv.replace('10', 'ten'))
  assert.equal(wrong.code, 1)
  const { errors } = JSON.parse(wrong.out) as { errors: { row: number; column: string; value: string }[] }
  assert.deepEqual([errors[0]?.row, errors[0]?.column, errors[0]?.value], [2, 'quantity', 'ten'])
  const done = await told(['grant', 'bulk', '-', '--commit', '--by', tony], csv)
  assert.deepEqual([done['committed'], done['replayed']], [true, false])
  assert.deepEqual(done['totals'], [
    { asset: 'GPU_SECOND/H100-SXM/guaranteed', grants: 1, quantity: '36000' },
  ])
  const { salaries } = await told(['person', 'salary', ada, '--amount', '120000', '--from', '2026-01-01'])
  assert.deepEqual(
    (salaries as { amount: string; currency: string }[]).map(({ amount, currency }) => [amount, currency]),
    [['120000000000000', 'EUR']],
  )
})
