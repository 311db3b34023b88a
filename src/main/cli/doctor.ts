import { statfs } from 'node:fs/promises'
import type { Command } from 'commander'
import { iso } from '#base/time.ts'
import { dataFolder, setting, SETTINGS, version, type Environment, type Setting } from '../config.ts'
import { failure, print, table } from './output.ts'
import { withRooms, type Shared } from './context.ts'

const SECRETS: readonly Setting[] = ['PERQ_SECRET', 'DATABASE_URL']

type Finding = { readonly name: string; readonly ok: boolean; readonly detail: string }

/** `perq doctor`: every setting with its value, and whether what Perq needs is there. */
export function doctorCommand(program: Command, env: Environment): void {
  program
    .command('doctor')
    .description('settings, and whether everything that Perq needs is there')
    .option('--json', 'one JSON document')
    .option('--data <folder>', 'data folder of the embedded database')
    .action(async (options: Shared) => {
      const names = Object.keys(SETTINGS) as Setting[]
      const settings = names.map((name) => ({
        name,
        value: SECRETS.includes(name) && setting(env, name) ? '(set)' : setting(env, name),
        set: Boolean(env[name]),
        about: SETTINGS[name].about,
      }))
      const findings: Finding[] = [
        { name: 'perq', ok: true, detail: version() },
        { name: 'node', ok: true, detail: process.version },
        await disk(dataFolder(env, options.data)),
        ...(await database(env, options)),
      ]
      const ok = findings.every((finding) => finding.ok)
      print(options.json ?? false, { ok, findings, settings }, () => [
        ...table(findings.map((finding) => [finding.ok ? 'ok' : 'NOT OK', finding.name, finding.detail])),
        '',
        ...table(settings.map((one) => [one.name, one.value || '(not set)', one.about])),
      ])
      if (!ok) process.exitCode = 1
    })
}

const LEAST_FREE = 512 * 1024 * 1024

async function disk(folder: string): Promise<Finding> {
  for (let at = folder; ; at = at.slice(0, at.lastIndexOf('/')) || '/') {
    try {
      const { bavail, bsize } = await statfs(at)
      const free = bavail * bsize
      return {
        name: 'disk',
        ok: free >= LEAST_FREE,
        detail: `${Math.floor(free / 1024 / 1024)} MiB free for ${folder}`,
      }
    } catch (error) {
      if (at === '/') return { name: 'disk', ok: false, detail: String(error) }
    }
  }
}

async function database(env: Environment, options: Shared): Promise<Finding[]> {
  try {
    return await withRooms(env, options, async ({ db, people, world }) => {
      const [server] = await db.query<{ version: string }>(
        `select current_setting('server_version') as version`,
      )
      const [state] = await db.query<{ holds: bigint; overdue: bigint; unsealed: bigint }>(
        `select (select count(*) from ledger.hold) as holds,
           (select count(*) from ledger.hold where expires_at < $1) as overdue,
           (select count(*) from ledger.entry e, ledger.seal_head h where (e.xid, e.seq) > (h.xid, h.seq)) as unsealed`,
        [iso(world.now())],
      )
      return [
        {
          name: 'database',
          ok: true,
          detail: `PostgreSQL ${server!.version}, ${await people.count()} people`,
        },
        {
          name: 'holds',
          ok: state!.overdue === 0n,
          detail: `${state!.holds} in flight, ${state!.overdue} past their expiry`,
        },
        { name: 'seals', ok: true, detail: `${state!.unsealed} entries wait to be sealed` },
      ]
    })
  } catch (error) {
    return [{ name: 'database', ok: false, detail: failure(error).text }]
  }
}
