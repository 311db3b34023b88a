import { DAY, dayOf, MINUTE } from '#base/time.ts'
import { openCommands } from '#commands/commands.ts'
import type { Db } from '#db/sql.ts'
import { openGrants } from '#grants/grants.ts'
import type { Template } from '#grants/grant.ts'
import { monthlyRefill } from '#grants/shapes.ts'
import { openLedger } from '#ledger/ledger.ts'
import type { CallFacts, Purpose } from '#ledger/types.ts'
import { openPeople } from '#people/people.ts'
import type { Person } from '#people/person.ts'
import type { Role } from '#people/access.ts'
import { cost, upperBound } from '#prices/cost.ts'
import { openExchange } from '#prices/exchanges.ts'
import { openPrices } from '#prices/prices.ts'
import type { Price } from '#prices/types.ts'
import type { TestWorld } from './world.ts'

const ROLES_IN_TURN: readonly Role[] = ['employee', 'people', 'finance', 'admin']
const PURPOSES: readonly Purpose[] = ['work', 'learning', 'personal', 'open_source']

/** A small company on a real database whose history is made through the rooms, step by step, from the world's seed. */
export async function openCompany(db: Db, world: TestWorld) {
  const people = openPeople({ db, world })
  const grants = openGrants()
  const prices = openPrices({ db, world })
  const exchange = await openExchange({ db, world })
  const ledger = openLedger({ db, owner: `test-${world.id()}` })
  const commands = openCommands({ db, world, ledger, people, grants, rates: exchange })
  await prices.load()
  await exchange.load()
  await ledger.heartbeat(world.now())
  const entity = await people.createEntity({ name: 'Perq Test GmbH', country: 'DE', currency: 'EUR' })
  let hired = 0

  /** A whole number from 0 up to, not with, `most`. */
  const below = (most: number): number => {
    const [a, b, c] = world.random(3)
    return ((a! << 16) | (b! << 8) | c!) % most
  }

  async function hire(ask: Partial<Person> = {}): Promise<Person> {
    hired += 1
    const { person } = await commands.hire({
      email: `p${hired}.${world.id()}@perq.test`,
      name: `Person ${hired}`,
      role: ROLES_IN_TURN[hired % 4]!,
      level: 'IC3',
      title: 'Engineer',
      entity: entity.id,
      country: 'DE',
      hiredOn: dayOf(world.now()),
      ...ask,
    })
    return person
  }

  const template = (months: number): Promise<Template> =>
    commands.createTemplate({ ...monthlyRefill({ months }), name: `Refill ${months}` })

  /** A monthly refill of `quantity` a month that started so many days ago. */
  async function grant(person: Person, quantity: bigint, { months = 12, daysAgo = 0 } = {}): Promise<string> {
    const startDate = dayOf(world.now() - daysAgo * DAY)
    const { id: chosen } = await template(months)
    const ask = { person: person.id, template: chosen, quantity, startDate, grantDate: startDate }
    return (await commands.issueGrant({ ...ask, name: `Compute ${months}` })).grant.id
  }

  /** What is due becomes lots; the ledger's sweeps run too. */
  async function tick(): Promise<void> {
    const now = world.now()
    await ledger.heartbeat(now)
    await commands.vestDue(now)
    await ledger.lapse(now)
    await ledger.expire(now)
  }

  /** Holds the upper bound of a call; null when the wallet cannot pay. */
  async function hold(
    person: Person,
    { model = 'gpt-5.2', input = 1_000, output = 1_000, key = null as string | null } = {},
  ): Promise<{ id: string; price: Price } | null> {
    const price = prices.resolve('openai', model, world.now())!
    const wallet = await ledger.walletOf(db, person.id)
    const max = upperBound(price, { input, output })
    const facts: CallFacts = {
      person: person.id,
      key,
      door: 'openai',
      route: 'chat/completions',
      model,
      class: price.class,
      provider: 'openai',
      upstream: 'demo',
      purpose: PURPOSES[below(4)]!,
      priceVersion: price.version,
    }
    const id = world.id()
    const now = world.now()
    const held = await ledger.hold(
      {
        id,
        wallet: wallet!.id,
        min: max,
        max,
        scopes: null,
        expiresAt: now + 5 * MINUTE,
        floor: max / 100n,
        facts,
      },
      now,
    )
    return held.kind === 'held' ? { id, price } : null
  }

  /** Real usage of at most what was held for, or above it when `over`, which the company absorbs. */
  async function settle(call: { id: string; price: Price }, { over = false } = {}): Promise<void> {
    const tokens = {
      input: over ? 5_000 : below(400),
      cacheRead: below(300),
      cacheWrite5m: below(200),
      cacheWrite1h: 0,
      output: over ? 5_000 : below(1_000),
      reasoning: 0,
    }
    const now = world.now()
    await ledger.settle(
      {
        id: call.id,
        cost: cost(call.price, tokens).nano,
        tokens,
        status: 'ok',
        estimated: false,
        providerId: null,
        startedAt: now,
      },
      now,
    )
  }

  return {
    db,
    world,
    people,
    grants,
    commands,
    prices,
    exchange,
    ledger,
    entity,
    below,
    hire,
    template,
    grant,
    tick,
    hold,
    settle,
  }
}

export type Company = Awaited<ReturnType<typeof openCompany>>
