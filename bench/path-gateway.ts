import { randomBytes } from 'node:crypto'
import { createMetrics } from '#api/metrics.ts'
import type { Db } from '#db/sql.ts'
import { createGateway } from '#gateway/gateway.ts'
import type { ClientReply, ClientRequest, Keep, ReplySink, Transport } from '#gateway/relay/transport.ts'
import { openTrail } from '#gateway/trail/trail.ts'
import { openUpstreams } from '#gateway/upstreams/upstreams.ts'
import { openLedger } from '#ledger/ledger.ts'
import { openPeople } from '#people/people.ts'
import { openPrices } from '#prices/prices.ts'
import { openSpending } from '#spending/spending.ts'
import { realWorld } from '../src/main/world.ts'
import type { PathShape } from './path-shapes.ts'

const PEOPLE = 200
const GRANTED = 1_000_000_000_000_000n

export type Path = Awaited<ReturnType<typeof openPath>>

/** The gateway as main composes it, but for its two ends and the ledger's commits: those are plain objects in memory. */
export async function openPath(db: Db) {
  const world = realWorld()
  const ledger = openLedger({ db, owner: 'path' })
  await ledger.begin()
  await ledger.heartbeat(world.now())
  const prices = openPrices({ db, world })
  await prices.load()
  const spending = openSpending({
    db,
    prices,
    world,
    ledger: {
      ...ledger,
      hold: ({ max }) => Promise.resolve({ kind: 'held', amount: max, replayed: false }),
      settle: ({ cost }) =>
        Promise.resolve({ kind: 'settled', charged: cost, absorbed: 0n, replayed: false }),
      release: () => Promise.resolve({ kind: 'released', replayed: false }),
    },
  })
  // Nobody is watched by the sums that this never books.
  await spending.setPolicy(POLICY, 'path')
  const keys = await peopleWithKeys({ db, world, ledger, spending })
  const upstreams = await openUpstreams({ db, world, masterKey: randomBytes(32) })
  for (const [protocol, path] of [
    ['openai', '/v1'],
    ['anthropic', ''],
    ['gemini', ''],
  ] as const)
    await upstreams.create({
      name: protocol,
      protocol,
      baseUrl: `https://${protocol}.example${path}`,
      key: 'sk-company',
    })
  const log = (): void => {}
  const trail = openTrail({ db, world, log })
  const gateway = createGateway({
    spending,
    prices,
    upstreams,
    trail,
    metrics: createMetrics(),
    world,
    log,
    transport: replying(() => atHand!),
  })
  /** Each has its connection, on which the gateway knows a head that it has read before. */
  const clients = keys.map((key): Client => ({ key, kept: new Map() }))
  let atHand: PathShape | null = null
  /** Calls of one shape at a time. One that is not answered well would measure something else. */
  const call = async (shape: PathShape, index: number): Promise<void> => {
    atHand = shape
    const got = { status: 0, bytes: 0, ended: false }
    await gateway.take(requestOf(shape, clients[index % clients.length]!), replyInto(got))
    if (got.status !== 200 || !got.ended || got.bytes < shape.least)
      throw new Error(`${shape.name} was answered ${JSON.stringify(got)}`)
  }
  return {
    people: PEOPLE,
    call,
    close: async (): Promise<void> => {
      await gateway.close()
      await trail.close()
      await upstreams.close()
      await spending.close()
      await prices.close()
    },
  }
}

const HUGE = '100000000000000000'
const POLICY = {
  everyone: ['small', 'standard', 'frontier', 'embedding'],
  levels: [],
  guard: { floor: { five_minutes: HUGE, hour: HUGE, day: HUGE } },
}

async function peopleWithKeys({
  db,
  world,
  ledger,
  spending,
}: {
  db: Db
  world: ReturnType<typeof realWorld>
  ledger: ReturnType<typeof openLedger>
  spending: ReturnType<typeof openSpending>
}): Promise<readonly string[]> {
  const people = openPeople({ db, world })
  const entity = await people.createEntity({ name: 'Path', country: 'IE', currency: 'EUR' })
  const keys: string[] = []
  for (let number = 0; number < PEOPLE; number += 1) {
    const person = await people.create({
      email: `path${number}@example.com`,
      name: `Path ${number}`,
      role: 'employee',
      level: 'IC4',
      entity: entity.id,
      country: 'IE',
      hiredOn: '2025-01-01',
    })
    const wallet = await db.tx((sql) =>
      ledger.openWallet(sql, { id: world.id(), person: person.id, asset: 'USD' }),
    )
    const grant = world.id()
    const at = world.now()
    const lot = { tranche: 1, quantity: GRANTED, priority: 50, scope: {}, effectiveAt: at, expiresAt: null }
    await db.tx(async (sql) => {
      await ledger.granted(sql, at, { grant, wallet, quantity: GRANTED })
      await ledger.vested(sql, at, [{ grant, ...lot }])
    })
    const ask = { name: 'path', purpose: 'work', models: null, expiresAt: null } as const
    keys.push((await spending.createKey(person.id, ask)).secret)
  }
  return keys
}

type Client = { readonly key: string; readonly kept: Map<PathShape, Keep> }

function keepOf({ kept }: Client, shape: PathShape): Keep {
  const keep = kept.get(shape) ?? { value: null }
  kept.set(shape, keep)
  return keep
}

/** As the SDKs send them. */
const requestOf = (shape: PathShape, client: Client): ClientRequest => ({
  keep: keepOf(client, shape),
  method: 'POST',
  path: shape.path,
  query: shape.query,
  headers: [
    'host',
    'perq.example',
    'connection',
    'keep-alive',
    'Accept',
    'application/json',
    'Content-Type',
    'application/json',
    'User-Agent',
    'OpenAI/JS 5.12.2',
    'X-Stainless-Retry-Count',
    '0',
    'X-Stainless-Lang',
    'js',
    'X-Stainless-Package-Version',
    '5.12.2',
    'X-Stainless-OS',
    'Linux',
    'X-Stainless-Runtime',
    'node',
    'Authorization',
    `Bearer ${client.key}`,
    'Content-Length',
    String(shape.body.length),
  ],
  body: () => shape.body,
})

const replyInto = (got: { status: number; bytes: number; ended: boolean }): ClientReply => ({
  gone: () => false,
  head: (status) => void (got.status = status),
  flush: () => {},
  write(bytes) {
    got.bytes += bytes.length
    return true
  },
  pass(bytes) {
    got.bytes += bytes.length
    return true
  },
  end(bytes) {
    got.bytes += bytes?.length ?? 0
    got.ended = true
  },
  cut: () => {},
  onDrain: () => {},
  onGone: () => {},
})

const EXCHANGE = { pause: () => {}, resume: () => {}, abort: () => {} }

/** Answers every request with what the shape at hand says, a read at a time, as from a socket that has it all. */
function replying(shapeAtHand: () => PathShape): Transport {
  const answer = ({ replyHeaders, chunks }: PathShape, sink: ReplySink): void => {
    sink.head(200, replyHeaders)
    for (const chunk of chunks) sink.data(chunk)
    sink.end()
  }
  return {
    send(_, sink) {
      const shape = shapeAtHand()
      queueMicrotask(() => answer(shape, sink))
      return EXCHANGE
    },
    close: () => Promise.resolve(),
  }
}
