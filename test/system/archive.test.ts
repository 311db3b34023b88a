import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { DAY, HOUR } from '#base/time.ts'
import { openCompany } from '../support/company.ts'
import { testDb, type TestDb } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { perq, tempFolder, type Ran } from '../support/perq.ts'
import { testWorld } from '../support/world.ts'

const MONTH = '2026-03'
const folder = tempFolder()
let db: TestDb
let env: Record<string, string>

before(async () => {
  db = await testDb()
  env = { DATABASE_URL: db.url }
  const company = await openCompany(db, testWorld({ seed: 8, now: Date.UTC(2026, 2, 10) }))
  const person = await company.hire()
  await company.grant(person, 1_000_000_000n, { months: 12, daysAgo: 60 })
  await company.tick()
  for (let n = 0; n < 8; n += 1) {
    company.world.advance(5 * DAY + 3 * HOUR)
    await company.tick()
    const held = await company.hold(person)
    if (held) await company.settle(held)
  }
  await company.exchange.close()
  await company.prices.close()
})
after(async () => {
  await db.drop()
  folder.remove()
})

/** With a look at the database, which otherwise would take us for gone while commands run. */
async function run(...args: readonly string[]): Promise<Ran> {
  await db.query('select 1')
  return perq(args, { env })
}

test('a month goes into a file and comes back by two commands, and the ledger proves itself with and without the file', async () => {
  const to = `${folder.path}/archive`
  // Sealing waits for whatever else runs on the server; then the month is refused, and asked for again.
  await eventually(async () => {
    const { code, out, err } = await run('archive', '--before', '2026-04', '--to', to, '--json')
    assert.equal(code, 0, err)
    const { months } = JSON.parse(out) as { months: { month: string; calls: string }[] }
    assert.deepEqual(
      months.map(({ month }) => month),
      [`${MONTH}-01`],
    )
    assert.ok(BigInt(months[0]!.calls) > 2n)
  }, 60_000)
  assert.deepEqual(readdirSync(to), [`usage-${MONTH}.parquet`])

  const without = await run('ledger', 'verify')
  assert.equal(without.code, 0, without.err)
  assert.match(without.out, /Not looked at: the calls of 2026-03/)
  const whole = await run('ledger', 'verify', '--archive', to)
  assert.equal(whole.code, 0, whole.err)
  assert.doesNotMatch(whole.out, /Not looked at/)
  assert.equal((await run('ledger', 'verify', '--archive', folder.path)).code, 1)

  const back = await run('archive', 'restore', MONTH, '--from', to, '--json')
  assert.equal(back.code, 0, back.err)
  assert.equal((JSON.parse(back.out) as { month: string }).month, `${MONTH}-01`)
  const again = await run('archive', 'restore', MONTH, '--from', to)
  assert.equal(again.code, 1)
  assert.match(again.err, /2026-03 is not archived/)
})

test('a month that is none, and a folder that is not named, are bad usage', async () => {
  for (const args of [['--before', '2026-13', '--to', folder.path], ['--before', '2026-03'], []]) {
    const { code, out } = await run('archive', ...args)
    assert.deepEqual([code, out], [2, ''])
  }
})
