import type { Db, Sql } from '#db/sql.ts'
import type { Millis } from '#base/time.ts'
import { walletOf } from '#ledger/reads.ts'
import type { Asset } from '#ledger/types.ts'
import type { Prices } from '#prices/prices.ts'
import * as calls from './calls.ts'
import { clusterReports } from './cluster/cluster.ts'
import * as denials from './denials.ts'
import * as company from './company-usage.ts'
import { contract, type ContractView } from './contracts/detail.ts'
import {
  contracts,
  contractsOf,
  isTold,
  templateUse,
  type ContractFilter,
  type ContractRow,
  type ContractsView,
} from './contracts/list.ts'
import * as entries from './entries.ts'
import type { CallFilter, TimeFilter } from './filter.ts'
import * as grants from './grants.ts'
import { health } from './health.ts'
import * as limits from './limits.ts'
import { leaver, leavers, type LeaversView, type LeaverView } from './leavers.ts'
import { outlook, type OutlookItem } from './outlook.ts'
import * as people from './people.ts'
import * as providers from './providers.ts'
import * as seats from './seats.ts'
import { snapshot } from './snapshot.ts'
import * as spend from './spend.ts'
import * as usage from './usage.ts'
import * as wallet from './wallet.ts'
import { wallets, type WalletsView } from './wallets.ts'

type PageAsk = { readonly limit: number; readonly cursor?: string | undefined }

export type CallWithEntries = calls.CallView & { readonly entries: readonly entries.EntryView[] }

export type Reports = ReturnType<typeof openReports>

/**
 * Read-only views of what stands in the rooms below, each taken from one snapshot. Amounts are bigint nano-dollars,
 * instants ISO 8601, days YYYY-MM-DD; the shapes are those of the people's API. Null means: there is no such thing.
 */
