import { SECOND } from '#base/time.ts'
import { rootOf, unitOf, type Demand, type Need } from './demand.ts'
import { countOf, resolveGpus } from './gpus.ts'
import type * as store from './job-store.ts'
import type { SeenJob } from './port.ts'
import { MODES, type Map as ClusterMap, type Mode } from './types.ts'
import { assetOfUse, modeOf, ownerOf, purposeOf } from './whose.ts'

/** What is made of the jobs that are seen: what they lack of holds, and how they are kept. */

/** Needs of which some tasks have no hold, and holds that stand for another need of theirs. */
export function compare(
  { needs }: Demand & { kind: 'needs' },
  open: readonly Pick<store.HoldRow, 'id' | 'unit' | 'asset' | 'amount' | 'purpose'>[],
): { readonly missing: readonly Need[]; readonly wrong: readonly { readonly id: string }[] } {
  const left = new Set(open)
  const missing: Need[] = []
  for (const need of needs) {
    const fits = [...left].filter(
      (hold) =>
        hold.unit === need.unit &&
        hold.asset === need.payer.asset &&
        hold.amount === need.amount &&
        hold.purpose === need.payer.purpose,
    )
    for (const hold of fits.slice(0, need.tasks)) left.delete(hold)
    if (fits.length < need.tasks) missing.push({ ...need, tasks: need.tasks - fits.length })
  }
  // What is left over may belong to tasks whose records are still to come; it is replaced only where something is missing.
  const lacking = new Map<number, number>()
  for (const { unit, tasks } of missing) lacking.set(unit, (lacking.get(unit) ?? 0) + tasks)
  const wrong = [...left].filter(({ unit }) => {
    const count = lacking.get(unit) ?? 0
    if (count > 0) lacking.set(unit, count - 1)
    return count > 0
  })
  return { missing, wrong }
}

export const signature = ({ needs }: Demand & { kind: 'needs' }): string =>
  needs
    .map(({ unit, tasks, amount, payer }) => `${unit} ${tasks} ${amount} ${payer.asset} ${payer.purpose}`)
    .join(';')

export const strictestOf = (map: ClusterMap, { needs }: Demand & { kind: 'needs' }): Mode => {
  const modes = needs.map(({ payer }) => modeOf(map, payer.person, payer.asset))
  return MODES.find((mode) => modes.includes(mode)) ?? 'strict'
}

export function rowOf(map: ClusterMap, job: SeenJob): store.JobRow {
  const person = ownerOf(map, job.login, job.submittedAt)?.person ?? null
  const asset = assetOfUse(map, resolveGpus(job.gpus, map.accelerators), job.allowance)
  return {
    job: job.job,
    submitted_at: job.submittedAt,
    root: rootOf(job),
    unit: unitOf(job),
    task: job.array?.task ?? null,
    tasks: job.tasks,
    name: job.name,
    login: job.login,
    account: job.account,
    allowance: job.allowance,
    partition: job.partition,
    person_id: person,
    asset,
    gpus: countOf(job.gpus),
    time_limit_s: job.timeLimit === null ? null : BigInt(Math.ceil(job.timeLimit / SECOND)),
    mode: person && asset ? modeOf(map, person, asset) : map.cluster.mode,
    state: job.state,
    waits_for: job.reason.slice(0, 500),
    restarts: job.restarts,
    purpose: purposeOf(job.comment) ?? 'work',
    eligible_at: job.eligibleAt,
    started_at: job.startedAt,
    expected_at: job.expectedAt,
    nodes: [...job.nodes],
  }
}

export const differs = (before: store.LiveRow | undefined, row: store.JobRow): boolean => {
  if (!before) return true
  const { verdict: _, reason: __, ...was } = before
  return comparable(was) !== comparable(row)
}

const comparable = (row: store.JobRow): string =>
  JSON.stringify(
    Object.entries(row).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
  )
