import { parseArgs } from 'node:util'

/** What a bench is told. Progress goes to `log`; the answer is one JSON-able object. */
export type BenchOptions = {
  /** Of each measured cell, in each round. */
  readonly seconds: number
  readonly rounds: number
  readonly log: (line: string) => void
}

/** A result that says `kept: false` broke a promise: the bench then ends with 1. */
type Bench = { run(options: BenchOptions): Promise<object & { readonly kept?: boolean }> }

const BENCHES: Record<string, { readonly about: string; readonly load: () => Promise<Bench> }> = {
  ledger: {
    about: 'holds and settles beside TPC-B on the same server',
    load: () => import('./ledger.ts'),
  },
  overspend: {
    about: '2,000 calls at once on one wallet, two replicas, one killed in the middle',
    load: () => import('./overspend.ts'),
  },
  vesting: {
    about: "schedules of 100,000 grants, and a month's tranches into the ledger beside plain inserts",
    load: () => import('./vesting.ts'),
  },
}

const USAGE = `usage: npm run bench -- NAME [--json] [--seconds N] [--rounds N]

${Object.entries(BENCHES)
  .map(([name, { about }]) => `  ${name.padEnd(10)}${about}`)
  .join('\n')}
`

async function main(): Promise<number> {
  const { values, positionals } = readArguments() ?? { values: {}, positionals: [] }
  const bench = Object.entries(BENCHES).find(([name]) => name === positionals[0])?.[1]
  const [seconds, rounds] = [wholeOf(values.seconds ?? '1'), wholeOf(values.rounds ?? '3')]
  if (!bench || positionals.length !== 1 || seconds === null || rounds === null) {
    process.stderr.write(USAGE)
    return 2
  }
  const { run } = await bench.load()
  const result = await run({ seconds, rounds, log: (line) => void process.stderr.write(`${line}\n`) })
  process.stdout.write(`${values.json ? JSON.stringify(result) : readable(result)}\n`)
  return result.kept === false ? 1 : 0
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { json: { type: 'boolean' }, seconds: { type: 'string' }, rounds: { type: 'string' } },
    })
  } catch {
    return null
  }
}

const wholeOf = (text: string): number | null => (/^[1-9]\d{0,2}$/.test(text) ? Number(text) : null)

/** One line for each value; a list of records as a table. */
function readable(result: object): string {
  return Object.entries(result)
    .map(([key, value]) => (Array.isArray(value) ? `\n${table(value)}` : `${key}: ${shown(value)}`))
    .join('\n')
}

function table(records: readonly object[]): string {
  const head = Object.keys(records[0] ?? {})
  const rows = [head, ...records.map((record) => Object.values(record).map(shown))]
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => row.map((cell, column) => cell.padStart(widths[column]!)).join('  ')).join('\n')
}

const shown = (value: unknown): string =>
  typeof value === 'object' && value !== null
    ? Object.entries(value)
        .map(([key, inner]) => `${key} ${shown(inner)}`)
        .join(', ')
    : typeof value === 'number'
      ? value.toLocaleString('en', { maximumFractionDigits: 3 })
      : String(value ?? '–')

process.exitCode = await main()
