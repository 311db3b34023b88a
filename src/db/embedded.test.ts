import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { after, test } from 'node:test'
import { Fault } from '#base/fault.ts'
import { sha256Hex } from '#base/json.ts'
import { connect } from './connect.ts'
import { startEmbedded, type Embedded } from './embedded.ts'
import { isAlive, readPostmaster, workersIn } from './postmaster.ts'

// Closed to others (0700), as root's home is: the server's own user must get in all the same.
const home = realpathSync(mkdtempSync('/tmp/perq-embedded-'))
const dirs: string[] = []
const socketFolder = (dir: string): string => `/tmp/perq-${sha256Hex(dir).slice(0, 16)}`
after(() => {
  for (const path of [home, ...dirs.map(socketFolder)]) rmSync(path, { recursive: true, force: true })
})

function newDir(): string {
  const dir = `${home}/${dirs.length}/postgres`
  dirs.push(dir)
  return dir
}
const quiet = (): void => {}
const start = (dir: string, role: 'server' | 'tool' = 'server', patience = 20_000): Promise<Embedded> =>
  startEmbedded({ dir, role, log: quiet, patience })

const pidOf = (dir: string): number => readPostmaster(dir)?.pid ?? 0

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let look = 0; look < 400; look += 1) {
    if (await holds()) return
    await new Promise((done) => setTimeout(done, 25))
  }
  assert.fail(`after 10 s it still does not hold that ${what}`)
}

