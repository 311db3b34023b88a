import { uuidOf } from '#base/id.ts'
import { invariant } from '#base/invariant.ts'
import { NANO_PER_USD } from '#base/money.ts'
import { PER_UNIT } from '#base/quantity.ts'
import { addDays, DAY, dayOf, type Millis } from '#base/time.ts'
import type { Bands } from '#offers/bands.ts'
import { openOfferLinks } from '#offers/link.ts'
import type { OfferAsk, Pay } from '#offers/offer.ts'
import type { Rooms } from '../rooms.ts'
import type { DemoLevel } from './company.ts'
import type { ContractMember } from './contracts.ts'

/** What Fernhill offers candidates: bands and budgets, how past offers were answered, and those that are under way. */

const AUTHOR = 'Tomás Aguilar'
const SECOND = 'Lena Hoffmann'
const usd = (amount: number): bigint => BigInt(amount) * NANO_PER_USD

/** Dollars a year, and dollars of compute over four years. */
const BANDS: readonly (readonly [DemoLevel, readonly [number, number], readonly [number, number]])[] = [
  ['S2', [50_000, 80_000], [0, 6_000]],
  ['IC3', [90_000, 140_000], [0, 15_000]],
  ['IC4', [120_000, 180_000], [3_000, 30_000]],
  ['IC5', [160_000, 230_000], [10_000, 80_000]],
  ['IC6', [210_000, 300_000], [30_000, 150_000]],
  ['IC7', [320_000, 480_000], [100_000, 500_000]],
]

function bandsOf(today: Millis): Bands {
  const year = Number(dayOf(today).slice(0, 4))
  return {
    bands: BANDS.map(([level, salary, compute]) => ({
      level,
      family: '',
      salary: { min: usd(salary[0]), max: usd(salary[1]), currency: 'USD' },
      compute: { min: usd(compute[0]), max: usd(compute[1]) },
    })),
    budget: [
      { year, compute: usd(900_000) },
      { year: year + 1, compute: usd(1_200_000) },
    ],
  }
}

type Past = {
  readonly name: string
  readonly level: DemoLevel
  readonly title: string
  readonly salary: number
  readonly compute: number
  /** Of those who came: they are people of the roster, and the offer was made before they did. */
  readonly end: 'accepted' | 'declined' | 'expired'
  readonly daysAgo?: number
}

const past = (
  name: string,
  level: DemoLevel,
  title: string,
  [salary, compute]: readonly [number, number],
  end: Past['end'],
  daysAgo?: number,
): Past => ({ name, level, title, salary, compute, end, ...(daysAgo === undefined ? {} : { daysAgo }) })

const PAST: readonly Past[] = [
  past('Samuel Adeyemi', 'IC4', 'Product engineer', [140_000, 12_000], 'accepted'),
  past('Zoe Martin', 'IC3', 'Technical writer', [105_000, 6_000], 'accepted'),
  past('Fatima Zahra', 'IC3', 'Data analyst', [105_000, 6_000], 'accepted'),
  past('Marcus Hill', 'IC3', 'Quality engineer', [105_000, 6_000], 'accepted'),
  past('Rosa Mäkinen', 'IC4', 'Backend engineer', [150_000, 12_000], 'declined', 160),
  past('Pavel Novák', 'IC3', 'Frontend engineer', [110_000, 6_000], 'declined', 120),
  past('Ifeoma Eze', 'IC4', 'Data engineer', [145_000, 12_000], 'expired', 95),
  past('Li Wen', 'IC6', 'Research engineer', [240_000, 48_000], 'accepted'),
  past('Kenji Watanabe', 'IC6', 'Research engineer', [240_000, 48_000], 'accepted'),
  past('Noor Haddad', 'IC6', 'Research scientist', [250_000, 50_000], 'accepted'),
  past('Dmitri Volkov', 'IC5', 'Staff engineer, infrastructure', [185_000, 30_000], 'accepted'),
  past('Henrik Sand', 'IC5', 'Staff engineer, search', [200_000, 30_000], 'declined', 75),
  past('Yuki Tanaka', 'IC6', 'Research engineer', [230_000, 40_000], 'expired', 60),
]

