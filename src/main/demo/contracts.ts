import { uuidOf } from '#base/id.ts'
import { NANO_PER_USD } from '#base/money.ts'
import { PER_UNIT } from '#base/quantity.ts'
import { addDays, DAY, dayOf, startOfDay, type DateText, type Millis } from '#base/time.ts'
import type { Clauses } from '#grants/clauses.ts'
import { fourYearMonthly, immediate, monthlyRefill, quarterly } from '#grants/shapes.ts'
import type { Terms } from '#grants/terms.ts'
import type { Rooms } from '../rooms.ts'
import { emailOf, type DemoLevel } from './company.ts'

/** Contracts in every state beside the refills: GPU-hours, nodes, exaFLOP-days, a share of salary, and offers that wait. */

const AUTHOR = 'Tomás Aguilar'
const SECOND = 'Lena Hoffmann'
const FINANCE = 'Ines Falk'
const ADMIN = 'Ravi Menon'

const H100 = { accelerator: 'H100-SXM', tier: 'guaranteed' } as const
const RESEARCH: Clauses = {
  exchange: ['USD'],
  leaving: {
    VOLUNTARY_OTHER: { unvested: 'forfeit', vested: { kind: 'window', days: 60 }, held: 'finish' },
  },
  portability: { purposes: ['open_source'], share: '0.5', days: 180, except: ['INVOLUNTARY_WITH_CAUSE'] },
  acceleration: [
    { id: 'sale', events: ['sale', 'dismissed'], withinMonths: 12, share: '0.5', from: 'soonest' },
  ],
  leave: [{ leave: 'unpaid', policy: 'pause_extend', graceDays: 30 }],
  guarantees: {
    serviceTier: 'guaranteed',
    queueWait: { percentile: 95, seconds: 600 },
    preemptionsPerMonth: 0,
    uptime: '0.995',
    nodesAtOnce: 2,
    noticeDays: 90,
    remedy: { credit: '36000', atMostPerMonth: '360000' },
  },
}

const dollars = (amount: number): string => String(BigInt(amount) * NANO_PER_USD)

const TEMPLATES = {
  gpu: {
    name: 'Research GPU hours',
    ...fourYearMonthly(),
    denomination: 'gpu_hour',
    unit: H100,
    clauses: RESEARCH,
  },
  hours: {
    name: 'Cluster hours, guaranteed',
    ...immediate(),
    denomination: 'gpu_hour',
    unit: H100,
    clauses: {
      guarantees: {
        serviceTier: 'guaranteed',
        queueWait: { percentile: 95, seconds: 600 },
        preemptionsPerMonth: 1,
        uptime: '0.995',
        nodesAtOnce: 1,
        remedy: { credit: '36000', atMostPerMonth: '108000' },
      },
    },
  },
  spot: {
    name: 'Spot hours',
    ...immediate(),
    denomination: 'gpu_hour',
    unit: { accelerator: 'H100-SXM', tier: 'spot' },
  },
  nodes: {
    name: 'Training nodes, a year',
    ...quarterly({ years: 1 }),
    denomination: 'node_hour',
    unit: { accelerator: 'H200-SXM', tier: 'priority', gpusPerNode: 8 },
    expiry: { kind: 'days_after_vest', days: 180, rollover: { share: '0.5', cap: null, months: 3 } },
    clauses: { guarantees: { serviceTier: 'priority', nodesAtOnce: 1, preemptionsPerMonth: 4 } },
  },
  exaflops: {
    name: 'Moonshot, exaFLOP-days',
    ...immediate(),
    denomination: 'exaflop_day',
    clauses: { exchange: ['GPU_SECOND/H100-SXM/guaranteed'] },
  },
  level: {
    name: 'Annual refresh by level',
    ...monthlyRefill({ months: 12 }),
    formula: {
      kind: 'by_level',
      levels: { IC3: dollars(100), IC4: dollars(250), IC5: dollars(500), IC6: dollars(1_000) },
      otherwise: null,
    },
  },
  salary: {
    name: 'A tenth of base',
    ...monthlyRefill({ months: 12 }),
    formula: { kind: 'salary_share', share: '0.1' },
    expiry: {
      kind: 'end_of_month_after_vest',
      months: 3,
      rollover: { share: '0.5', cap: dollars(2_000), months: 3 },
    },
  },
} as const satisfies Record<string, Terms & { readonly name: string }>

