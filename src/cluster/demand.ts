import { SECOND } from '#base/time.ts'
import type { Purpose } from '#ledger/types.ts'
import { resolveGpus } from './gpus.ts'
import type { SeenJob } from './port.ts'
import type { GpuAsset, Map as ClusterMap, Payer } from './types.ts'
import { assetFor, bankOf, ownerOf, purposeOf, tierOf } from './whose.ts'
import { nameOf, WHOM } from './words.ts'

/** A job with all its tasks and parts, as it is held and released: together. */
export type Group = {
  /** The job that they belong to. */
  readonly root: string
  readonly submittedAt: number
  readonly jobs: readonly SeenJob[]
}

/** So many tasks of one part, each of which needs so much. */
export type Need = {
  readonly unit: number
  readonly tasks: number
  readonly payer: Payer
  readonly gpus: bigint
  readonly timeLimitSeconds: bigint
  /** GPU-seconds. */
  readonly amount: bigint
}

export type Demand =
  /** It uses no GPU. */
  | { readonly kind: 'free' }
  | { readonly kind: 'needs'; readonly person: string; readonly needs: readonly Need[] }
  /** In words for its person: what is wrong and what to do. */
  | { readonly kind: 'refused'; readonly reason: string }

/** What a job runs on past its limit before the controller has looked at it. */
const LOOK_MARGIN_SECONDS = 30n
/** More would be a program gone wild; one transaction holds for all of them. */
export const MOST_TASKS = 20_000

type Kin = {
  readonly job: string
  readonly array: { readonly job: string } | null
  readonly part: { readonly job: string; readonly index: number } | null
}

export const rootOf = (job: Kin): string => job.array?.job ?? job.part?.job ?? job.job

export const unitOf = (job: Pick<Kin, 'part'>): number => job.part?.index ?? 0

/** What belongs together, in the order in which it was submitted. */
export function groupsOf(jobs: readonly SeenJob[]): readonly Group[] {
  const groups = new Map<string, SeenJob[]>()
  for (const job of jobs) {
    const key = `${rootOf(job)} ${job.submittedAt}`
    const list = groups.get(key)
    if (list) list.push(job)
    else groups.set(key, [job])
  }
  return [...groups.values()]
    .map((list) => ({ root: rootOf(list[0]!), submittedAt: list[0]!.submittedAt, jobs: list }))
    .toSorted((a, b) => a.submittedAt - b.submittedAt || (a.root < b.root ? -1 : 1))
}

/** What a run may come to at most, in GPU-seconds: its limit, the controller's next look, and the time a job is given to end. */
export const boundOf = (gpus: bigint, timeLimitSeconds: bigint, killWait: number): bigint =>
  gpus * (timeLimitSeconds + LOOK_MARGIN_SECONDS + ceilSeconds(killWait))

export const ceilSeconds = (millis: number): bigint => BigInt(Math.ceil(millis / SECOND))

/** What a job needs before it may run. Read from the controller, never from what its person wrote. */
export function demandOf(map: ClusterMap, { jobs }: Group): Demand {
  const needs = new Map<string, Need>()
  let person: string | null = null
  for (const job of jobs) {
    const one = needOf(map, job)
    if (one.kind === 'refused') return one
    if (one.kind === 'free') continue
    const { need } = one
    if (person !== null && person !== need.payer.person)
      return refused('Its parts belong to different people; submit them apart.')
    person = need.payer.person
    const key = `${need.unit} ${need.payer.asset} ${need.amount} ${need.payer.purpose}`
    const known = needs.get(key)
    needs.set(key, known ? { ...known, tasks: known.tasks + need.tasks } : need)
  }
  if (person === null) return { kind: 'free' }
  const all = [...needs.values()]
  const tasks = all.reduce((sum, need) => sum + need.tasks, 0)
  if (tasks > MOST_TASKS)
    return refused(`It has ${tasks} tasks, and ${MOST_TASKS} are held for at once; submit it in parts.`)
  return { kind: 'needs', person, needs: all }
}

type One =
  | { readonly kind: 'free' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'need'; readonly need: Need }

function needOf(map: ClusterMap, job: SeenJob): One {
  const gpus = resolveGpus(job.gpus, map.accelerators)
  switch (gpus.kind) {
    case 'none':
      return { kind: 'free' }
    case 'untyped':
      return refused(`It asks for ${gpus.count} GPUs without saying which; name one of ${typesOf(map)}.`)
    case 'unknown':
      return refused(
        `It asks for "${gpus.type}", which nobody has granted here; name one of ${typesOf(map)}.`,
      )
    case 'mixed':
      return refused('It asks for several kinds of GPU in one part; submit one part for each kind.')
    case 'one':
  }
  const owner = ownerOf(map, job.login, job.submittedAt)
  if (!owner) return refused(`The login "${job.login}" belongs to nobody who was granted anything. ${WHOM}`)
  const tier = tierOf(map, job.allowance)
  const own = map.lines.filter(({ person }) => person === owner.person).map(({ allowance }) => allowance)
  if (tier === null) {
    const names = own.length > 0 ? `submit it under ${own.join(' or ')}` : 'you have none here yet'
    return refused(`It runs under "${job.allowance}", which is no grant: ${names}. ${WHOM}`)
  }
  const bank = bankOf(map, job.allowance)
  if (bank && bank.person !== owner.person)
    return refused(
      `"${job.allowance}" is somebody else's; submit it under ${own.join(' or ') || 'one of your own'}.`,
    )
  const asset = assetFor(gpus.accelerator, tier)
  if (bank && bank.asset !== asset)
    return refused(
      `"${job.allowance}" is ${nameOf(bank.asset)}, and it asks for ${gpus.type}; use the one for that.`,
    )
  if (job.timeLimit === null)
    return refused('It has no time limit, so nobody can know what it may cost; submit it with one.')
  const purpose = purposeOf(job.comment)
  if (purpose === null)
    return refused('Its comment names a purpose that is none of work, learning, personal, open_source.')
  const timeLimitSeconds = ceilSeconds(job.timeLimit)
  const payer: { person: string; asset: GpuAsset; purpose: Purpose } = {
    person: owner.person,
    asset,
    purpose,
  }
  return {
    kind: 'need',
    need: {
      unit: unitOf(job),
      tasks: job.tasks,
      payer,
      gpus: gpus.count,
      timeLimitSeconds,
      amount: boundOf(gpus.count, timeLimitSeconds, map.cluster.killWait),
    },
  }
}

const typesOf = ({ accelerators }: ClusterMap): string =>
  [...accelerators.keys()].toSorted().join(', ') || 'none'

const refused = (reason: string): { readonly kind: 'refused'; readonly reason: string } => ({
  kind: 'refused',
  reason,
})
