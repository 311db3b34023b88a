import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { delimiter } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { connect } from '#db/connect.ts'
import type { BenchServer } from './server.ts'

export type Script = 'tpcb' | 'simple'

/** What everyone knows the speed of a PostgreSQL server by. */
export type Reference = {
  readonly driver: string
  /** Transactions per second of so many clients, each with one transaction in flight. */
  run(script: Script, clients: number, seconds: number): Promise<number>
}

const DATABASE = 'reference'
const SCALE = 10
const PER_BRANCH = { tellers: 10, accounts: 100_000 }
const execute = promisify(execFile)

/** pgbench where there is one, else the same statements from here. Same tables, same scale. */
export async function openReference(server: BenchServer): Promise<Reference> {
  const url = server.adminUrl(DATABASE)
  const admin = await connect(server.adminUrl('postgres'), { max: 1 })
  await admin.query(`create database ${DATABASE}`)
  await admin.close()
  const pgbench = findPgbench()
  if (pgbench === null) {
    await fill(url)
    return { driver: 'own driver, as pgbench -n -M prepared', run: (...cell) => drive(url, ...cell) }
  }
  await execute(pgbench, ['-i', '-q', '-s', String(SCALE), url])
  const { stdout: version } = await execute(pgbench, ['--version'])
  return {
    driver: `${version.trim()} -n -M prepared -j 2, scale ${SCALE}`,
    run: async (script, clients, seconds) => {
      const which = script === 'tpcb' ? 'tpcb-like' : 'simple-update'
      const cell = [
        '-c',
        String(clients),
        '-j',
        String(Math.min(2, clients)),
        '-T',
        String(Math.ceil(seconds)),
      ]
      const { stdout } = await execute(pgbench, ['-n', '-M', 'prepared', '-b', which, ...cell, url])
      const tps = /^tps = ([\d.]+)/m.exec(stdout)?.[1]
      if (tps === undefined) throw new Error(`pgbench said no rate:\n${stdout}`)
      return Number(tps)
    },
  }
}

function findPgbench(): string | null {
  const installed = '/usr/lib/postgresql'
  const versions = existsSync(installed) ? readdirSync(installed).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    ...versions.map((version) => `${installed}/${version}/bin`),
  ]
  return folders.map((folder) => `${folder}/pgbench`).find((path) => existsSync(path)) ?? null
}

async function fill(url: string): Promise<void> {
  const db = await connect(url, { max: 1 })
  await db.query(`
    create table pgbench_branches (bid int primary key, bbalance int, filler char(88)) with (fillfactor = 100);
    create table pgbench_tellers (tid int primary key, bid int, tbalance int, filler char(84)) with (fillfactor = 100);
    create table pgbench_accounts (aid int primary key, bid int, abalance int, filler char(84)) with (fillfactor = 100);
    create table pgbench_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22));
    insert into pgbench_branches select i, 0, '' from generate_series(1, ${SCALE}) i;
    insert into pgbench_tellers select i, (i - 1) / ${PER_BRANCH.tellers} + 1, 0, ''
      from generate_series(1, ${SCALE * PER_BRANCH.tellers}) i;
    insert into pgbench_accounts select i, (i - 1) / ${PER_BRANCH.accounts} + 1, 0, ''
      from generate_series(1, ${SCALE * PER_BRANCH.accounts}) i;
    analyze`)
  await db.close()
}

const STATEMENTS = {
  account: 'update pgbench_accounts set abalance = abalance + $1 where aid = $2',
  read: 'select abalance from pgbench_accounts where aid = $1',
  teller: 'update pgbench_tellers set tbalance = tbalance + $1 where tid = $2',
  branch: 'update pgbench_branches set bbalance = bbalance + $1 where bid = $2',
  history:
    'insert into pgbench_history (tid, bid, aid, delta, mtime) values ($1, $2, $3, $4, current_timestamp)',
}

async function drive(url: string, script: Script, clients: number, seconds: number): Promise<number> {
  const open = Array.from({ length: clients }, () => new pg.Client({ connectionString: url }))
  await Promise.all(open.map((client) => client.connect()))
  const from = performance.now()
  const until = from + seconds * 1_000
  const counts = await Promise.all(
    open.map(async (client) => {
      let count = 0
      for (; performance.now() < until; count += 1) await transact(client, script)
      return count
    }),
  )
  const took = (performance.now() - from) / 1_000
  await Promise.all(open.map((client) => client.end()))
  return counts.reduce((sum, count) => sum + count, 0) / took
}

async function transact(client: pg.Client, script: Script): Promise<void> {
  const upTo = (most: number): number => 1 + Math.floor(Math.random() * most)
  const [aid, tid] = [upTo(SCALE * PER_BRANCH.accounts), upTo(SCALE * PER_BRANCH.tellers)]
  const [bid, delta] = [upTo(SCALE), upTo(10_001) - 5_001]
  const step = (name: keyof typeof STATEMENTS, values: readonly number[]) =>
    client.query({ name, text: STATEMENTS[name], values: [...values] })
  await client.query('begin')
  await step('account', [delta, aid])
  await step('read', [aid])
  if (script === 'tpcb') {
    await step('teller', [delta, tid])
    await step('branch', [delta, bid])
  }
  await step('history', [tid, bid, aid, delta])
  await client.query('end')
}
