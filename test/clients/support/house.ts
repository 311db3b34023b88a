import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { openSessions } from '#api/sessions.ts'
import { HOUR, iso } from '#base/time.ts'
import { openUpstreams } from '#gateway/upstreams/upstreams.ts'
import type { CallFacts } from '#ledger/types.ts'
import { openRooms } from '../../../src/main/rooms.ts'
import { realWorld } from '../../../src/main/world.ts'
import type { Setup } from '../../../web/src/lib/contract.ts'
import { guides, type Guide } from '../../../web/src/pages/keys/snippets.ts'
import { testDb } from '../../support/database.ts'
import type { UsageRow } from '../../support/gateway.ts'
import { servePerq, tempFolder } from '../../support/perq.ts'
import { moodyProvider } from './provider.ts'
import { recordingProxy, refusingProxy } from './wire.ts'

export type Employee = {
  readonly person: string
  readonly wallet: string
  readonly key: string
  readonly keyId: string
}
export type House = Awaited<ReturnType<typeof openHouse>>

const PATHS = { openai: '/openai/v1', anthropic: '/anthropic', gemini: '/gemini' } as const
const LOOKS = 200
const LOOK_EVERY = 50

/** Perq as a process of its own, the demo provider behind it, a recorder before it, and nothing else to talk to. */
export async function openHouse() {
  const folder = tempFolder()
  const world = realWorld()
  const db = await testDb()
  const secret = randomBytes(32)
  const provider = await moodyProvider(world)
  const upstreams = await openUpstreams({ db, world, masterKey: secret })
  for (const protocol of ['openai', 'anthropic', 'gemini'] as const)
    await upstreams.create({
      name: `demo-${protocol}`,
      protocol,
      baseUrl: `${provider.url}${PATHS[protocol]}`,
      key: 'demo',
    })
  const sessions = openSessions({ db, world })
  const rooms = await openRooms({ db, world, owner: `clients-${process.pid}` })
  const served = await servePerq({
    args: [],
    env: { DATABASE_URL: db.url, PERQ_SECRET: secret.toString('hex') },
  })
  const wire = await recordingProxy(served.url)
  const outside = await refusingProxy()
  const entity = await rooms.people.createEntity({ name: 'Test Ltd', country: 'IE', currency: 'EUR' })

  let hired = 0
  return {
    db,
    rooms,
    now: world.now,
    provider,
    wire,
    outside,
    folder: folder.path,
    said: served.said,

    /** A person with one lot of `nano` nano-dollars, ready to spend, and a key. */
    async employee(nano: bigint): Promise<Employee> {
      hired += 1
      const person = await rooms.people.create({
        email: `person${hired}@example.com`,
        name: `Person ${hired}`,
        role: 'employee',
        level: 'IC4',
        entity: entity.id,
        country: 'IE',
        hiredOn: '2025-01-01',
      })
      const { ledger } = rooms
      const wallet = await db.tx((sql) =>
        ledger.openWallet(sql, { id: world.id(), person: person.id, asset: 'USD' }),
      )
      if (nano > 0n) {
        const grant = world.id()
        const at = world.now()
        const lot = { tranche: 1, quantity: nano, priority: 50, scope: {}, effectiveAt: at, expiresAt: null }
        await db.tx(async (sql) => {
          await ledger.granted(sql, at, { grant, wallet, quantity: nano })
          await ledger.vested(sql, at, [{ grant, ...lot }])
        })
      }
      const ask = { name: 'test', purpose: 'work', models: null, expiresAt: null } as const
      const { key, secret: given } = await rooms.spending.createKey(person.id, ask)
      return { person: person.id, wallet, key: given, keyId: key.id }
    },

    /** What the person's page "Keys & setup" tells them, through the recorder: its address is in it. */
    async guides({ person, key }: Employee): Promise<readonly Guide[]> {
      const entered = await sessions.signIn(await sessions.link(person))
      const headers = { cookie: `perq_session=${entered!.secret}` }
      const answer = await fetch(`${wire.url}/api/v1/setup`, { headers })
      wire.clear()
      return guides((await answer.json()) as Setup, key)
    },

    /** As when the velocity guard has stopped the wallet, with amounts that look like statuses of a busy provider. */
    pause: ({ person, wallet }: Employee) =>
      db.query(
        `insert into spending.pause (id, wallet_id, person_id, at, span, spent, allowed, baseline, wanted)
         values ($1, $2, $3, $4, 'five_minutes', 504000000000, 500000000000, 25000000000, 504000000000)`,
        [world.id(), wallet, person, iso(world.now())],
      ),

    /** A call that cost so much, a moment ago. */
    async spend({ person, wallet, keyId }: Employee, nano: bigint): Promise<void> {
      const id = world.id()
      const price = rooms.prices.resolve('anthropic', 'claude-opus-5-5', world.now())!
      const facts: CallFacts = {
        person,
        key: keyId,
        door: 'anthropic',
        route: 'messages',
        model: price.model,
        class: price.class,
        provider: price.provider,
        upstream: 'before',
        purpose: 'work',
        priceVersion: price.version,
      }
      const at = world.now()
      const held = await rooms.ledger.hold(
        { id, wallet, min: nano, max: nano, floor: nano, scopes: null, expiresAt: at + HOUR, facts },
        at,
      )
      assert.equal(held.kind, 'held')
      const tokens = { input: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 1, reasoning: 0 }
      const ending = { status: 'ok', estimated: false, providerId: null, startedAt: at } as const
      await rooms.ledger.settle({ id, cost: nano, tokens, ...ending }, at)
    },

    revoke: ({ keyId }: Employee) => rooms.spending.revokeKey(keyId),

    usage: (wallet: string): Promise<UsageRow[]> =>
      db.query<UsageRow>('select * from ledger.usage where wallet_id = $1 order by id', [wallet]),

    /** Waits until no call of the wallet is on its way any more; what is still held then. */
    async quiet(wallet: string): Promise<number> {
      let open = -1
      for (let look = 0; look < LOOKS && open !== 0; look += 1) {
        if (look > 0) await new Promise((done) => setTimeout(done, LOOK_EVERY))
        const [row] = await db.query<{ n: bigint }>(
          'select count(*) as n from ledger.hold where wallet_id = $1',
          [wallet],
        )
        open = Number(row!.n)
      }
      return open
    },

    async close(): Promise<void> {
      await wire.close()
      await served.stop()
      await rooms.close()
      await upstreams.close()
      await provider.close()
      await outside.close()
      await db.drop()
      folder.remove()
    },
  }
}