/** Dollars a year, or euros in Germany. */
const SALARY: Readonly<Record<DemoLevel, number>> = {
  S2: 62_000,
  IC3: 105_000,
  IC4: 140_000,
  IC5: 185_000,
  IC6: 240_000,
  IC7: 390_000,
}

type State = 'draft' | 'pending' | 'half' | 'approved' | 'offered' | 'accepted' | 'declined' | 'withdrawn'

type Story = {
  readonly who: string
  readonly template: keyof typeof TEMPLATES
  /** In what people count; absent: as the formula says. */
  readonly amount?: bigint
  readonly name?: string
  /** Written so many days before the company is made; it begins so many days after that. */
  readonly daysAgo: number
  readonly startsIn?: number
  readonly state: State
}

const STORIES: readonly Story[] = [
  { who: 'Noor Haddad', template: 'gpu', amount: 8_000n, daysAgo: 55, state: 'accepted' },
  { who: 'Kenji Watanabe', template: 'exaflops', amount: 1n, daysAgo: 48, state: 'accepted' },
  { who: 'Li Wen', template: 'nodes', amount: 400n, daysAgo: 110, state: 'accepted' },
  { who: 'Li Wen', template: 'hours', amount: 900n, daysAgo: 75, state: 'accepted' },
  { who: 'Kenji Watanabe', template: 'hours', amount: 700n, daysAgo: 75, state: 'accepted' },
  { who: 'Grace Kim', template: 'spot', amount: 400n, daysAgo: 75, state: 'accepted' },
  { who: 'Grace Kim', template: 'level', daysAgo: 34, state: 'accepted' },
  { who: 'Jonas Weber', template: 'salary', daysAgo: 29, state: 'accepted' },
  { who: 'Hanna Vogel', template: 'level', daysAgo: 8, startsIn: 21, state: 'accepted' },
  { who: 'Elif Demir', template: 'level', daysAgo: 21, state: 'declined' },
  { who: 'Samuel Adeyemi', template: 'level', daysAgo: 17, state: 'withdrawn' },
  { who: 'Maya Lindqvist', template: 'gpu', amount: 1_200n, daysAgo: 4, state: 'offered' },
  { who: 'Anna Petrova', template: 'salary', daysAgo: 3, state: 'offered' },
  { who: 'Jakob Lorenz', template: 'level', daysAgo: 3, state: 'approved' },
  { who: 'Dmitri Volkov', template: 'gpu', amount: 12_000n, daysAgo: 2, state: 'half' },
  { who: 'Amara Diallo', template: 'level', daysAgo: 2, state: 'pending' },
  { who: 'Sofia Marchetti', template: 'level', daysAgo: 1, state: 'draft' },
  { who: 'Priya Raman', template: 'salary', daysAgo: 1, state: 'draft' },
]

export type ContractMember = {
  readonly id: string
  readonly plan: { readonly name: string; readonly level: DemoLevel; readonly entity: 'us' | 'de' }
  readonly hiredOn: DateText
}

/** The stories of one day, told on that day; days that came before the history began are told on its first one. */
export function openContracts(rooms: Rooms, members: readonly ContractMember[], today: Millis) {
  const left = new Set(STORIES)
  let ready = false

  /** Everything that was to be told up to and with `day`. */
  return async function tell(day: DateText): Promise<void> {
    const due = [...left].filter(({ daysAgo }) => dayOf(today - daysAgo * DAY) <= day)
    if (due.length === 0) return
    if (!ready) await prepare(rooms, members)
    ready = true
    for (const story of due.toSorted((a, b) => b.daysAgo - a.daysAgo)) {
      left.delete(story)
      await live(rooms, members, story, day)
    }
  }
}

