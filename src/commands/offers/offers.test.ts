import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { sha256Hex } from '#base/json.ts'
import { addDays, DAY, dayOf } from '#base/time.ts'
import { monthlyRefill } from '#grants/shapes.ts'
import { verify } from '#ledger/verify.ts'
import { contentFrom } from '#offers/content-json.ts'
import { NO_LINK } from '#offers/over.ts'
import type { OfferCheck } from '#offers/checks.ts'
import { openStage } from '../../../test/support/offers.ts'
import { MOST_QUESTIONS } from './talk.ts'

/** What the company cannot carry, by the candidate's title. */
let refused: readonly OfferCheck[] = []
const stage = await openStage({ checked: async () => refused })
after(async () => {
  assert.deepEqual((await verify(stage.db)).findings, [])
  await stage.close()
})
const { db, world, offers, commands, grants, people, ledger, author, second, finance } = stage
const today = (): string => dayOf(world.now())

test('a draft becomes a person with the salary and the grants that they read', async () => {
  const { id, offer, link, hash } = await stage.sent()
  const typedName = ` ${offer.candidate.name.toUpperCase().replace('  ', ' ')} `
  const accepted = await commands.accept({ link, typedName, contentHash: hash })
  assert.deepEqual([accepted.offer.status, accepted.replayed], ['accepted', false])
  assert.equal(sha256Hex(accepted.acceptance.content), hash)
  assert.equal(accepted.acceptance.typedName, typedName.trim())
  const person = await people.find(accepted.person)
  const { candidate, position } = offer
  assert.deepEqual(
    [person?.email, person?.name, person?.hiredOn, person?.level, person?.title, person?.role],
    [candidate.email, candidate.name, position.startsOn, position.level, position.title, 'employee'],
  )
  assert.deepEqual([person?.entity, person?.managerId], [position.entity, position.managerId])
  const salary = await people.salaryOn(accepted.person, position.startsOn)
  assert.deepEqual([salary?.amount, salary?.currency], [offer.pay.salary, 'USD'])
  assert.equal(await people.salaryOn(accepted.person, addDays(position.startsOn, -1)), null)
  const told = (await offers.events(db, id)).map(({ kind }) => kind)
  assert.deepEqual(told, ['drafted', 'submitted', 'approved', 'sent', 'accepted'])
})

test('the grants show the whole trail: who wrote, approved and sent the offer, and what was agreed', async () => {
  const { id, offer, link, hash } = await stage.sent()
  const accepted = await commands.accept({ link, typedName: offer.candidate.name, contentHash: hash })
  const [grantId] = accepted.grants
  const grant = await grants.grant(db, grantId!)
  assert.deepEqual([grant.status, grant.createdBy, grant.person], ['accepted', author.id, accepted.person])
  const events = await grants.events(db, grant.id)
  assert.deepEqual(
    events.map(({ kind, recordedBy }) => [kind, recordedBy]),
    [
      ['drafted', author.id],
      ['submitted', author.id],
      ['approved', second.id],
      ['offered', author.id],
      ['accepted', accepted.person],
    ],
  )
  assert.equal(events[0]?.body['offer'], id)
  const [approval, ...others] = await grants.approvals(db, grant.id)
  const [acceptance] = await grants.acceptances(db, grant.id)
  assert.deepEqual([approval?.recordedBy, others.length], [second.id, 0])
  assert.equal(approval?.contentHash, acceptance?.contentHash)
  assert.equal(approval?.submission, events[1]?.id)
  assert.equal(acceptance?.person, accepted.person)
  assert.deepEqual(
    (await grants.versions(db, grant.id)).map(({ contentHash }) => contentHash),
    [acceptance?.contentHash],
  )
})

