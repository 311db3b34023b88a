import { formatQuantity } from '../../lib/base.ts'
import type { Breach, Statement } from '../../lib/cluster.ts'
import { gpuHours, gpus, shareWords, spanWords, waitWords } from '../../lib/hours.ts'
import { nano, sum } from '../../lib/money.ts'

/** Whether one promise was kept; `none`: nothing was promised, or there is nothing to tell it from. */
export type Verdict = 'kept' | 'broken' | 'none'

export type Measure = {
  readonly name: string
  readonly promised: string
  readonly measured: string
  readonly verdict: Verdict
  readonly note: string | null
}

const broken = (statement: Statement, kind: Breach['kind']): boolean =>
  statement.breaches.some((breach) => breach.kind === kind)
const verdictOf = (statement: Statement, kind: Breach['kind'], told: boolean): Verdict =>
  broken(statement, kind) ? 'broken' : told ? 'kept' : 'none'

/** What was promised beside what was measured, one line each. */
export function measuresOf(statement: Statement): readonly Measure[] {
  const { wait, preemptions, uptime, hours } = statement
  const promisedWait = wait.promised
  const { least_gpus: least, gpus_at_once: atOnce } = hours
  return [
    {
      name: 'Queue wait',
      promised: promisedWait
        ? `${promisedWait.percentile}% within ${spanWords(promisedWait.seconds)}`
        : 'not promised',
      measured: wait.count === 0 ? 'no job asked' : `p50 ${waitWords(wait.p50)}, p95 ${waitWords(wait.p95)}`,
      verdict: verdictOf(statement, 'queue_wait', promisedWait !== null && wait.count > 0),
      note: waitNote(statement),
    },
    {
      name: 'Preemptions',
      promised: preemptions.allowed === null ? 'no limit promised' : `at most ${preemptions.allowed} a month`,
      measured: String(preemptions.count),
      verdict: verdictOf(statement, 'preemption', preemptions.allowed !== null),
      note:
        nano(hours.lost) > 0n
          ? `${gpuHours(nano(hours.lost), statement.asset)} GPU-hours of work were thrown away`
          : null,
    },
    {
      name: 'Uptime of the nodes',
      promised: uptime.promised === null ? 'not promised' : `at least ${shareWords(uptime.promised)}`,
      measured: uptime.share === null ? 'no node is known' : shareWords(uptime.share),
      verdict: verdictOf(statement, 'uptime', uptime.promised !== null && uptime.share !== null),
      note:
        nano(uptime.planned) > 0n
          ? `${gpuHours(nano(uptime.planned), statement.asset)} GPU-hours of announced maintenance are left out`
          : null,
    },
    {
      name: 'GPUs at once',
      promised: atOnce === null ? 'no number promised' : gpus(atOnce),
      measured: least === null ? 'not looked at' : `at least ${least.gpus} could be had`,
      verdict: verdictOf(statement, 'nodes_at_once', atOnce !== null && least !== null),
      note:
        least !== null && atOnce !== null && least.gpus < atOnce && !broken(statement, 'nodes_at_once')
          ? 'fewer for a time, but no job waited for them'
          : null,
    },
  ]
}

function waitNote({ wait }: Statement): string | null {
  const parts = [
    wait.count > 0 && `${wait.count} ${wait.count === 1 ? 'run' : 'runs'} within the guarantee`,
    wait.waiting > 0 && `${wait.waiting} still wait`,
    wait.beyond > 0 && `${wait.beyond} beyond it are not counted`,
  ].filter((one) => typeof one === 'string')
  return parts.length === 0 ? null : parts.join(', ')
}

export function breachWords(breach: Breach, statement: Statement): string {
  switch (breach.kind) {
    case 'preemption':
      return `Preempted, the ${ordinal(nth(breach, statement))} of the month`
    case 'queue_wait': {
      const { promised } = statement.wait
      return promised
        ? `${promised.percentile}% of jobs took ${waitWords(promised.found)}, not ${spanWords(promised.seconds)}`
        : 'Jobs waited longer than promised'
    }
    case 'uptime':
      return `Nodes were up ${statement.uptime.share === null ? 'less' : shareWords(statement.uptime.share)}, not ${shareWords(statement.uptime.promised ?? '1')}`
    case 'nodes_at_once':
      return `Fewer than ${gpus(statement.hours.gpus_at_once ?? 0)} could be had while jobs waited`
  }
}

/** Those within the promise come first and are no breaches. */
const nth = (breach: Breach, { breaches, preemptions }: Statement): number =>
  (preemptions.allowed ?? 0) +
  breaches.filter(({ kind }) => kind === 'preemption').findIndex(({ key }) => key === breach.key) +
  1

const ordinal = (n: number): string => {
  const tail = n % 100 >= 11 && n % 100 <= 13 ? 'th' : ({ 1: 'st', 2: 'nd', 3: 'rd' }[n % 10] ?? 'th')
  return `${n}${tail}`
}

/** The sentence under the first number of the company's page. */
export function slaAnswer(statements: readonly Statement[]): string {
  if (statements.length === 0) return 'Nothing was promised of GPU-hours in this month.'
  const hit = statements.filter(({ breaches }) => breaches.length > 0).length
  const open = statements.some((one) => one.open) ? ' The month is not over, so this can still change.' : ''
  const told = `${statements.length} ${statements.length === 1 ? 'statement' : 'statements'}`
  if (hit === 0) return `Every promise was kept, in ${told}.${open}`
  const owed = owedWords(statements)
  return `${hit} of ${told} ${hit === 1 ? 'has' : 'have'} at least one.${owed}${open}`
}

/** What the contracts credit and nobody has credited yet, by what it counts. */
function owedWords(statements: readonly Statement[]): string {
  const assets = [...new Set(statements.map(({ asset }) => asset))].toSorted()
  const owed = assets.flatMap((asset) => {
    const of = statements.filter((one) => one.asset === asset)
    const amount = sum(of.map(({ remedy }) => nano(remedy.due) - nano(remedy.credited)))
    return amount > 0n ? [formatQuantity(asset, amount)] : []
  })
  return owed.length === 0 ? ' All of it has been made good.' : ` Owed: ${owed.join('; ')}.`
}

/** What was not kept first, then what was used most. */
export const inOrder = (statements: readonly Statement[]): readonly Statement[] =>
  statements.toSorted(
    (a, b) =>
      b.breaches.length - a.breaches.length ||
      (nano(a.hours.delivered) < nano(b.hours.delivered)
        ? 1
        : nano(a.hours.delivered) > nano(b.hours.delivered)
          ? -1
          : 0),
  )
