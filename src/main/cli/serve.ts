import { flushCompileCache } from 'node:module'
import type { Command } from 'commander'
import { toJson } from '#base/json.ts'
import { DAY, iso, MINUTE, SECOND, type Millis } from '#base/time.ts'
import type { Person } from '#people/person.ts'
import { prefixOf } from '#spending/secret.ts'
import { wholeNumber, type Environment } from '../config.ts'
import { IDLE_GRACE } from '../replica.ts'
import { serve, type Serving } from '../serve.ts'
import { parseClock } from '../world.ts'
import { failure, say } from './output.ts'

type Options = {
  readonly demo?: boolean
  readonly demoProvider?: boolean
  readonly json?: boolean
  readonly host?: string
  readonly port?: string
  readonly workers?: string
  readonly data?: string
  readonly clock?: string
}

const DEMO_LINK_FOR = 30 * DAY
const PEOPLE_PAGE = 200

type Guest = {
  readonly name: string
  readonly email: string
  readonly role: string
  readonly key: string | null
  readonly signin_url: string | null
}

/** `perq serve`: the server. With --json one line tells that it is ready and how it is reached. */
export function serveCommand(program: Command, env: Environment): void {
  program
    .command('serve')
    .description("serve the people's pages, the API and the gateway")
    .option('--demo', 'with the demo company and the built-in provider')
    .option('--demo-provider', 'with the built-in provider, which needs no account')
    .option('--json', 'one JSON line on standard output when ready')
    .option('--host <address>', 'PERQ_HOST')
    .option('--port <n>', 'PERQ_PORT; 0 takes a free one')
    .option('--workers <n>', 'PERQ_WORKERS; auto: one for each core')
    .option('--data <folder>', 'PERQ_DATA')
    .option('--clock <date>', 'start the clock there, for demonstrations')
    .action(async (options: Options) => {
      const serving = await serve({
        env,
        demo: options.demo ?? false,
        demoProvider: options.demoProvider ?? false,
        clock: options.clock === undefined ? null : parseClock(options.clock),
        log: say,
        ...(options.host === undefined ? {} : { host: options.host }),
        ...(options.port === undefined ? {} : { port: wholeNumber('--port', options.port, [0, 65_535]) }),
        ...(options.workers === undefined ? {} : { workers: options.workers }),
        ...(options.data === undefined ? {} : { data: options.data }),
      })
      stopOnSignal(serving)
      const people = await guests(serving, options.demo ?? false)
      const offer = options.demo ? await candidate(serving) : null
      if (options.json) process.stdout.write(`${toJson(document(serving, people, offer))}\n`)
      else
        process.stdout.write(
          `${welcome(serving, people, { demo: options.demo ?? false, offer }).join('\n')}\n`,
        )
      // Node keeps what it compiled when it ends; a server that is killed would leave nothing for the next start.
      flushCompileCache()
    })
}

const NOBODY = { order: new Map<string, number>(), secretOf: () => null }

/** What people and tests need to begin. Keys are known for the demo people only. */
async function guests({ rooms, sessions, master, url }: Serving, demo: boolean): Promise<Guest[]> {
  const { people } = await rooms.people.list({ limit: PEOPLE_PAGE })
  const { order, secretOf } = demo ? (await import('../demo/guests.ts')).demoGuests(master) : NOBODY
  const rank = (person: Person): number => order.get(person.id) ?? order.size
  const guest = async (person: Person): Promise<Guest> => {
    const secret = secretOf(person.id)
    // Looked up, not tried: trying a key counts as using it.
    const live = (await rooms.spending.keys(person.id)).filter(({ revokedAt }) => revokedAt === null)
    const key = secret !== null && live.some(({ prefix }) => prefix === prefixOf(secret)) ? secret : null
    // Real people are let in one by one, by an operator who asks for it: "perq signin EMAIL".
    const link = demo ? `${url}/signin?token=${await sessions.link(person.id, DEMO_LINK_FOR)}` : null
    return {
      name: person.name,
      email: person.email,
      role: person.role,
      key,
      signin_url: link,
    }
  }
  return Promise.all(people.toSorted((a, b) => rank(a) - rank(b)).map(guest))
}

