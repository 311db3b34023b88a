import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import type { Asset } from '#base/asset.ts'
import { canonicalJson } from '#base/json.ts'
import { parseQuantity } from '#base/quantity.ts'
import { div, halfEven, mul, rational } from '#base/rational.ts'
import { addDays, DAY, dayOf, startOfDay, type DateText, type Millis } from '#base/time.ts'
import { readBundle } from '#format/bundle.ts'
import { backWeighted, fourYearMonthly, hybrid, immediate, monthlyRefill, quarterly } from '#grants/shapes.ts'
import { termsOf, totalQuantity, type Terms } from '#grants/terms.ts'
import { verify } from '#ledger/verify.ts'
import { contentFrom } from '#offers/content-json.ts'
import type { OfferContent } from '#offers/content.ts'
import type { OfferAsk } from '#offers/offer.ts'
import { OFFER_YEARS, rateOf, yearEnd } from '#offers/worth.ts'
import { openRooms } from '../../main/rooms.ts'
import { testDb } from '../../../test/support/database.ts'
import { pay } from '../../../test/support/random-offers.ts'
import { testWorld } from '../../../test/support/world.ts'

/** Real rooms, real marks, real documents: what a candidate reads is what the ledger then does. */

const NOW = Date.UTC(2026, 5, 15, 9)
const today = dayOf(NOW)
const db = await testDb()
const world = testWorld({ now: NOW })
const rooms = await openRooms({ db, world, owner: 'agree', guarded: false })
const { commands, offering, offers, people, grants, exchange } = rooms
after(async () => {
  assert.deepEqual((await verify(db)).findings, [])
  await rooms.close()
  await db.drop()
})

await exchange.load()
const source = 'stated for the test'
for (const [from, rate] of [
  ['TOKEN/standard', '0.0000031'],
  ['SEAT_MONTH', '137.5'],
] as const)
  await exchange.record({ kind: 'rate', from, to: 'USD', rate, effectiveFrom: 0, source }, 'test')

const entity = await people.createEntity({ name: 'Perq GmbH', country: 'DE', currency: 'EUR' })
const hire = async (name: string): Promise<string> => {
  const who = { email: `${name}@perq.test`, name, role: 'people', level: 'M1', country: 'DE' } as const
  return (await commands.hire({ ...who, entity: entity.id, hiredOn: '2024-01-01' })).person.id
}
const [author, other] = [await hire('author'), await hire('other')]

const gpu = { denomination: 'gpu_hour', unit: { accelerator: 'H100-SXM', tier: 'guaranteed' } } as const
const spot = { denomination: 'gpu_hour', unit: { accelerator: 'A100-80GB-SXM', tier: 'spot' } } as const
const nodes = {
  denomination: 'node_hour',
  unit: { accelerator: 'H100-SXM', tier: 'priority', gpusPerNode: 8 },
} as const
const tokens = { denomination: 'token', unit: { modelClass: 'standard' } } as const
const levels = { kind: 'by_level', levels: { IC4: '7777777', IC5: '98765432101' }, otherwise: '31' } as const
const whole = { kind: 'total' } as const
/** Of every denomination, basis, formula and kind of schedule; each with the most that is given of it. */
const SHAPES: readonly (Terms & { readonly most: bigint })[] = [
  { ...fourYearMonthly(), most: 10n ** 15n },
  { ...monthlyRefill({ months: 31 }), most: 10n ** 13n },
  { ...backWeighted(), most: 10n ** 14n },
  { ...hybrid({ event: 'launch' }), most: 10n ** 13n },
  { ...immediate(), formula: { kind: 'salary_share', share: '0.0713' }, most: 10n ** 13n },
  { ...fourYearMonthly(), formula: levels, most: 10n ** 13n },
  { ...fourYearMonthly(), ...gpu, most: 10n ** 8n },
  { ...monthlyRefill({ months: 48 }), ...gpu, most: 10n ** 6n },
  { ...quarterly(), ...spot, most: 10n ** 8n },
  { ...quarterly({ years: 6 }), ...nodes, most: 10n ** 7n },
  { ...fourYearMonthly(), ...tokens, formula: levels, most: 10n ** 11n },
  { ...backWeighted(), denomination: 'exaflop_day', most: 10n ** 13n },
  { ...monthlyRefill({ months: 24 }), basis: whole, denomination: 'seat_month', most: 100n },
  {
    ...fourYearMonthly(),
    statements: [
      { order: 1, percentage: '0.7', schedule: { occurrences: 60, period: 1, period_type: 'MONTHS' } },
      { order: 2, percentage: '0.3', event_condition: { event_id: 'launch' } },
    ],
    most: 10n ** 14n,
  },
]
const templates = await Promise.all(
  SHAPES.map(async ({ most, ...terms }, index) => ({
    most,
    terms,
    ...(await commands.createTemplate({ ...terms, name: `Terms ${index}` })),
  })),
)

