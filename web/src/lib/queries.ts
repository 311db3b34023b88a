import { QueryClient, infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { QueryCache } from '@tanstack/react-query'

import { ApiError, read } from './api.ts'
import { addDays } from './base.ts'
import type { DateText } from './base.ts'
import type {
  Alerts,
  Call,
  CallWithEntries,
  Calls,
  CompanyAlerts,
  Deliveries,
  Denials,
  Entries,
  Entry,
  Grants,
  Guard,
  Key,
  Keys,
  Models,
  People,
  Person,
  Providers,
  Session,
  Setup,
  Spend,
  Usage,
  UsageBy,
  Webhooks,
  Wallet,
} from './contract.ts'
import { queryOf } from './links.ts'
import type { CallFilter, EntryFilter, TimeFilter } from './links.ts'

const API = '/api/v1'
const LIVE_MS = 2_000
const PAGE = 100
const EXPORT_PAGE = 200
const EXPORT_PAGES = 250
const DIRECTORY_PAGES = 25

/** What was never read is not asked for again and again: its error stands, with a button, until someone retries. */
const live =
  (every: number) =>
  (query: { readonly state: { readonly data: unknown } }): number | false =>
    query.state.data === undefined ? false : every

export const createQueries = (queryCache: QueryCache): QueryClient =>
  new QueryClient({
    queryCache,
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        // A refusal stays a refusal; only a missing answer is worth another try.
        retry: (failures, error) =>
          failures < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
        retryDelay: (failures) => Math.min(500 * 2 ** failures, 4_000),
      },
    },
  })

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => read<Session>(`${API}/session`, signal),
  staleTime: 60_000,
  refetchInterval: 60_000,
})

const person = (id: string): string => `${API}/people/${encodeURIComponent(id)}`

export const walletPath = (id: string): string => `${person(id)}/wallet`
export const walletQuery = (id: string) =>
  queryOptions({
    queryKey: ['wallet', id],
    queryFn: ({ signal }) => read<Wallet>(walletPath(id), signal),
    refetchInterval: live(LIVE_MS),
    staleTime: 0,
  })

export const spendQuery = (id: string, to: DateText, days: number) =>
  queryOptions({
    queryKey: ['spend', id, to, days],
    queryFn: ({ signal }) =>
      read<Spend>(`${person(id)}/spend${queryOf({ from: addDays(to, 1 - days), to })}`, signal),
    refetchInterval: live(30_000),
  })

export const callsPath = (id: string, limit: number): string => `${person(id)}/calls${queryOf({ limit })}`
export const callsQuery = (id: string, limit = 10) =>
  queryOptions({
    queryKey: ['calls', id, limit],
    queryFn: ({ signal }) => read<Calls>(callsPath(id, limit), signal),
    refetchInterval: live(5_000),
  })

export type UsageAsk = CallFilter & {
  readonly from: DateText
  readonly to: DateText
  readonly by: UsageBy
  readonly step: 'day' | 'hour'
}
export const usagePath = (id: string, { from, to, by, step, ...filter }: UsageAsk): string =>
  `${person(id)}/usage${queryOf({ from, to, by, step, ...filter })}`
export const usageQuery = (id: string, ask: UsageAsk) =>
  queryOptions({
    queryKey: ['usage', id, ask],
    queryFn: ({ signal }) => read<Usage>(usagePath(id, ask), signal),
    refetchInterval: live(30_000),
  })

