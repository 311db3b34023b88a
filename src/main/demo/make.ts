import { Fault } from '#base/fault.ts'
import { uuid7, uuidOf } from '#base/id.ts'
import { invariant } from '#base/invariant.ts'
import { addDays, DAY, dayOf, SECOND, startOfDay, type DateText, type Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db } from '#db/sql.ts'
import { fourYearMonthly, monthlyRefill, startForFirstRefill } from '#grants/shapes.ts'
import { NANO_PER_USD } from '#base/money.ts'
import { cost, upperBound } from '#prices/cost.ts'
import type { Price } from '#prices/types.ts'
import { tellBudgets } from '#spending/alerts/budget.ts'
import type { Admission, Principal } from '#spending/types.ts'
import { openRooms, type Rooms } from '../rooms.ts'
import { pastWorld } from '../world.ts'
import {
  COMPANY,
  emailOf,
  ENTITIES,
  POLICY,
  REFILL_USD,
  ROSTER,
  SIGNING_USD,
  type DemoPerson,
} from './company.ts'
import { LIVE_FROM, openDemoCluster } from './cluster.ts'
import { rollFrom, type Dice } from './dice.ts'
import { openContracts } from './contracts.ts'
import { demoBytes, demoSecret } from './keys.ts'
import { tellOffers } from './offers.ts'
import { grantSeats, tellSeats } from './seats.ts'
import { readTrace, type TraceRow } from './trace.ts'
import { callsOf, habitOf, type Catalogue, type Habit, type PlannedCall } from './year.ts'

const SEED = 20_261_121
/** A day's calls go in so many waves: within one they are in flight together, as they would be. */
const WAVES = 8
const CALL_TAKES = 9 * SECOND
const KEY_NAME = 'Laptop'

type Member = {
  readonly id: string
  readonly plan: DemoPerson
  readonly hiredOn: DateText
  habit: Habit
  principal: Principal | null
  lastCallAt: Millis | null
}

export const demoPersonId = (name: string): string => uuidOf('demo person', emailOf(name))

const FINISHED = uuidOf('demo entity', 'finished')

/** Which state the database is in; `other` is a company that the demo must not touch. */
export async function demoState({
  people,
}: Pick<Rooms, 'people'>): Promise<'none' | 'unfinished' | 'made' | 'other'> {
  if (await people.entity(FINISHED)) return 'made'
  const demo = new Set(ROSTER.map(({ name }) => demoPersonId(name)))
  const { people: first } = await people.list({ limit: 200 })
  if (!first.every(({ id }) => demo.has(id))) return 'other'
  return (await people.entity(uuidOf('demo entity', 'us')))
    ? 'unfinished'
    : first.length === 0
      ? 'none'
      : 'other'
}

/**
 * Makes the demo company up to `world.now()`: people, templates, grants and `days` of calls, all through the rooms that real
 * traffic takes, on a clock that walks from day to day. The same seed makes the same company.
 */
