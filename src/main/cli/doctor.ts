import type { Command } from 'commander'
import { messageOf } from '#base/fault.ts'
import { archiveOf } from '../backup/archive.ts'
import { allowed, shareOut } from '../budget.ts'
import { dataFolder, setting, SETTINGS, version, type Environment, type Setting } from '../config.ts'
import { judge, readFacts } from '../doctor/database.ts'
import { finding, type Finding } from '../doctor/finding.ts'
import { disk, lastBackup, memory, nodeVersion, openFiles } from '../doctor/machine.ts'
import { secret } from '../doctor/secret.ts'
import { readSettings } from '../settings.ts'
import { failure, print, table } from './output.ts'
import { withRooms, type Shared } from './context.ts'

const SECRETS: readonly Setting[] = ['PERQ_SECRET', 'DATABASE_URL']

const LONGEST = 'disk of the log archive'.length

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
      const findings = [...(await machine(env, options)), ...(await database(env, options))]
      const ok = findings.every((one) => one.ok)
      print(options.json ?? false, { ok, findings, settings }, () => [
        ...findings.map(
          ({ ok: well, name, detail }) => `${well ? 'ok    ' : 'NOT OK'}  ${name.padEnd(LONGEST)}  ${detail}`,
        ),
        ...findings.flatMap(({ name, remedy }) => (remedy === null ? [] : ['', `${name}: ${remedy}`])),
        '',
        ...table(settings.map((one) => [one.name, one.value || '(not set)', one.about])),
      ])
      if (!ok) process.exitCode = 1
    })
}

async function machine(env: Environment, options: Shared): Promise<readonly Finding[]> {
  const folder = dataFolder(env, options.data)
  const archive = archiveOf(folder)
  const shelf = setting(env, 'PERQ_BACKUPS')
  return [
    finding('perq', true, version(), ''),
    nodeVersion(process.version),
    checked('settings', () => {
      readSettings(env)
      return 'can be used'
    }),
    memory(),
    ...openFiles(),
    await disk('disk', folder),
    ...(archive === null ? [] : [await disk('disk of the log archive', archive)]),
    ...(shelf === '' ? [] : [await disk('disk of the backups', shelf)]),
    lastBackup(shelf === '' ? null : shelf, Date.now()),
  ]
}

/** A Fault says what is wrong and what to do. */
function checked(name: string, look: () => string): Finding {
  try {
    return finding(name, true, look(), '')
  } catch (error) {
    return finding(name, false, messageOf(error), 'Correct the setting.')
  }
}

async function database(env: Environment, options: Shared): Promise<readonly Finding[]> {
  try {
    return await withRooms(env, options, async ({ db, people, reports, world }) => {
      const now = world.now()
      const [facts, health, { most, used }] = [
        await readFacts(db, now),
        await reports.health(),
        await allowed(db),
      ]
      const budget = checked('budget', () => {
        const { connections, workers } = readSettings(env)
        // A server that runs has its share already.
        if (facts.alive === 0) shareOut({ most, used }, connections, workers)
        return ''
      })
      const tooFew = budget.ok ? null : budget.detail
      return [
        ...judge({ facts, health, people: await people.count(), now, connections: { most, used, tooFew } }),
        await secret(db, env, dataFolder(env, options.data)),
      ]
    })
  } catch (error) {
    return [finding('database', false, failure(error).text, 'See what it says; nothing was changed.')]
  }
}
