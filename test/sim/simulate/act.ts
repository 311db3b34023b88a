import { Fault, messageOf } from '#base/fault.ts'
import { dayOf, DAY, SECOND } from '#base/time.ts'
import { isConnectionLost } from '#db/sql.ts'
import type { CallFacts, Tokens } from '#ledger/types.ts'
import { callId, grantId, leavingId, personId, today, type Company } from './company.ts'
import type { Replica } from './replica.ts'
import { KEYS, REPLICAS, type Command, type HoldAsk, type Single } from './script.ts'
import { REASONS } from './terms.ts'

/** What a client heard, one for each call of a burst; null: nothing, because its process died or lost its connection. */
export type Heard = readonly (string | null)[]

const TOKENS: Tokens = { input: 1, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 1, reasoning: 0 }
/** Commands that come to nothing more quickly than this waits are not stuck. */
const STUCK_AFTER = 60_000

/** An error that no client should ever hear of. */
export class Unexpected extends Error {}

const said = (error: unknown): string | null => {
  if (isConnectionLost(error)) return null
  if (error instanceof Fault && ['not_found', 'conflict', 'invalid'].includes(error.code)) return error.code
  throw new Unexpected(messageOf(error), { cause: error })
}
const answer = (work: Promise<string>): Promise<string | null> => work.catch(said)

export async function send(company: Company, command: Single): Promise<Heard> {
  const replica = company.replicas[command.replica]!
  const { faulty } = replica
  const heard = doIt(company, replica, command)
  heard.catch(() => {})
  const count = command.kind === 'hold' ? command.calls.length : 1
  let timer: NodeJS.Timeout | undefined
  const stuck = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Unexpected(`"${command.kind}" never ends`)), STUCK_AFTER)
  })
  try {
    const nothing: Heard = Array.from({ length: count }, () => null)
    return await Promise.race([heard, faulty.died().then(() => nothing), stuck])
  } finally {
    clearTimeout(timer)
  }
}

async function doIt(company: Company, replica: Replica, command: Single): Promise<Heard> {
  const { world, ledger, spending, commands, life } = replica
  const now = world.now()
  switch (command.kind) {
    case 'hold':
      return hold(company, replica, command.calls)
    case 'settle': {
      const id = callId(company, command.call)
      const usage = {
        id,
        cost: BigInt(command.cost),
        tokens: TOKENS,
        status: 'ok',
        estimated: false,
      } as const
      const settled = spending.settle({ ...usage, providerId: null, startedAt: now })
      return [await answer(settled.then((it) => `charged ${it.charged} absorbed ${it.absorbed}`))]
    }
    case 'release':
      return [
        await answer(spending.release(callId(company, command.call), 'simulated').then(() => 'released')),
      ]
    case 'cap': {
      const key = company.model.people.get(command.person)?.keys[command.key]
      if (!key) return ['nobody']
      const limit = command.limit && { ...command.limit, amount: BigInt(command.limit.amount) }
      return [await answer(spending.setLimit(key.id, limit).then(() => 'set'))]
    }
    case 'grant': {
      if (!company.model.people.has(command.person) || Number(today(replica).slice(8)) > 28) return ['nobody']
      const startDate = company.starts.get(command.grant) ?? today(replica)
      company.starts.set(command.grant, startDate)
      const ask = {
        id: grantId(company, command.grant),
        person: personId(company, command.person),
        template: company.slot.templates[command.contract]!,
        quantity: BigInt(command.quantity),
        startDate,
        grantDate: startDate,
      }
      return [await answer(commands.issueGrant(ask).then(() => 'granted'))]
    }
    case 'leave': {
      if (!company.model.people.has(command.person)) return ['nobody']
      const order = {
        id: leavingId(company, command.person),
        person: personId(company, command.person),
        on: dayOf(now),
        reason: REASONS[command.reason]!.reason,
      }
      return [await answer(life.confirmLeave(order).then(() => 'left'))]
    }
    case 'vest':
      return [await answer(commands.vestDue(now).then((count) => `vested ${count}`))]
    case 'lapse':
      return [await answer(ledger.lapse(now).then((count) => `lapsed ${count}`))]
    case 'expire':
      return [await answer(life.expireDue(now).then((count) => `ended ${count}`))]
    case 'work':
      return [await answer(life.work(now).then(() => 'worked'))]
    case 'roll':
      return [await answer(ledger.rollUp().then(() => 'rolled up'))]
    case 'seal':
      return [await answer(ledger.seal().then(() => 'sealed'))]
  }
}

