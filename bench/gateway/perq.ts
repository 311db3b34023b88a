import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openLedger } from '#ledger/ledger.ts'
import { verify } from '#ledger/verify.ts'
import { openDatabase } from '#main/database.ts'
import { servePerq } from '../../test/support/perq.ts'
import { makeCompany } from './company.ts'
import { TOLD, type Told } from './memory/ledger.ts'
import { treeOf } from './processes.ts'
import type { Subject } from './subject.ts'

const PEOPLE = 1_000
/** As the script `perq` sets it: what reads and compiles the code anew stays in memory. */
const COMPILED = fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url))
const HOOK = fileURLToPath(new URL('memory/register.mjs', import.meta.url))

export type Proof = {
  readonly usageRows: number
  readonly openHolds: number
  readonly verified: boolean
  readonly findings: readonly string[]
  readonly entries: string
}

export type Perqs = {
  readonly durable: Subject
  readonly memory: Subject
  readonly keys: readonly string[]
  readonly people: number
  /** The processes of PostgreSQL now. */
  readonly database: () => readonly number[]
  /** Stops both. What the one in memory counted, and the proof of the ledger of the other. */
  finish(): Promise<{ memory: Told | null; durable: Proof }>
  stop(): Promise<void>
}

/**
 * `perq serve` as it is, with its own PostgreSQL and the settings of production; and the same once more, its hot operations in
 * memory. Each has a company of its own: two on one database would watch each other.
 */
export async function startPerqs({
  upstream,
  log,
}: {
  upstream: number
  log: (line: string) => void
}): Promise<Perqs> {
  const folders = { durable: '', memory: '' }
  const remove = (): void => {
    for (const folder of Object.values(folders)) if (folder) rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', remove)
  const secret = randomBytes(32).toString('hex')
  const begin = async (which: keyof typeof folders, env: Record<string, string>) => {
    const data = mkdtempSync(`${tmpdir()}/perq-bench-gateway-`)
    folders[which] = data
    log(`making ${PEOPLE} people with a key, a wallet and money`)
    const keys = await makeCompany({ data, secret, people: PEOPLE, upstream, log })
    const served = await servePerq({
      data,
      args: [],
      env: { NODE_COMPILE_CACHE: COMPILED, ...env, PERQ_SECRET: secret },
    })
    return {
      served,
      keys,
      postmaster: Number(readFileSync(join(data, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]),
    }
  }
  const lasting = await begin('durable', {})
  const durable = lasting.served
  const passing = await begin('memory', {
    NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --import=${HOOK}`.trim(),
  }).catch(async (error: unknown) => {
    await durable.stop()
    throw error
  })
  const memory = passing.served
  const postmasters = [lasting.postmaster, passing.postmaster]
  const subject = (name: 'perq' | 'perq-memory', { served, keys }: typeof lasting): Subject => ({
    name,
    target: {
      port: Number(new URL(served.url).port),
      path: '/openai/v1/chat/completions',
      keys,
      headers: {},
    },
    pids: () => treeOf(served.pid, postmasters),
    verbatim: true,
    pinned: name === 'perq-memory',
    stop: async () => void (await served.stop()),
  })
  const stop = async (): Promise<void> => {
    for (const served of [memory, durable]) if (!served.gone()) await served.stop()
  }
  return {
    durable: subject('perq', lasting),
    memory: subject('perq-memory', passing),
    keys: lasting.keys,
    people: PEOPLE,
    database: () => postmasters.flatMap((each) => treeOf(each)),
    finish: async () => {
      await stop()
      log('proving the ledger')
      return { memory: toldBy(memory.said()), durable: await prove(folders.durable, log) }
    },
    stop: async () => {
      await stop()
      remove()
    },
  }
}

/** Each process tells for itself. */
function toldBy(said: string): Told | null {
  const told = said
    .split('\n')
    .filter((line) => line.startsWith(TOLD))
    .map((line) => JSON.parse(line.slice(TOLD.length)) as Told)
  if (told.length === 0) return null
  return {
    records: told.reduce((sum, { records }) => sum + records, 0),
    charged: String(told.reduce((sum, { charged }) => sum + BigInt(charged), 0n)),
    open: told.reduce((sum, { open }) => sum + open, 0),
  }
}

async function prove(data: string, log: (line: string) => void): Promise<Proof> {
  const { db, close } = await openDatabase({ env: {}, data, role: 'tool', log })
  try {
    const ledger = openLedger({ db, owner: 'bench' })
    while ((await ledger.seal()) > 0);
    const [row] = await db.query<{ count: bigint }>('select count(*) as count from ledger.usage')
    const { ok, entries, openHolds, findings } = await verify(db)
    return {
      usageRows: Number(row!.count),
      openHolds: Number(openHolds),
      verified: ok,
      findings: findings.map((finding) => JSON.stringify(finding)),
      entries: String(entries),
    }
  } finally {
    await close()
  }
}
