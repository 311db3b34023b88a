import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { sha256Hex } from '#base/json.ts'
import { connect } from '#db/connect.ts'
import { migrateWith, readMigrations } from '#db/migrate.ts'
import { readPostmaster } from '#db/postmaster.ts'
import type { Db } from '#db/sql.ts'

export type TestDb = Db & {
  /** As the application connects: the role `perq`, which is no superuser. */
  readonly url: string
  /** The superuser, same database. */
  readonly adminUrl: string
  /** Closes the pool and removes the database. */
  drop(): Promise<void>
}

const DIR = fileURLToPath(new URL('../../.perq/test/postgres', import.meta.url))
const HOLDER = fileURLToPath(new URL('server.ts', import.meta.url))
/** One at a time makes the template. */
const LOCK = 7_377_104_115
const KEPT_TEMPLATES = 3

/**
 * A fresh database on a real PostgreSQL, with all migrations unless `migrated` is false. `max` is the size of its
 * pool. The server is the runner's (PERQ_TEST_SERVER), or one that is found or started for this checkout.
 */
export async function testDb({
  migrated = true,
  max = 10,
}: { migrated?: boolean; max?: number } = {}): Promise<TestDb> {
  const admin = await openAdmin()
  const name = `perq_t_${process.pid}_${randomBytes(5).toString('hex')}`
  const template = migrated ? await ensureTemplate(admin) : 'template1'
  await admin.db.query(`create database ${name} template ${template} owner perq`)
  const url = admin.url('perq', name)
  const db = await connect(url, { max, name: 'perq test', mayExit: true })
  return {
    ...db,
    url,
    adminUrl: admin.url('postgres', name),
    drop: async () => {
      await db.close()
      await admin.db.query(`drop database if exists ${name} with (force)`)
    },
  }
}

type Admin = { readonly db: Db; url(user: 'perq' | 'postgres', database: string): string }

let opened: Promise<Admin> | undefined
const openAdmin = (): Promise<Admin> => (opened ??= findServer())

async function findServer(): Promise<Admin> {
  const given = process.env['PERQ_TEST_SERVER']
  if (given) return adminOf(given)
  let failure: unknown
  for (let attempt = 0; attempt < 20; attempt += 1) {
    try {
      const running = readPostmaster(DIR)
      if (running?.state === 'ready')
        return await adminOf(`postgresql://postgres@/perq?host=${running.socketDir}&port=${running.port}`)
      return await adminOf(await startHolder())
    } catch (error) {
      // It was just about to end; the next look finds it gone and starts one.
      failure = error
      await new Promise((done) => setTimeout(done, 100))
    }
  }
  throw failure
}

/** A process of its own, because the first test file to need the server may be done before the others are. */
function startHolder(): Promise<string> {
  const child = spawn(process.execPath, [HOLDER], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
  return new Promise((resolve, reject) => {
    child.stdout.once('data', (line: Buffer) => {
      child.stdout.destroy()
      child.unref()
      resolve(line.toString().trim())
    })
    child.once('exit', (code) => reject(new Error(`the test server ended with ${code}; run: node ${HOLDER}`)))
  })
}

async function adminOf(serverUrl: string): Promise<Admin> {
  const url = (user: string, database: string): string =>
    serverUrl.replace('//postgres@/perq?', `//${user}@/${database}?`)
  return {
    db: await connect(url('postgres', 'postgres'), { max: 1, name: 'perq test admin', mayExit: true }),
    url,
  }
}

let template: Promise<string> | undefined
const ensureTemplate = (admin: Admin): Promise<string> => (template ??= makeTemplate(admin))

/** Migrated once for each state of the files, then copied: a copy costs a fraction of the migrations. */
async function makeTemplate({ db, url }: Admin): Promise<string> {
  const files = await readMigrations()
  const name = `perq_template_${sha256Hex(files.map((file) => `${file.number} ${file.hash}`).join()).slice(0, 16)}`
  const exists = async (): Promise<boolean> =>
    (await db.query('select 1 from pg_database where datname = $1', [name])).length > 0
  if (await exists()) return name
  // The pool holds one connection, so that the session's lock stays with it.
  await db.query('select pg_advisory_lock($1)', [LOCK])
  try {
    if (await exists()) return name
    const building = `perq_building_${randomBytes(5).toString('hex')}`
    await db.query(`create database ${building} owner perq`)
    const fresh = await connect(url('perq', building), { max: 1 })
    try {
      await migrateWith(fresh, files)
    } catch (error) {
      await fresh.close()
      await db.query(`drop database ${building} with (force)`)
      throw error
    }
    await fresh.close()
    await db.query(`alter database ${building} rename to ${name}`)
    const old = await db.query<{ name: string }>(
      `select datname as name from pg_database where datname like 'perq\\_template\\_%' order by oid desc offset $1`,
      [KEPT_TEMPLATES],
    )
    for (const one of old) await db.query(`drop database if exists ${one.name} with (force)`)
    return name
  } finally {
    await db.query('select pg_advisory_unlock($1)', [LOCK])
  }
}