test('grants begin at once when the first day has come, else on it, and what is due by then vests', async () => {
  const refill = await stage.template(monthlyRefill({ months: 12 }))
  const compute = [{ template: refill.id, quantity: 100n, name: null }]
  const early = await stage.sent({ pay: { compute }, position: { startsOn: addDays(today(), 14) } })
  const late = await stage.sent({ pay: { compute }, position: { startsOn: addDays(today(), -40) } })
  const take = async (one: typeof early) =>
    commands.accept({ link: one.link, typedName: one.offer.candidate.name, contentHash: one.hash })
  const [before, now] = [await take(early), await take(late)]
  assert.equal((await grants.grant(db, before.grants[0]!)).status, 'accepted')
  assert.equal((await grants.grant(db, now.grants[0]!)).status, 'active')
  const balance = async (person: string) => {
    const { granted, available } = await ledger.balances(db, (await ledger.walletOf(db, person))!.id)
    return [granted, available]
  }
  assert.deepEqual(await balance(before.person), [0n, 0n])
  assert.deepEqual(await balance(now.person), [1_200n, 100n])
  world.advance(15 * DAY)
  await stage.company.vestDue(world.now())
  assert.equal((await grants.grant(db, before.grants[0]!)).status, 'active')
  assert.deepEqual(await balance(before.person), [1_200n, 0n])
})

test('a formula works for whoever is no person yet: by the level, and by the salary, of the offer', async () => {
  const byLevel = await stage.template({
    formula: { kind: 'by_level', levels: { IC4: '6000' }, otherwise: null },
  })
  const share = await stage.template({ formula: { kind: 'salary_share', share: '0.5' } })
  const compute = [byLevel, share].map(({ id }) => ({ template: id, quantity: null, name: null }))
  const euros = { currency: 'EUR', rate: { usd: '1.1', source: 'ECB', on: today() } }
  const { offer, link, hash } = await stage.sent({ pay: { ...euros, salary: 1_000_000n, compute } })
  const version = await offers.lastVersion(db, offer.id)
  const { lines } = contentFrom(version!.content)
  assert.deepEqual(
    lines.map(({ quantity, reckoning }) => [quantity, reckoning?.['kind']]),
    [
      [6_000n, 'by_level'],
      [550_000n, 'salary_share'],
    ],
  )
  const { grants: made } = await commands.accept({
    link,
    typedName: offer.candidate.name,
    contentHash: hash,
  })
  const [, ofSalary] = await Promise.all(made.map((id) => grants.grant(db, id)))
  assert.deepEqual([ofSalary?.quantity, ofSalary?.reckoning?.['share']], [550_000n, '0.5'])
  const other = stage.askOf({ position: { level: 'IC9' }, pay: { compute: [compute[0]!] } })
  const told = await commands.preview({ ask: other })
  assert.deepEqual(
    [told.content, told.checks.map(({ param, severity }) => [param, severity])],
    [null, [['pay.compute[0].quantity', 'refuse']]],
  )
})

test('what a preview shows is what is sealed when it is submitted', async () => {
  const { id } = await stage.drafted()
  const ask = await offers.offer(db, id)
  const shown = await commands.preview({ ask, offer: id })
  const { version } = await commands.submit({ offer: id, by: author.id })
  assert.deepEqual(contentFrom(version!.content), shown.content)
  assert.equal(shown.needed, version?.needed)
  assert.equal(sha256Hex(shown.content!.document.text), version?.documentHash)
})

test('what the company cannot carry is not submitted, and a preview says so', async () => {
  const { id, ...ask } = await stage.drafted()
  refused = [{ kind: 'budget', severity: 'refuse', message: 'too much', param: 'pay.compute', facts: {} }]
  try {
    const shown = await commands.preview({ ask, offer: id })
    assert.ok(shown.checks.some(({ severity }) => severity === 'refuse'))
    await assert.rejects(commands.submit({ offer: id, by: author.id }), {
      code: 'conflict',
      param: 'pay.compute',
    })
  } finally {
    refused = []
  }
  assert.equal((await offers.offer(db, id)).status, 'draft')
})

