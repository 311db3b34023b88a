import { Fault } from '#base/fault.ts'

/** What PostgreSQL says when it cannot start, and what a person can do about it. The first match counts. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /No space left on device|Disk quota exceeded/,
    'The disk is full. Free some space and start again; nothing is lost.',
  ],
  [/Read-only file system/, 'The data folder is read-only. Set PERQ_DATA to a folder that can be written.'],
  [
    /database files are incompatible|initialized by PostgreSQL version/,
    'The data folder belongs to another PostgreSQL version.',
  ],
  [
    /Cannot allocate memory|could not map anonymous shared memory/,
    'There is not enough memory. Free some, or set DATABASE_URL.',
  ],
  [/Too many open files/, 'The limit of open files is too low. Raise it with `ulimit -n 4096`.'],
  [
    /GLIBC_|cannot execute|Exec format error|ENOEXEC/,
    'This PostgreSQL does not run on this system. Set DATABASE_URL to a PostgreSQL 15 or newer.',
  ],
  [
    /error while loading shared libraries|ENOENT/,
    'The installation is damaged. Remove node_modules and start again.',
  ],
  [
    /Operation not permitted|setresuid failed|setgroups failed/,
    'Root may not change users here. Run Perq as an ordinary user, or set DATABASE_URL.',
  ],
  [
    /Permission denied|has wrong ownership|invalid permissions|EACCES/,
    'The data folder belongs to another user. Run Perq as that user, or set PERQ_DATA to another folder.',
  ],
  [
    /could not bind|could not create (any )?Unix|Unix-domain socket path/,
    'The socket cannot be made. Look for a leftover in /tmp, or set DATABASE_URL.',
  ],
  [
    /PANIC|could not locate a valid checkpoint|invalid checkpoint/,
    'The data files are damaged. Restore a backup into the data folder.',
  ],
]

/** Another server got the folder first, or the workers of one that was killed are still leaving: try again. */
export const isBusyFolder = (said: string): boolean =>
  /lock file ".*" already exists|pre-existing shared memory block|is another postmaster|the lock file .* is empty/i.test(
    said,
  )

/** `what` failed with `said` on stderr: one plain message. */
export function explain(what: string, dir: string, said: string): Fault {
  const remedy = REMEDIES.find(([pattern]) => pattern.test(said))?.[1]
  const line = said
    .split('\n')
    .map((one) => one.replace(/^\d{4}-\d\d-\d\d [^[]*\[\d+\] /, '').trim())
    .filter((one) => /FATAL|PANIC|[Ee]rror|could not|cannot|failed|denied/.test(one))
    .at(-1)
  return new Fault(
    'unavailable',
    `${what} (data in ${dir}): ${line ?? (said.trim().split('\n').at(-1) || 'it gave no reason')}. ${remedy ?? 'Its whole output is in the log above.'}`,
  )
}