const part = fc.record({ part: fc.bigInt({ min: 1n, max: 10n ** 6n }), said: fc.boolean() })
const lineOf = (index: number) =>
  part.map(({ part: of, said }) => {
    const { id, most, formula } = templates[index]!
    const quantity = (most * of) / 10n ** 6n || 1n
    return { template: id, quantity: said || formula.kind === 'given' ? quantity : null, name: null }
  })
const lines = fc.array(fc.nat(templates.length - 1).chain(lineOf), { maxLength: 3 })
/** One for each template, which it has first; what else it has is any. */
const offerWith = (index: number) =>
  fc
    .record({
      pay: pay(fc.tuple(lineOf(index), lines).map(([first, rest]) => [first, ...rest])),
      days: fc.integer({ min: -50, max: 60 }),
      level: fc.constantFrom('IC4', 'IC5', 'IC6'),
      basis: fc.constantFrom('list' as const, 'replacement' as const, 'index' as const, 'cost' as const),
    })
    .map(({ days, ...rest }) => ({ ...rest, startsOn: addDays(today, days) }))
const everyOffer = fc.tuple(...templates.map((_, index) => offerWith(index)))
type Random = ReturnType<typeof offerWith> extends fc.Arbitrary<infer T> ? T : never

let n = 0
function askOf({ pay: of, startsOn, level, basis }: Random): OfferAsk {
  n += 1
  return {
    candidate: { name: `Candidate ${n}`, email: `c${n}@example.test`, country: 'DE' },
    position: { title: 'Researcher', level, family: '', entity: entity.id, managerId: null, startsOn },
    pay: of,
    basis,
    expiresOn: addDays(today, 7),
    message: '',
  }
}

/** From a draft to a person: what they read, and who they are. */
async function accepted(one: Random) {
  const { id } = (await offering.draft({ ask: askOf(one), by: author })).offer
  const { version } = await offering.submit({ offer: id, by: author })
  await offering.approve({ offer: id, by: other })
  const { link, offer: sent } = await offering.send({ offer: id, by: author })
  const contentHash = version!.contentHash
  const done = await offering.accept({ link: link!.id, typedName: sent.candidate.name, contentHash })
  return { content: contentFrom(done.acceptance.content), person: done.person, grants: done.grants }
}
type Accepted = Awaited<ReturnType<typeof accepted>>

const sum = (all: readonly bigint[]): bigint => all.reduce((total, one) => total + one, 0n)

/** In which year of the offer a day lies; beyond the years that are told: the number of them. */
const yearIndex = (startsOn: DateText, day: DateText): number =>
  [...Array.from({ length: OFFER_YEARS }).keys()].find((index) => day <= yearEnd(startsOn, index)) ??
  OFFER_YEARS

/** The grants' own room says of each line what was read: terms, quantity, every tranche, to the unit. */
async function checkGrants({ content, person, grants: ids }: Accepted): Promise<void> {
  assert.deepEqual(
    ids,
    content.lines.map(({ grant }) => grant),
  )
  const { startsOn } = content.position
  for (const line of content.lines) {
    const grant = await grants.grant(db, line.grant)
    assert.deepEqual([grant.person, grant.quantity, grant.name], [person, line.quantity, line.name])
    assert.deepEqual([grant.startDate, grant.grantDate], [startsOn, startsOn])
    assert.equal(canonicalJson(termsOf(grant)), canonicalJson(line.terms))
    const planned = await grants.planned(db, line.grant)
    assert.deepEqual(
      planned.map(({ n: number, date, quantity }) => [number, date, quantity]),
      line.tranches.map(({ date, quantity }, index) => [index + 1, date, quantity]),
    )
  }
  const salary = await people.salaryOn(person, startsOn)
  assert.deepEqual([salary?.amount, salary?.currency], [content.pay.salary, content.pay.currency])
}

