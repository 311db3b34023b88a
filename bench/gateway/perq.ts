import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openLedger } from '#ledger/ledger.ts'
import { verify } from '#ledger/verify.ts'
import { openDatabase } from '#main/database.ts'
import { servePerq, type Served } from '../../test/support/perq.ts'
import { makeCompany } from './company.ts'
import { TOLD, type Told } from './memory/ledger.ts'
import { treeOf } from './processes.ts'
import type { Subject } from './subject.ts'

const PEOPLE = 1_000
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
 * `perq serve` as it is, with its own PostgreSQL and the settings of production; and the same once more on the same database,
 * its hot operations in memory.
 */
export async function startPerqs({
  upstream,
  log,
}: {
  upstream: number
  log: (line: string) => void
}): Promise<Perqs> {
  const data = mkdtempSync(`${tmpdir()}/perq-bench-gateway-`)
  const remove = (): void => rmSync(data, { recursive: true, force: true })
  process.once('exit', remove)
  const secret = randomBytes(32).toString('hex')
  log(`making ${PEOPLE} people with a key, a wallet and money`)
  const keys = await makeCompany({ data, secret, people: PEOPLE, upstream, log })
  const env = { PERQ_SECRET: secret }
  const durable = await servePerq({ data, args: [], env })
  const memory = await servePerq({
    args: [],
    env: {
      ...env,
      DATABASE_URL: durable.database.replace('//postgres@', '//perq@'),
      NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --import=${HOOK}`.trim(),
    },
  }).catch(async (error: unknown) => {
    await durable.stop()
    throw error
  })
  const postmaster = Number(readFileSync(join(data, 'postgres/postmaster.pid'), 'utf8').split('\n')[0])
  const subject = (name: 'perq' | 'perq-memory', served: Served): Subject => ({
    name,
    target: {
      port: Number(new URL(served.url).port),
      path: '/openai/v1/chat/completions',
      keys,
      headers: {},
    },
    pids: () => treeOf(served.pid, [postmaster]),
    verbatim: true,
    pinned: name === 'perq-memory',
    stop: async () => void (await served.stop()),
  })
  const stop = async (): Promise<void> => {
    for (const served of [memory, durable]) if (!served.gone()) await served.stop()
  }
  return {
    durable: subject('perq', durable),
    memory: subject('perq-memory', memory),
    keys,
    people: PEOPLE,
    database: () => treeOf(postmaster),
    finish: async () => {
      await stop()
      log('proving the ledger')
      return { memory: toldBy(memory.said()), durable: await prove(data, log) }
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
