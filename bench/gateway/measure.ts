import type { Cell } from './cells.ts'
import { expectedOf } from './check.ts'
import type { Child } from './child.ts'
import type { CellAnswer, CellAsk } from './load.ts'
import { cpuOf, machineTime, pin, type Busy } from './processes.ts'
import { BURST_BODY, PLAIN_BODY } from './replies.ts'
import type { Subject } from './subject.ts'
import type { ProviderTold } from './upstream.ts'

/** The processes of one kind; for each the CPU is told apart. */
export type Groups = Readonly<Record<'gateway' | 'database' | 'load' | 'provider', readonly number[]>>

export type Measured = CellAnswer & {
  /** What the provider counted meanwhile. */
  readonly reached: number
  readonly perSecond: number
  /** Microseconds of CPU for each request; null where the system does not tell. */
  readonly cpu: Readonly<Record<keyof Groups, number | null>>
  /** The share of all cores that was busy with anything at all, others' work included. */
  readonly busy: number | null
}

const WARM_MS = 400
const GATEWAY_CORE = '1'
const OTHER_CORE = '0'

export type Bench = {
  readonly load: Child
  readonly provider: Child
  readonly database: () => readonly number[]
  readonly cores: number
}

/** With a core for itself, or all on all cores: decided anew for each cell. */
function place(bench: Bench, subject: Subject): void {
  const all = `0-${bench.cores - 1}`
  const [own, others] = subject.pinned ? [GATEWAY_CORE, OTHER_CORE] : [all, all]
  pin(subject.pids(), own)
  pin([bench.load.pid, bench.provider.pid], others)
}

export async function measure(
  bench: Bench,
  subject: Subject,
  cell: Cell,
  windowMs: number,
): Promise<Measured> {
  if (bench.cores > 1) place(bench, subject)
  const groups: Groups = {
    gateway: subject.pids(),
    database: bench.database(),
    load: [bench.load.pid],
    provider: [bench.provider.pid],
  }
  const ask: CellAsk = {
    do: 'cell',
    target: subject.target,
    kind: cell.kind,
    expected: subject.verbatim ? expectedOf(cell.kind === 'sse' ? BURST_BODY : PLAIN_BODY) : null,
    connections: cell.connections,
    rate: cell.rate,
    warmMs: WARM_MS,
    windowMs,
  }
  const atFirst = await askProvider(bench.provider)
  const looks: ReturnType<typeof look>[] = []
  const answer = await bench.load.ask<CellAnswer>(ask, () => void looks.push(look(groups)))
  const [before, after] = looks
  const used = (group: keyof Groups): number | null => {
    const [from, to] = [before?.cpu[group], after?.cpu[group]]
    return from == null || to == null || answer.done === 0 ? null : (to - from) / answer.done
  }
  return {
    ...answer,
    reached: (await askProvider(bench.provider)).requests - atFirst.requests,
    perSecond: answer.done / (answer.windowMs / 1_000),
    cpu: {
      gateway: used('gateway'),
      database: used('database'),
      load: used('load'),
      provider: used('provider'),
    },
    busy: shareBusy(before?.machine ?? null, after?.machine ?? null),
  }
}

/** What the provider has seen so far. */
export const askProvider = (provider: Child): Promise<ProviderTold> => provider.ask<ProviderTold>({})

const look = (groups: Groups) => ({
  machine: machineTime(),
  cpu: {
    gateway: cpuOf(groups.gateway),
    database: cpuOf(groups.database),
    load: cpuOf(groups.load),
    provider: cpuOf(groups.provider),
  },
})

const shareBusy = (before: Busy | null, after: Busy | null): number | null =>
  before && after && after.all > before.all ? (after.busy - before.busy) / (after.all - before.all) : null
