import { SECOND } from '#base/time.ts'
import type { AccountingRecord, RecordState } from '../port.ts'
import { gpusOf, readMinutes, readNodes, readSpan, readTime } from './words.ts'

/** In the order in which they are asked for. What people write themselves comes last. */
const FIELDS = [
  'DBIndex',
  'JobIDRaw',
  'JobID',
  'State',
  'User',
  'Account',
  'QOS',
  'Partition',
  'Submit',
  'Eligible',
  'Start',
  'End',
  'ElapsedRaw',
  'Suspended',
  'TimelimitRaw',
  'ReqTRES',
  'AllocTRES',
  'NodeList',
  'ExitCode',
  'Comment',
  'JobName',
] as const
type Field = (typeof FIELDS)[number] | 'Restarts'

/**
 * All of them, named: without a list sacct leaves out every record whose job was held while it ran, because that takes back
 * when it became eligible.
 */
const STATES = 'BF,CA,CD,DL,F,NF,OOM,PR,R,RQ,RS,RV,S,TO'

/** 22.05 does not count restarts in its accounting; `sacct -e` lists what there is. */
export const fieldsOf = (listed: string): readonly Field[] =>
  /\bRestarts\b/.test(listed) ? [...FIELDS.slice(0, -2), 'Restarts', ...FIELDS.slice(-2)] : FIELDS

/**
 * `from` and `to` in seconds since 1970. The separator is one that nobody can have guessed: a name and a comment may contain
 * any text, also what looks like another record.
 */
export const sacctArguments = ({
  fields,
  separator,
  from,
  to,
}: {
  fields: readonly Field[]
  separator: string
  from: number
  to: number
}): readonly string[] => [
  '--allusers',
  '--allocations',
  '--duplicates',
  '--noheader',
  '--parsable',
  `--delimiter=${separator}`,
  `--state=${STATES}`,
  `--starttime=uts${from}`,
  `--endtime=uts${to}`,
  `--format=${fields.join(',')}`,
]

/** Reads records out of pieces of sacct's output, wherever those were cut. `rest` is what no whole record was left of. */
export function recordReader(fields: readonly Field[], separator: string) {
  let rest = ''
  const places = new Map(fields.map((field, at) => [field, at]))
  return {
    read(piece: string): AccountingRecord[] {
      rest += piece
      const parts = rest.split(separator)
      const whole = Math.floor((parts.length - 1) / fields.length)
      const records: AccountingRecord[] = []
      for (let index = 0; index < whole; index += 1) {
        const first = index * fields.length
        const record = recordOf((field) => {
          const at = places.get(field)
          return at === undefined ? '' : (parts[first + at] ?? '')
        })
        if (record) records.push(record)
      }
      rest = parts.slice(whole * fields.length).join(separator)
      return records
    },
    rest: (): string => rest.trim(),
  }
}

function recordOf(text: (field: Field) => string): AccountingRecord | null {
  // Behind each record comes a line break, in front of the next one's first field.
  const record = text('DBIndex').trim()
  const submittedAt = readTime(text('Submit'))
  if (record === '' || submittedAt === null) return null
  const restarts = text('Restarts')
  return {
    record,
    job: text('JobIDRaw'),
    submittedAt,
    state: stateOf(text('State')),
    stateText: text('State'),
    name: text('JobName'),
    login: text('User'),
    account: text('Account'),
    allowance: text('QOS'),
    partition: text('Partition'),
    array: arrayOf(text('JobID')),
    part: partOf(text('JobID')),
    restarts: /^\d+$/.test(restarts) ? Number(restarts) : null,
    eligibleAt: readTime(text('Eligible')),
    startedAt: readTime(text('Start')),
    endedAt: readTime(text('End')),
    elapsedSeconds: /^\d+$/.test(text('ElapsedRaw')) ? BigInt(text('ElapsedRaw')) : 0n,
    suspendedSeconds: BigInt((readSpan(text('Suspended')) ?? 0) / SECOND),
    timeLimit: readMinutes(text('TimelimitRaw')),
    requested: gpusOf(text('ReqTRES')),
    allocated: gpusOf(text('AllocTRES')),
    nodes: readNodes(text('NodeList')),
    exitCode: text('ExitCode'),
    comment: text('Comment'),
  }
}

/** `7_1`, and of one that never ran on its own `7_[0-3%2]`. */
function arrayOf(id: string): AccountingRecord['array'] {
  const [, job, task] = /^(\d+)_\[?([^\]]+)\]?$/.exec(id) ?? []
  return job === undefined || task === undefined ? null : { job, task }
}

function partOf(id: string): AccountingRecord['part'] {
  const [, job, index] = /^(\d+)\+(\d+)$/.exec(id) ?? []
  return job === undefined || index === undefined ? null : { job, index: Number(index) }
}

const STATE_OF: ReadonlyMap<string, RecordState> = new Map([
  ['PENDING', 'pending'],
  ['RUNNING', 'running'],
  ['SUSPENDED', 'suspended'],
  ['COMPLETED', 'completed'],
  ['FAILED', 'failed'],
  ['CANCELLED', 'cancelled'],
  ['TIMEOUT', 'timeout'],
  ['OUT_OF_MEMORY', 'out_of_memory'],
  ['DEADLINE', 'deadline'],
  ['PREEMPTED', 'preempted'],
  ['NODE_FAIL', 'node_failed'],
  ['BOOT_FAIL', 'boot_failed'],
  ['REQUEUED', 'requeued'],
])

/** `CANCELLED by 1000`: by whom is in the text. */
const stateOf = (text: string): RecordState => STATE_OF.get(text.split(' ')[0] ?? '') ?? 'other'
