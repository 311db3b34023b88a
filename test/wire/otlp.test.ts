import assert from 'node:assert/strict'
import { connect as connectSocket } from 'node:net'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { Fault } from '#base/fault.ts'
import { DAY, MINUTE } from '#base/time.ts'
import { monthlySeats } from '#grants/shapes.ts'
import { openLedger } from '#ledger/ledger.ts'
import { verify } from '#ledger/verify.ts'
import type { Person } from '#people/person.ts'
import { seatId, openSeats } from '#telemetry/seats.ts'
import { createTelemetry, type Outcome } from '#telemetry/telemetry.ts'
import { openTestApi, type TestApi } from '../support/api.ts'
import { serve } from '../support/gateway.ts'
import { exportOf, METRICS, type ToldRequest } from '../support/otlp.ts'

let house: TestApi
let url: string
let close: () => Promise<void>
const outcomes = new Map<Outcome, number>()
const warned: string[] = []

before(async () => {
  house = await openTestApi()
  house.world.set(Date.UTC(2026, 10, 21, 15))
  const seats = openSeats({ ...house, ...house.company, alerts: house.spending.alerts })
  const telemetry = createTelemetry({
    spending: house.spending,
    seats,
    world: house.world,
    log: (level, message, fields) => void warned.push(`${level} ${message} ${JSON.stringify(fields)}`),
    count: (outcome, records) => void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + records),
  })
  const served = await serve(telemetry.handle)
  url = served.url
  close = async () => {
    await served.close()
    await telemetry.close()
  }
})
after(async () => {
  await close()
  await house.close()
})

type User = { readonly person: Person; readonly key: string; readonly keyId: string }
let requests = 0
const nextId = (): string => `req_${String((requests += 1)).padStart(24, '0')}`

/** A person with a key and, unless 0, a grant of so many months of a seat that have vested. */
async function user(months = 12): Promise<User> {
  const person = await house.company.hire()
  const { key, secret } = await house.spending.createKey(person.id, {
    name: 'Laptop',
    purpose: 'work',
    models: null,
    expiresAt: null,
  })
  if (months > 0) await grantSeats(person, months)
  return { person, key: secret, keyId: key.id }
}

async function grantSeats(person: Person, months: number): Promise<void> {
  const { commands, world } = house.company
  const template = await commands.createTemplate({
    name: `Seat ${world.id()}`,
    ...monthlySeats({ months: 1 }),
  })
  await commands.issueGrant({
    person: person.id,
    template: template.id,
    quantity: BigInt(months),
    denomination: 'seat_month',
    startDate: '2026-10-01',
    grantDate: '2026-10-01',
  })
}

const send = (key: string, body: unknown, headers: Record<string, string> = {}, path = '/otlp/v1/logs') =>
  fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-perq-key': key, ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  })
const told = (more: Partial<ToldRequest> = {}): ToldRequest => ({
  id: nextId(),
  at: house.world.now() - MINUTE,
  ...more,
})

type Seats = {
  seats: {
    available: string
    spent: string
    unvested: string
    held: string
    granted: string
    month: { requests: number; worth_nano: string; backed: boolean }
  }[]
  months: { month: string; requests: number; tokens: number; worth_nano: string; backed: boolean }[]
}
const seatsOf = async ({ person }: User): Promise<Seats> => {
  const answer = await house.as(person, '/api/v1/people/me/seats')
  assert.equal(answer.status, 200)
  return (await answer.json()) as Seats
}
const spentOf = async (who: User): Promise<[string, string] | []> => {
  const [seat] = (await seatsOf(who)).seats
  return seat ? [seat.available, seat.spent] : []
}
const rowsOf = async ({ person }: User): Promise<number> =>
  (await house.db.query('select 1 from telemetry.use where person_id = $1', [person.id])).length

