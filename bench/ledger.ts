import { availableParallelism, cpus, loadavg } from 'node:os'
import { openLedger } from '#ledger/ledger.ts'
import { verify } from '#ledger/verify.ts'
import { addLots, measure, openWallets, type Measured } from './calls.ts'
import { cpuOf, since, type Cpu } from './cpu.ts'
import { openReference, type Reference } from './reference.ts'
import type { BenchOptions } from './run.ts'
import { openServer } from './server.ts'

const WALLETS = 10_000
const IN_FLIGHT = [1, 16, 64, 256]
const IN_FLIGHT_THREE_LOTS = 64

type Cell = { readonly name: string; readonly inFlight: number; readonly measure: () => Promise<void> }
/** With the processor time that it took, where that is told, and how long that was counted. */
type Costed = Measured & { readonly cpu: Cpu | null; readonly wallMs: number }

/**
 * Calls per second of the ledger beside pgbench on one server: one call is a hold and a settle, two durable commits'
 * worth. Reference and ledger take turns in short rounds, so that what else the machine does meets both; medians of the
 * rounds are told. At the end everything is sealed, which is told too, and the ledger must prove itself.
 */
export async function run({ seconds, rounds, log }: BenchOptions): Promise<object> {
  const started = performance.now()
  log('starting an own PostgreSQL with fsync on')
  const server = await openServer(log)
  try {
    const { db } = server
    const reference = await openReference(server)
    const ledger = openLedger({ db, owner: 'bench' })
    await ledger.heartbeat(Date.now())
    log(`opening ${WALLETS} wallets`)
    const wallets = await openWallets(db, ledger, WALLETS)
    const book = openBook()
    const ledgerCell = (name: string, inFlight: number, of: readonly string[]): Cell => ({
      name,
      inFlight,
      measure: async () => {
        const [before, start] = [cpuOf(server.postmaster), performance.now()]
        const measured = await measure(ledger, of, inFlight, seconds)
        const cpu = since(before, cpuOf(server.postmaster))
        book.call(name, inFlight, { ...measured, cpu, wallMs: performance.now() - start })
      },
    })
    const referenceCells = (inFlight: number): Cell[] =>
      (['tpcb', 'simple'] as const).map((script) => ({
        name: script,
        inFlight,
        measure: async () => book.tps(script, inFlight, await reference.run(script, inFlight, seconds)),
      }))

    const cells = IN_FLIGHT.flatMap((inFlight) => [
      ...referenceCells(inFlight),
      ledgerCell('1 wallet', inFlight, wallets.slice(0, 1)),
      ledgerCell(`${WALLETS} wallets`, inFlight, wallets),
    ])
    await inRounds(rounds, log, cells)
    log('vesting two lots more into each wallet')
    await addLots(db, ledger, wallets)
    await inRounds(rounds, log, [
      ...referenceCells(IN_FLIGHT_THREE_LOTS).slice(0, 1),
      ledgerCell(`${WALLETS} wallets × 3 lots`, IN_FLIGHT_THREE_LOTS, wallets),
    ])

    await ledger.drain()
    log('sealing what was written')
    const [before, start] = [cpuOf(server.postmaster), performance.now()]
    const sealing = await ledger.seal()
    const seal = {
      entries: sealing,
      perSecond: Math.round((sealing / (performance.now() - start)) * 1_000),
      postgresMicrosPerEntry: shareOf(since(before, cpuOf(server.postmaster)), sealing, 'postgres'),
    }
    log('proving the ledger')
    const { ok, entries, sealed, openHolds, findings } = await verify(db)
    if (!ok || openHolds !== 0n)
      throw new Error(`the ledger does not hold, ${openHolds} holds open: ${JSON.stringify(findings)}`)
    return {
      conditions: conditions(server.version, reference, seconds, rounds),
      proof: { ok, entries: String(entries), sealed: String(sealed), openHolds: String(openHolds) },
      seconds: Math.round((performance.now() - started) / 1_000),
      seal,
      cells: book.rows(),
    }
  } finally {
    await server.stop()
  }
}

async function inRounds(rounds: number, log: (line: string) => void, cells: readonly Cell[]): Promise<void> {
  for (let round = 1; round <= rounds; round += 1) {
    log(`round ${round} of ${rounds}, ${cells.length} cells`)
    for (const cell of cells) await cell.measure()
  }
}

const conditions = (version: string, reference: Reference, seconds: number, rounds: number): object => ({
  postgres: `${version} embedded, fsync on`,
  reference: reference.driver,
  cores: availableParallelism(),
  cpu: cpus()[0]?.model ?? 'unknown',
  loadAtEnd: loadavg()[0],
  medianOf: `${rounds} rounds of ${seconds} s`,
  node: process.versions.node,
})

/** What was measured, by cell; a row tells medians. */
function openBook() {
  const rates = new Map<string, number[]>()
  const calls = new Map<string, { name: string; inFlight: number; all: Costed[] }>()
  const rateOf = (script: string, inFlight: number): number =>
    median(rates.get(`${script} ${inFlight}`) ?? [])
  return {
    tps: (script: string, inFlight: number, tps: number): void => {
      const key = `${script} ${inFlight}`
      rates.set(key, [...(rates.get(key) ?? []), tps])
    },
    call: (name: string, inFlight: number, measured: Costed): void => {
      const key = `${name} ${inFlight}`
      const known = calls.get(key)
      if (known) known.all.push(measured)
      else calls.set(key, { name, inFlight, all: [measured] })
    },
    rows: (): object[] =>
      [...calls.values()].map(({ name, inFlight, all }) => {
        const middle = (of: (one: Costed) => number): number => median(all.map(of))
        const costs = (of: (one: Costed) => number | null): number | null => {
          const told = all.map(of).filter((one) => one !== null)
          return told.length === 0 ? null : round(median(told))
        }
        const [perSecond, tpcb] = [middle((one) => one.callsPerSecond), rateOf('tpcb', inFlight)]
        return {
          wallets: name,
          inFlight,
          callsPerSecond: Math.round(perSecond),
          holdP50Ms: round(middle(({ hold }) => hold.p50)),
          holdP99Ms: round(middle(({ hold }) => hold.p99)),
          settleP50Ms: round(middle(({ settle }) => settle.p50)),
          settleP99Ms: round(middle(({ settle }) => settle.p99)),
          tpcbPerSecond: Math.round(tpcb),
          simpleUpdatePerSecond: Math.round(rateOf('simple', inFlight)),
          callsPerTpcb: round(perSecond / tpcb),
          postgresMicrosPerCall: costs((one) => shareOf(one.cpu, one.calls, 'postgres')),
          nodeMicrosPerCall: costs((one) => shareOf(one.cpu, one.calls, 'node')),
          coresUsed: costs(({ cpu, wallMs }) => cpu && (cpu.postgres + cpu.node) / 1_000 / wallMs),
        }
      }),
  }
}

const shareOf = (cpu: Cpu | null, count: number, whose: keyof Cpu): number | null =>
  cpu && count > 0 ? round(cpu[whose] / count) : null

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

const round = (value: number): number => Math.round(value * 100) / 100
