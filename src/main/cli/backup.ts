import type { Command } from 'commander'
import { Fault } from '#base/fault.ts'
import type { Millis } from '#base/time.ts'
import { backUp, type BackedUp } from '../backup/backup.ts'
import { restore, type Restored } from '../backup/restore.ts'
import { setting, wholeNumber, type Environment } from '../config.ts'
import { realWorld } from '../world.ts'
import { print, say } from './output.ts'

type BackupAsk = {
  readonly to?: string
  readonly keep?: string
  readonly withSecret?: boolean
  readonly json?: boolean
  readonly data?: string
}
type RestoreAsk = {
  readonly from: string
  readonly data: string
  readonly toTime?: string
  readonly wal?: string
  readonly json?: boolean
}

const MOST_KEPT = 10_000

/** `perq backup` and `perq restore`: the embedded database, whole, and back to any time. */
export function backupCommands(program: Command, env: Environment): void {
  program
    .command('backup')
    .description('a whole copy of the embedded database in a new folder, while the server runs or not')
    .option('--to <folder>', 'the folder of the backups; PERQ_BACKUPS when not given')
    .option('--keep <n>', 'remove older backups, and the archived log that only they need')
    .option('--with-secret', 'with the secret that opens provider keys; without it keep that elsewhere')
    .option('--json', 'one JSON document')
    .option('--data <folder>', 'data folder of the embedded database')
    .action(async (options: BackupAsk) => {
      const to = options.to ?? setting(env, 'PERQ_BACKUPS')
      if (!to) throw new Fault('invalid', 'Say --to FOLDER, or set PERQ_BACKUPS.', { param: '--to' })
      const done = await backUp({
        env,
        world: realWorld(),
        to,
        withSecret: options.withSecret ?? false,
        keep: options.keep === undefined ? null : wholeNumber('--keep', options.keep, [1, MOST_KEPT]),
        log: say,
        ...(options.data === undefined ? {} : { data: options.data }),
      })
      const { parts, folders: _, ...manifest } = done.manifest
      print(options.json ?? false, { ...done, manifest: { ...manifest, files: parts.length } }, () =>
        toldBackup(done),
      )
    })
  program
    .command('restore')
    .description('a backup into a new data folder, to its end or to a time, and the proof of its ledger')
    .requiredOption(
      '--from <folder>',
      'a backup, or the folder of them: then the newest that reaches the time',
    )
    .requiredOption('--data <folder>', 'the new data folder')
    .option(
      '--to-time <time>',
      'the last instant to restore, like 2027-03-01T09:30:00Z; needs the archived log',
    )
    .option(
      '--wal <folder>',
      'where the archived log is, when not where it was; none: to the end of the backup',
    )
    .option('--json', 'one JSON document')
    .action(async (options: RestoreAsk) => {
      const done = await restore({
        env,
        from: options.from,
        data: options.data,
        toTime: options.toTime === undefined ? null : instant(options.toTime),
        wal: options.wal ?? null,
        log: say,
      })
      print(options.json ?? false, done, () => toldRestore(done))
      if (!done.verdict.ok || !done.sealHolds) process.exitCode = 1
    })
}

function instant(text: string): Millis {
  const at = /^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isFinite(at)) return at
  throw new Fault('invalid', `--to-time is "${text}"; give a time with its zone like 2027-03-01T09:30:00Z`, {
    param: '--to-time',
  })
}

const MIB = 1024 * 1024

function toldBackup({ folder, manifest, bytes, secretAt, archived, pruned }: BackedUp): readonly string[] {
  const { seal, archive } = manifest
  return [
    `Backup ${folder}: ${manifest.parts.length} files, ${Math.ceil(bytes / MIB)} MiB, whole from ${manifest.stoppedAt} on.`,
    seal ? `Newest seal ${seal.hash} over ${seal.n} entries.` : 'It holds no ledger yet.',
    secretAt === null
      ? 'It holds the secret that opens provider keys: keep it as closed as the secret itself.'
      : `It does not hold the secret that opens provider keys (${secretAt}): keep that elsewhere, or they have to be entered again.`,
    archive === null
      ? 'Its log is not archived: it can be restored to this time only. PERQ_WAL_ARCHIVE makes every later time reachable.'
      : archived
        ? `Every later time can be reached too, by the log in ${archive}.`
        : `The archive ${archive} lags behind: look at the server's log, or no later time can be reached.`,
    ...(pruned
      ? [`Removed ${pruned.backups} older backups and ${pruned.segments} segments of the log.`]
      : []),
  ]
}

function toldRestore({
  data,
  backup,
  verdict,
  seal,
  backupSeal,
  sealHolds,
  holds,
  secret,
}: Restored): readonly string[] {
  return [
    ...verdict.findings.map((finding) => `${finding.row} ${finding.detail} (${finding.check})`),
    verdict.ok
      ? `The ledger in ${data} holds: ${verdict.entries} entries, ${verdict.sealed} sealed.`
      : `The ledger in ${data} does not hold: ${verdict.findings.length} findings.`,
    seal
      ? `Newest seal ${seal.hash} over ${seal.n} entries, the newest of ${seal.at ?? 'no time'}.`
      : 'It holds no seal.',
    sealHolds
      ? `Its chain leads through the seal of the backup, ${backupSeal?.n ?? 0} entries.`
      : `Its chain does not lead through the seal that ${backup} was taken with.`,
    `${holds} calls were on their way; a server ends them at their floor after half a minute.`,
    secret
      ? 'The secret that opens provider keys is there again.'
      : `It has no secret: put yours into ${data}/secret or PERQ_SECRET, or enter the provider keys again.`,
    `Serve it with --data ${data}, and take a backup of it: earlier ones do not lead into its time.`,
  ]
}