test('the first use in a month spends one month of a seat, later use costs nothing more', async () => {
  const who = await user(12)
  const first = await send(who.key, exportOf([told(), told()]))
  assert.deepEqual([first.status, await first.json()], [200, {}])
  assert.deepEqual(await spentOf(who), ['11', '1'])
  await send(who.key, exportOf([told({ micros: 26_617 })]))
  assert.deepEqual(await spentOf(who), ['11', '1'])
  const { seats, months } = await seatsOf(who)
  assert.deepEqual(seats[0]?.month.worth_nano, String((2 * 808 + 26_617) * 1_000))
  assert.deepEqual(
    months.map(({ month, requests: count, tokens, backed }) => [month, count, tokens, backed]),
    [['2026-11', 3, 3 * 317, true]],
  )
})

test('the seat is spent in the ledger at the provider, and dollars are not touched', async () => {
  const who = await user(1)
  await send(who.key, exportOf([told()]))
  const id = seatId(who.person.id, '2026-11-01')
  const entries = await house.db.query<{ kind: string; party: string | null; amount: bigint; price: number }>(
    'select kind, party, amount, price_version as price from ledger.entry where transfer = $1 order by seq',
    [id],
  )
  assert.deepEqual(
    entries.map(({ kind, party, amount }) => [kind, party, amount]),
    [
      ['hold', null, 1n],
      ['settle', 'anthropic', 1n],
    ],
  )
  assert.ok((entries[1]?.price ?? 0) >= 1)
  const [usage] = await house.db.query(
    `select u.route, u.provider, w.asset from ledger.usage u join ledger.wallet w on w.id = u.wallet_id where u.id = $1`,
    [id],
  )
  assert.deepEqual(usage, { route: 'seat', provider: 'anthropic', asset: 'SEAT_MONTH' })
  assert.equal((await house.as(who.person, `/api/v1/calls/${id}`)).status, 404, 'a seat is no call')
  const wallet = await (await house.as(who.person, '/api/v1/people/me/wallet')).json()
  assert.equal((wallet as { spent: string }).spent, '0')
})

test('every figure of a seat is the sum of its own entries, and dollars keep to theirs', async () => {
  const who = await user(4)
  await send(who.key, exportOf([told()]))
  const [seat] = (await seatsOf(who)).seats
  const sumOf = async (query: string): Promise<string> => {
    const answer = await house.as(who.person, `/api/v1/people/me/entries?${query}`)
    return ((await answer.json()) as { sum: string }).sum
  }
  for (const account of ['available', 'spent', 'unvested', 'held'] as const)
    assert.equal(await sumOf(`asset=SEAT_MONTH&account=${account}`), seat?.[account], account)
  assert.equal(await sumOf('asset=SEAT_MONTH&kind=granted'), seat?.granted)
  assert.equal(await sumOf('kind=granted'), '0')
})

test('a wallet that was read before shows what a seat was used for since', async () => {
  const who = await user(1)
  const read = (etag?: string): Promise<Response> =>
    house.as(who.person, '/api/v1/people/me/wallet', { headers: etag ? { 'if-none-match': etag } : {} })
  const etag = (await read()).headers.get('etag')!
  assert.equal((await read(etag)).status, 304)
  await send(who.key, exportOf([told({ micros: 1_500_000 })]))
  const after = await read(etag)
  assert.equal(after.status, 200)
  const { seats, spent, lots } = (await after.json()) as Seats & { spent: string; lots: unknown[] }
  assert.deepEqual([seats[0]?.month.worth_nano, spent, lots], ['1500000000', '0', []])
})

test('a request that is told again, in any order and mix, counts once', async () => {
  const who = await user(2)
  const [a, b, c] = [told(), told(), told()]
  await send(who.key, exportOf([b]))
  await send(who.key, exportOf([c, a, b, a]))
  await send(who.key, exportOf([a, b, c]))
  const { months } = await seatsOf(who)
  assert.deepEqual([months[0]?.requests, await rowsOf(who)], [3, 3])
  assert.deepEqual(await spentOf(who), ['1', '1'])
})

