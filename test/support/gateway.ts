import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import OpenAI from 'openai'
import { createDemoProvider } from '#gateway/demo/provider.ts'
import { createGateway, type Gateway } from '#gateway/gateway.ts'
import { takeConnections } from '#gateway/http1/front.ts'
import type { Log } from '#gateway/log.ts'
import type { Tracing } from '#gateway/trace.ts'
import { openTrail } from '#gateway/trail/trail.ts'
import { openUpstreams } from '#gateway/upstreams/upstreams.ts'
import type { Registry } from '#gateway/watch.ts'
import { openLedger } from '#ledger/ledger.ts'
import { openPeople } from '#people/people.ts'
import { openExchange } from '#prices/exchanges.ts'
import { openPrices } from '#prices/prices.ts'
import { openSpending } from '#spending/spending.ts'
import type { Spending } from '#spending/types.ts'
import { testDb, type TestDb } from './database.ts'
import { testWorld } from './world.ts'

export type UsageRow = {
  readonly id: string
  readonly door: string
  readonly route: string
  readonly model: string
  readonly purpose: string
  readonly upstream: string
  readonly price_version: number
  readonly input: bigint
  readonly cache_read: bigint
  readonly cache_write_5m: bigint
  readonly cache_write_1h: bigint
  readonly output: bigint
  readonly reasoning: bigint
  readonly searches: bigint
  readonly held: bigint
  readonly cost: bigint
  readonly charged: bigint
  readonly absorbed: bigint
  readonly status: string
  readonly estimated: boolean
  readonly provider_id: string | null
}

export type Employee = {
  readonly person: string
  readonly wallet: string
  readonly key: string
  readonly keyId: string
  readonly openai: OpenAI
  readonly anthropic: Anthropic
  readonly gemini: GoogleGenAI
}

export type TestGateway = Awaited<ReturnType<typeof testGateway>>

/** A node:http server on a free loopback port; with `take`, plain calls go there by our own HTTP/1.1, as they do in main. */
export async function serve(
  listener: RequestListener,
  take?: Gateway['take'],
): Promise<{ url: string; close(): Promise<void> }> {
  const server: Server = createServer(listener)
  const sockets = new Set<Socket>()
  if (take) {
    takeConnections(server, {
      isHot: () => true,
      serve: (request, reply) => void take(request, reply),
      now: Date.now,
      closing: () => !server.listening,
    })
    server.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    })
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/**
 * The gateway as main composes it, on a database of its own, with the demo provider behind it over real HTTP.
 * `openaiBase`, `anthropicBase` and `geminiBase` put another provider behind a door; `settling` sees every settlement go through.
 */