export function openReports({ db, prices }: { db: Db; prices: Prices }) {
  /** With the id of the person's wallet of that asset; null in `work` when nothing was promised yet. */
  const ofPerson = <T>(
    id: string,
    work: (sql: Sql, wallet: string | null) => Promise<T>,
    asset: Asset = 'USD',
  ): Promise<T | null> =>
    snapshot(db, async (sql) => {
      if (!(await nameOf(sql, id))) return null
      return work(sql, (await walletOf(sql, id, asset))?.id ?? null)
    })

  return {
    wallet: (person: string, now: Millis): Promise<wallet.WalletView | null> =>
      snapshot(db, async (sql) => {
        const name = await nameOf(sql, person)
        return name === null ? null : wallet.wallet(sql, { id: person, name }, now)
      }),

    /** An opaque text that changes whenever the wallet's view may have. */
    walletTag: (person: string, now: Millis): Promise<string> => wallet.walletTag(db, person, now),

    spend: (person: string, range: { from: string; to: string }): Promise<spend.SpendView | null> =>
      ofPerson(person, (sql, id) => spend.spend(sql, id, range)),

    usage: (person: string, ask: usage.UsageAsk): Promise<usage.UsageView | null> =>
      ofPerson(person, (sql, id) => usage.usage(sql, id, ask)),

    calls: (
      person: string,
      { limit, cursor, ...filter }: PageAsk & CallFilter & TimeFilter,
    ): Promise<calls.CallsView | null> =>
      ofPerson(person, (sql, id) => calls.calls(sql, prices, id, filter, { limit, cursor })),

    call: (id: string): Promise<CallWithEntries | null> =>
      snapshot(db, async (sql) => {
        const call = await calls.call(sql, prices, id)
        return call && { ...call, entries: await entries.entriesOfCall(sql, id) }
      }),

    /** Whose call it is. */
    personOfCall: (id: string): Promise<string | null> => calls.personOfCall(db, id),

    entries: (
      person: string,
      filter: entries.EntryFilter & { readonly asset?: Asset | undefined },
      page: PageAsk,
    ): Promise<entries.EntriesView | null> =>
      ofPerson(person, (sql, id) => entries.entries(sql, id, filter, page), filter.asset),

    grants: (person: string, now: Millis): Promise<{ grants: readonly grants.GrantView[] } | null> =>
      ofPerson(person, async (sql) => ({ grants: await grants.grants(sql, person, now) })),

    /** Everybody's grants, whatever their status. */
    contracts: (filter: ContractFilter, page: PageAsk): Promise<ContractsView> =>
      snapshot(db, (sql) => contracts(sql, filter, page)),

    /** How many grants, drafts among them, were written by a version of each template, by its name in lower case. */
    templateUse: (): Promise<ReadonlyMap<string, number>> => templateUse(db),

    /** A person's own, as far as they were told of them. */
    contractsOf: (person: string): Promise<readonly ContractRow[] | null> =>
      ofPerson(person, (sql) => contractsOf(sql, person)),

    /** Whether a grant's own person may see it. */
    isTold: (id: string): Promise<boolean> => isTold(db, id),

    /** One grant with its terms in words, its schedule and all that happened to it. */
    contract: (id: string, now: Millis): Promise<ContractView | null> =>
      snapshot(db, (sql) => contract(sql, id, now)),

    /** Whose grant it is. */
    personOfGrant: async (id: string): Promise<string | null> => {
      const [row] = await db.query<{ person_id: string }>(
        'select person_id from grants.grant where id = $1',
        [id],
      )
      return row?.person_id ?? null
    },

    /** What vests, expires and rolls over, soonest first. */
    outlook: (person: string): Promise<readonly OutlookItem[] | null> =>
      ofPerson(person, (sql) => outlook(sql, person)),

    /** Every wallet of a person, one of each asset. */
    wallets: (person: string, now: Millis): Promise<WalletsView | null> =>
      ofPerson(person, (sql) => wallets(sql, person, now)),

    /** Who is to leave, and who has left. */
    leavers: (): Promise<LeaversView> => snapshot(db, leavers),

    /** One leaving with its plan. */
    leaver: (id: string): Promise<(LeaverView & { readonly plan: unknown }) | null> =>
      snapshot(db, (sql) => leaver(sql, id)),

    /** Seats of subscriptions and the months in which they were used. */
    seats: (person: string, now: Millis): Promise<seats.SeatsView | null> =>
      ofPerson(person, async (sql) => {
        const planned = await grants.tranches(sql, person)
        const ofSeats = planned.filter(({ denomination }) => denomination === 'seat_month')
        return seats.seats(sql, person, ofSeats, now)
      }),

    /** What people used of seats on one UTC day. */
    seatDays: (
      day: string,
      page: { limit: number; after: string | null },
    ): Promise<readonly seats.SeatDay[]> => seats.seatDays(db, day, page),

    /** What people can still spend, and have spent this month. */
    limits: (now: Millis, ask: limits.LimitAsk): Promise<readonly limits.LimitRow[]> =>
      snapshot(db, (sql) => limits.limits(sql, now, ask)),

    /** What the whole company used at one provider. */
    companyUsage: (ask: company.CompanyUsageAsk): Promise<readonly company.CompanyUsageRow[]> =>
      snapshot(db, (sql) => company.companyUsage(sql, ask)),

    people: (now: Millis, ask: PageAsk & { q?: string | undefined }): Promise<people.PeopleView> =>
      snapshot(db, (sql) => people.people(sql, now, ask)),

    person: (id: string, now: Millis): Promise<people.PersonView | null> =>
      snapshot(db, (sql) => people.person(sql, now, id)),

    /** What was refused to a person's keys; null when there is no such person. */
    denials: (
      person: string,
      filter: denials.DenialFilter,
      page: PageAsk,
    ): Promise<denials.DenialsView | null> =>
      ofPerson(person, (sql) => denials.denials(sql, person, filter, page)),

    providers: (now: Millis): Promise<providers.ProvidersView> =>
      snapshot(db, (sql) => providers.providers(sql, now)),

    health: () => health(db),

    /** GPU jobs, what was promised of them, and whether it was kept. */
    cluster: clusterReports(db),
  }
}

async function nameOf(sql: Sql, person: string): Promise<string | null> {
  const [row] = await sql.query<{ name: string }>('select name from people.person where id = $1', [person])
  return row?.name ?? null
}