/** The page of the demo's candidate, who signs in nowhere. */
async function candidate({ rooms, master, url }: Serving): Promise<string | null> {
  const path = await (await import('../demo/offers.ts')).demoOfferLink(rooms, master)
  return path && `${url}${path}`
}

const document = (
  { url, database, world }: Serving,
  people: readonly Guest[],
  offer: string | null,
): object => ({
  url,
  database,
  people,
  offer_url: offer,
  openai_base_url: `${url}/openai/v1`,
  anthropic_base_url: `${url}/anthropic`,
  gemini_base_url: `${url}/gemini`,
  clock: iso(world.now()),
})

function welcome(
  { url }: Serving,
  people: readonly Guest[],
  { demo, offer }: { readonly demo: boolean; readonly offer: string | null },
): readonly string[] {
  const key = people.find(({ role }) => role === 'employee')?.key
  return [
    '',
    `Perq serves ${url}`,
    '',
    ...wayIn(people, demo),
    ...(offer === null ? [] : ['', 'What a candidate sees, without signing in:', `  ${offer}`]),
    ...(demo && key
      ? [
          '',
          'The first call:',
          `  curl ${url}/anthropic/v1/messages -H 'content-type: application/json' -H 'anthropic-version: 2023-06-01' \\`,
          `    -H 'x-api-key: ${key}' \\`,
          `    -d '{"model":"claude-haiku-4-5","max_tokens":200,"messages":[{"role":"user","content":"What is a vested token?"}]}'`,
        ]
      : []),
    '',
    'Stop with Ctrl+C.',
  ]
}

function wayIn(people: readonly Guest[], demo: boolean): readonly string[] {
  if (people.length === 0) {
    return [
      'Nobody works here. Hire the first person and let them in:',
      '  ./perq person add YOU@COMPANY --name "Your Name" --role people',
      '  ./perq signin YOU@COMPANY',
    ]
  }
  if (!demo) return ['"./perq signin EMAIL" makes a link that signs a person in.']
  const roles = ['employee', 'people', 'finance', 'admin'].flatMap(
    (role) => people.find((one) => one.role === role) ?? [],
  )
  return [
    'Sign in, each link once ("./perq signin EMAIL" makes another):',
    ...roles.map(({ role, name, signin_url }) => `  ${role.padEnd(8)}  ${name.padEnd(16)}  ${signin_url}`),
  ]
}

/**
 * SIGTERM is how services are stopped: clients and balancers get the time to notice. Ctrl+C is somebody who waits. SIGHUP
 * replaces the processes of a crew; where there is none, or where it says that the terminal is gone, it stops.
 */
function stopOnSignal(serving: Serving): void {
  const { stopNotice, stopWithin } = serving.settings
  let stopping = false
  const stop = async (signal: string, notice: Millis, grace: Millis): Promise<void> => {
    if (stopping) return
    stopping = true
    setTimeout(() => process.exit(1), notice + stopWithin + MINUTE).unref()
    if (notice > 0) {
      serving.log('info', `${signal}: not ready any more; the door closes in ${notice / SECOND} seconds`)
      serving.leave()
      await new Promise((resolve) => setTimeout(resolve, notice))
    }
    serving.log('info', `${signal}: letting calls in flight end`)
    await serving.close(grace)
  }
  const end = (signal: string, notice: Millis, grace: Millis): void => {
    stop(signal, notice, grace).then(
      () => process.exit(0),
      (error: unknown) => {
        serving.log('error', failure(error).text)
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', () => end('SIGTERM', stopNotice, IDLE_GRACE))
  process.on('SIGINT', () => end('SIGINT', 0, 0))
  const inTerminal = process.stdin.isTTY
  process.on('SIGHUP', () => {
    if (serving.roll && !inTerminal) void serving.roll()
    else end('SIGHUP', 0, 0)
  })
}