test('replicas that are told the same at the same moment count it once and spend one seat', async () => {
  const who = await user(3)
  const others = await Promise.all(
    ['a', 'b'].map(async (name) => {
      const ledger = openLedger({ db: house.db, owner: `replica ${name} ${house.world.id()}` })
      await ledger.heartbeat(house.world.now())
      const seats = openSeats({
        ...house,
        prices: house.company.prices,
        ledger,
        alerts: house.spending.alerts,
      })
      return serve(createTelemetry({ ...house, seats, log: () => {} }).handle)
    }),
  )
  const body = JSON.stringify(exportOf(Array.from({ length: 40 }, () => told())))
  const urls = [url, ...others.map((other) => other.url)]
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, n) =>
      fetch(`${urls[n % 3]}/otlp/v1/logs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${who.key}` },
        body,
      }),
    ),
  )
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
  await Promise.all(others.map((other) => other.close()))
  const { months } = await seatsOf(who)
  assert.deepEqual([months[0]?.requests, await rowsOf(who)], [40, 40])
  assert.deepEqual(await spentOf(who), ['2', '1'])
})

test('each month spends a seat of its own, also when they are told out of order', async () => {
  const who = await user(5)
  house.world.set(Date.UTC(2026, 11, 2, 9))
  await send(who.key, exportOf([told(), told({ at: Date.UTC(2026, 10, 29, 8) })]))
  await send(who.key, exportOf([told({ at: Date.UTC(2026, 10, 28, 8) })]))
  const { months } = await seatsOf(who)
  assert.deepEqual(
    months.map(({ month, requests: count, backed }) => [month, count, backed]),
    [
      ['2026-12', 1, true],
      ['2026-11', 2, true],
    ],
  )
  assert.deepEqual(await spentOf(who), ['3', '2'])
  house.world.set(Date.UTC(2026, 10, 21, 15))
})

test('use without a seat is recorded, told of once and charged to nothing; a seat that comes later pays', async () => {
  const who = await user(0)
  const before = warned.length
  await send(who.key, exportOf([told()]))
  await send(who.key, exportOf([told()]))
  const { months } = await seatsOf(who)
  assert.deepEqual([months[0]?.requests, months[0]?.backed], [2, false])
  assert.equal(warned.slice(before).filter((line) => line.includes('without a seat')).length, 1)
  const { alerts } = await house.spending.alerts.list(who.person.id, { limit: 10 })
  assert.deepEqual(
    alerts.map(({ facts }) => facts),
    [{ kind: 'seat_unbacked', product: 'claude-code', month: '2026-11' }],
  )
  const [usage] = await house.db.query('select 1 from ledger.usage where person_id = $1', [who.person.id])
  assert.equal(usage, undefined)
  await grantSeats(who.person, 1)
  await send(who.key, exportOf([told()]))
  assert.deepEqual(await spentOf(who), ['0', '1'])
  assert.equal((await seatsOf(who)).months[0]?.backed, true)
})

test('a process that ended between recording and spending costs no seat twice and loses none', async () => {
  const who = await user(2)
  await send(who.key, exportOf([told()]))
  await house.db.query(`update telemetry.month set state = 'pending', transfer = null where person_id = $1`, [
    who.person.id,
  ])
  house.world.advance(2 * MINUTE)
  const seats = openSeats({ ...house, ...house.company, alerts: house.spending.alerts })
  assert.equal(await seats.sweep(house.world.now()), 1)
  assert.deepEqual(await spentOf(who), ['1', '1'])
  assert.equal((await seatsOf(who)).months[0]?.backed, true)
})

