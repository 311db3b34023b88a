import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { SECOND } from '#base/time.ts'
import { openLedger } from '#ledger/ledger.ts'
import { verify } from '#ledger/verify.ts'
import { restore, type Restored } from '#main/backup/restore.ts'
import { openDatabase } from '#main/database.ts'
import { readTrace } from '#main/demo/trace.ts'
import { eventually } from '../support/eventually.ts'
import { perq, servePerq, tempFolder, type Served } from '../support/perq.ts'
import { sendCall } from '../support/trace-client.ts'

const CALLERS = 6

type Made = {
  folder: string
  archived: boolean
  manifest: { archive: string; firstSegment: string; seal: { n: string } }
}

/** One server, its backups beside it, and what is restored from them: each part builds on the one before. */
describe('a database comes back from its backups', () => {
  const folder = tempFolder()
  const [data, shelf, log] = ['data', 'backups', 'wal'].map((name) => join(folder.path, name)) as [
    string,
    string,
    string,
  ]
  const env = { PERQ_WAL_ARCHIVE: log, PERQ_DEMO_DAYS: '0' }
  const trace = readTrace()
  const charged = new Map<string, bigint>()
  let next = 0
  let served: Served
  const backups: Made[] = []

  before(async () => void (served = await servePerq({ data, env })))
  after(async () => {
    await served.stop()
    folder.remove()
  })

  const call = async (): Promise<string> => {
    const person = served.people[next % served.people.length]!
    const answer = await sendCall(served, person.key!, trace[next++ % trace.length]!)
    if (answer.kind !== 'answered') throw new Error(answer.kind === 'refused' ? answer.body : 'no answer')
    charged.set(answer.id, answer.cost)
    return answer.id
  }

  const run = async <T>(...args: string[]): Promise<T> => {
    const { code, out, err } = await perq([...args, '--json'], { env })
    assert.equal(code, 0, err)
    return JSON.parse(out) as T
  }
  type Ask = { from: string; to: string; toTime?: number; wal?: string }
  const restored = ({ from, to, toTime, wal }: Ask): Promise<Restored> =>
    restore({ env: {}, from, data: to, toTime: toTime ?? null, wal: wal ?? null, log: () => {} })
  const backup = async (...more: string[]): Promise<Made> => {
    const made = await run<Made>('backup', '--to', shelf, '--data', data, ...more)
    assert.equal(made.archived, true, served.said())
    return made
  }

  /** What a restored database charged for each call. */
  const chargedIn = async (place: string): Promise<Map<string, bigint>> => {
    const { db, close } = await openDatabase({ env: {}, data: place, role: 'tool', log: () => {} })
    try {
      const rows = await db.query<{ id: string; cost: bigint }>('select id, cost from ledger.usage')
      return new Map(rows.map(({ id, cost }) => [id, cost]))
    } finally {
      await close()
    }
  }

  test('a backup that is taken under load holds every call that was answered before it, and its ledger holds', async () => {
    let stopped = false
    const callers = Promise.allSettled(
      Array.from({ length: CALLERS }, async () => {
        while (!stopped) await call()
      }),
    )
    await eventually(() => assert.ok(charged.size >= 20), 120_000)
    const before = new Map(charged)
    const made = await backup()
    stopped = true
    assert.deepEqual(
      (await callers).filter(({ status }) => status === 'rejected'),
      [],
    )
    assert.ok(charged.size > before.size, 'calls were answered while it was taken')
    backups.push(made)

    const to = join(folder.path, 'end')
    const done = await run<Restored>('restore', '--from', made.folder, '--data', to, '--wal', 'none')
    assert.deepEqual([done.verdict.ok, done.sealHolds, existsSync(join(to, 'secret'))], [true, true, false])
    assert.ok(BigInt(done.seal!.n) >= BigInt(made.manifest.seal.n))
    const found = await chargedIn(to)
    assert.deepEqual(
      [...before].filter(([id, cost]) => found.get(id) !== cost),
      [],
    )
  })

  test('what was on its way when the backup ended is ended, and the ledger goes on', async () => {
    const { db, close } = await openDatabase({
      env: {},
      data: join(folder.path, 'end'),
      role: 'tool',
      log: () => {},
    })
    const ledger = openLedger({ db, owner: 'after' })
    await ledger.begin()
    const now = Date.now()
    for (const later of [0, 10, 20, 30]) await ledger.lapse(now + later * SECOND)
    await ledger.seal()
    const verdict = await verify(db)
    await close()
    assert.deepEqual([verdict.findings, verdict.openHolds], [[], 0n])
  })

  test('a point in time between two calls restores the first and not the second, from the newest backup before it', async () => {
    const first = await call()
    const mark = Date.now() + 1
    await eventually(() => assert.ok(Date.now() > mark))
    const second = await call()
    // Hands over the log up to here, as the server does by itself within a minute.
    backups.push(await backup('--with-secret'))

    const to = join(folder.path, 'mark')
    const done = await restored({ from: shelf, to, toTime: mark })
    assert.deepEqual([done.verdict.ok, done.sealHolds, done.backup], [true, true, backups[0]!.folder])
    const found = await chargedIn(to)
    assert.deepEqual([found.get(first), found.has(second)], [charged.get(first), false])
  })

  test('without a time everything comes back that was archived, and the secret with it that was asked for', async () => {
    const to = join(folder.path, 'all')
    const done = await restored({ from: shelf, to })
    assert.deepEqual([done.verdict.ok, done.backup], [true, backups[1]!.folder])
    assert.deepEqual(await chargedIn(to), charged)
    assert.equal(readFileSync(join(to, 'secret'), 'utf8'), readFileSync(join(data, 'secret'), 'utf8'))
  })

  const refused = async (how: Omit<Ask, 'to'>, why: RegExp): Promise<void> => {
    const to = join(folder.path, 'refused')
    await assert.rejects(restored({ ...how, to }), why)
    assert.equal(existsSync(to), false, 'nothing is left behind')
  }

  test('a time that no backup or no log reaches is refused, and nothing is left behind', async () => {
    await refused({ from: shelf, toTime: Date.UTC(2026, 0, 1) }, /the oldest backup .* ended at/)
    await refused({ from: shelf, toTime: Date.UTC(2126, 0, 1) }, /ends before --to-time/)
    await refused({ from: shelf, wal: join(folder.path, 'nowhere') }, /nowhere, is not there/)
  })

  test('a changed, a missing and a foreign file, and a backup that was broken off, are refused by name', async () => {
    const [{ folder: from }] = backups as [Made]
    const some = join(from, 'data', 'global', 'pg_filenode.map')
    const whole = readFileSync(some)
    const changed = Buffer.from(whole)
    changed[20]! ^= 1
    writeFileSync(some, changed)
    await refused({ from }, /data\/global\/pg_filenode\.map is damaged/)
    writeFileSync(some, whole)
    renameSync(some, `${some}.old`)
    await refused({ from }, /pg_filenode\.map\.old does not belong to it; .*pg_filenode\.map is missing/)
    renameSync(`${some}.old`, some)
    renameSync(join(from, 'manifest.json'), join(from, 'manifest.half'))
    await refused({ from }, /is no whole backup/)
    renameSync(join(from, 'manifest.half'), join(from, 'manifest.json'))
  })

  test('a folder that is not empty, as that of a running server, is never restored into', async () => {
    const { code, err } = await perq(['restore', '--from', shelf, '--data', data], { env })
    assert.equal(code, 1)
    assert.match(err, /is not empty/)
  })

  test('a database of your own is left to its own tools', async () => {
    const { code, err } = await perq(['backup', '--to', shelf], {
      env: { DATABASE_URL: 'postgresql://nowhere/x' },
    })
    assert.equal(code, 1)
    assert.match(err, /its own tools/)
  })

  test('--keep removes older backups, those that were broken off, and the log that nothing needs any more', async () => {
    // A process of that number is never alive.
    mkdirSync(join(shelf, '.fresh-2026-01-01T00-00-00-000Z-4194305'))
    const { manifest, folder: kept } = await backup('--keep', '1')
    assert.deepEqual(
      readdirSync(shelf).map((name) => join(shelf, name)),
      [kept],
    )
    const archived = readdirSync(manifest.archive).filter((name) => /^[0-9A-F]{24}/.test(name))
    assert.ok(archived.length > 0)
    assert.deepEqual(
      archived.filter((name) => name.slice(0, 24) < manifest.firstSegment),
      [],
    )
  })

  test('the commands of the page are commands', async () => {
    const page = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8')
    const section = page.slice(page.indexOf('\n## Backup and restore\n'), page.indexOf('\n## Metrics\n'))
    const told = [...section.matchAll(/perq (backup|restore) ((?:--[a-z-]+ [^\s`]+ ?)+)/g)]
    assert.ok(told.length >= 4)
    const help = { backup: await perq(['help', 'backup']), restore: await perq(['help', 'restore']) }
    for (const [, command, options] of told)
      for (const [option] of options!.matchAll(/--[a-z-]+/g))
        assert.ok(help[command as 'backup' | 'restore'].out.includes(`${option} `), `${command} ${option}`)
  })
})
