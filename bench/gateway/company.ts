import { uuidOf } from '#base/id.ts'
import { openUpstreams } from '#gateway/upstreams/upstreams.ts'
import { openDatabase } from '#main/database.ts'
import { openRooms, type Rooms } from '#main/rooms.ts'
import { realWorld } from '#main/world.ts'

/** A million dollars: no wallet of the bench runs dry. */
const MONEY = 1_000_000_000_000_000n
const AT_ONCE = 8

/** People with a wallet, money and a key each, and one upstream, in a new data folder. Returns the keys. */
export async function makeCompany({
  data,
  secret,
  people,
  upstream,
  log,
}: {
  data: string
  secret: string
  people: number
  upstream: number
  log: (line: string) => void
}): Promise<readonly string[]> {
  const opened = await openDatabase({ env: {}, data, role: 'tool', log, connections: AT_ONCE })
  const world = realWorld()
  try {
    const { db } = opened
    const rooms = await openRooms({ db, world, owner: 'bench' })
    await rooms.ledger.heartbeat(world.now())
    const upstreams = await openUpstreams({ db, world, masterKey: Buffer.from(secret, 'hex') })
    const baseUrl = `http://127.0.0.1:${upstream}/v1`
    await upstreams.create({ name: 'bench', protocol: 'openai', baseUrl, key: 'sk-bench' })
    await upstreams.close()
    const { id: entity } = await rooms.people.createEntity({ name: 'Bench', country: 'US', currency: 'USD' })
    const keys: string[] = []
    let next = 0
    const hireOn = async (): Promise<void> => {
      for (let n = next++; n < people; n = next++) keys.push(await hire(rooms, entity, n))
    }
    await Promise.all(Array.from({ length: AT_ONCE }, hireOn))
    await rooms.close()
    return keys
  } finally {
    await opened.close()
  }
}

async function hire(
  { people, spending, ledger, db, world }: Rooms,
  entity: string,
  n: number,
): Promise<string> {
  const person = await people.create({
    email: `person${n}@bench.example`,
    name: `Person ${n}`,
    role: 'employee',
    level: 'IC4',
    entity,
    country: 'US',
    hiredOn: '2025-01-01',
  })
  const { secret } = await spending.createKey(person.id, {
    name: 'bench',
    purpose: 'work',
    models: null,
    expiresAt: null,
  })
  const wallet = await ledger.walletOf(db, person.id)
  if (!wallet) throw new Error('a person with a key has a wallet')
  const grant = uuidOf('bench grant', person.id)
  const lot = {
    tranche: 1,
    quantity: MONEY,
    priority: 50,
    scope: {},
    effectiveAt: world.now(),
    expiresAt: null,
  }
  await db.tx(async (sql) => {
    await ledger.granted(sql, world.now(), { grant, wallet: wallet.id, quantity: MONEY })
    await ledger.vested(sql, world.now(), [{ grant, ...lot }])
  })
  return secret
}
