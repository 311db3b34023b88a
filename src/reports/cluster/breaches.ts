import { compare, rational } from '#base/rational.ts'
import type { Millis } from '#base/time.ts'
import { knownUntil, type Run } from './facts.ts'
import { gpusAtOnce, shareIn, type Terms } from './promised.ts'
import { exceeds } from './wait.ts'
import type { QueueWait } from './waits.ts'
import type { Measured } from './statement.ts'

/** One promise that was not kept. Each has its own remedy. */
export type Breach = {
  /** The same breach has the same key whenever the report is made, so that its remedy is given once. */
  readonly key: string
  readonly kind: 'queue_wait' | 'preemption' | 'uptime' | 'nodes_at_once'
  readonly grant: string
  /** When it happened; of what is measured over the month, when that is over. */
  readonly at: Millis
  /** The runs that show it. */
  readonly runs: readonly Run[]
  /** False: the month still runs, and what is measured may still change. */
  readonly final: boolean
  /** GPU-seconds to be credited: the contract's credit, less what its ceiling of a month cuts. */
  readonly remedy: bigint
}

type Found = Omit<Breach, 'remedy'>

/** Every promise of the terms that what was measured does not keep, in order of time. */
export function breachesOf(terms: Terms, measured: Measured): readonly Breach[] {
  const found = [
    ...waitBreach(terms, measured),
    ...preemptionBreaches(terms, measured),
    ...uptimeBreach(terms, measured),
    ...capacityBreach(terms, measured),
  ].toSorted((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1))
  const given = new Map<string, bigint>()
  return found.map((breach) => {
    const remedy = terms.remedies.get(breach.grant)
    const before = given.get(breach.grant) ?? 0n
    const left = remedy ? remedy.atMostPerMonth - before : 0n
    const credit = remedy && remedy.credit < left ? remedy.credit : left
    given.set(breach.grant, before + credit)
    return { ...breach, remedy: credit }
  })
}

const isOver = ({ period }: Measured): boolean => period.asOf >= period.until

function waitBreach({ queueWait }: Terms, measured: Measured): readonly Found[] {
  if (!queueWait) return []
  const { most } = queueWait.value
  const { promised, counted } = measured.waits
  if (!exceeds(promised, most)) return []
  const late = counted.filter(({ wait }) => wait > most).toSorted((a, b) => b.wait - a.wait)
  return [
    {
      key: 'queue_wait',
      kind: 'queue_wait',
      grant: queueWait.grant,
      at: knownUntil(measured.period),
      runs: late.map(({ run }) => run),
      final: isOver(measured),
    },
  ]
}

/** Each preemption beyond the number that the contract allows. */
const preemptionBreaches = ({ preemptions }: Terms, { preempted }: Measured): readonly Found[] =>
  preemptions === null
    ? []
    : preempted.slice(preemptions.value).map((run) => ({
        key: `preemption ${run.id}`,
        kind: 'preemption',
        grant: preemptions.grant,
        at: run.endedAt ?? run.submittedAt,
        runs: [run],
        final: true,
      }))

function uptimeBreach({ uptime }: Terms, measured: Measured): readonly Found[] {
  const { promised, planned, down } = measured.uptime
  const due = promised - planned
  if (uptime === null || due === 0n) return []
  if (compare(rational(due - down, due), shareIn(uptime.value)) >= 0) return []
  const { grant } = uptime
  const at = knownUntil(measured.period)
  return [{ key: 'uptime', kind: 'uptime', grant, at, runs: [], final: isOver(measured) }]
}

/** Fewer GPUs could be had than the contract guarantees while jobs within the guarantee waited for them. */
function capacityBreach(terms: Terms, measured: Measured): readonly Found[] {
  const atOnce = gpusAtOnce(terms)
  const [first] = terms.atOnce
  if (atOnce === null || !first) return []
  const waited = measured.waits.counted.filter((wait) =>
    measured.offered.short.some((span) => wasWaiting(wait, span)),
  )
  if (waited.length === 0) return []
  return [
    {
      key: 'nodes_at_once',
      kind: 'nodes_at_once',
      grant: first.grant,
      at: knownUntil(measured.period),
      runs: waited.map(({ run }) => run),
      final: isOver(measured),
    },
  ]
}

const wasWaiting = (
  { eligibleAt, wait }: QueueWait,
  { from, until }: { readonly from: Millis; readonly until: Millis },
): boolean => eligibleAt < until && eligibleAt + wait > from
