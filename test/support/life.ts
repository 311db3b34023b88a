import { DAY, dayOf, HOUR, startOfDay, type DateText } from '#base/time.ts'
import { openCommands } from '#commands/commands.ts'
import { openLife } from '#commands/life/life.ts'
import type { Parts as CommandParts } from '#commands/parts.ts'
import type { Db } from '#db/sql.ts'
import type { Template } from '#grants/grant.ts'
import { openGrants } from '#grants/grants.ts'
import { monthlyRefill } from '#grants/shapes.ts'
import type { Terms } from '#grants/terms.ts'
import { openLedger } from '#ledger/ledger.ts'
import type { CallFacts, Purpose } from '#ledger/types.ts'
import { openPeople } from '#people/people.ts'
import type { Person } from '#people/person.ts'
import { openPrices } from '#prices/prices.ts'
import { openSpending } from '#spending/spending.ts'
import type { TestWorld } from './world.ts'

/** The rooms that a life goes through, on one database, with short ways to live it. */
export async function openLives(db: Db, world: TestWorld, more: Pick<CommandParts, 'rates'> = {}) {
  const ledger = openLedger({ db, owner: `life-${world.id()}` })
  const prices = openPrices({ db, world })
  await prices.load()
  const people = openPeople({ db, world })
  const grants = openGrants()
  const spending = openSpending({ db, ledger, prices, world, guarded: false })
  const commands = openCommands({ db, world, ledger, people, grants, ...more })
  const life = openLife({ db, world, ledger, people, grants, spending, ...more })
  await ledger.heartbeat(world.now())
  const entity = await people.createEntity({ name: `Perq ${world.id()}`, country: 'DE', currency: 'EUR' })
  let count = 0

  async function hire(more: Partial<Person> = {}): Promise<Person> {
    count += 1
    const { person } = await commands.hire({
      email: `life${count}.${world.id()}@perq.test`,
      name: `Person ${count}`,
      role: 'employee',
      level: 'IC3',
      entity: entity.id,
      country: 'DE',
      hiredOn: dayOf(world.now()),
      ...more,
    })
    return person
  }

  const template = (more: Partial<Terms> = {}): Promise<Template> =>
    commands.createTemplate({ ...monthlyRefill({ months: 12 }), name: `Terms ${(count += 1)}`, ...more })

  async function grant(
    person: Person,
    terms: Partial<Terms>,
    quantity: bigint,
    start?: DateText,
  ): Promise<string> {
    const { id } = await template(terms)
    const startDate = start ?? dayOf(world.now())
    const ask = { person: person.id, template: id, quantity, startDate, grantDate: startDate }
    return (await commands.issueGrant(ask)).grant.id
  }

  /** What the worker does when a day begins, in the order of its duties. */
  async function tick(): Promise<void> {
    const now = world.now()
    await ledger.heartbeat(now)
    await life.work(now)
    await commands.vestDue(now)
    await ledger.lapse(now)
    await life.expireDue(now)
  }

  async function go(to: DateText): Promise<void> {
    world.set(startOfDay(to) + HOUR)
    await tick()
  }

  /** Holds that much of the person's dollars; null when there is less. */
  async function hold(
    person: string,
    amount: bigint,
    { purpose = 'work' as Purpose, scopes = null as readonly number[] | null } = {},
  ): Promise<string | null> {
    const wallet = await ledger.walletOf(db, person)
    if (!wallet) return null
    const facts: CallFacts = {
      person,
      key: null,
      door: 'openai',
      route: 'chat/completions',
      model: 'gpt-5.2',
      class: 'frontier',
      provider: 'openai',
      upstream: 'demo',
      purpose,
      priceVersion: 1,
    }
    const id = world.id()
    const now = world.now()
    const ask = { id, wallet: wallet.id, min: amount, max: amount, floor: 0n, scopes, facts }
    const held = await ledger.hold({ ...ask, expiresAt: now + DAY }, now)
    return held.kind === 'held' ? id : null
  }

  const settle = (id: string, cost: bigint) =>
    ledger.settle(
      {
        id,
        cost,
        tokens: { input: 1, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 1, reasoning: 0 },
        status: 'ok',
        estimated: false,
        providerId: null,
        startedAt: world.now(),
      },
      world.now(),
    )

  const close = async (): Promise<void> => {
    await spending.close()
    await prices.close()
  }
  return {
    db,
    world,
    ledger,
    prices,
    people,
    grants,
    spending,
    commands,
    life,
    entity,
    hire,
    template,
    grant,
    tick,
    go,
    hold,
    settle,
    close,
  }
}

export type Lives = Awaited<ReturnType<typeof openLives>>
