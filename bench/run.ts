import { parseArgs } from 'node:util'

/** What a bench is told. Progress goes to `log`; the answer is one JSON-able object. */
export type BenchOptions = {
  /** Of each measured cell, in each round. */
  readonly seconds: number
  readonly rounds: number
  /** Names of the parts that are wanted; null: all. Not every bench has parts. */
  readonly only: readonly string[] | null
  /** How much is written first, where a bench writes much; null: as much as its promise is about. */
  readonly rows: number | null
  readonly log: (line: string) => void
}

/** A result that says `kept: false` broke a promise: the bench then ends with 1. */
type Bench = { run(options: BenchOptions): Promise<object & { readonly kept?: boolean }> }

type Entry = {
  readonly about: string
  readonly load: () => Promise<Bench>
  /** When nothing else is asked for; else 1 second and 3 rounds. */
  readonly seconds?: number
  readonly rounds?: number
}

const BENCHES: Record<string, Entry> = {
  bodies: {
    about: 'reading a request body, knowing what it asks and writing a limit into it, beside JSON.parse',
    load: () => import('./bodies.ts'),
  },
  cluster: {
    about: 'a million accounting records of a GPU cluster into the ledger, and once more; --rows N for fewer',
    load: () => import('./cluster.ts'),
  },
  gateway: {
    about:
      'whole calls beside nothing, nginx and Portkey; --only 1k,126k,sse,rates,streams or 1k@64,perq,nginx',
    load: () => import('./gateway.ts'),
    seconds: 1.5,
    rounds: 5,
  },
  kills: {
    about: 'kill -9 of the embedded PostgreSQL, 100 times under calls, and of the server with it',
    load: () => import('./kills.ts'),
  },
  ledger: {
    about: 'holds and settles beside TPC-B on the same server',
    load: () => import('./ledger.ts'),
    seconds: 2,
    rounds: 5,
  },
  overspend: {
    about: '2,000 calls at once on one wallet, two replicas, one killed in the middle',
    load: () => import('./overspend.ts'),
  },
  path: {
    about: 'what one call costs between its request and its reply, without sockets and commits',
    load: () => import('./path.ts'),
  },
  scale: {
    about:
      'reports over 10,000,000 calls of 100,000 people, and holds beside them; --rows N for a quick look',
    load: () => import('./scale.ts'),
    seconds: 4,
    rounds: 5,
  },
  start: {
    about: 'npm start with everything set up, until the first call is paid',
    load: () => import('./start.ts'),
  },
  valuation: {
    about:
      '1,000,000 simulated prices of 48 months beside the same in C, and 100,000 grants marked in closed form',
    load: () => import('./valuation.ts'),
    rounds: 5,
  },
  vesting: {
    about: "schedules of 100,000 grants, and a month's tranches into the ledger beside plain inserts",
    load: () => import('./vesting.ts'),
  },
}

const USAGE = `usage: npm run bench -- NAME [--json] [--seconds N] [--rounds N] [--only PART,…] [--rows N]

${Object.entries(BENCHES)
  .map(([name, { about }]) => `  ${name.padEnd(10)}${about}`)
  .join('\n')}
`

async function main(): Promise<number> {
  const { values, positionals } = readArguments() ?? { values: {}, positionals: [] }
  const bench = Object.entries(BENCHES).find(([name]) => name === positionals[0])?.[1]
  const [seconds, rounds] = [
    numberOf(values.seconds, bench?.seconds ?? 1),
    wholeOf(values.rounds, bench?.rounds ?? 3),
  ]
  const badRows = values.rows !== undefined && !/^[1-9]\d{0,8}$/.test(values.rows)
  if (!bench || positionals.length !== 1 || seconds === null || rounds === null || badRows) {
    process.stderr.write(USAGE)
    return 2
  }
  const { run } = await bench.load()
  const only = values.only?.split(',') ?? null
  const rows = values.rows === undefined ? null : Number(values.rows)
  const result = await run({
    seconds,
    rounds,
    only,
    rows,
    log: (line) => void process.stderr.write(`${line}\n`),
  })
  process.stdout.write(`${values.json ? JSON.stringify(result) : readable(result)}\n`)
  return result.kept === false ? 1 : 0
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        seconds: { type: 'string' },
        rounds: { type: 'string' },
        only: { type: 'string' },
        rows: { type: 'string' },
      },
    })
  } catch {
    return null
  }
}

const wholeOf = (text: string | undefined, usual: number): number | null =>
  text === undefined ? usual : /^[1-9]\d{0,2}$/.test(text) ? Number(text) : null
const numberOf = (text: string | undefined, usual: number): number | null =>
  text !== undefined && /^[1-9]\d{0,2}\.\d$/.test(text) ? Number(text) : wholeOf(text, usual)

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
