import assert from 'node:assert/strict'
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, beforeEach, test } from 'node:test'
import * as fc from 'fast-check'
import { DAY, HOUR, MINUTE, SECOND } from '#base/time.ts'
import { openPeople } from '#people/people.ts'
import { openAlerts } from '#spending/alerts/alerts.ts'
import { testDb } from '../../test/support/database.ts'
import { testWorld } from '../../test/support/world.ts'
import { nextAttempt, PAUSES } from './schedule.ts'
import { send } from './send.ts'
import { isPublic, targetOf } from './target.ts'
import { openWebhooks } from './webhooks.ts'

const db = await testDb()
const world = testWorld()
const alerts = openAlerts({ db, world })
const people = openPeople({ db, world })
const entity = await people.createEntity({ name: 'Perq Labs', country: 'US', currency: 'USD' })
const hire = (name: string) =>
  people.create({
    email: `${world.id()}@perq.example`,
    name,
    role: 'employee',
    level: 'IC4',
    entity: entity.id,
    country: 'US',
    hiredOn: '2024-01-01',
  })
const [ada, bob] = [await hire('Ada'), await hire('Bob')]

type Got = { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: string }
const got: Got[] = []
let answer: { status: number; headers?: Record<string, string> } = { status: 204 }
const receiver: Server = createServer((req, res) => {
  const parts: Buffer[] = []
  req.on('data', (part: Buffer) => parts.push(part))
  req.on('end', () => {
    got.push({ path: req.url ?? '', headers: req.headers, body: Buffer.concat(parts).toString() })
    res.writeHead(answer.status, answer.headers).end()
  })
})
await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
const { port } = receiver.address() as AddressInfo
const master = world.random(32)
const open = () => openWebhooks({ db, world, master, anywhere: true, site: () => 'https://perq.example' })
const webhooks = open()
after(async () => {
  receiver.close()
  await db.drop()
})
beforeEach(async () => {
  for (const person of [null, ada.id, bob.id])
    for (const { id } of await webhooks.list(person)) await webhooks.remove(id)
  got.length = 0
  answer = { status: 204 }
})

const url = (path: string): string => `http://127.0.0.1:${port}${path}`
const absorbed = (person: string, cause: string | null = null) =>
  db.tx((tx) =>
    alerts.record(tx, {
      person,
      at: world.now(),
      facts: { kind: 'absorbed', call: world.id(), cost: 5_000_000_000n, absorbed: 1_000_000_000n },
      cause,
    }),
  )
const resumed = (person: string) =>
  db.tx((tx) => {
    const facts = { kind: 'velocity_resumed', times: 2, until: world.now() + DAY } as const
    return alerts.record(tx, { person, at: world.now(), facts, cause: null })
  })