export async function makeDemo(options: {
  db: Db
  world: World
  master: Uint8Array
  days: number
  log: (line: string) => void
}): Promise<void> {
  const { db, log } = options
  const today = options.world.now()
  const start = startOfDay(dayOf(today - options.days * DAY))
  const past = pastWorld(start)
  let keyOf: string | null = null
  const dice = rollFrom(SEED)
  // Of their own, so that the contracts move no other figure.
  const contractDice = rollFrom(SEED + 1)
  let ids = dice
  const world = {
    ...past,
    random: (count: number) =>
      keyOf === null
        ? Uint8Array.from({ length: count }, () => dice.below(256))
        : demoBytes(options.master, keyOf, count),
    id: () =>
      uuid7(
        past.now(),
        Uint8Array.from({ length: 10 }, () => ids.below(256)),
      ),
  }
  const rooms = await openRooms({ db, world, owner: 'demo', guarded: false, company: COMPANY })
  try {
    await rooms.ledger.heartbeat(past.now())
    const makers = await hireAll(rooms, { today, start, set: past.set, dice })
    for (const member of makers) {
      keyOf = member.id
      // Nobody has a key before their first day.
      past.set(startOfDay(member.hiredOn))
      await rooms.spending.createKey(member.id, {
        name: KEY_NAME,
        purpose: 'work',
        models: null,
        expiresAt: null,
      })
      member.principal = await rooms.spending.authenticate(demoSecret(options.master, member.id))
    }
    keyOf = null
    past.set(start)
    await rooms.spending.setPolicy(POLICY, emailOf('Ravi Menon'))
    await grantSeats(rooms, makers, today)
    const tellContracts = openContracts(rooms, makers, today)
    const contractsOf = async (day: DateText): Promise<void> => {
      ids = contractDice
      await tellContracts(day)
      ids = dice
    }
    const cluster = openDemoCluster(rooms, makers, today)
    const tellCluster = async (tell: () => Promise<void>): Promise<void> => {
      ids = contractDice
      await tell()
      ids = dice
    }
    const trace = readTrace()
    let made = 0
    let told = 0
    for (let day = dayOf(start); options.days > 0 && startOfDay(day) <= today; day = addDays(day, 1)) {
      const begin = Math.max(startOfDay(day), past.now())
      past.set(begin)
      await rooms.commands.vestDue(begin)
      await rooms.ledger.expire(begin)
      await contractsOf(day)
      await tellCluster(cluster.tell)
      made += await liveDay(rooms, { members: makers, day, today, trace, dice, set: past.set })
      await tellSeats(rooms, { members: makers, day, today, set: past.set, now: past.now })
      if (made - told >= 5_000) log(`demo: ${(told = made)} calls, ${day}`)
    }
    // The calls came without their secrets: one look-up each tells when a key was last used.
    for (const { id, lastCallAt } of makers) {
      if (lastCallAt === null) continue
      past.set(lastCallAt)
      await rooms.spending.authenticate(demoSecret(options.master, id))
    }
    past.set(today - LIVE_FROM)
    await tellCluster(cluster.submit)
    past.set(today)
    await contractsOf(dayOf(today))
    ids = rollFrom(SEED + 2)
    await tellOffers(rooms, { members: makers, today, set: past.set })
    ids = dice
    past.set(today)
    await tellCluster(cluster.end)
    await rooms.commands.vestDue(today)
    await rooms.ledger.expire(today)
    await rooms.ledger.lapse(today)
    await tellBudgets(
      { db, alerts: rooms.spending.alerts },
      makers.flatMap(({ id, principal }) =>
        principal ? [{ wallet: principal.wallet, person: id, empty: false }] : [],
      ),
      today,
    )
    const sealed = await rooms.ledger.seal()
    // A third legal entity without people, and the sign that the company is whole.
    await rooms.people.createEntity({ id: FINISHED, ...ENTITIES.holding })
    log(`demo: ${ROSTER.length} people, ${made} calls over ${options.days} days, ${sealed} entries sealed`)
  } finally {
    await rooms.close()
  }
}

/** People, the two templates and everybody's grants. Grants begin when the person, or the history, does. */
async function hireAll(
  { people, commands, prices }: Rooms,
  { today, start, set, dice }: { today: Millis; start: Millis; set: (at: Millis) => void; dice: Dice },
): Promise<Member[]> {
  const entities = {
    us: await people.createEntity({ id: uuidOf('demo entity', 'us'), ...ENTITIES.us }),
    de: await people.createEntity({ id: uuidOf('demo entity', 'de'), ...ENTITIES.de }),
  }
  const refill = await commands.createTemplate({
    id: uuidOf('demo template', 'refill'),
    name: 'Monthly refill',
    ...monthlyRefill({ months: 24 }),
  })
  const signing = await commands.createTemplate({
    id: uuidOf('demo template', 'signing'),
    name: 'Signing grant, four years',
    ...fourYearMonthly(),
  })
  const catalogue = catalogueOf(prices)
  const members: Member[] = []
  for (const plan of ROSTER) {
    const entity = entities[plan.entity]
    const hiredOn = dayOf(today - plan.hiredDaysAgo * DAY)
    const from = startOfDay(hiredOn) < start ? dayOf(start) : hiredOn
    const { person } = await commands.hire({
      id: demoPersonId(plan.name),
      email: emailOf(plan.name),
      name: plan.name,
      role: plan.role,
      level: plan.level,
      title: plan.title,
      entity: entity.id,
      country: entity.country,
      hiredOn,
    })
    set(start)
    // The first refill comes with the first day.
    await commands.issueGrant({
      id: uuidOf('demo grant', 'refill', person.id),
      person: person.id,
      template: refill.id,
      quantity: (BigInt(REFILL_USD[plan.level]) * NANO_PER_USD) / 12n,
      startDate: startForFirstRefill(from),
      grantDate: from,
      name: `${plan.level} monthly compute`,
    })
    const signed = SIGNING_USD[plan.level]
    if (signed !== undefined) {
      await commands.issueGrant({
        id: uuidOf('demo grant', 'signing', person.id),
        person: person.id,
        template: signing.id,
        quantity: BigInt(signed) * NANO_PER_USD,
        startDate: hiredOn,
        grantDate: from,
        name: 'Signing compute grant',
      })
    }
    members.push({
      id: person.id,
      plan,
      hiredOn: from,
      habit: habitOf(plan.level, catalogue, dice),
      principal: null,
      lastCallAt: null,
    })
  }
  return members
}

