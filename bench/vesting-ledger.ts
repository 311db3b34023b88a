import { availableParallelism } from 'node:os'
import { iso } from '#base/time.ts'
import type { World } from '#base/world.ts'
import { openCommands } from '#commands/commands.ts'
import type { Db } from '#db/sql.ts'
import { openGrants } from '#grants/grants.ts'
import { openLedger } from '#ledger/ledger.ts'
import { verify } from '#ledger/verify.ts'
import { openPeople } from '#people/people.ts'
import type { BenchOptions } from './run.ts'
import { openServer } from './server.ts'

/** Grants of one company, each with a tranche due in every month. */
const GRANTS = 30_000
const MONTHS = 12
/** Rows of one statement and one commit of the peer: many times what anybody needs to be fast. */
const BATCH = 2_000
const FIRST = Date.UTC(2026, 0, 31)

/**
 * A month's due tranches vested through the command that the worker runs, beside plain inserts of as many rows of the width
 * of a lot, on the same durable server. Months and inserts take turns; medians of the rounds are told. A vested tranche
 * is a lot, an entry, a grant's total, a wallet's version and the tranche's own mark: five rows, where the peer writes one.
 */
export async function runLedger({ rounds, log }: Pick<BenchOptions, 'rounds' | 'log'>) {
  log('starting an own PostgreSQL with fsync on')
  const server = await openServer(log)
  try {
    const { db } = server
    log(`writing ${GRANTS} grants of ${MONTHS} tranches`)
    await writeGrants(db)
    const ledger = openLedger({ db, owner: 'bench' })
    const world: World = { now: Date.now, random: (count) => new Uint8Array(count), id: () => '' }
    const people = openPeople({ db, world })
    const commands = openCommands({ db, world, ledger, people, grants: openGrants() })
    const cells: { readonly vested: number; readonly plain: number }[] = []
    for (let round = 0; round < Math.min(rounds, MONTHS); round += 1) {
      const plain = await rate(() => insertPlain(db, round))
      const now = Date.UTC(2026, round + 1, 1) + 12 * 3_600_000
      const vested = await rate(async () => {
        const count = await commands.vestDue(now, GRANTS)
        if (count !== GRANTS) throw new Error(`${count} of ${GRANTS} tranches vested`)
      })
      log(
        `round ${round + 1} of ${rounds}: ${Math.round(vested)} tranches/s, ${Math.round(plain)} plain rows/s`,
      )
      cells.push({ vested, plain })
    }
    log('proving the ledger')
    await ledger.seal()
    const { ok, entries, findings } = await verify(db)
    if (!ok) throw new Error(`the ledger does not hold: ${JSON.stringify(findings)}`)
    const vested = median(cells.map((cell) => cell.vested))
    const plain = median(cells.map((cell) => cell.plain))
    return {
      postgres: server.version,
      cores: availableParallelism(),
      tranchesAMonth: GRANTS,
      rounds: cells.length,
      tranchesPerSecond: Math.round(vested),
      plainInsertsPerSecond: Math.round(plain),
      ofPlain: Number((vested / plain).toFixed(3)),
      entries: String(entries),
      kept: vested >= 5_000,
    }
  } finally {
    await server.stop()
  }
}

const rate = async (work: () => Promise<void>): Promise<number> => {
  const from = performance.now()
  await work()
  return (GRANTS * 1_000) / (performance.now() - from)
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** What hiring and granting would have written, set by set: that part is not measured. */
async function writeGrants(db: Db): Promise<void> {
  const at = iso(FIRST)
  const each = `from generate_series(1, ${GRANTS}) as g(i)`
  const person = `md5('person ' || i)::uuid`
  const wallet = `md5('wallet ' || i)::uuid`
  // Ids of grants are ordered by time.
  const grant = `lpad(to_hex(i), 32, '0')::uuid`
  await db.tx(async (sql) => {
    await sql.query(
      `insert into ledger.wallet (id, person_id, asset) select ${wallet}, ${person}, 'USD' ${each}`,
    )
    await sql.query(
      `insert into ledger.grant_book (grant_id, wallet_id, granted, unvested) select ${grant}, ${wallet}, 12e12, 12e12 ${each}`,
    )
    await sql.query(
      `insert into ledger.entry (transfer, kind, n, at, source, target, grant_id, amount, xid)
       select md5('granted ' || i)::uuid, 'granted', 0, $1, 'promised', 'unvested', ${grant}, 12e12, (select ledger.writing_xid()) ${each}`,
      [at],
    )
    await sql.query(
      `insert into grants.grant (id, person_id, wallet_id, entity_id, template_id, template_name, template_version, statements,
         allocation, basis, expiry, scope, priority, name, quantity, start_date, grant_date, status, created_at)
       select ${grant}, ${person}, ${wallet}, ${person}, ${person}, 'Monthly', 1, '[]', 'CUMULATIVE_ROUND_DOWN', '{"kind": "total"}',
         '{"kind": "days_after_vest", "days": 365}', '{}', 50, 'Compute', 12e12, '2025-12-31', '2025-12-31', 'active', $1 ${each}`,
      [at],
    )
    await sql.query(
      `insert into grants.tranche (grant_id, n, date, quantity)
       select ${grant}, n, (date '2025-12-31' + n * interval '1 month')::date, 1e12 ${each}, generate_series(1, ${MONTHS}) as t(n)`,
    )
    await sql.query(
      `create table public.plain (id uuid primary key, wallet_id uuid, grant_id uuid, tranche int, priority smallint, scope_id int,
         effective_at timestamptz, expires_at timestamptz, vested bigint, available bigint)`,
    )
  })
  await db.query('analyze')
}

async function insertPlain(db: Db, round: number): Promise<void> {
  for (let from = 1; from <= GRANTS; from += BATCH) {
    const range = Array.from({ length: Math.min(BATCH, GRANTS - from + 1) }, (_, index) => from + index)
    const ids = range.map(
      (i) => `${String(round).padStart(8, '0')}-0000-8000-8000-${String(i).padStart(12, '0')}`,
    )
    await db.query(
      `insert into public.plain
       select id, id, id, 1, 50, 1, effective, expires, quantity, quantity
       from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::bigint[]) as c(id, effective, expires, quantity)`,
      [ids, range.map(() => iso(FIRST)), range.map(() => iso(FIRST)), range.map(() => 1_000_000_000_000n)],
    )
  }
}