const emailFor = (name: string): string =>
  `${name
    .normalize('NFD')
    .replaceAll(/[^A-Za-z ]/g, '')
    .toLowerCase()
    .replaceAll(' ', '.')}@candidate.example`

/** Everything there is to tell of offers, each on its own day; the clock is left wherever the last one was told. */
export async function tellOffers(
  rooms: Rooms,
  {
    members,
    today,
    set,
  }: {
    readonly members: readonly ContractMember[]
    readonly today: Millis
    readonly set: (at: Millis) => void
  },
): Promise<void> {
  const { offering } = rooms
  const who = (name: string): ContractMember => members.find(({ plan }) => plan.name === name)!
  const us = (await rooms.people.find(who(AUTHOR).id))!.entity
  const [author, second] = [who(AUTHOR).id, who(SECOND).id]
  const make = makerOf(rooms, { author, second, entity: us })
  set(today - 2 * 365 * DAY)
  await offering.setBands({ bands: bandsOf(today), by: author })
  for (const story of PAST) {
    const member = story.end === 'accepted' ? await rooms.people.find(who(story.name).id) : null
    const startsOn = member?.hiredOn ?? dayOf(today - (story.daysAgo! - 45) * DAY)
    const at = Date.parse(`${addDays(startsOn, -45)}T09:00:00Z`)
    set(at)
    const id = await make(
      askOf({ ...story, entity: us, managerId: null, startsOn, expiresOn: addDays(dayOf(at), 14) }),
      'sent',
    )
    await answered(rooms, { id, story, person: member?.id ?? null, at, set })
  }
  await underWay(rooms, { make, entity: us, manager: who('Priya Raman').id, today, set })
}

type Make = (ask: OfferAsk, until: 'draft' | 'pending' | 'sent') => Promise<string>

const makerOf =
  ({ offering }: Rooms, { author, second }: { author: string; second: string; entity: string }): Make =>
  async (ask, until) => {
    const id = uuidOf('demo offer', ask.candidate.email)
    await offering.draft({ id, ask, by: author })
    if (until === 'draft') return id
    await offering.submit({ offer: id, by: author })
    if (until === 'pending') return id
    await offering.approve({ offer: id, by: second, note: 'Within the band.' })
    await offering.send({ offer: id, by: author })
    return id
  }

type Plain = {
  readonly name: string
  readonly level: DemoLevel
  readonly title: string
  readonly salary: number
  readonly compute: number
  readonly entity: string
  readonly managerId: string | null
  readonly startsOn: string
  readonly expiresOn: string
}

const askOf = (plain: Plain, pay: Partial<Pay> = {}, message = ''): OfferAsk => ({
  candidate: { name: plain.name, email: emailFor(plain.name), country: 'US' },
  position: {
    title: plain.title,
    level: plain.level,
    family: '',
    entity: plain.entity,
    managerId: plain.managerId,
    startsOn: plain.startsOn,
  },
  pay: {
    currency: 'USD',
    rate: null,
    salary: usd(plain.salary),
    bonus: { kind: 'share', share: '0.1' },
    signing: 0n,
    equity: null,
    compute: [
      {
        template: uuidOf('demo template', 'signing'),
        quantity: usd(plain.compute),
        name: 'Signing compute grant',
      },
    ],
    benefits: [],
    ...pay,
  },
  basis: 'replacement',
  expiresOn: plain.expiresOn,
  message,
})