test('who works here is offered nothing: not when it is drafted, and not when it is submitted', async () => {
  const ask = stage.askOf({ candidate: { email: second.email.toUpperCase() } })
  await assert.rejects(commands.draft({ ask, by: author.id }), { code: 'conflict', param: 'candidate.email' })
  const { id, candidate } = await stage.drafted()
  await stage.company.hire({
    email: candidate.email,
    name: 'Somebody',
    role: 'employee',
    level: 'IC1',
    entity: stage.entity.id,
    country: 'DE',
    hiredOn: '2024-01-01',
  })
  await assert.rejects(commands.submit({ offer: id, by: author.id }), { param: 'candidate.email' })
})

test('whoever became a person meanwhile cannot accept, nothing of it stands, and they are told why', async () => {
  const one = await stage.sent()
  const { candidate } = one.offer
  const { person } = await stage.company.hire({
    email: candidate.email,
    name: candidate.name,
    role: 'employee',
    level: 'IC1',
    entity: stage.entity.id,
    country: 'DE',
    hiredOn: '2024-01-01',
  })
  await assert.rejects(
    commands.accept({ link: one.link, typedName: candidate.name, contentHash: one.hash }),
    (error: { code: string; param: string; message: string }) =>
      error.code === 'conflict' && error.param === 'candidate.email' && error.message.includes('your email'),
  )
  assert.equal((await offers.offer(db, one.id)).status, 'sent')
  assert.deepEqual(await grants.grantsOf(db, person.id), [])
  assert.equal(await offers.acceptance(db, one.id), null)
})

test('an offer is accepted in the candidate’s own name, of what they read, and once', async () => {
  const { offer, link, hash } = await stage.sent()
  const ask = { link, typedName: offer.candidate.name, contentHash: hash }
  await assert.rejects(commands.accept({ ...ask, typedName: 'Ada' }), { param: 'typed_name' })
  await assert.rejects(commands.accept({ ...ask, contentHash: '0'.repeat(64) }), { param: 'content_hash' })
  assert.equal(await people.findByEmail(offer.candidate.email), null)
  const first = await commands.accept(ask)
  const again = await commands.accept(ask)
  assert.deepEqual([again.replayed, again.person, again.grants], [true, first.person, first.grants])
  await assert.rejects(commands.accept({ ...ask, contentHash: '0'.repeat(64) }), { param: 'content_hash' })
  await assert.rejects(commands.decline({ link }), { code: 'conflict', param: 'status' })
  await assert.rejects(commands.withdraw({ offer: offer.id, by: author.id, reason: 'no' }), {
    code: 'conflict',
  })
})

test('two persons approve what leaves a band or the grants’ threshold; the author is never the second', async () => {
  const cap = { min: 0n, max: 1_000_000n }
  await commands.setBands({
    bands: { bands: [{ level: 'IC7', family: '', salary: null, compute: cap }], budget: [] },
    by: author.id,
  })
  const compute = (quantity: bigint) => [{ template: stage.fourYears.id, quantity, name: null }]
  const within = await stage.drafted({ position: { level: 'IC7' }, pay: { compute: compute(1_000_000n) } })
  assert.equal((await commands.submit({ offer: within.id, by: author.id })).needed, 1)
  const { id } = await stage.drafted({ position: { level: 'IC7' }, pay: { compute: compute(1_000_001n) } })
  assert.equal((await commands.submit({ offer: id, by: author.id })).needed, 2)
  const first = await commands.approve({ offer: id, by: second.id, note: 'fine' })
  assert.deepEqual([first.offer.status, first.approvals.length], ['pending', 1])
  assert.equal((await commands.approve({ offer: id, by: second.id })).replayed, true)
  await assert.rejects(commands.approve({ offer: id, by: author.id }), { code: 'forbidden' })
  const done = await commands.approve({ offer: id, by: finance.id })
  assert.deepEqual([done.offer.status, done.approvals.length], ['approved', 2])
  assert.equal((await commands.approve({ offer: id, by: finance.id })).replayed, true)
  const { link } = await commands.send({ offer: id, by: author.id })
  const made = await commands.accept({
    link: link!.id,
    typedName: done.offer.candidate.name,
    contentHash: done.version!.contentHash,
  })
  const approvals = await grants.approvals(db, made.grants[0]!)
  assert.deepEqual(
    approvals.map(({ recordedBy, note }) => [recordedBy, note]),
    [
      [second.id, 'fine'],
      [finance.id, ''],
    ],
  )
  await db.tx((sql) => grants.setPolicy(sql, { twoAbove: { usd: '5' } }, null, world.now()))
  const large = await stage.drafted({ pay: { compute: compute(48n) } })
  assert.equal((await commands.submit({ offer: large.id, by: author.id })).needed, 2)
  await db.tx((sql) => grants.setPolicy(sql, { twoAbove: {} }, null, world.now()))
})