/** As a receiver does it, from the specification. */
function verify({ headers, body }: Got, secret: string): boolean {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
  const content = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`
  const expected = Buffer.from(createHmac('sha256', key).update(content).digest('base64'))
  return String(headers['webhook-signature'])
    .split(' ')
    .some((each) => {
      const [version, signature = ''] = each.split(',')
      const given = Buffer.from(signature)
      return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected)
    })
}

test('an alert reaches its person’s and the company’s endpoint, signed so that the receiver can verify it', async () => {
  const own = await webhooks.create(ada.id, { url: url('/ada'), types: null })
  const company = await webhooks.create(null, { url: url('/company'), types: null })
  await webhooks.create(bob.id, { url: url('/bob'), types: null })
  await absorbed(ada.id)
  assert.equal(await webhooks.deliver(world.now()), 2)
  assert.deepEqual(got.map(({ path }) => path).toSorted(), ['/ada', '/company'])
  for (const [path, { secret }] of [
    ['/ada', own],
    ['/company', company],
  ] as const) {
    const one = got.find((each) => each.path === path)!
    assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/)
    assert.ok(verify(one, secret))
    assert.ok(!verify({ ...one, body: one.body.replace('1000000000', '9000000000') }, secret))
    assert.equal(one.headers['webhook-timestamp'], String(world.now() / SECOND))
    const { type, timestamp, data } = JSON.parse(one.body)
    assert.equal(type, 'alert.absorbed')
    assert.equal(timestamp, new Date(world.now()).toISOString())
    assert.equal(data.id, one.headers['webhook-id'])
    assert.equal(data.person.id, ada.id)
    assert.equal(data.facts.absorbed, '1000000000')
    assert.match(data.link, /^https:\/\/perq\.example\//)
  }
  assert.equal(await webhooks.deliver(world.now()), 0)
})

test('an alert that is rolled back, and one whose cause was told before, sends nothing', async () => {
  await webhooks.create(ada.id, { url: url('/ada'), types: null })
  const facts = { kind: 'velocity_resumed', times: 2, until: world.now() + DAY } as const
  await assert.rejects(
    db.tx(async (tx) => {
      await alerts.record(tx, { person: ada.id, at: world.now(), facts, cause: null })
      throw new Error('undone')
    }),
  )
  await absorbed(ada.id, 'the same cause')
  await absorbed(ada.id, 'the same cause')
  assert.equal(await webhooks.deliver(world.now()), 1)
})

test('an endpoint hears of the types it asked for, and of none while it is off', async () => {
  const { endpoint } = await webhooks.create(null, { url: url('/some'), types: ['alert.velocity_resumed'] })
  await absorbed(ada.id)
  await resumed(ada.id)
  assert.equal(await webhooks.deliver(world.now()), 1)
  await webhooks.change(endpoint.id, { enabled: false })
  await resumed(ada.id)
  assert.equal(await webhooks.deliver(world.now()), 0)
  await assert.rejects(webhooks.create(null, { url: url('/'), types: ['alert.nonsense'] }), {
    param: 'types',
  })
})

test('what fails is tried again for more than a day under the same id, then given up', async () => {
  const { endpoint } = await webhooks.create(ada.id, { url: url('/ada'), types: null })
  answer = { status: 500 }
  await absorbed(ada.id)
  const begun = world.now()
  for (let attempt = 1; attempt <= PAUSES.length + 1; attempt += 1) {
    assert.equal(await webhooks.deliver(world.now()), 1, `attempt ${attempt}`)
    assert.equal(await webhooks.deliver(world.now()), 0, 'not before its time')
    const [delivery] = await webhooks.deliveries(endpoint.id)
    assert.equal(delivery?.attempts, attempt)
    assert.equal(delivery?.status, 500)
    if (delivery?.state === 'waiting') world.set(delivery.next_at)
    else assert.equal(attempt, PAUSES.length + 1)
  }
  assert.ok(world.now() - begun >= 27 * HOUR && world.now() - begun <= 31 * HOUR)
  assert.equal(new Set(got.map(({ headers }) => headers['webhook-id'])).size, 1)
  assert.equal((await webhooks.find(endpoint.id))?.disabledAt, null)

  // Nothing but failures for days: nothing more is sent until somebody enables it.
  world.advance(6 * DAY)
  await absorbed(ada.id)
  for (let attempt = 0; attempt <= PAUSES.length; attempt += 1) {
    await webhooks.deliver(world.now())
    world.advance(11 * HOUR)
  }
  assert.match((await webhooks.find(endpoint.id))?.disabledWhy ?? '', /Every sending has failed/)
  answer = { status: 200 }
  await webhooks.change(endpoint.id, { enabled: true })
  await webhooks.test(endpoint.id)
  assert.equal(await webhooks.deliver(world.now()), 1)
  assert.equal(JSON.parse(got.at(-1)!.body).type, 'webhook.test')
  assert.equal((await webhooks.deliveries(endpoint.id))[0]?.state, 'delivered')
})

test('a receiver that is gone is sent nothing more, and one that names a time is met then', async () => {
  const { endpoint } = await webhooks.create(ada.id, { url: url('/ada'), types: null })
  answer = { status: 503, headers: { 'retry-after': '600' } }
  await absorbed(ada.id)
  await webhooks.deliver(world.now())
  world.advance(9 * MINUTE)
  assert.equal(await webhooks.deliver(world.now()), 0)
  world.advance(MINUTE)
  answer = { status: 410 }
  assert.equal(await webhooks.deliver(world.now()), 1)
  assert.match((await webhooks.find(endpoint.id))?.disabledWhy ?? '', /410/)
})

test('a redirect is a failure and is not followed', async () => {
  await webhooks.create(ada.id, { url: url('/ada'), types: null })
  answer = { status: 307, headers: { location: url('/elsewhere') } }
  await absorbed(ada.id)
  await webhooks.deliver(world.now())
  assert.deepEqual(
    got.map(({ path }) => path),
    ['/ada'],
  )
})

test('two processes send an event once', async () => {
  await webhooks.create(ada.id, { url: url('/ada'), types: null })
  for (let n = 0; n < 12; n += 1) await absorbed(ada.id)
  const other = open()
  const counts = await Promise.all([webhooks.deliver(world.now()), other.deliver(world.now())])
  assert.equal(counts[0]! + counts[1]!, 12)
  assert.equal(new Set(got.map(({ headers }) => headers['webhook-id'])).size, 12)
})

test('an event whose sender died is sent by another a minute later', async () => {
  await webhooks.create(ada.id, { url: url('/ada'), types: null })
  await absorbed(ada.id)
  // It claimed and did no more.
  const { claim } = await import('./store.ts')
  await claim(db, { now: world.now(), until: world.now() + MINUTE, limit: 20 })
  assert.equal(await webhooks.deliver(world.now()), 0)
  world.advance(MINUTE)
  assert.equal(await webhooks.deliver(world.now()), 1)
  assert.equal(got.length, 1)
})

test('while a secret is replaced both sign; a day later only the new one', async () => {
  const first = await webhooks.create(ada.id, { url: url('/ada'), types: null })
  const second = await webhooks.replaceSecret(first.endpoint.id)
  await absorbed(ada.id)
  await webhooks.deliver(world.now())
  assert.ok(verify(got[0]!, first.secret) && verify(got[0]!, second.secret))
  world.advance(DAY)
  await absorbed(ada.id)
  await webhooks.deliver(world.now())
  assert.ok(!verify(got[1]!, first.secret) && verify(got[1]!, second.secret))
})

test('no table keeps a secret in clear', async () => {
  const { secret } = await webhooks.create(ada.id, { url: url('/ada'), types: null })
  const [row] = await db.query<{ text: string; raw: string }>(
    `select e::text as text, encode(secret, 'base64') as raw from webhooks.endpoint e`,
  )
  assert.ok(!row!.text.includes(secret.slice(6)) && !row!.raw.includes(secret.slice(6)))
})

test('nothing is sent to this machine, to private networks or to the metadata of a cloud', async () => {
  const inside = [
    '127.0.0.1 127.1.2.3 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.100.100.200 0.0.0.0',
    '224.0.0.1 255.255.255.255 ::1 :: fe80::1 fc00::1 fd00:ec2::254 ::ffff:127.0.0.1 ::ffff:7f00:1 64:ff9b::7f00:1',
    '2002:7f00:1:: 2001::1 2001:db8::1 ff02::1',
  ]
  for (const address of inside.join(' ').split(' ')) assert.equal(isPublic(address), false, address)
  for (const address of ['1.1.1.1', '8.8.8.8', '172.32.0.1', '2606:4700:4700::1111', '2a00:1450:4001::8a'])
    assert.equal(isPublic(address), true, address)

  const strict = openWebhooks({ db, world, master })
  const refused = [
    url('/'),
    `https://127.0.0.1:${port}/`,
    'https://[::1]/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://localhost/',
    'https://user:word@example.com/',
    'ftp://example.com/',
    'nonsense',
  ]
  for (const each of refused)
    await assert.rejects(strict.create(ada.id, { url: each, types: null }), { param: 'url' }, each)
  assert.equal(targetOf('https://example.com/hook?x=1', { anywhere: false }).hostname, 'example.com')
})

