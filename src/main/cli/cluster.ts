import type { Command } from 'commander'
import { Fault } from '#base/fault.ts'
import { isUuid } from '#base/id.ts'
import type { Cluster, Mode } from '#cluster/types.ts'
import { MODES } from '#cluster/types.ts'
import { openClusterRoom, openScheduler } from '../clusters.ts'
import type { Environment } from '../config.ts'
import type { Rooms } from '../rooms.ts'
import { clusterSettings } from '../settings.ts'
import { parseClock } from '../world.ts'
import { personByEmail, withRooms, type Shared } from './context.ts'
import { print, say, table } from './output.ts'

type AddOptions = Shared & {
  readonly root: string
  readonly accelerator: readonly string[]
  readonly mode?: string
  readonly prefix?: string
  readonly rules?: string
  readonly since?: string
}

/** `perq cluster …`: which GPU clusters keep what was granted, and whose logins are whose. */
export function clusterCommand(program: Command, env: Environment): void {
  const group = program.command('cluster').description('GPU clusters that keep what was granted')
  const shared = (command: Command): Command =>
    command
      .option('--json', 'one JSON document')
      .option('--data <folder>', 'data folder of the embedded database')

  shared(group.command('add').argument('<name>', 'a name of your own, such as berlin'))
    .description('adopt the cluster whose scheduler the settings reach, or change what is said of it')
    .requiredOption('--root <account>', 'the account of the scheduler below which those of people are made')
    .requiredOption(
      '--accelerator <type=id...>',
      "the scheduler's word and the reference table's: h100=H100-SXM",
    )
    .option('--mode <mode>', `${MODES.join(', ')}; strict when nothing is said`)
    .option('--prefix <text>', 'what the names of our QOS begin with; perq- when nothing is said')
    .option('--rules <json>', 'who pays for runs that were preempted or failed, and how tiers are treated')
    .option('--since <date>', 'runs that ended before are history; now when nothing is said')
    .action(async (name: string, options: AddOptions) => {
      await withRooms(env, options, async (rooms) => {
        const room = await openClusterRoom(rooms)
        const scheduler = await openScheduler(clusterSettings(env), rooms.world, env)
        try {
          const cluster = await room.adopt(scheduler, {
            name,
            root: options.root,
            accelerators: options.accelerator.map(pairOf),
            ...(options.mode === undefined ? {} : { mode: modeOf(options.mode) }),
            ...(options.prefix === undefined ? {} : { prefix: options.prefix }),
            ...(options.rules === undefined ? {} : { rules: jsonOf(options.rules) }),
            ...(options.since === undefined ? {} : { chargedFrom: parseClock(options.since) }),
          })
          print(options.json ?? false, viewOf(cluster), () => [
            `${cluster.name}: ${cluster.software} "${cluster.scheduler}", ${cluster.mode}. ` +
              `A server with PERQ_CLUSTER=${cluster.name} looks after it.`,
          ])
          for (const wrong of (await scheduler.identity()).shortcomings ?? []) say(wrong)
        } finally {
          await scheduler.close()
        }
      })
    })

  shared(group.command('list'))
    .description('the clusters there are')
    .action(async (options: Shared) => {
      await withRooms(env, options, async (rooms) => {
        const clusters = await (await openClusterRoom(rooms)).all()
        print(options.json ?? false, clusters.map(viewOf), () =>
          table([
            ['cluster', 'scheduler', 'mode', 'root', 'since'],
            ...clusters.map((one) => [
              one.name,
              `${one.software} "${one.scheduler}"`,
              one.mode,
              one.root,
              new Date(one.adoptedAt).toISOString().slice(0, 10),
            ]),
          ]),
        )
      })
    })

  shared(
    group
      .command('login')
      .argument('<name>', 'the cluster')
      .argument('<login>', "the cluster's name of a person")
      .argument('<email>', 'whose it is'),
  )
    .description('say whose a login is')
    .option('--from <date>', 'since then; now when nothing is said')
    .action(async (name: string, login: string, email: string, options: Shared & { from?: string }) => {
      await withRooms(env, options, async (rooms) => {
        const room = await openClusterRoom(rooms)
        const { id: person } = await personByEmail(rooms, email)
        const from = options.from === undefined ? {} : { from: parseClock(options.from) }
        const made = await room.setLogin(await room.find(name), { login, person, ...from })
        print(options.json ?? false, made, () => [`${login} is ${email}, with the account ${made.account}.`])
      })
    })

  shared(
    group
      .command('mode')
      .argument('<mode>', MODES.join(', '))
      .description('how jobs that draw on one grant are charged, where not as the cluster says')
      .requiredOption('--grant <id>', 'the grant'),
  ).action(async (mode: string, options: Shared & { grant: string }) => {
    if (!isUuid(options.grant))
      throw new Fault('invalid', `grant is ${options.grant}; give its id`, { param: 'grant' })
    await withRooms(env, options, async (rooms) => {
      await (await openClusterRoom(rooms)).setGrantMode({ grant: options.grant, mode: modeOf(mode) })
      print(options.json ?? false, { grant: options.grant, mode }, () => [
        `Jobs on ${options.grant} are ${mode}.`,
      ])
    })
  })

  shared(group.command('sync').argument('<name>', 'the cluster'))
    .description('do at once what a server does by itself: limits, jobs, records')
    .action(async (name: string, options: Shared) => {
      await withRooms(env, options, async (rooms) => {
        const done = await sync(rooms, name, env)
        print(options.json ?? false, done, () => [
          `Limits: ${done.limits.written} written, ${done.limits.failed} left, ${done.limits.drifted} changed by hand.`,
          `Jobs: ${done.jobs.seen} seen, ${done.jobs.released} let go, ${done.jobs.refused} refused.`,
          `Records: ${done.records.fresh} new, ${done.records.changed} corrected, ${done.records.settled} settled.`,
        ])
      })
    })

  shared(group.command('review').argument('<id>', 'the review').argument('<verdict>', 'credit or keep'))
    .description('decide who pays for a run that somebody should look at')
    .requiredOption('--reason <text>', 'why')
    .option('--by <email>', 'who decides')
    .action(async (id: string, verdict: string, options: Shared & { reason: string; by?: string }) => {
      if (verdict !== 'credit' && verdict !== 'keep')
        throw new Fault('invalid', `verdict is "${verdict}"; give credit or keep`, { param: 'verdict' })
      await withRooms(env, options, async (rooms) => {
        const by = options.by === undefined ? null : (await personByEmail(rooms, options.by)).id
        const { credits } = await openClusterRoom(rooms)
        const ask = { review: id, credited: verdict === 'credit', by, reason: options.reason }
        const seconds = await credits.decide(ask)
        print(options.json ?? false, { review: id, verdict, gpu_seconds: String(seconds) }, () => [
          `${seconds} GPU-seconds went back.`,
        ])
      })
    })
}