test('who changed an offer that needs two cannot be its second approval, whoever wrote it first', async () => {
  await commands.setBands({
    bands: { bands: [{ level: 'IC8', family: '', salary: null, compute: { min: 0n, max: 0n } }], budget: [] },
    by: author.id,
  })
  const { id, ...ask } = await stage.drafted({ position: { level: 'IC8' } })
  await commands.change({ offer: id, ask: { ...ask, message: 'Welcome' }, by: second.id })
  await commands.submit({ offer: id, by: author.id })
  await commands.approve({ offer: id, by: author.id })
  await assert.rejects(commands.approve({ offer: id, by: second.id }), { code: 'forbidden' })
  assert.equal((await commands.approve({ offer: id, by: finance.id })).offer.status, 'approved')
})

test('what was submitted is frozen; sent back it is the next version, and starts without approvals', async () => {
  const { id, ...ask } = await stage.drafted()
  const { version } = await commands.submit({ offer: id, by: author.id })
  const raised = { ...ask, pay: { ...ask.pay, salary: ask.pay.salary + 1n } }
  await assert.rejects(commands.change({ offer: id, ask: raised, by: author.id }), { code: 'frozen' })
  await assert.rejects(commands.reject({ offer: id, by: finance.id, reason: ' ' }), { param: 'reason' })
  const back = await commands.reject({ offer: id, by: finance.id, reason: 'too little' })
  assert.deepEqual([back.offer.status, back.offer.version, back.approvals.length], ['draft', 2, 0])
  assert.equal((await commands.reject({ offer: id, by: finance.id, reason: 'x' })).replayed, true)
  await commands.change({ offer: id, ask: raised, by: author.id })
  assert.equal((await commands.change({ offer: id, ask: raised, by: author.id })).replayed, true)
  const again = await commands.submit({ offer: id, by: author.id })
  assert.deepEqual([again.version?.n, again.approvals.length], [2, 0])
  assert.notEqual(again.version?.contentHash, version?.contentHash)
  assert.equal((await offers.versions(db, id))[0]?.contentHash, version?.contentHash)
  assert.equal((await commands.submit({ offer: id, by: author.id })).replayed, true)
})

test('a link that does not work says the same whatever is wrong with it', async () => {
  const { id, link, offer, hash } = await stage.sent()
  const none = { code: 'not_found', message: NO_LINK, param: null }
  assert.equal((await commands.linked(link)).offer.id, id)
  await assert.rejects(commands.linked(world.id()), none)
  await commands.revise({ offer: id, by: author.id })
  await assert.rejects(commands.linked(link), none)
  await commands.submit({ offer: id, by: author.id })
  await commands.approve({ offer: id, by: second.id })
  const again = await commands.send({ offer: id, by: author.id })
  assert.equal(again.link?.id, link, 'a link that stands shows what is sent now')
  assert.equal((await commands.send({ offer: id, by: author.id })).replayed, true)
  const old = { link, typedName: offer.candidate.name, contentHash: hash }
  await assert.rejects(commands.accept(old), { param: 'content_hash' })
  const fresh = await commands.newLink({ offer: id, by: author.id })
  assert.notEqual(fresh.link?.id, link)
  await assert.rejects(commands.accept(old), none)
  await assert.rejects(commands.opened({ link }), none)
  assert.equal((await commands.revoke({ offer: id, by: author.id })).replayed, false)
  assert.equal((await commands.revoke({ offer: id, by: author.id })).replayed, true)
  await assert.rejects(commands.linked(fresh.link!.id), none)
  await assert.rejects(commands.decline({ link: fresh.link!.id }), none)
  await assert.rejects(commands.ask({ link: fresh.link!.id, text: 'Hello?' }), none)
  const unsent = await stage.approved()
  await assert.rejects(commands.newLink({ offer: unsent.offer.id, by: author.id }), { param: 'status' })
})