const CALLS_PAGE = 25
const DENIALS_PAGE = 100
export const callListPath = (
  id: string,
  filter: CallFilter & TimeFilter,
  limit = CALLS_PAGE,
  cursor?: string,
): string => `${person(id)}/calls${queryOf({ ...filter, limit, cursor })}`
export const callListQuery = (id: string, filter: CallFilter & TimeFilter) =>
  infiniteQueryOptions({
    queryKey: ['calls', id, filter],
    queryFn: ({ signal, pageParam }) =>
      read<Calls>(callListPath(id, filter, CALLS_PAGE, pageParam ?? undefined), signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
  })

/** Every call that the filters meet, for a download; bounded, and says so when the bound was met. */
export async function allCalls(
  id: string,
  filter: CallFilter & TimeFilter,
): Promise<{ calls: readonly Call[]; complete: boolean }> {
  const calls: Call[] = []
  let cursor: string | undefined
  for (let page = 0; page < EXPORT_PAGES; page++) {
    const answer = await read<Calls>(callListPath(id, filter, 100, cursor))
    calls.push(...answer.calls)
    if (!answer.next) return { calls, complete: true }
    cursor = answer.next
  }
  return { calls, complete: false }
}

type DayRange = Pick<TimeFilter, 'from' | 'to'>
export const denialsPath = (id: string, range: DayRange, limit: number, cursor?: string): string =>
  `${person(id)}/denials${queryOf({ from: range.from, to: range.to, limit, cursor })}`
export const denialsQuery = (id: string, { from, to }: DayRange) =>
  infiniteQueryOptions({
    queryKey: ['denials', id, from, to],
    queryFn: ({ signal, pageParam }) =>
      read<Denials>(denialsPath(id, { from, to }, DENIALS_PAGE, pageParam ?? undefined), signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    refetchInterval: live(30_000),
  })

const ALERTS_PAGE = 50
export const alertsPath = (id: string, limit: number, cursor?: string): string =>
  `${person(id)}/alerts${queryOf({ limit, cursor })}`
export const alertsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['alerts', id],
    queryFn: ({ signal, pageParam }) =>
      read<Alerts>(alertsPath(id, ALERTS_PAGE, pageParam ?? undefined), signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    refetchInterval: live(15_000),
  })
/** How many of one's own alerts were not seen yet: for the bell. */
export const unseenQuery = queryOptions({
  queryKey: ['alerts', 'me', 'unseen'],
  queryFn: ({ signal }) => read<Alerts>(alertsPath('me', 1), signal),
  refetchInterval: live(15_000),
})
export const companyAlertsPath = (limit: number, cursor?: string): string =>
  `${API}/alerts${queryOf({ limit, cursor })}`
export const companyAlertsQuery = infiniteQueryOptions({
  queryKey: ['alerts', 'company'],
  queryFn: ({ signal, pageParam }) =>
    read<CompanyAlerts>(companyAlertsPath(ALERTS_PAGE, pageParam ?? undefined), signal),
  initialPageParam: null as string | null,
  getNextPageParam: (last) => last.next,
  refetchInterval: live(30_000),
})

export const guardPath = (id: string): string => `${person(id)}/guard`
export const guardQuery = (id: string) =>
  queryOptions({
    queryKey: ['guard', id],
    queryFn: ({ signal }) => read<Guard>(guardPath(id), signal),
    refetchInterval: live(5_000),
  })

/** Whose endpoints: one's own, or the company's. */
export type WebhookOwner = 'me' | 'company'
export const webhooksPath = (owner: WebhookOwner): string =>
  owner === 'me' ? `${person('me')}/webhooks` : `${API}/company/webhooks`
export const webhookPath = (owner: WebhookOwner, id: string): string =>
  `${API}${owner === 'me' ? '' : '/company'}/webhooks/${encodeURIComponent(id)}`
export const webhooksQuery = (owner: WebhookOwner) =>
  queryOptions({
    queryKey: ['webhooks', owner],
    queryFn: ({ signal }) => read<Webhooks>(webhooksPath(owner), signal),
    refetchInterval: live(30_000),
  })
export const deliveriesQuery = (owner: WebhookOwner, id: string) =>
  queryOptions({
    queryKey: ['webhooks', owner, id],
    queryFn: ({ signal }) => read<Deliveries>(`${webhookPath(owner, id)}/deliveries`, signal),
    refetchInterval: live(LIVE_MS),
  })

export const callQuery = (id: string) =>
  queryOptions({
    queryKey: ['call', id],
    queryFn: ({ signal }) => read<CallWithEntries>(`${API}/calls/${encodeURIComponent(id)}`, signal),
  })

export const grantsPath = (id: string): string => `${person(id)}/grants`
export const grantsQuery = (id: string) =>
  queryOptions({
    queryKey: ['grants', id],
    queryFn: ({ signal }) => read<Grants>(grantsPath(id), signal),
    refetchInterval: live(30_000),
  })

export const entriesPath = (id: string, filter: EntryFilter, limit: number, cursor?: string): string =>
  `${person(id)}/entries${queryOf({ ...filter, limit, cursor })}`
export const entriesQuery = (id: string, filter: EntryFilter) =>
  infiniteQueryOptions({
    queryKey: ['entries', id, filter],
    queryFn: ({ signal, pageParam }) =>
      read<Entries>(entriesPath(id, filter, PAGE, pageParam ?? undefined), signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
  })

/** Every entry that the filters meet, for a download; bounded, and says so when the bound was met. */
export async function allEntries(
  id: string,
  filter: EntryFilter,
): Promise<{ entries: readonly Entry[]; complete: boolean }> {
  const entries: Entry[] = []
  let cursor: string | undefined
  for (let page = 0; page < EXPORT_PAGES; page++) {
    const answer = await read<Entries>(entriesPath(id, filter, EXPORT_PAGE, cursor))
    entries.push(...answer.entries)
    if (!answer.next) return { entries, complete: true }
    cursor = answer.next
  }
  return { entries, complete: false }
}

export const keysPath = (id: string): string => `${person(id)}/keys`
export const keysQuery = (id: string) =>
  queryOptions({
    queryKey: ['keys', id],
    queryFn: ({ signal }) => read<Keys>(keysPath(id), signal),
    refetchInterval: live(10_000),
  })

export const keyPath = (id: string): string => `${API}/keys/${encodeURIComponent(id)}`
export const keyQuery = (id: string, waiting: boolean) =>
  queryOptions({
    queryKey: ['key', id],
    queryFn: ({ signal }) => read<Key>(keyPath(id), signal),
    refetchInterval: waiting ? LIVE_MS : false,
  })

export const setupQuery = queryOptions({
  queryKey: ['setup'],
  queryFn: ({ signal }) => read<Setup>(`${API}/setup`, signal),
  staleTime: 300_000,
})

export const modelsPath = `${API}/models`
export const modelsQuery = queryOptions({
  queryKey: ['models'],
  queryFn: ({ signal }) => read<Models>(modelsPath, signal),
  staleTime: 60_000,
})

export const providersPath = `${API}/providers`
export const providerPath = (id: string): string => `${providersPath}/${encodeURIComponent(id)}`
export const providersQuery = queryOptions({
  queryKey: ['providers'],
  queryFn: ({ signal }) => read<Providers>(providersPath, signal),
  refetchInterval: live(10_000),
})

/** The whole directory, page by page, so that sorting sorts all of it; bounded. */
export const peopleQuery = (q: string) =>
  queryOptions({
    queryKey: ['people', q],
    queryFn: async ({ signal }) => {
      const people: Person[] = []
      let cursor: string | undefined
      for (let page = 0; page < DIRECTORY_PAGES; page++) {
        const answer = await read<People>(`${API}/people${queryOf({ q, limit: 200, cursor })}`, signal)
        people.push(...answer.people)
        if (!answer.next) return { people, complete: true }
        cursor = answer.next
      }
      return { people, complete: false }
    },
  })

/** A few people by name, for the palette. */
export const findPeopleQuery = (q: string) =>
  queryOptions({
    queryKey: ['people', 'find', q],
    queryFn: ({ signal }) => read<People>(`${API}/people${queryOf({ q, limit: 8 })}`, signal),
  })