async function sync(rooms: Rooms, name: string, env: Environment) {
  const room = await openClusterRoom(rooms)
  const scheduler = await openScheduler(clusterSettings(env), rooms.world, env)
  try {
    const cluster = await room.find(name)
    await room.check(cluster, scheduler)
    await room.beat(cluster, scheduler)
    const limits = await room.keep(cluster, scheduler)
    const jobs = await room.look(cluster, scheduler)
    const records = await room.settle(cluster, scheduler)
    return { limits, jobs, records }
  } finally {
    await scheduler.close()
  }
}

const viewOf = (cluster: Cluster) => ({
  id: cluster.id,
  name: cluster.name,
  scheduler: cluster.scheduler,
  incarnation: cluster.incarnation,
  software: cluster.software,
  mode: cluster.mode,
  root: cluster.root,
  prefix: cluster.prefix,
})

function pairOf(text: string): { type: string; accelerator: string } {
  const [type = '', accelerator = '', ...rest] = text.split('=')
  if (type !== '' && accelerator !== '' && rest.length === 0) return { type, accelerator }
  throw new Fault('invalid', `accelerator is "${text}"; give it as h100=H100-SXM`, { param: 'accelerator' })
}

function modeOf(text: string): Mode {
  const mode = MODES.find((one) => one === text)
  if (mode) return mode
  throw new Fault('invalid', `mode is "${text}"; give one of ${MODES.join(', ')}`, { param: 'mode' })
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Fault('invalid', 'rules is no JSON; give an object such as {"payers":{"preempted":"person"}}', {
      param: 'rules',
    })
  }
}