test('what was withdrawn is told to whoever had seen it, and to nobody else', async () => {
  const [seen, unseen] = [await stage.sent(), await stage.sent()]
  assert.equal((await commands.opened({ link: seen.link })).replayed, false)
  assert.equal((await commands.opened({ link: seen.link })).replayed, true, 'once a day')
  for (const { id } of [seen, unseen]) await commands.withdraw({ offer: id, by: author.id, reason: 'filled' })
  assert.equal((await commands.withdraw({ offer: seen.id, by: author.id, reason: 'x' })).replayed, true)
  assert.equal((await commands.linked(seen.link)).offer.status, 'withdrawn')
  await assert.rejects(commands.linked(unseen.link), { message: NO_LINK })
})

test('a candidate asks so many questions, each is answered once, and asking twice is asking once', async () => {
  const { id, link } = await stage.sent()
  const first = world.id()
  const ask = { link, id: first, text: 'What happens\nwhen I leave?' }
  const asked = await commands.ask(ask)
  assert.deepEqual(await commands.ask(ask), asked)
  await assert.rejects(commands.ask({ ...ask, text: 'Other' }), { code: 'conflict', param: 'id' })
  await assert.rejects(commands.ask({ link, text: ' ' }), { param: 'text' })
  await assert.rejects(commands.ask({ link, text: 'x'.repeat(2_001) }), { param: 'text' })
  for (let n = 1; n < MOST_QUESTIONS; n += 1) await commands.ask({ link, text: `Question ${n}?` })
  await assert.rejects(commands.ask({ link, text: 'One more?' }), { code: 'conflict', param: 'text' })
  const said = { question: first, text: 'It is yours.', by: author.id }
  const answered = await commands.answer(said)
  assert.deepEqual([answered.answer, answered.answeredBy], ['It is yours.', author.id])
  assert.deepEqual(await commands.answer(said), answered)
  await assert.rejects(commands.answer({ ...said, text: 'It is not.' }), { code: 'conflict' })
  assert.equal((await offers.questions(db, id)).length, MOST_QUESTIONS)
  const kinds = (await offers.events(db, id)).map(({ kind }) => kind)
  assert.equal(kinds.filter((kind) => kind === 'asked').length, MOST_QUESTIONS)
  assert.equal(kinds.filter((kind) => kind === 'answered').length, 1)
})

test('past its last day nothing is answered, whether or not the worker has been there, and then it has expired', async () => {
  const { id, link, offer, hash } = await stage.sent({ expiresOn: addDays(today(), 1) })
  const unsent = await stage.approved({ expiresOn: addDays(today(), 1) })
  const open = await stage.sent({ expiresOn: addDays(today(), 2) })
  assert.equal(await commands.expireDue(world.now()), 0)
  world.advance(2 * DAY)
  const ask = { link, typedName: offer.candidate.name, contentHash: hash }
  await assert.rejects(commands.accept(ask), { code: 'conflict', param: 'expires_on' })
  await assert.rejects(commands.decline({ link }), { param: 'expires_on' })
  await assert.rejects(commands.ask({ link, text: 'Still?' }), { param: 'expires_on' })
  await assert.rejects(commands.send({ offer: unsent.offer.id, by: author.id }), { param: 'expires_on' })
  assert.equal((await commands.opened({ link })).replayed, true)
  assert.ok((await commands.expireDue(world.now(), 1)) === 1, 'as many as are asked for')
  await commands.expireDue(world.now())
  assert.equal((await offers.offer(db, id)).status, 'expired')
  assert.equal((await offers.offer(db, unsent.offer.id)).status, 'expired')
  assert.equal((await offers.offer(db, open.id)).status, 'sent')
  assert.equal(await commands.expireDue(world.now()), 0)
  assert.deepEqual(await offers.lastEvent(db, id, 'accepted'), null)
  const revised = await commands.revise({ offer: id, by: author.id })
  assert.deepEqual([revised.offer.status, revised.offer.version], ['draft', 2])
})

