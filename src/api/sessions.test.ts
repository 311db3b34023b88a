import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { MINUTE } from '#base/time.ts'
import { testDb, type TestDb } from '../../test/support/database.ts'
import { testWorld } from '../../test/support/world.ts'
import { IDLE_MS, LINK_MS, openSessions, SESSION_MS } from './sessions.ts'

let db: TestDb
before(async () => void (db = await testDb()))
after(() => db.drop())

const open = (
  seed: number,
): { world: ReturnType<typeof testWorld>; sessions: ReturnType<typeof openSessions> } => {
  const world = testWorld({ seed })
  return { world, sessions: openSessions({ db, world }) }
}

test('a link signs in exactly once, however many follow it at the same time', async () => {
  const { world, sessions } = open(1)
  const person = world.id()
  const token = await sessions.link(person)
  const results = await Promise.all(Array.from({ length: 8 }, () => sessions.signIn(token)))
  const won = results.filter((result) => result !== null)
  assert.equal(won.length, 1)
  assert.equal(await sessions.personOf(won[0]!.secret), person)
  assert.equal(await sessions.signIn(token), null)
})

test('a link that is too old signs nobody in and is used up', async () => {
  const { world, sessions } = open(2)
  const token = await sessions.link(world.id())
  world.advance(LINK_MS)
  assert.equal(await sessions.signIn(token), null)
})

test('a session ends with sign-out, with its lifetime, and when nobody used it for long', async () => {
  const { world, sessions } = open(3)
  const person = world.id()
  const enter = async (): Promise<string> => {
    const session = await sessions.signIn(await sessions.link(person))
    assert.ok(session)
    return session.secret
  }
  const left = await enter()
  await sessions.signOut(left)
  assert.equal(await sessions.personOf(left), null)

  const idle = await enter()
  world.advance(IDLE_MS)
  assert.equal(await sessions.personOf(idle), null)

  const used = await enter()
  for (let since = 0; since < SESSION_MS - IDLE_MS / 2; since += IDLE_MS / 2) {
    assert.equal(await sessions.personOf(used), person)
    world.advance(IDLE_MS / 2)
  }
  world.advance(IDLE_MS / 2)
  assert.equal(await sessions.personOf(used), null)
})

test('all sessions of a person end together and no other person is signed out', async () => {
  const { world, sessions } = open(4)
  const [one, other] = [world.id(), world.id()]
  const secrets = await Promise.all(
    [one, one, other].map(async (person) => (await sessions.signIn(await sessions.link(person)))!.secret),
  )
  await sessions.endAll(one)
  const found = await Promise.all(secrets.map((secret) => sessions.personOf(secret)))
  assert.deepEqual(found, [null, null, other])
})

test('neither a token nor a session secret stands in the database', async () => {
  const { world, sessions } = open(5)
  const token = await sessions.link(world.id())
  const unused = await sessions.link(world.id())
  const { secret } = (await sessions.signIn(token))!
  const rows = await db.query<{ text: string }>(
    'select s::text as text from api.session s union all select t::text from api.signin_token t',
  )
  const all = rows.map((row) => row.text).join('\n')
  for (const one of [secret, unused]) {
    assert.ok(!all.includes(one))
    assert.ok(!all.includes(Buffer.from(one, 'base64url').toString('hex')))
    assert.ok(!all.includes(Buffer.from(one).toString('hex')))
  }
})

test('a sweep forgets what has run out and nothing else', async () => {
  const { world, sessions } = open(6)
  await sessions.sweep()
  const person = world.id()
  await sessions.link(person)
  const kept = await sessions.link(person, 10 * SESSION_MS)
  const session = await sessions.signIn(await sessions.link(person))
  world.advance(LINK_MS + MINUTE)
  await sessions.sweep()
  assert.equal(await sessions.personOf(session!.secret), person)
  assert.equal((await sessions.signIn(kept))?.person, person)
})

test('that somebody has come in is known when their session is long forgotten, and an unused link is no coming in', async () => {
  const { world, sessions } = open(7)
  const [person, other] = [world.id(), world.id()]
  await sessions.signIn(await sessions.link(person))
  await sessions.link(other)
  world.advance(SESSION_MS + MINUTE)
  await sessions.sweep()
  assert.equal(await sessions.hasSignedIn(person), true)
  assert.equal(await sessions.hasSignedIn(other), false)
  // A second time is as good as the first.
  assert.ok(await sessions.signIn(await sessions.link(person)))
})
