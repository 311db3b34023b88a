import { Fault } from '#base/fault.ts'
import { DAY, HOUR, MINUTE, SECOND, type Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { AccountingRecord, JobRef, Scheduler } from '../port.ts'
import { fieldsOf, recordReader, sacctArguments } from './accounting.ts'
import { openCli, type CliSettings } from './cli.ts'
import { overrunOf, readConfig, shortcomings } from './config.ts'
import {
  ASSOCIATION_FORMAT,
  commandsFor,
  limitsIn,
  QOS_FORMAT,
  readAssociations,
  readQos,
  type Association,
  type Qos,
} from './limits.ts'
import { EVENT_FORMAT, NODE_FORMAT, readEvents, readNodeStates } from './nodes.ts'
import { readQueue } from './queue.ts'
import { readTime, writeSpan, writeTasks } from './words.ts'

export type SlurmSettings = CliSettings & {
  /**
   * A word of the operator's own for the life of this cluster's database; null: the second in which the cluster was added to
   * it.
   */
  readonly incarnation: string | null
}

const PAGE = 1_000
const FIRST_SLICE = HOUR
const LEAST_SLICE = 5 * MINUTE
const MOST_SLICE = 7 * DAY
/** A slice is sorted in memory; it is made longer or shorter so that it holds about so many records. */
const FEW_RECORDS = 2_000
const MANY_RECORDS = 20_000
/** What a job's person reads in `scontrol show job`. */
const LONGEST_REASON = 1_000

/** Slurm behind the port, by its own command line, which every version has: 22.05 and 24.11 are tested. */
export function openSlurm(world: Pick<World, 'id'>, settings: SlurmSettings): Scheduler {
  const cli = openCli(settings)
  const manage = (args: readonly string[]): Promise<string> => cli.run('sacctmgr', ['--immediate', ...args])
  const show = (args: readonly string[]): Promise<string> =>
    cli.run('sacctmgr', ['--noheader', '--parsable2', 'show', ...args])

  let named: Promise<string> | undefined
  /** Asked until it is answered, then kept: a cluster does not change its name. */
  const clusterName = (): Promise<string> =>
    (named ??= config()
      .then((all) => all.get('ClusterName') ?? '')
      .catch((error: unknown) => {
        named = undefined
        throw error
      }))
  const config = async (): Promise<ReadonlyMap<string, string>> =>
    readConfig(await cli.run('scontrol', ['show', 'config']))

  const standing = async (): Promise<{ associations: Association[]; qos: Qos[] }> => {
    const cluster = await clusterName()
    const [associations, qos] = await Promise.all([
      show(['association', 'where', `cluster=${cluster}`, ASSOCIATION_FORMAT]),
      show(['qos', QOS_FORMAT]),
    ])
    return { associations: readAssociations(associations), qos: readQos(qos) }
  }

  /** How scontrol calls a job that is still the one that is meant; null: it is gone, or its id is another job's now. */
  const find = async ({ job, submittedAt }: JobRef): Promise<Found | null> => {
    if (!/^\d+$/.test(job)) throw new Fault('invalid', `job: "${job}" is no job id of Slurm.`)
    const text = await cli
      .run('squeue', ['--noheader', '--all', `--jobs=${job}`, '--states=all', '--format=%A|%i|%V|%T|%Q'])
      .catch((error: unknown) => {
        if (error instanceof Fault && error.code === 'invalid' && /Invalid job id/i.test(error.message))
          return ''
        throw error
      })
    for (const line of text.split('\n')) {
      const [raw, id = '', submitted = '', state = '', priority = ''] = line.split('|')
      if (raw !== job || readTime(submitted) !== submittedAt) continue
      return { id: writeTasks(id), state, isHeld: state === 'PENDING' && priority === '0' }
    }
    return null
  }
  const note = async (id: string, reason: string): Promise<void> => {
    const text = reason.replaceAll(/\s+/g, ' ').trim().slice(0, LONGEST_REASON)
    await cli.run('scontrol', ['update', `jobid=${id}`, `admincomment=${text}`])
  }

  let fields: ReturnType<typeof fieldsOf> | undefined
  async function* readRecords(from: number, to: number): AsyncIterable<AccountingRecord[]> {
    fields ??= fieldsOf(await cli.run('sacct', ['--helpformat']))
    const separator = `<${world.id()}>`
    const reader = recordReader(fields, separator)
    for await (const piece of cli.stream('sacct', sacctArguments({ fields, separator, from, to })))
      yield reader.read(piece)
    if (reader.rest() !== '') throw new Fault('unavailable', 'sacct ended in the middle of a record.')
  }

  return {
    async identity() {
      const [all, partitions, version] = await Promise.all([
        config(),
        cli.run('scontrol', ['--oneliner', 'show', 'partition']),
        cli.run('scontrol', ['--version']),
      ])
      const cluster = all.get('ClusterName') ?? ''
      const incarnation =
        settings.incarnation ??
        addedAt(
          await show(['transaction', 'where', 'Action=Add Clusters', 'format=TimeStamp,Where']),
          cluster,
        )
      if (incarnation === null)
        throw new Fault(
          'invalid',
          `incarnation: the database does not say any more when the cluster "${cluster}" was added; name it yourself.`,
          { param: 'incarnation' },
        )
      return {
        cluster,
        incarnation,
        software: version.trim().replace('slurm-wlm', 'slurm'),
        killWait: overrunOf(all, partitions),
        shortcomings: shortcomings(all),
      }
    },

    async ping() {
      const answers = async (work: Promise<string>, isUp: (text: string) => boolean): Promise<boolean> =>
        work.then(isUp, () => false)
      const [controller, accounting] = await Promise.all([
        answers(cli.run('scontrol', ['ping']), (text) => /is UP/.test(text)),
        answers(show(['cluster', 'format=Cluster']), () => true),
      ])
      return { controller, accounting }
    },

    limits: async (realm) => limitsIn(realm, await standing()),

    async change(realm, change) {
      const cluster = await clusterName()
      for (const command of commandsFor({ cluster, realm, change }, await standing())) await manage(command)
    },

    jobs: async () => readQueue(await cli.run('squeue', ['--all', '--json'])),

    async release(job) {
      const found = await find(job)
      if (!found?.isHeld) return
      await cli.run('scontrol', ['release', found.id])
    },

    async refuse(job, reason) {
      const found = await find(job)
      if (found) await note(found.id, reason)
    },

    async hold(job, reason) {
      const found = await find(job)
      if (found?.state !== 'PENDING') return
      await cli.run('scontrol', ['hold', found.id])
      await note(found.id, reason)
    },

    async limitTime(job, timeLimit) {
      const found = await find(job)
      if (!found || ENDED.has(found.state)) return
      await cli.run('scontrol', ['update', `jobid=${found.id}`, `timelimit=${writeSpan(timeLimit)}`])
    },

    async cancel(job, reason) {
      const found = await find(job)
      if (!found || ENDED.has(found.state)) return
      await note(found.id, reason)
      await cli.run('scancel', [found.id])
    },

    async *records({ from, to }) {
      let slice = FIRST_SLICE
      for (let [start, end] = [from, 0]; start < to; start = end) {
        end = Math.min(start + slice, to)
        const isLast = end === to
        const ended: AccountingRecord[] = []
        // A second more on both sides: what belongs to the slice is decided here, by its milliseconds.
        for await (const records of readRecords(Math.floor(start / SECOND) - 1, Math.ceil(end / SECOND) + 1))
          for (const record of records)
            if (record.endedAt === null ? isLast : start <= record.endedAt && record.endedAt < end)
              ended.push(record)
        ended.sort((a, b) => endOf(a) - endOf(b))
        for (let at = 0; at < ended.length; at += PAGE) yield ended.slice(at, at + PAGE)
        if (ended.length < FEW_RECORDS) slice = Math.min(slice * 2, MOST_SLICE)
        if (ended.length > MANY_RECORDS) slice = Math.max(Math.floor(slice / 4), LEAST_SLICE)
      }
    },

    nodeEvents: async ({ from, to }) =>
      readEvents(
        await show([
          'event',
          'where',
          'event=node',
          `cluster=${await clusterName()}`,
          `start=uts${Math.floor(from / SECOND)}`,
          `end=uts${Math.ceil(to / SECOND)}`,
          EVENT_FORMAT,
        ]),
      ),

    nodes: async () =>
      readNodeStates(await cli.run('sinfo', ['--noheader', '--Node', '--all', `--Format=${NODE_FORMAT}`])),

    close: async () => cli.close(),
  }
}

type Found = { readonly id: string; readonly state: string; readonly isHeld: boolean }

const ENDED = new Set([
  'COMPLETED',
  'FAILED',
  'CANCELLED',
  'TIMEOUT',
  'OUT_OF_MEMORY',
  'DEADLINE',
  'PREEMPTED',
  'NODE_FAIL',
  'BOOT_FAIL',
  'REVOKED',
])

/** What has no end comes last. */
const endOf = ({ endedAt }: AccountingRecord): Millis => endedAt ?? Number.MAX_SAFE_INTEGER

/** The newest of the times at which a cluster of this name was added to the database. */
function addedAt(transactions: string, cluster: string): string | null {
  const times = transactions
    .split('\n')
    .map((line) => line.split('|'))
    .filter(([, name]) => name === cluster)
    .map(([at]) => at ?? '')
    .toSorted()
  return times.at(-1) ?? null
}