export async function testGateway({
  pace = 0,
  openaiBase,
  anthropicBase,
  geminiBase,
  settling = (settle) => settle(),
  log = () => {},
  db: given,
  retryFor = 15_000,
  drainFor = 60_000,
  callWithin = 60_000,
  clientWaits = 30_000,
  budgetStatus = 400,
  metrics,
  tracing = null,
}: {
  pace?: number
  openaiBase?: string
  anthropicBase?: string
  geminiBase?: string
  settling?: (settle: () => ReturnType<Spending['settle']>) => ReturnType<Spending['settle']>
  log?: Log
  db?: TestDb
  retryFor?: number
  drainFor?: number
  callWithin?: number
  clientWaits?: number
  budgetStatus?: 400 | 402
  metrics?: Registry
  tracing?: Tracing | null
} = {}) {
  const world = testWorld()
  const db = given ?? (await testDb())
  const ledger = openLedger({ db, owner: 'test gateway', retryFor })
  await ledger.heartbeat(world.now())
  const prices = openPrices({ db, world })
  await prices.load()
  const exchange = await openExchange({ db, world })
  await exchange.load()
  const opened = openSpending({ db, ledger, prices, exchange, world })
  const spending: Spending = { ...opened, settle: (request) => settling(() => opened.settle(request)) }
  const people = openPeople({ db, world })
  const entity = await people.createEntity({ name: 'Test Ltd', country: 'IE', currency: 'EUR' })

  let upstreamRequests = 0
  const provider = createDemoProvider({ world, pace })
  const demo = await serve((req, res) => {
    upstreamRequests += 1
    provider(req, res)
  })
  const upstreams = await openUpstreams({ db, world, masterKey: world.random(32) })
  const base = {
    openai: openaiBase ?? `${demo.url}/openai/v1`,
    anthropic: anthropicBase ?? `${demo.url}/anthropic`,
    gemini: geminiBase ?? `${demo.url}/gemini`,
  }
  await upstreams.create({ name: 'demo openai', protocol: 'openai', baseUrl: base.openai, key: 'sk-company' })
  await upstreams.create({
    name: 'demo anthropic',
    protocol: 'anthropic',
    baseUrl: base.anthropic,
    key: 'sk-company',
  })
  await upstreams.create({ name: 'demo gemini', protocol: 'gemini', baseUrl: base.gemini, key: 'sk-company' })

  const trail = openTrail({ db, world, log })
  const gateway = createGateway({
    spending,
    prices,
    upstreams,
    trail,
    ...(metrics ? { metrics } : {}),
    tracing,
    world,
    log,
    drainFor,
    callWithin,
    clientWaits,
    budgetStatus,
    batches: { db, upstreams, publicUrl: null },
  })
  let requests = 0
  const came = (): void => {
    requests += 1
    // Ids of later calls are later ids.
    world.advance(1)
  }
  const server = await serve(
    (req, res) => {
      came()
      gateway.handle(req, res)
    },
    (request, reply) => {
      came()
      return gateway.take(request, reply)
    },
  )

  let hired = 0
  return {
    world,
    db,
    ledger,
    prices,
    exchange,
    spending,
    upstreams,
    trail,
    gateway,
    url: server.url,
    requests: () => requests,
    upstreamRequests: () => upstreamRequests,

    /** A person with one vested lot of `nano` nano-dollars and a key. */
    async employee(
      nano: bigint,
      more: { level?: string; models?: readonly string[] } = {},
    ): Promise<Employee> {
      hired += 1
      const person = await people.create({
        email: `person${hired}@example.com`,
        name: `Person ${hired}`,
        role: 'employee',
        level: more.level ?? 'IC4',
        entity: entity.id,
        country: 'IE',
        hiredOn: '2025-01-01',
      })
      const wallet = await db.tx((sql) =>
        ledger.openWallet(sql, { id: world.id(), person: person.id, asset: 'USD' }),
      )
      if (nano > 0n) {
        const grant = world.id()
        const lot = {
          tranche: 1,
          quantity: nano,
          priority: 50,
          scope: {},
          effectiveAt: world.now(),
          expiresAt: null,
        }
        await db.tx(async (sql) => {
          await ledger.granted(sql, world.now(), { grant, wallet, quantity: nano })
          await ledger.vested(sql, world.now(), [{ grant, ...lot }])
        })
      }
      const ask = { name: 'test', purpose: 'work', models: more.models ?? null, expiresAt: null } as const
      const { key, secret } = await spending.createKey(person.id, ask)
      return {
        person: person.id,
        wallet,
        key: secret,
        keyId: key.id,
        openai: new OpenAI({ apiKey: secret, baseURL: `${server.url}/openai/v1` }),
        anthropic: new Anthropic({ apiKey: secret, baseURL: `${server.url}/anthropic` }),
        gemini: new GoogleGenAI({ apiKey: secret, httpOptions: { baseUrl: `${server.url}/gemini` } }),
      }
    },

    /** The finished calls of a wallet, the newest last. */
    usage: (wallet: string): Promise<UsageRow[]> =>
      db.query<UsageRow>('select * from ledger.usage where wallet_id = $1 order by id', [wallet]),

    close: async (): Promise<void> => {
      await server.close()
      await gateway.close()
      await trail.close()
      await upstreams.close()
      await spending.close()
      await exchange.close()
      await prices.close()
      await demo.close()
      await db.drop()
    },
  }
}
