import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { DAY, HOUR, MINUTE, SECOND } from '#base/time.ts'
import { openUpstreams } from '#gateway/upstreams/upstreams.ts'
import { health } from '#reports/health.ts'
import { testDb, type TestDb } from '../../../test/support/database.ts'
import { tempFolder } from '../../../test/support/perq.ts'
import { testWorld } from '../../../test/support/world.ts'
import { judge, readFacts, type Facts, type Seen } from './database.ts'
import { lastBackup, nodeVersion, openFiles } from './machine.ts'
import { secret } from './secret.ts'

const NOW = Date.UTC(2027, 2, 1)

const FACTS: Facts = {
  version: '18.4',
  major: 18,
  at: NOW,
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  data_checksums: 'on',
  migrations: 31,
  newest: '000031_x',
  overdue: 0,
  alive: 2,
  months_ahead: 2,
  archiving: true,
  archive_failed_at: null,
  archived_at: NOW - MINUTE,
}
const SEEN: Seen = {
  facts: FACTS,
  health: {
    holds_open: 3,
    held: 5n,
    oldest_hold: NOW - MINUTE,
    unsealed: 4,
    unsealed_since: NOW - SECOND,
    unrolled_since: NOW - SECOND,
    connections: 9,
    connections_busy: 1,
    connections_most: 100,
    archive_failures: 0n,
  },
  people: 7,
  now: NOW,
  connections: { most: 97, used: 9, tooFew: null },
}

const trouble = (seen: Seen): string[] =>
  judge(seen)
    .filter(({ ok }) => !ok)
    .map(({ name, remedy }) => {
      assert.ok(remedy, `${name} has a remedy`)
      return name
    })

test('a database that is well has nothing to tell, and each trouble is told by its name with a remedy', () => {
  const facts = (more: Partial<Facts>): Seen => ({ ...SEEN, facts: { ...FACTS, ...more } })
  const healthy = (more: Partial<Seen['health']>): Seen => ({ ...SEEN, health: { ...SEEN.health, ...more } })
  assert.deepEqual(trouble(SEEN), [])
  const cases: [Seen, string][] = [
    [facts({ major: 14 }), 'database'],
    [facts({ fsync: 'off' }), 'fsync'],
    [facts({ full_page_writes: 'off' }), 'full_page_writes'],
    [facts({ synchronous_commit: 'off' }), 'synchronous_commit'],
    [facts({ data_checksums: 'off' }), 'data_checksums'],
    [facts({ at: NOW - 6 * SECOND }), 'clock'],
    [facts({ overdue: 1 }), 'holds'],
    [facts({ months_ahead: 0 }), 'months'],
    [facts({ archive_failed_at: NOW }), 'log archive'],
    [facts({ archive_failed_at: NOW, archived_at: null }), 'log archive'],
    [healthy({ oldest_hold: NOW - 3 * DAY }), 'oldest hold'],
    [healthy({ unsealed_since: NOW - HOUR }), 'seals'],
    [healthy({ unrolled_since: NOW - HOUR }), 'roll-ups'],
    [{ ...SEEN, connections: { most: 5, used: 5, tooFew: 'raise it' } }, 'connections'],
  ]
  for (const [seen, name] of cases) assert.deepEqual(trouble(seen), [name])
})

test('what waits because no process serves is no trouble', () => {
  const idle = { ...SEEN.health, unsealed_since: NOW - DAY, unrolled_since: NOW - DAY }
  assert.deepEqual(trouble({ ...SEEN, health: idle, facts: { ...FACTS, alive: 0, months_ahead: 0 } }), [])
})

test('an old Node, too few open files, and backups that are missing or old, are told', () => {
  const folder = tempFolder()
  assert.deepEqual([nodeVersion('v24.0.1').ok, nodeVersion('v22.19.0').ok], [true, false])
  const limits = join(folder.path, 'limits')
  const files = (most: string): boolean => {
    writeFileSync(
      limits,
      `Limit  Soft Limit  Hard Limit  Units\nMax open files            ${most}  9999  files\n`,
    )
    return openFiles(limits)[0]!.ok
  }
  assert.deepEqual(['1024', '4096', 'unlimited'].map(files), [false, true, true])
  assert.deepEqual([lastBackup(null, NOW).ok, lastBackup(folder.path, NOW).ok], [true, false])
  const made = join(folder.path, '2027-02-27T00-00-00-000Z')
  mkdirSync(made)
  const stoppedAt = '2027-02-27T00:00:01.000Z'
  const text = {
    perq: '1',
    postgres: '18.4',
    startedAt: stoppedAt,
    stoppedAt,
    startLsn: '',
    stopLsn: '',
    firstSegment: '',
    lastSegment: '',
  }
  const manifest = { format: 1, ...text, archive: null, seal: null, secret: false, folders: [], parts: [] }
  writeFileSync(join(made, 'manifest.json'), JSON.stringify(manifest))
  const at = Date.parse(stoppedAt)
  assert.deepEqual(
    [lastBackup(folder.path, at + DAY).ok, lastBackup(folder.path, at + 3 * DAY).ok],
    [true, false],
  )
  folder.remove()
})

describe('on a real database', () => {
  let db: TestDb
  const folder = tempFolder()
  before(async () => void (db = await testDb()))
  after(async () => {
    await db.drop()
    folder.remove()
  })

  test('what is asked is answered', async () => {
    const world = testWorld()
    const facts = await readFacts(db, world.now())
    assert.ok(facts.major >= 15 && facts.migrations > 20 && Math.abs(facts.at - Date.now()) < HOUR)
    const connections = { most: 97, used: 1, tooFew: null }
    const found = judge({ facts, health: await health(db), people: 0, now: facts.at, connections })
    // The server of the tests gives up durability for speed, and is told so.
    const durable = new Set(['fsync', 'full_page_writes', 'synchronous_commit', 'data_checksums'])
    assert.deepEqual(
      found.filter(({ ok, name }) => !ok && !durable.has(name)),
      [],
    )
    assert.equal(found.find(({ name }) => name === 'fsync')!.ok, facts.fsync === 'on')
  })

  test('a secret that does not open a provider key, or is gone, is told with the name of the provider', async () => {
    const world = testWorld()
    const [right, wrong] = [world.random(32), world.random(32)]
    assert.equal((await secret(db, {}, folder.path)).ok, true, 'nothing is sealed yet')
    const upstreams = await openUpstreams({ db, world, masterKey: right })
    await upstreams.create({ name: 'Acme', protocol: 'openai', baseUrl: 'http://127.0.0.1:9', key: 'sk-1' })
    await upstreams.close()
    const hex = (key: Uint8Array): string => Buffer.from(key).toString('hex')
    assert.equal((await secret(db, { PERQ_SECRET: hex(right) }, folder.path)).ok, true)
    const closed = await secret(db, { PERQ_SECRET: hex(wrong) }, folder.path)
    assert.deepEqual([closed.ok, /Acme/.test(closed.detail), closed.remedy !== null], [false, true, true])
    assert.equal((await secret(db, { PERQ_SECRET: 'short' }, folder.path)).ok, false)
    assert.equal((await secret(db, {}, folder.path)).ok, false)
  })
})
