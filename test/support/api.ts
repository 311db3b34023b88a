import { createApi, type Api } from '#api/api.ts'
import type { ApiConfig, Log } from '#api/parts.ts'
import { openSessions, type Sessions } from '#api/sessions.ts'
import { openProviders, type Providers } from '#gateway/providers.ts'
import { openTrail, type Trail } from '#gateway/trail/trail.ts'
import { openUpstreams } from '#gateway/upstreams/upstreams.ts'
import { openLife } from '#commands/life/life.ts'
import type { Role } from '#people/access.ts'
import type { Person } from '#people/person.ts'
import { openHardware } from '#prices/hardware/hardware.ts'
import { openOfferLinks } from '#offers/link.ts'
import { openOffers } from '#offers/offers.ts'
import { openOfferReports } from '#reports/offers/offers.ts'
import { openPostReports } from '#reports/offers/posts.ts'
import { openPostCommands } from '#commands/offers/posts.ts'
import { openPosts } from '#offers/posts.ts'
import { openReports } from '#reports/reports.ts'
import { openValue } from '#reports/value/value.ts'
import { openClusters } from '#cluster/clusters.ts'
import { openQuotes } from '#cluster/quote.ts'
import { openJobs } from '#spending/jobs.ts'
import { openSpending } from '#spending/spending.ts'
import { openWebhooks, type Webhooks } from '#webhooks/webhooks.ts'
import { openOffering } from '../../src/main/offers.ts'
import type { Spending } from '#spending/types.ts'
import { openCompany, type Company } from './company.ts'
import { testDb, type TestDb } from './database.ts'
import { testWorld, type TestWorld } from './world.ts'

export type TestApi = {
  readonly db: TestDb
  readonly world: TestWorld
  readonly company: Company
  readonly spending: Spending
  readonly sessions: Sessions
  readonly app: Api
  readonly trail: Trail
  readonly providers: Providers
  readonly webhooks: Webhooks
  /** What was logged as an error. */
  readonly logged: readonly string[]
  /** One person of each role. */
  readonly staff: Readonly<Record<Role, Person>>
  /** The cookie of a fresh session. */
  cookie(person: Person): Promise<string>
  /** A request as the browser of a person sends it. */
  as(person: Person, path: string, init?: RequestInit): Promise<Response>
  /** The same door with other settings. */
  reopen(config: Partial<ApiConfig>): Promise<Api>
  close(): Promise<void>
}

const NAME = 'Perq Test'

/** The people's door on a real database, with a small company behind it. */
export async function openTestApi({ seed = 11 }: { seed?: number } = {}): Promise<TestApi> {
  const db = await testDb()
  const world = testWorld({ seed })
  const company = await openCompany(db, world)
  const { people, grants, prices, exchange, ledger, commands } = company
  const spending = openSpending({ db, ledger, prices, exchange, world })
  const hardware = await openHardware({ db, world })
  const sessions = openSessions({ db, world })
  const logged: string[] = []
  const log: Log = (_, message, fields) => void logged.push(`${message} ${fields?.['cause'] ?? ''}`)
  const upstreams = await openUpstreams({ db, world, masterKey: world.random(32) })
  const trail = openTrail({ db, world, log })
  const providers = openProviders({ upstreams, trail, world })
  const webhooks = openWebhooks({ db, world, master: world.random(32) })
  const quotes = openQuotes({
    db,
    world,
    clusters: openClusters({ db, world }),
    jobs: openJobs({ ledger, rateOf: exchange.rate, world }),
    ledger,
  })
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
    company: () => NAME,
  })
  const offerLinks = openOfferLinks(world.random(32))
  const reopen = (config: Partial<ApiConfig>): Promise<Api> =>
    createApi({
      db,
      world,
      people,
      grants,
      spending,
      prices,
      exchange,
      hardware,
      commands,
      life: openLife({ db, world, ledger, people, grants, spending, rates: exchange }),
      reports: openReports({ db, prices }),
      value: openValue({ db, hardware, exchange }),
      sessions,
      providers,
      webhooks,
      quotes,
      offers,
      offering,
      offerReports: openOfferReports({ db, prices, exchange }),
      offerLinks,
      postReports: openPostReports({ db, grants, people }),
      postCommands: openPostCommands({ db, world, people, grants, posts: openPosts() }),
      log,
      config: {
        company: NAME,
        demo: true,
        clockShifted: false,
        publicUrl: null,
        webDist: null,
        ...config,
      },
    })
  const app = await reopen({})
  const staff = {
    employee: await company.hire({ role: 'employee' }),
    people: await company.hire({ role: 'people' }),
    finance: await company.hire({ role: 'finance' }),
    admin: await company.hire({ role: 'admin' }),
  }
  const cookies = new Map<string, string>()
  const cookie = async (person: Person): Promise<string> => {
    const session = await sessions.signIn(await sessions.link(person.id))
    if (!session) throw new Error('a fresh link signs in')
    return `perq_session=${session.secret}`
  }

  return {
    db,
    world,
    company,
    spending,
    sessions,
    app,
    trail,
    providers,
    webhooks,
    logged,
    staff,
    cookie,
    reopen,
    async as(person, path, init = {}) {
      const own = cookies.get(person.id) ?? (await cookie(person))
      cookies.set(person.id, own)
      const headers = new Headers(init.headers)
      headers.set('cookie', own)
      if ((init.method ?? 'GET') !== 'GET') headers.set('x-perq-csrf', '1')
      if (init.body !== undefined && !headers.has('content-type'))
        headers.set('content-type', 'application/json')
      return app.request(path, { ...init, headers })
    },
    async close() {
      await providers.close()
      await trail.close()
      await upstreams.close()
      await spending.close()
      await exchange.close()
      await prices.close()
      await db.drop()
    },
  }
}