/** The machine's document says the same, and reads as what it is. */
function checkDocument({ lines, document, candidate, position }: OfferContent): void {
  const read = readBundle(JSON.parse(document.text))
  assert.ok(read.kind === 'read', JSON.stringify(read))
  assert.deepEqual(
    read.value.grants.map(({ id, email, quantity, templateId, startDate }) => {
      const terms = read.value.templates.find((one) => one.id === templateId)?.terms
      const counted = terms && parseQuantity(terms.denomination, quantity ?? '')
      return {
        id,
        email,
        startDate,
        quantity: terms && counted && totalQuantity(terms, counted),
        terms: terms && canonicalJson(terms),
      }
    }),
    lines.map((line) => ({
      id: line.grant,
      email: candidate.email,
      startDate: position.startsOn,
      quantity: line.quantity,
      terms: canonicalJson(line.terms),
    })),
  )
}

type Lot = { readonly tranche: number; readonly at: Millis; readonly vested: bigint }
type Book = {
  readonly asset: Asset
  readonly granted: bigint
  readonly vested: bigint
  readonly unvested: bigint
}

/** When all that has a day has vested, the ledger's lots are the letter's figures: by tranche, by year, and in money. */
async function checkLedger({ content }: Accepted): Promise<void> {
  const { startsOn } = content.position
  const rate = rateOf(content.pay)
  const caps = Array.from({ length: OFFER_YEARS }, () => 0n)
  for (const [index, line] of content.lines.entries()) {
    const [book] = await db.query<Book>(
      `select w.asset, b.granted, b.vested, b.unvested from ledger.grant_book b join ledger.wallet w on w.id = b.wallet_id
       where b.grant_id = $1`,
      [line.grant],
    )
    const dated = sum(line.tranches.map(({ quantity }) => quantity))
    assert.deepEqual(book, {
      asset: line.asset,
      granted: line.quantity,
      vested: dated,
      unvested: line.quantity - dated,
    })
    const lots = await db.query<Lot>(
      `select tranche, effective_at as at, vested from ledger.lot where grant_id = $1 order by tranche`,
      [line.grant],
    )
    assert.deepEqual(
      lots.map(({ tranche, at, vested }) => [tranche, dayOf(at), vested]),
      line.tranches.map(({ date, quantity }, i) => [i + 1, date, quantity]),
    )
    const { years, beyond, price } = content.worth.lines[index]!
    const nano = price.kind === 'priced' ? div(price.nanoUsd, rate) : rational(0n)
    const cost = (quantity: bigint): bigint => halfEven(mul(rational(quantity), nano))
    for (const [year, told] of years.entries()) {
      const inYear = sum(
        lots.filter(({ at }) => yearIndex(startsOn, dayOf(at)) === year).map(({ vested }) => vested),
      )
      assert.deepEqual([told.quantity, told.cap], [inYear, cost(inYear)], `${line.name}, year ${year + 1}`)
      caps[year]! += cost(inYear)
    }
    assert.equal(beyond.quantity, line.quantity - sum(years.map(({ quantity }) => quantity)))
  }
  const { years, total } = content.worth
  assert.deepEqual(
    years.map(({ computeCap }) => computeCap),
    caps,
  )
  const rest = total.salary + total.bonus + total.signing + total.equity + total.benefits
  assert.equal(total.totalCap, rest + sum(caps))
}

test('what a candidate reads is what the grants promise and the ledger vests, to the unit and to the cent, over random offers', async () => {
  await fc.assert(
    fc.asyncProperty(everyOffer, async (all) => {
      const done: Accepted[] = []
      for (const one of all) done.push(await accepted(one))
      for (const one of done) {
        checkDocument(one.content)
        await checkGrants(one)
      }
      const days = done.flatMap(({ content }) => content.lines.flatMap(({ tranches }) => tranches))
      const last = days
        .map(({ date }) => date)
        .toSorted()
        .at(-1)!
      world.set(startOfDay(last) + DAY)
      await commands.vestDue(world.now())
      for (const one of done) await checkLedger(one)
    }),
    // What was accepted stays accepted: a smaller example would be found in another company.
    { numRuns: 1, endOnFailure: true },
  )
  assert.equal((await offers.list(db, { status: 'accepted' })).offers.length, templates.length)
})