function catalogueOf(prices: Rooms['prices']): Catalogue {
  const known = (provider: Price['provider'], names: readonly string[]): Price[] =>
    names.map((name) => {
      const price =
        prices.resolve(provider, name, 0) ?? prices.models(provider).find(({ model }) => model === name)
      invariant(price, `the price book knows ${name}`)
      return price
    })
  return {
    frontier: known('anthropic', ['claude-opus-5-5', 'claude-opus-4-8']),
    standard: [
      ...known('anthropic', ['claude-sonnet-5', 'claude-sonnet-4-6']),
      ...known('openai', ['gpt-5.4', 'gpt-5.2']),
    ],
    small: [
      ...known('anthropic', ['claude-haiku-4-5']),
      ...known('openai', ['gpt-5-mini']),
      ...known('google', ['gemini-3.5-flash-lite']),
    ],
  }
}

type Flight = { readonly principal: Principal; readonly call: PlannedCall; readonly id: string }

/** One day of everybody's calls. Returns how many were made; those that the wallet could not pay were refused. */
async function liveDay(
  rooms: Rooms,
  ask: {
    members: readonly Member[]
    day: DateText
    today: Millis
    trace: readonly TraceRow[]
    dice: Dice
    set: (at: Millis) => void
  },
): Promise<number> {
  const flights: Flight[] = []
  for (const member of ask.members) {
    const { principal, habit, hiredOn } = member
    if (principal === null || ask.day < hiredOn) continue
    for (const call of callsOf(habit, ask.day, ask.today, ask.trace, ask.dice)) {
      if (call.at > ask.today - CALL_TAKES) continue
      const id = uuid7(
        call.at,
        Uint8Array.from({ length: 10 }, () => ask.dice.below(256)),
      )
      flights.push({ principal, call, id })
      member.lastCallAt = Math.max(call.at, member.lastCallAt ?? 0)
    }
  }
  flights.sort((a, b) => a.call.at - b.call.at)
  const size = Math.ceil(flights.length / WAVES)
  let made = 0
  for (let wave = 0; wave < WAVES && size > 0; wave += 1) {
    made += await fly(rooms, flights.slice(wave * size, (wave + 1) * size), ask.set)
  }
  return made
}

async function fly(rooms: Rooms, flights: readonly Flight[], set: (at: Millis) => void): Promise<number> {
  const admitted = await Promise.all(
    flights.map(async ({ principal, call }) =>
      rooms.spending.admit(principal, {
        provider: call.price.provider,
        model: call.price.model,
        purpose: call.purpose,
      }),
    ),
  )
  const held = await Promise.all(
    flights.map(async (flight, index) => {
      const admission = admitted[index]!
      if (admission.kind === 'refused') throw new Fault('internal', admission.message)
      set(flight.call.at)
      return hold(rooms, flight, admission)
    }),
  )
  const settled = await Promise.all(
    flights.map(async ({ call, id }, index) => {
      if (!held[index]) return false
      set(call.at + CALL_TAKES)
      await rooms.spending.settle({
        id,
        cost: cost(admittedPrice(admitted[index]!), call.tokens).nano,
        tokens: call.tokens,
        status: 'ok',
        estimated: false,
        providerId: `demo_${id}`,
        startedAt: call.at,
      })
      return true
    }),
  )
  return settled.filter(Boolean).length
}

const admittedPrice = (admission: Awaited<ReturnType<Rooms['spending']['admit']>>): Price => {
  invariant(admission.kind === 'admitted', 'only admitted calls are settled')
  return admission.price
}

/** How calls of a provider's models came in, and the upstream of the demo provider that they went to. */
const WAY = {
  anthropic: { door: 'anthropic', route: 'messages', upstream: 'demo-anthropic' },
  openai: { door: 'openai', route: 'responses', upstream: 'demo-openai' },
  google: { door: 'gemini', route: 'generateContent', upstream: 'demo-gemini' },
} as const

async function hold(rooms: Rooms, { principal, call, id }: Flight, admission: Admission): Promise<boolean> {
  const { price } = admission
  const { tokens } = call
  const input = tokens.input + tokens.cacheRead + tokens.cacheWrite5m + tokens.cacheWrite1h
  const most = upperBound(price, { input, output: Math.max(call.cap, tokens.output) })
  const result = await rooms.spending.hold(principal, {
    id,
    min: upperBound(price, { input, output: tokens.output }),
    max: most,
    floor: 0n,
    scopes: admission.scopes,
    facts: {
      person: principal.person.id,
      key: principal.key.id,
      ...WAY[price.provider],
      model: price.model,
      class: price.class,
      provider: price.provider,
      purpose: admission.purpose,
      priceVersion: price.version,
    },
  })
  return result.kind === 'held'
}
