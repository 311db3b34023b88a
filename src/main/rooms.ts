import type { World } from '#base/world.ts'
import { openClusters } from '#cluster/clusters.ts'
import { openQuotes } from '#cluster/quote.ts'
import { openCommands } from '#commands/commands.ts'
import { openPostCommands } from '#commands/offers/posts.ts'
import { openLife } from '#commands/life/life.ts'
import type { Db } from '#db/sql.ts'
import { openGrants } from '#grants/grants.ts'
import { openLedger } from '#ledger/ledger.ts'
import { openOffers } from '#offers/offers.ts'
import { openPosts } from '#offers/posts.ts'
import { openPeople } from '#people/people.ts'
import { openExchange } from '#prices/exchanges.ts'
import { openHardware } from '#prices/hardware/hardware.ts'
import { openPrices } from '#prices/prices.ts'
import { openReports } from '#reports/reports.ts'
import { openOfferReports } from '#reports/offers/offers.ts'
import { openPostReports } from '#reports/offers/posts.ts'
import { openValue } from '#reports/value/value.ts'
import { openJobs } from '#spending/jobs.ts'
import { openSpending } from '#spending/spending.ts'
import { openSupply } from '#supply/supply.ts'
import { openSeats } from '#telemetry/seats.ts'
import { openOffering } from './offers.ts'

export type Rooms = Awaited<ReturnType<typeof openRooms>>

/**
 * The rooms of floors 1 to 3, and the seats of floor 4, on one database; `owner` names the process whose holds these are.
 * `guarded` false: a history is made up, and nobody is there to confirm. `site`: how people reach this server. `company`:
 * as letters call it; empty: as the legal entity is called.
 */
export async function openRooms({
  db,
  world,
  owner,
  guarded = true,
  site = () => null,
  company = '',
}: {
  db: Db
  world: World
  owner: string
  guarded?: boolean
  site?: () => string | null
  company?: string
}) {
  const ledger = openLedger({ db, owner })
  await ledger.begin()
  const prices = openPrices({ db, world })
  await prices.load()
  const exchange = await openExchange({ db, world })
  await exchange.load()
  const hardware = await openHardware({ db, world })
  const people = openPeople({ db, world })
  const grants = openGrants()
  const nextVest = (person: string) => grants.nextVest(db, person)
  const spending = openSpending({ db, ledger, prices, exchange, world, nextVest, guarded, site })
  const commands = openCommands({ db, world, ledger, people, grants, rates: exchange })
  const life = openLife({ db, world, ledger, people, grants, spending, rates: exchange })
  const reports = openReports({ db, prices })
  const value = openValue({ db, hardware, exchange })
  const seats = openSeats({ db, ledger, prices, world, alerts: spending.alerts })
  const supply = openSupply({ db, world })
  const jobs = openJobs({ ledger, rateOf: exchange.rate, world })
  const quotes = openQuotes({ db, world, clusters: openClusters({ db, world }), jobs, ledger })
  const postReports = openPostReports({ db, grants, people })
  const postCommands = openPostCommands({ db, world, people, grants, posts: openPosts() })
  const offers = openOffers()
  const offering = openOffering({
    offers,
    db,
    world,
    ledger,
    people,
    grants,
    rates: exchange,
    hardware,
    exchange,
    company: () => company,
  })
  const offerReports = openOfferReports({ db, prices, exchange })
  const close = async (): Promise<void> => {
    await spending.close()
    await exchange.close()
    await prices.close()
  }
  return {
    db,
    world,
    ledger,
    prices,
    exchange,
    hardware,
    people,
    grants,
    spending,
    commands,
    life,
    reports,
    value,
    seats,
    supply,
    quotes,
    offers,
    offering,
    offerReports,
    postReports,
    postCommands,
    close,
  }
}