/** As the gateway does: who is it, may they, then the hold; those of a burst are held together. */
async function hold(company: Company, replica: Replica, asks: readonly HoldAsk[]): Promise<Heard> {
  const { spending } = replica
  const ready: (() => Promise<string | null>)[] = []
  for (const ask of asks) {
    const before = (text: string | null) => () => Promise.resolve(text)
    const key = company.model.people.get(ask.person)?.keys[ask.key]
    if (!key) {
      ready.push(before('nobody'))
      continue
    }
    try {
      const who = await spending.authenticate(key.secret)
      if (!who) {
        ready.push(before('turned away'))
        continue
      }
      const { model, provider } = company.slot.models[ask.cls]
      const admission = await spending.admit(who, { provider, model, purpose: ask.purpose })
      if (admission.kind === 'refused') throw new Unexpected(admission.message)
      const { price, purpose, scopes } = admission
      const facts: CallFacts = {
        person: who.person.id,
        key: who.key.id,
        door: 'openai',
        route: '/v1/chat/completions',
        model: price.model,
        class: price.class,
        provider,
        upstream: 'demo',
        purpose,
        priceVersion: price.version,
      }
      const [min, max, floor] = [BigInt(ask.min), BigInt(ask.max), BigInt(ask.floor)]
      const lasting =
        ask.lasting === null ? {} : { lasting: { owner: 'batches' as const, for: ask.lasting * 3_600_000 } }
      const call = { id: callId(company, ask.call), min, max, floor, scopes, facts, ...lasting }
      ready.push(() =>
        answer(
          spending.hold(who, call).then((result) => {
            if (result.kind === 'held') return `held ${result.amount}`
            if (result.code === 'budget_exhausted') return 'short'
            if (result.code === 'key_budget_exhausted') return 'capped'
            if (result.code === 'invalid') return 'conflict'
            throw new Unexpected(result.message)
          }),
        ),
      )
    } catch (error) {
      ready.push(before(said(error)))
    }
  }
  return Promise.all(ready.map((go) => go()))
}

/** A person with keys and no grant yet. */
export async function hire(company: Company, n: number): Promise<void> {
  const { commands, spending } = company.replicas[0]!
  const { slot, clock, seed } = company
  await commands.hire({
    id: personId(company, n),
    email: `person${n}.of${seed}@perq.test`,
    name: `Person ${n}`,
    role: 'employee',
    level: 'IC3',
    entity: slot.entity,
    country: 'DE',
    hiredOn: dayOf(clock.base - 2 * DAY),
  })
  const keys: { secret: string; id: string }[] = []
  for (let key = 0; key < KEYS; key += 1) {
    const ask = { name: `Key ${key}`, purpose: 'work', models: null, expiresAt: null } as const
    const made = await spending.createKey(personId(company, n), ask)
    keys.push({ secret: made.secret, id: made.key.id })
  }
  company.model.people.set(n, { n, lastAt: 0, keys, caps: new Map(), left: null })
}

/** Every process that lives tells so, as each does every five seconds. */
export async function beat(company: Company): Promise<void> {
  for (const replica of company.replicas) {
    replica.faulty.arm(null)
    await replica.ledger.heartbeat(replica.world.now())
    replica.beatAt = company.clock.base
  }
}

/** As `beat`, where anybody's last one is not of this moment. */
export const beatIfDue = async (company: Company): Promise<void> => {
  if (company.replicas.some(({ beatAt }) => beatAt !== company.clock.base)) await beat(company)
}

const LOOKS = 7
const LOOK_EVERY = 5 * SECOND

export async function watch(company: Company, n: number): Promise<number> {
  const replica = company.replicas[n]!
  let lapsed = 0
  for (let look = 0; look < LOOKS; look += 1) {
    if (look > 0) company.clock.base += LOOK_EVERY
    await beat(company)
    lapsed += await replica.ledger.lapse(replica.world.now())
  }
  return lapsed
}

/**
 * The first command stands still before its so-manyth statement, with what it has locked; the second runs until it is
 * done or waits for the first; then both go on.
 */
export async function sendBoth(
  company: Company,
  { first, second, at }: Extract<Command, { kind: 'both' }>,
): Promise<readonly [Heard, Heard]> {
  const [{ faulty }, other] = [company.replicas[first.replica]!, company.replicas[second.replica]!]
  other.faulty.arm(null)
  faulty.arm({ at, how: 'stand' })
  let firstDone = false
  const one = send(company, first).finally(() => void (firstDone = true))
  one.catch(() => {})
  await Promise.race([faulty.standing(), one.catch(() => {})])
  let secondDone = false
  const two = send(company, second).finally(() => void (secondDone = true))
  two.catch(() => {})
  while (!firstDone && !secondDone && !(await waits(company)))
    await new Promise((done) => setTimeout(done, 1))
  faulty.goOn()
  return [await one, await two]
}

async function waits({ slot }: Company): Promise<boolean> {
  const [row] = await slot.db.query<{ waits: boolean }>(
    `select exists (
       select 1 from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'
     ) as waits`,
  )
  return row!.waits
}

export const restartDead = async (company: Company): Promise<void> => {
  for (let n = 0; n < REPLICAS; n += 1) if (company.replicas[n]!.faulty.isDead()) await company.starting(n)
}