test('a name that leads inside is refused where the connection is made', async () => {
  // `localhost.` passes as a name; what counts is where it leads.
  const sent = await send(`https://localhost.:${port}/`, { headers: {}, body: '{}', anywhere: false })
  assert.equal(sent.ok, false)
  assert.equal(got.length, 0)
  assert.match(sent.error ?? '', /no address of the public internet|ENOTFOUND|EAI_AGAIN|names this machine/)
})

test('the pauses grow, and a receiver’s wish is obeyed up to a day', () => {
  const asks = fc.record({
    attempts: fc.integer({ min: 1, max: PAUSES.length }),
    retryAfter: fc.option(fc.nat(10 * DAY)),
    jitter: fc.nat(255),
  })
  fc.assert(
    fc.property(asks, ({ attempts, retryAfter, jitter }) => {
      const at = nextAttempt({ attempts, now: 0, retryAfter, jitter })!
      assert.ok(at >= PAUSES[attempts - 1]! && at <= Math.max(DAY, PAUSES[attempts - 1]! * 1.1))
      assert.ok(at >= Math.min(retryAfter ?? 0, DAY))
    }),
  )
  assert.equal(nextAttempt({ attempts: PAUSES.length + 1, now: 0, retryAfter: null, jitter: 0 }), null)
})
