import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { addDays, DAY, startOfDay } from '#base/time.ts'
import { immediate } from '#grants/shapes.ts'
import { verify } from '#ledger/verify.ts'
import { checkedOffer } from '#reports/offers/checked.ts'
import { openStage } from '../../../test/support/offers.ts'

const stage = await openStage({ checked: checkedOffer })
const { db, world, offers, commands, grants, people, ledger, author } = stage
after(async () => {
  assert.deepEqual((await verify(db)).findings, [])
  await stage.close()
})
const at = await stage.template(immediate())
const QUANTITY = 1_000n
const ROUNDS = 12

/** An offer whose one grant is promised and vests as soon as it is accepted. */
async function sent(part: { readonly email?: string } = {}) {
  const one = await stage.sent({
    position: { startsOn: '2026-01-15' },
    pay: { compute: [{ template: at.id, quantity: QUANTITY, name: null }] },
    ...(part.email !== undefined && { candidate: { email: part.email } }),
  })
  const ask = { link: one.link, typedName: one.offer.candidate.name, contentHash: one.hash }
  return { ...one, accept: () => commands.accept(ask) }
}
type Sent = Awaited<ReturnType<typeof sent>>

const grantedTo = async (person: string): Promise<bigint> => {
  const wallet = await ledger.walletOf(db, person)
  return wallet ? (await ledger.balances(db, wallet.id)).granted : 0n
}

/** All of an acceptance stands, or nothing of it. */
async function allOrNothing({ id, offer }: Sent): Promise<boolean> {
  const { status, person } = await offers.offer(db, id)
  const acceptance = await offers.acceptance(db, id)
  const events = (await offers.events(db, id)).filter(({ kind }) => kind === 'accepted')
  if (status !== 'accepted') {
    assert.deepEqual([person, acceptance, events.length], [null, null, 0])
    assert.equal(await people.findByEmail(offer.candidate.email), null)
    return false
  }
  assert.ok(person && acceptance)
  assert.equal(events.length, 1)
  assert.equal((await people.findByEmail(offer.candidate.email))?.id, person)
  assert.equal((await grants.grantsOf(db, person)).length, 1)
  assert.equal(await grantedTo(person), QUANTITY)
  return true
}

const isDone = (result: PromiseSettledResult<unknown>): boolean => {
  if (result.status === 'fulfilled') return true
  assert.match(String(result.reason?.name), /^Fault$/, String(result.reason))
  return false
}

/** An acceptance and something else at once, a dozen times, each first in turn: one of them is done, the other is refused. */
async function raced(
  other: (one: Sent) => Promise<unknown>,
  check: (one: Sent, accepted: boolean) => Promise<void> | void,
): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const one = await sent()
    const both = [() => one.accept(), () => other(one)]
    const results = await Promise.allSettled((round % 2 === 0 ? both : both.toReversed()).map((run) => run()))
    const [accepted, otherDone] = (round % 2 === 0 ? results : results.toReversed()).map(isDone)
    const isAccepted = await allOrNothing(one)
    assert.equal(isAccepted, accepted)
    await check(one, isAccepted)
    assert.ok(accepted || otherDone, 'one of the two is done')
  }
}

test('accepting eight times at once is one person, one salary and one promise', async () => {
  const one = await sent()
  const answers = await Promise.all(Array.from({ length: 8 }, one.accept))
  assert.equal(answers.filter(({ replayed }) => !replayed).length, 1)
  assert.equal(new Set(answers.map(({ person }) => person)).size, 1)
  assert.equal(new Set(answers.map(({ acceptance }) => acceptance.acceptedAt)).size, 1)
  assert.ok(await allOrNothing(one))
  assert.equal((await people.salaries(answers[0]!.person)).length, 1)
})

test('accepted or withdrawn, never both', () =>
  raced(
    ({ id }) => commands.withdraw({ offer: id, by: author.id, reason: 'filled' }),
    async ({ id }, accepted) => {
      assert.equal((await offers.offer(db, id)).status, accepted ? 'accepted' : 'withdrawn')
    },
  ))

test('accepted or declined, never both', () =>
  raced(
    ({ link }) => commands.decline({ link }),
    async ({ id }, accepted) => {
      assert.equal((await offers.offer(db, id)).status, accepted ? 'accepted' : 'declined')
    },
  ))