/** Another process that starts the server and then does nothing. */
async function otherProcess(dir: string, role: 'server' | 'tool'): Promise<ChildProcess> {
  const code = `
    import { startEmbedded } from ${JSON.stringify(new URL('embedded.ts', import.meta.url).href)}
    const server = await startEmbedded({ dir: ${JSON.stringify(dir)}, role: '${role}', log() {} })
    process.once('SIGTERM', () => void server.stop().then(() => process.exit()))
    console.log('up')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise((done) => child.stdout?.once('data', done))
  return child
}

test('no acknowledged commit is lost when every process of the server is killed, and it comes back by itself', async () => {
  const dir = newDir()
  const server = await start(dir)
  const exits: string[] = []
  server.onExit((reason) => exits.push(reason))
  const db = await connect(server.url, { max: 2 })
  await db.query('create table row (id int primary key)')
  await db.query('create table total (n int not null)')
  await db.query('insert into total values (0)')
  const trials = [20, 45, 80, 130, 210]
  let acknowledged = 0
  for (const wait of trials) {
    let writing = true
    const writer = (async () => {
      while (writing) {
        const id = acknowledged + 1
        await db.tx(async (sql) => {
          await sql.query('update total set n = n + 1')
          await sql.query('insert into row values ($1)', [id])
        })
        acknowledged = id
      }
    })().catch(() => {})
    await new Promise((done) => setTimeout(done, wait))
    for (const pid of [pidOf(dir), ...workersIn(dir)]) if (pid) process.kill(pid, 'SIGKILL')
    writing = false
    await writer
    await until('the server is back', () =>
      db.query('select 1').then(
        () => true,
        () => false,
      ),
    )
    const [found] = await db.query<{ rows: bigint; top: number; total: number }>(
      'select (select count(*) from row) as rows, (select coalesce(max(id), 0) from row) as top, (select n from total) as total',
    )
    assert.ok(found)
    assert.equal(found.rows, BigInt(found.top))
    assert.equal(found.total, found.top)
    assert.ok(found.top === acknowledged || found.top === acknowledged + 1)
    acknowledged = found.top
  }
  assert.ok(acknowledged > 0)
  assert.equal(exits.length, trials.length)
  await db.close()
  await server.stop()
  assert.equal(readPostmaster(dir), null)
})

test('a killed postmaster is replaced although its workers still linger', async () => {
  const dir = newDir()
  const server = await start(dir)
  const db = await connect(server.url)
  const first = pidOf(dir)
  process.kill(first, 'SIGKILL')
  await until('the server is back', () =>
    db.query('select 1').then(
      () => pidOf(dir) !== first,
      () => false,
    ),
  )
  await db.close()
  await server.stop()
})

test('a second server on the same data is refused and named, a tool joins it', async () => {
  const dir = newDir()
  const server = await start(dir)
  await assert.rejects(start(dir), (error) => {
    assert.ok(error instanceof Fault && error.code === 'unavailable')
    assert.match(error.message, new RegExp(`process ${process.pid}`))
    assert.match(error.message, /PERQ_DATA/)
    return true
  })
  const tool = await start(dir, 'tool')
  assert.equal(tool.adopted, true)
  const db = await connect(tool.url)
  assert.deepEqual(await db.query('select 1 as one'), [{ one: 1 }])
  await db.close()
  await tool.stop()
  assert.ok(pidOf(dir), 'the tool does not stop what it joined')
  await server.stop()
})

test('the application is no superuser and owns its database', async () => {
  const server = await start(newDir())
  const db = await connect(server.url)
  assert.deepEqual(
    await db.query('select current_user as me, usesuper from pg_user where usename = current_user'),
    [{ me: 'perq', usesuper: false }],
  )
  await db.query(
    'create schema ledger; create table ledger.entry (n int); insert into ledger.entry values (1)',
  )
  await db.query('revoke update, delete on ledger.entry from perq')
  await assert.rejects(db.query('update ledger.entry set n = 2'), { code: '42501' })
  assert.deepEqual(
    await db.query(`select current_setting('fsync') as fsync, current_setting('data_checksums') as sums`),
    [{ fsync: 'on', sums: 'on' }],
  )
  await db.close()
  await server.stop()
})

test('a tool that started the server stops it only when the tools that joined are done', async () => {
  const dir = newDir()
  const first = await start(dir, 'tool')
  const second = await start(dir, 'tool')
  let stopped = false
  const stopping = first.stop().then(() => (stopped = true))
  const db = await connect(second.url, { max: 3 })
  await Promise.all(Array.from({ length: 3 }, () => db.query('select pg_sleep(0.2)')))
  assert.equal(stopped, false)
  await db.close()
  await second.stop()
  await stopping
  assert.equal(readPostmaster(dir), null)
})

test('a server waits for a tool to finish, then takes over', async () => {
  const dir = newDir()
  const tool = await otherProcess(dir, 'tool')
  const starting = start(dir)
  await new Promise((done) => setTimeout(done, 200))
  tool.kill('SIGTERM')
  const server = await starting
  assert.equal(server.adopted, false)
  await server.stop()
})

test('a server that waits too long says whom it waited for', async () => {
  const dir = newDir()
  const tool = await otherProcess(dir, 'tool')
  await assert.rejects(start(dir, 'server', 200), new RegExp(`Process ${tool.pid} still uses the data`))
  tool.kill('SIGTERM')
  await until('the tool has ended', () => readPostmaster(dir) === null)
})

test('kill -9 of the process above leaves no orphan, and the next start needs no hand', async () => {
  const dir = newDir()
  const other = await otherProcess(dir, 'server')
  const orphan = pidOf(dir)
  assert.ok(orphan)
  other.kill('SIGKILL')
  const server = await start(dir)
  assert.notEqual(pidOf(dir), orphan)
  await until('the old one is gone', () => !isAlive(orphan))
  await server.stop()
})

test('two that start together on an empty folder end as one server and one refusal', async () => {
  const dir = newDir()
  const both = await Promise.allSettled([start(dir), start(dir)])
  const won = both.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  assert.equal(won.length, 1)
  await won[0]?.stop()
})

test('a pid file whose number belongs to another program does not stop a start', async () => {
  const dir = newDir()
  await (await start(dir)).stop()
  writeFileSync(`${dir}/postmaster.pid`, `${process.pid}\n${dir}\n0\n5432\n/tmp\n\n  0 0\nready   \n`)
  await (await start(dir)).stop()
})

test('a folder of another major version, or of something else, is refused with the remedy', async () => {
  const dir = newDir()
  await (await start(dir)).stop()
  const version = readFileSync(`${dir}/PG_VERSION`)
  writeFileSync(`${dir}/PG_VERSION`, '17\n')
  await assert.rejects(start(dir), /made by PostgreSQL 17.*DATABASE_URL/)
  writeFileSync(`${dir}/PG_VERSION`, version)
  const strange = newDir()
  mkdirSync(strange, { recursive: true })
  writeFileSync(`${strange}/letter.txt`, 'mine')
  await assert.rejects(start(strange), /holds files, but no PostgreSQL data/)
  assert.equal(readFileSync(`${strange}/letter.txt`, 'utf8'), 'mine')
})

test('a socket folder that somebody else prepared is not trusted', async () => {
  const dir = newDir()
  await (await start(dir)).stop()
  const socket = socketFolder(dir)
  rmSync(socket, { recursive: true })
  symlinkSync(home, socket)
  await assert.rejects(start(dir), /could not be trusted/)
  rmSync(socket)
})
