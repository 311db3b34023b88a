import { randomBytes } from 'node:crypto'
import { openSessions } from '#api/sessions.ts'
import { openUpstreams } from '#gateway/upstreams/upstreams.ts'
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