test('an offer that is declined keeps its reason, and can be revised', async () => {
  const { id, link } = await stage.sent()
  const declined = await commands.decline({ link, reason: 'The commute.' })
  assert.equal(declined.offer.status, 'declined')
  assert.equal((await commands.decline({ link })).replayed, true)
  assert.deepEqual((await offers.lastEvent(db, id, 'declined'))?.body, { reason: 'The commute.' })
  assert.equal((await commands.revise({ offer: id, by: author.id })).offer.version, 2)
})

test('the same draft asked for twice is one, and another one under its id is refused', async () => {
  const id = world.id()
  const ask = stage.askOf()
  const made = await Promise.all(Array.from({ length: 4 }, () => commands.draft({ id, ask, by: author.id })))
  assert.equal(made.filter(({ replayed }) => !replayed).length, 1)
  await assert.rejects(commands.draft({ id, ask: { ...ask, message: 'x' }, by: author.id }), {
    code: 'conflict',
    param: 'id',
  })
  assert.deepEqual(
    (await offers.events(db, id)).map(({ kind }) => kind),
    ['drafted'],
  )
})

test('what an offer names has to stand', async () => {
  const [nobody] = [world.id()]
  const compute = [{ template: nobody, quantity: 1n, name: null }]
  await assert.rejects(
    commands.draft({ ask: stage.askOf({ position: { entity: nobody } }), by: author.id }),
    { param: 'position.entity_id' },
  )
  await assert.rejects(
    commands.draft({ ask: stage.askOf({ position: { managerId: nobody } }), by: author.id }),
    { param: 'position.manager_id' },
  )
  const { checks } = await commands.preview({ ask: stage.askOf({ pay: { compute } }) })
  assert.deepEqual(
    checks.map(({ param }) => param),
    ['pay.compute[0].template_id'],
  )
})

test('offers are listed a page at a time, newest first, with what is open of them', async () => {
  const { id, link } = await stage.sent()
  await commands.opened({ link })
  await commands.ask({ link, text: 'Where?' })
  const first = await offers.list(db, { status: 'sent', limit: 1 })
  assert.deepEqual(
    first.offers.map((one) => [one.id, one.openQuestions, one.viewedAt, one.submitted?.version]),
    [[id, 1, world.now(), 1]],
  )
  const seen = [id]
  for (let { next } = first; next !== null;) {
    const page = await offers.list(db, { status: 'sent', limit: 2, cursor: next })
    seen.push(...page.offers.map((one) => one.id))
    next = page.next
  }
  assert.equal(new Set(seen).size, seen.length)
  const rows = await db.query<{ id: string }>(`select id from offers.offer where status = 'sent'`)
  assert.deepEqual(seen.toSorted(), rows.map((row) => row.id).toSorted())
  await assert.rejects(offers.list(db, { cursor: 'x' }), { param: 'cursor' })
  await assert.rejects(offers.list(db, { limit: 0 }), { param: 'limit' })
})

test('nobody can change or delete what was submitted, said or agreed', async () => {
  const may = await db.query(
    `select table_name as name, right_of from information_schema.tables, unnest(array['update', 'delete', 'truncate']) right_of
     where table_schema = 'offers' and table_name <> 'post'
       and has_table_privilege(current_user, 'offers.' || table_name, right_of) order by 1, 2`,
  )
  assert.deepEqual(may, [
    { name: 'link', right_of: 'update' },
    { name: 'offer', right_of: 'update' },
  ])
  await assert.rejects(db.query('delete from offers.acceptance'), { code: '42501' })
})