test('a seat whose process ended before its settlement is spent by the lapse, once', async () => {
  const who = await user(2)
  const { ledger, prices } = house.company
  const settle = () => Promise.reject(new Fault('unavailable', 'the database went away'))
  const seats = openSeats({ ...house, prices, ledger: { ...ledger, settle }, alerts: house.spending.alerts })
  const broken = await serve(createTelemetry({ ...house, seats, log: () => {} }).handle)
  const body = JSON.stringify(exportOf([told()]))
  const answer = await fetch(`${broken.url}/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-perq-key': who.key },
    body,
  })
  assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '2'])
  await broken.close()
  house.world.advance(11 * MINUTE)
  await ledger.heartbeat(house.world.now())
  assert.equal(await ledger.lapse(house.world.now()), 1)
  assert.equal((await send(who.key, body)).status, 200)
  assert.deepEqual(await spentOf(who), ['1', '1'])
  const [month] = (await seatsOf(who)).months
  assert.deepEqual([month?.requests, month?.backed], [1, true])
})

test('calls that went through this gateway are not counted again', async () => {
  const who = await user(1)
  const answer = await send(who.key, exportOf([told({ customBaseUrl: true })]))
  assert.deepEqual([answer.status, await answer.json()], [200, {}])
  assert.deepEqual([await rowsOf(who), await spentOf(who)], [0, ['1', '0']])

  const wallet = await house.company.ledger.walletOf(house.db, who.person.id)
  const call = house.world.id()
  await house.db.query(
    `insert into ledger.usage (id, wallet_id, person_id, at, started_at, door, route, model, class, provider, upstream, purpose,
       price_version, input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, held, cost, charged, absorbed, status,
       estimated, provider_id)
     select $1, $2, $3, $4, $4, 'anthropic', 'messages', 'claude-opus-5-5', 'frontier', 'anthropic', 'main', 'work', 1, 1, 0, 0, 0,
       1, 0, 0, 0, 0, 0, 'ok', false, 'req_through_the_gateway'`,
    [call, wallet!.id, who.person.id, new Date(house.world.now()).toISOString()],
  )
  await send(who.key, exportOf([told({ id: 'req_through_the_gateway' })]))
  assert.deepEqual([await rowsOf(who), await spentOf(who)], [0, ['1', '0']])
})

test('telemetry that names somebody else is refused, and charges neither', async () => {
  const [who, other] = [await user(1), await user(1)]
  const before = outcomes.get('somebody_else') ?? 0
  const answer = await send(who.key, exportOf([told()], other.person.email))
  assert.deepEqual(await answer.json(), {
    partialSuccess: {
      rejectedLogRecords: '1',
      errorMessage: "Not counted: 1 with an employee.id that is not the key holder's.",
    },
  })
  assert.equal(outcomes.get('somebody_else'), before + 1)
  assert.deepEqual(
    [await spentOf(who), await spentOf(other)],
    [
      ['1', '0'],
      ['1', '0'],
    ],
  )
  await send(who.key, exportOf([told()], who.person.email))
  assert.deepEqual(await spentOf(who), ['0', '1'])
})

test('what is too old, in the future or malformed is rejected by number, and the rest is counted', async () => {
  const who = await user(1)
  const now = house.world.now()
  const body = exportOf([told(), told({ at: now - 8 * DAY }), told({ at: now + 6 * MINUTE })])
  const records = body.resourceLogs[0]!.scopeLogs[0]!.logRecords as unknown[]
  records.push({ body: { stringValue: 'claude_code.api_request' }, attributes: 'none' }, 7)
  const answer = (await (await send(who.key, body)).json()) as {
    partialSuccess: { rejectedLogRecords: string }
  }
  assert.equal(answer.partialSuccess.rejectedLogRecords, '4')
  assert.equal(await rowsOf(who), 1)
})

test('keys that do not stand are refused, and a revoked one records nothing more', async () => {
  const who = await user(1)
  for (const key of ['', 'pq_live_nobody', 'sk-ant-x']) {
    const answer = await send(key, exportOf([told()]))
    assert.deepEqual([answer.status, ((await answer.json()) as { code: number }).code], [401, 16])
  }
  await house.spending.revokeKey(who.keyId)
  assert.equal((await send(who.key, exportOf([told()]))).status, 401)
  assert.equal(await rowsOf(who), 0)
})

test('protobuf is answered with the setting that helps', async () => {
  const who = await user(0)
  const answer = await send(who.key, new Uint8Array([10, 0]), { 'content-type': 'application/x-protobuf' })
  assert.equal(answer.status, 415)
  assert.match(
    ((await answer.json()) as { message: string }).message,
    /OTEL_EXPORTER_OTLP_PROTOCOL=http\/json/,
  )
})

test('gzip is read, and a body that would unpack to much more is refused without being unpacked', async () => {
  const who = await user(1)
  const packed = gzipSync(JSON.stringify(exportOf([told()])))
  assert.equal((await send(who.key, packed, { 'content-encoding': 'gzip' })).status, 200)
  assert.equal(await rowsOf(who), 1)
  const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024, 32))
  assert.equal((await send(who.key, bomb, { 'content-encoding': 'gzip' })).status, 413)
  assert.equal((await send(who.key, packed.subarray(0, 40), { 'content-encoding': 'gzip' })).status, 400)
  assert.equal((await send(who.key, packed, { 'content-encoding': 'br' })).status, 415)
})

test('a body above the bound is refused with an answer, told of or not', async () => {
  const who = await user(0)
  assert.equal((await send(who.key, `"${'x'.repeat(5 * 1024 * 1024)}"`)).status, 413)
  const socket = connectSocket(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => {})
  const answered = new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))))
  socket.write(
    `POST /otlp/v1/logs HTTP/1.1\r\nhost: x\r\nx-perq-key: ${who.key}\r\ncontent-type: application/json\r\n` +
      'transfer-encoding: chunked\r\n\r\n',
  )
  const chunk = 'x'.repeat(1024 * 1024)
  for (let sent = 0; sent < 5; sent += 1) socket.write(`${chunk.length.toString(16)}\r\n${chunk}\r\n`)
  assert.match(await answered, /^HTTP\/1\.1 413 /)
  socket.destroy()
})

test('a body of another shape is refused, metrics are taken, and both stand at the root too', async () => {
  const who = await user(1)
  for (const body of ['{', '[]', '{}', '{"resourceLogs":7}', 'null'])
    assert.equal((await send(who.key, body)).status, 400, body)
  assert.equal((await send(who.key, METRICS, {}, '/otlp/v1/metrics')).status, 200)
  assert.equal((await send(who.key, METRICS, {}, '/v1/metrics')).status, 200)
  assert.equal((await send(who.key, exportOf([told()]), {}, '/v1/logs')).status, 200)
  assert.equal((await send(who.key, {}, {}, '/otlp/v1/metrics')).status, 400)
  assert.equal((await send(who.key, {}, {}, '/otlp/v1/traces')).status, 404)
  assert.equal((await fetch(`${url}/otlp/v1/logs`)).status, 405)
  assert.deepEqual(await spentOf(who), ['0', '1'])
})

test('a seat granted in dollars, or dollars granted as a seat, is refused', async () => {
  const { commands, world } = house.company
  const person = await house.company.hire()
  const template = await commands.createTemplate({
    name: `Seat ${world.id()}`,
    ...monthlySeats({ months: 12 }),
  })
  const ask = { person: person.id, template: template.id, startDate: '2026-11-01' }
  await assert.rejects(commands.issueGrant({ ...ask, quantity: 12n, denomination: 'usd' }), {
    code: 'invalid',
    param: 'denomination',
  })
  await assert.rejects(commands.issueGrant({ ...ask, quantity: 200_000_000_000n }), {
    code: 'invalid',
    param: 'quantity',
  })
})

test('after all of it totals are the sums of the uses, and the ledger agrees with itself', async () => {
  const wrong = await house.db.query(
    `select m.person_id from telemetry.month m join (
       select person_id, product, month, count(*) as requests, sum(worth) as worth,
         sum(input + cache_read + cache_write_5m + cache_write_1h + output) as tokens, min(at) as first_at, max(at) as last_at
       from telemetry.use group by 1, 2, 3
     ) u using (person_id, product, month)
     where (m.requests, m.worth, m.tokens, m.first_at, m.last_at) is distinct from (u.requests, u.worth, u.tokens, u.first_at, u.last_at)`,
  )
  assert.deepEqual(wrong, [])
  await house.company.ledger.seal()
  assert.deepEqual((await verify(house.db)).findings, [])
})