test('accepted or revised, never both: what is being written anew was accepted by nobody', () =>
  raced(
    ({ id }) => commands.revise({ offer: id, by: author.id }),
    async ({ id }, accepted) => {
      const { status, version } = await offers.offer(db, id)
      assert.deepEqual([status, version], accepted ? ['accepted', 1] : ['draft', 2])
    },
  ))

test('accepted or expired, never both, wherever the clock of the worker stands', () =>
  raced(
    ({ offer }) => commands.expireDue(startOfDay(addDays(offer.expiresOn, 1))),
    async ({ id }, accepted) => {
      assert.equal((await offers.offer(db, id)).status, accepted ? 'accepted' : 'expired')
    },
  ))

test('accepted by a link or the link revoked first', () =>
  raced(
    ({ id }) => commands.revoke({ offer: id, by: author.id }),
    async ({ id }) => {
      assert.ok((await offers.links(db, id)).every(({ revokedAt }) => revokedAt !== null))
    },
  ))

test('two offers to the same person, accepted at once, hire them once', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const email = `both${round}@example.test`
    const pair = [await sent({ email }), await sent({ email })]
    const done = (await Promise.allSettled(pair.map((one) => one.accept()))).map(isDone)
    assert.equal(done.filter(Boolean).length, 1)
    const person = await people.findByEmail(email)
    assert.equal(await grantedTo(person!.id), QUANTITY)
    const standing = await Promise.all(pair.map(({ id }) => offers.offer(db, id)))
    assert.deepEqual(standing.map(({ status }) => status).toSorted(), ['accepted', 'sent'])
  }
})

test('a draft that is changed while it is submitted is sealed as it then stands, or not changed', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const { id, ...ask } = await stage.drafted()
    const other = { ...ask, message: `Round ${round}` }
    const [sealed, changed] = await Promise.allSettled([
      commands.submit({ offer: id, by: author.id }),
      commands.change({ offer: id, ask: other, by: author.id }),
    ])
    assert.ok(isDone(sealed))
    const { message } = await offers.offer(db, id)
    const { content } = (await offers.lastVersion(db, id))!
    assert.equal(JSON.parse(content).message, message)
    assert.equal(message, isDone(changed) ? other.message : '')
  }
})

test('offers that fit a budget one by one, submitted at once, do not leave it together', async () => {
  const each = 1_000_000n
  await commands.setBands({
    bands: { bands: [], budget: [{ year: 2027, compute: 2n * each + each / 2n }] },
    by: author.id,
  })
  const part = {
    position: { startsOn: '2027-03-01' },
    pay: { compute: [{ template: at.id, quantity: each, name: null }] },
  }
  const drafts = [1, 2, 3, 4, 5].map(() => stage.drafted(part))
  const ids = (await Promise.all(drafts)).map(({ id }) => id)
  const results = await Promise.allSettled(ids.map((offer) => commands.submit({ offer, by: author.id })))
  assert.equal(results.filter(isDone).length, 2)
})

test('two approvals at once are two, and the offer is approved once', async () => {
  await commands.setBands({
    bands: { bands: [{ level: 'IC4', family: '', salary: null, compute: { min: 0n, max: 0n } }], budget: [] },
    by: author.id,
  })
  const { id } = await stage.drafted()
  await commands.submit({ offer: id, by: author.id })
  const both = [stage.second, stage.finance]
  await Promise.all(both.map((one) => commands.approve({ offer: id, by: one.id })))
  const { offer, approvals } = await commands.standing(id)
  assert.deepEqual([offer.status, approvals.length], ['approved', 2])
})

test('workers that end offers at once end each of them once', async () => {
  world.advance(DAY)
  const all = [await stage.approved(), await stage.approved(), await stage.approved()]
  const late = startOfDay(addDays(all[0]!.offer.expiresOn, 1))
  await Promise.all(Array.from({ length: 4 }, () => commands.expireDue(late)))
  for (const { offer } of all) {
    assert.equal((await offers.offer(db, offer.id)).status, 'expired')
    const ends = (await offers.events(db, offer.id)).filter(({ kind }) => kind === 'expired')
    assert.equal(ends.length, 1)
  }
})