const idOf = (members: readonly ContractMember[], name: string): string =>
  members.find(({ plan }) => plan.name === name)!.id

/** Templates, rates, salaries, and who has to agree. */
async function prepare(
  { commands, people, exchange, grants, db, world }: Rooms,
  members: readonly ContractMember[],
): Promise<void> {
  const admin = idOf(members, ADMIN)
  const author = idOf(members, AUTHOR)
  const since = startOfDay('2024-01-01')
  for (const [from, rate, source] of [
    ['GPU_SECOND/H100-SXM/guaranteed', '2.60', "What Fernhill's contract for its cluster comes to"],
    ['SEAT_MONTH', '100', 'The order form of the seats'],
    ['CUR/EUR', '1.16', 'The rate of the budget'],
  ] as const) {
    const id = uuidOf('demo rate', from)
    await exchange.record(
      { id, kind: 'rate', from, to: 'USD', rate, effectiveFrom: since, source },
      emailOf(ADMIN),
    )
  }
  for (const [key, terms] of Object.entries(TEMPLATES))
    await commands.createTemplate({ id: uuidOf('demo template', key), createdBy: author, ...terms })
  const twoAbove = { usd: 50_000n * NANO_PER_USD, gpu_hour: 10_000n * PER_UNIT.gpu_hour }
  await db.tx((sql) => grants.setPolicy(sql, { twoAbove }, admin, world.now()))
  for (const { id: person, plan, hiredOn } of members)
    await people.setSalary({
      id: uuidOf('demo salary', person),
      person,
      effectiveOn: hiredOn,
      amount: BigInt(SALARY[plan.level]) * NANO_PER_USD,
      currency: plan.entity === 'de' ? 'EUR' : 'USD',
      by: person === author ? null : author,
    })
}

/** One contract, from its draft to where it stands. */
async function live(
  { commands }: Rooms,
  members: readonly ContractMember[],
  story: Story,
  day: DateText,
): Promise<void> {
  const [author, second, finance] = [AUTHOR, SECOND, FINANCE].map((name) => idOf(members, name))
  const person = idOf(members, story.who)
  const { denomination } = TEMPLATES[story.template]
  const id = uuidOf('demo contract', story.who, story.template)
  const start = addDays(day, story.startsIn ?? 0)
  const { grant } = await commands.draftGrant({
    id,
    person,
    template: uuidOf('demo template', story.template),
    quantity: story.amount === undefined ? undefined : story.amount * PER_UNIT[denomination],
    startDate: start,
    grantDate: start,
    name: story.name,
    createdBy: author,
  })
  const { state } = story
  if (state === 'draft') return
  await commands.submitGrant({ grant: id, by: author! })
  if (state === 'pending') return
  await commands.approveGrant({ grant: id, by: second!, note: 'As agreed in the review.' })
  if (state === 'half') return
  if ((await commands.agreement(id)).grant.status === 'pending')
    await commands.approveGrant({ grant: id, by: finance!, note: 'Within the budget.' })
  if (state === 'withdrawn') {
    await commands.withdrawGrant({ grant: id, by: author!, reason: 'Folded into the refresh of next year.' })
    return
  }
  if (state === 'approved') return
  await commands.offerGrant({ grant: id, by: author! })
  if (state === 'declined')
    await commands.declineGrant({ grant: id, person, reason: 'I take the cash option.' })
  if (state !== 'accepted') return
  const { content } = await commands.agreement(id)
  await commands.acceptGrant({
    grant: id,
    person: grant.person,
    typedName: story.who,
    contentHash: content.hash,
  })
}
