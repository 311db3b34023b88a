import { ONE } from '#base/rational.ts'
import { addDays, dayOf } from '#base/time.ts'
import { openCommands } from '#commands/commands.ts'
import { openOfferCommands, type OfferParts } from '#commands/offers/offers.ts'
import type { Template } from '#grants/grant.ts'
import { openGrants } from '#grants/grants.ts'
import { fourYearMonthly } from '#grants/shapes.ts'
import type { Terms } from '#grants/terms.ts'
import { openLedger } from '#ledger/ledger.ts'
import { openOffers } from '#offers/offers.ts'
import type { OfferAsk } from '#offers/offer.ts'
import { worthOf } from '#offers/worth.ts'
import type { Role } from '#people/access.ts'
import { openPeople } from '#people/people.ts'
import type { Person } from '#people/person.ts'
import { documented } from '../../src/main/offers.ts'
import { testDb } from './database.ts'
import { testWorld } from './world.ts'

/** What a test says of an offer; what it does not say is plain. */
export type AskPart = {
  readonly [K in keyof OfferAsk]?: OfferAsk[K] extends object ? Partial<OfferAsk[K]> : OfferAsk[K]
}

/** The rooms of an offer on a database of their own, with everybody it takes and short ways to go. */
export async function openStage({
  now = Date.UTC(2026, 0, 15, 12),
  ...more
}: { readonly now?: number } & Partial<Pick<OfferParts, 'valued' | 'checked'>> = {}) {
  const db = await testDb()
  const world = testWorld({ now })
  const ledger = openLedger({ db, owner: 'offers' })
  const people = openPeople({ db, world })
  const grants = openGrants()
  const offers = openOffers()
  const rooms = { db, world, ledger, people, grants }
  const company = openCommands(rooms)
  const commands = openOfferCommands({
    ...rooms,
    offers,
    documented,
    company: () => 'Perq',
    /** Every smallest unit is worth a nano-dollar: the sums are what is tested here, not the prices. */
    valued: async ({ pay, lines, startsOn, basis, on }) =>
      worthOf(
        pay,
        lines.map((line) => ({
          ...line,
          price: { kind: 'priced', nanoUsd: ONE, how: 'stated for the test', mark: null },
          delivered: { share: '1', why: 'all of it' },
          used: { share: '0.75', why: 'stated' },
        })),
        { startsOn, day: on, basis },
      ),
    ...more,
  })
  const entity = await people.createEntity({ name: 'Perq GmbH', country: 'DE', currency: 'EUR' })

  let n = 0
  const hire = async (role: Role): Promise<Person> => {
    n += 1
    const { person } = await company.hire({
      email: `staff${n}@perq.test`,
      name: `Staff ${n}`,
      role,
      level: 'M1',
      entity: entity.id,
      country: 'DE',
      hiredOn: '2024-03-01',
    })
    return person
  }
  const author = await hire('people')
  const second = await hire('people')
  const finance = await hire('finance')

  const template = (terms: Partial<Terms> = {}, name = `Terms ${(n += 1)}`): Promise<Template> =>
    company.createTemplate({ ...fourYearMonthly(), ...terms, name })
  const fourYears = await template()

  function askOf(part: AskPart = {}): OfferAsk {
    n += 1
    const today = dayOf(world.now())
    return {
      candidate: {
        name: `Grace  Hopper ${n}`,
        email: `c${n}@example.test`,
        country: 'DE',
        ...part.candidate,
      },
      position: {
        title: 'Researcher',
        level: 'IC4',
        family: '',
        entity: entity.id,
        managerId: author.id,
        startsOn: addDays(today, 14),
        ...part.position,
      },
      pay: {
        currency: 'USD',
        rate: null,
        salary: 200_000_000_000_000n,
        bonus: { kind: 'share', share: '0.15' },
        signing: 20_000_000_000_000n,
        equity: null,
        compute: [{ template: fourYears.id, quantity: 48_000_000_000_000n, name: null }],
        benefits: [],
        ...part.pay,
      },
      basis: part.basis ?? 'replacement',
      expiresOn: part.expiresOn ?? addDays(today, 10),
      message: part.message ?? '',
    }
  }

  const drafted = async (part: AskPart = {}) =>
    (await commands.draft({ ask: askOf(part), by: author.id })).offer

  async function approved(part: AskPart = {}) {
    const { id } = await drafted(part)
    const { needed } = await commands.submit({ offer: id, by: author.id })
    await commands.approve({ offer: id, by: second.id })
    if (needed === 2) await commands.approve({ offer: id, by: finance.id })
    return commands.standing(id)
  }

  /** With its link's id and the hash that a candidate reads. */
  async function sent(part: AskPart = {}) {
    const { offer, version } = await approved(part)
    const { link, offer: out } = await commands.send({ offer: offer.id, by: author.id })
    return { id: offer.id, offer: out, link: link!.id, hash: version!.contentHash }
  }

  return {
    db,
    world,
    ledger,
    people,
    grants,
    offers,
    company,
    commands,
    entity,
    author,
    second,
    finance,
    fourYears,
    hire,
    template,
    askOf,
    drafted,
    approved,
    sent,
    close: () => db.drop(),
  }
}
