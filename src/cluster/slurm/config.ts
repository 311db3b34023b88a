import { Fault } from '#base/fault.ts'
import { MINUTE, SECOND, type Millis } from '#base/time.ts'

/** `Name = value` of `scontrol show config`. */
export function readConfig(text: string): ReadonlyMap<string, string> {
  const read = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, name, value] = /^(\S+)\s*= ?(.*)$/.exec(line) ?? []
    if (name !== undefined && value !== undefined) read.set(name, value.trim())
  }
  return read
}

/**
 * How long a job may go on after its limit: what the cluster or a partition tolerates beyond limits, then the time between the
 * polite and the hard end. `partitions` is what `scontrol --oneliner show partition` says.
 */
export function overrunOf(config: ReadonlyMap<string, string>, partitions: string): Millis {
  const tolerated = [
    config.get('OverTimeLimit') ?? '0',
    ...[...partitions.matchAll(/\bOverTimeLimit=(\S+)/g)].map(([, value]) => value ?? '0'),
  ]
  if (tolerated.some((value) => value.startsWith('UNLIMITED')))
    throw new Fault(
      'invalid',
      'OverTimeLimit is UNLIMITED: jobs run on past their limit, and no hold is ever large enough. Set it to 0.',
    )
  const minutes = Math.max(0, ...tolerated.map((value) => Number.parseInt(value, 10) || 0))
  const killWait = Number.parseInt(config.get('KillWait') ?? '30', 10)
  return minutes * MINUTE + killWait * SECOND
}

/**
 * What in a cluster's configuration breaks what Perq promises, in words for whoever runs it; empty: nothing.
 */
export function shortcomings(config: ReadonlyMap<string, string>): readonly string[] {
  const has = (name: string, word: string): boolean =>
    (config.get(name) ?? '')
      .toLowerCase()
      .split(/[,+\s]+/)
      .includes(word)
  const wrong: string[] = []
  if (!has('JobSubmitPlugins', 'lua'))
    wrong.push('JobSubmitPlugins has no lua: jobs are not held until their hours are put aside.')
  for (const word of ['associations', 'limits', 'qos', 'safe'])
    if (!has('AccountingStorageEnforce', word))
      wrong.push(`AccountingStorageEnforce has no ${word}: limits are not kept by the scheduler as well.`)
  for (const word of ['jobs', 'usage'])
    if (!has('PrivateData', word)) wrong.push(`PrivateData has no ${word}: people see each other's ${word}.`)
  if (!has('AccountingStoreFlags', 'job_comment'))
    wrong.push('AccountingStoreFlags has no job_comment: purposes are not kept.')
  if (!/gres\/gpu:/i.test(config.get('AccountingStorageTRES') ?? ''))
    wrong.push('AccountingStorageTRES names no gres/gpu:TYPE: nobody can know which accelerator was used.')
  return wrong
}