/** How a past offer ended. Those who came are here already, with grants of their own: only the answer is told. */
async function answered(
  { db, offers, offering }: Rooms,
  {
    id,
    story,
    person,
    at,
    set,
  }: { id: string; story: Past; person: string | null; at: Millis; set: (at: Millis) => void },
): Promise<void> {
  const [link] = await offers.links(db, id)
  invariant(link, 'what was sent has a link')
  set(at + DAY)
  await offering.opened({ link: link.id })
  if (story.end === 'expired') {
    set(at + 16 * DAY)
    await offering.expireDue(at + 16 * DAY)
    return
  }
  const then = at + 6 * DAY
  set(then)
  if (person === null) {
    await offering.decline({ link: link.id, reason: 'I take another offer.' })
    return
  }
  await db.tx(async (sql) => {
    const offer = await offers.locked(sql, id)
    const version = await offers.version(sql, id, offer.version)
    const moved = await offers.move(sql, offer, 'accept', then)
    invariant(version && moved, 'what was sent is accepted')
    const { content, contentHash } = version
    await offers.accepted(
      sql,
      moved,
      { offer: id, version: version.n, content, contentHash, typedName: story.name, acceptedAt: then },
      person,
    )
    await offers.tell(sql, {
      id: uuidOf('demo offer accepted', id),
      offer: id,
      version: version.n,
      kind: 'accepted',
      at: then,
      by: null,
      body: { content_hash: contentHash, person },
    })
  })
}

const OPEN = 'Noa Lindgren'

/** A draft, one that waits for its approval, and one that its candidate is reading. */
async function underWay(
  { db, offers, offering }: Rooms,
  {
    make,
    entity,
    manager,
    today,
    set,
  }: { make: Make; entity: string; manager: string; today: Millis; set: (at: Millis) => void },
): Promise<void> {
  const plain = (daysAgo: number) => ({
    entity,
    managerId: manager,
    startsOn: addDays(dayOf(today), 40),
    expiresOn: addDays(dayOf(today - daysAgo * DAY), 21),
  })
  set(today - 3 * DAY)
  await make(
    askOf(
      {
        name: OPEN,
        level: 'IC6',
        title: 'Research engineer, agents',
        salary: 245_000,
        compute: 48_000,
        ...plain(3),
      },
      {
        signing: usd(30_000),
        equity: {
          kind: 'rsu',
          units: 4_000n,
          price: usd(42),
          source: 'The valuation of the last quarter',
          asOf: dayOf(today - 60 * DAY),
          years: ['0.25', '0.25', '0.25', '0.25'],
        },
        compute: [
          {
            template: uuidOf('demo template', 'signing'),
            quantity: usd(48_000),
            name: 'Signing compute grant',
          },
          {
            template: uuidOf('demo template', 'gpu'),
            quantity: 4_000n * PER_UNIT.gpu_hour,
            name: 'Research GPU hours',
          },
        ],
        benefits: [{ kind: 'seat', name: 'Claude Max', monthlyUsd: usd(100), months: 48 }],
      },
      'We would be glad to have you. Ask anything, here or on the phone.',
    ),
    'sent',
  )
  const [link] = await offers.links(db, uuidOf('demo offer', emailFor(OPEN)))
  invariant(link, 'what was sent has a link')
  set(today - 2 * DAY)
  await offering.opened({ link: link.id })
  await offering.ask({
    id: uuidOf('demo question', OPEN),
    link: link.id,
    text: 'Do the GPU-hours wait for me while I am on parental leave?',
  })
  set(today - DAY)
  await make(
    askOf({
      name: 'Arjun Nair',
      level: 'IC5',
      title: 'Staff engineer, data',
      salary: 210_000,
      compute: 30_000,
      ...plain(1),
    }),
    'pending',
  )
  await make(
    askOf({
      name: 'Camille Roux',
      level: 'IC4',
      title: 'Product engineer',
      salary: 150_000,
      compute: 12_000,
      ...plain(1),
    }),
    'draft',
  )
}

/** The address of the offer that waits for its candidate; null when it was answered or is over. */
export async function demoOfferLink(
  { db, offers, world }: Pick<Rooms, 'db' | 'offers' | 'world'>,
  master: Uint8Array,
): Promise<string | null> {
  const links = await offers.links(db, uuidOf('demo offer', emailFor(OPEN)))
  const open = links.find(({ revokedAt, expiresAt }) => revokedAt === null && expiresAt > world.now())
  return open ? `/offer/${openOfferLinks(master).sign(open)}` : null
}
