import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addDays, DAY, dayOf, HOUR, MINUTE, startOfDay } from '#base/time.ts'
import { picoToNano } from '#base/money.ts'
import { Fault } from '#base/fault.ts'
import { balancesAt } from '#ledger/reads.ts'
import type { Account } from '#ledger/types.ts'
import type { Person } from '#people/person.ts'
import { openCompany, type Company } from '../../test/support/company.ts'
import { testDb, type TestDb } from '../../test/support/database.ts'
import { eventually } from '../../test/support/eventually.ts'
import { sealAll } from '../../test/support/sealed.ts'
import { testWorld } from '../../test/support/world.ts'
import type { EntryFilter, EntryView } from './entries.ts'
import { openReports, type Reports } from './reports.ts'

const ACCOUNTS = ['unvested', 'available', 'held', 'spent', 'expired', 'forfeited', 'revoked'] as const
const DOLLAR = 1_000_000_000n

let db: TestDb
let company: Company
let reports: Reports
let staff: readonly Person[]

/** Half a year of a company: refills vest and expire, calls are held, settled, absorbed, lapsed, released, corrected. */
before(async () => {
  db = await testDb()
  company = await openCompany(db, testWorld({ seed: 7 }))
  reports = openReports({ db, prices: company.prices })
  const { world } = company
  staff = await Promise.all([1, 2, 3].map(() => company.hire()))
  for (const person of staff.slice(0, 2)) {
    await company.grant(person, 2n * DOLLAR, { months: 12, daysAgo: 40 })
    await company.grant(person, DOLLAR / 20n, { months: 3, daysAgo: 200 })
  }
  await company.tick()
  for (let step = 0; step < 160; step += 1) {
    world.advance(HOUR + company.below(40) * HOUR)
    await company.tick()
    await call(staff[company.below(2)]!)
  }
  for (const person of staff.slice(0, 2)) await company.hold(person)
})
after(async () => {
  await company.exchange.close()
  await company.prices.close()
  await db.drop()
})

let corrections = 0
async function call(person: Person): Promise<void> {
  const { world, ledger, below } = company
  const held = await company.hold(person, { model: below(2) === 0 ? 'gpt-5.2' : 'gpt-5-mini' })
  if (!held) return
  world.advance(below(60) * 1_000)
  const way = below(10)
  if (way === 0) await ledger.release({ id: held.id, reason: 'test' }, world.now())
  else if (way === 1) {
    world.advance(6 * MINUTE)
    await company.tick()
    // Too late: what comes above the lapsed hold's charge is the company's.
    if (below(2) === 0) await company.settle(held)
  } else await company.settle(held, { over: way === 2 })
  if (way !== 5) return
  corrections += 1
  await db.tx((sql) =>
    ledger.adjusted(sql, world.now(), { id: world.id(), call: held.id, amount: 1_000n, reason: 'test' }),
  )
}

async function everyEntry(person: string, filter: EntryFilter, limit: number): Promise<readonly EntryView[]> {
  const found: EntryView[] = []
  let cursor: string | undefined
  for (let page = 0; page < 1_000; page += 1) {
    const view = await reports.entries(person, filter, { limit, cursor })
    assert.ok(view)
    found.push(...view.entries)
    if (view.next === null) return found
    cursor = view.next
  }
  throw new Error('the pages never end')
}

test('every balance of a wallet is the sum of the entries behind it', async () => {
  for (const person of staff.slice(0, 2)) {
    const wallet = await reports.wallet(person.id, company.world.now())
    assert.ok(wallet)
    for (const account of ACCOUNTS) {
      const view = await reports.entries(person.id, { account }, { limit: 1 })
      assert.equal(view?.sum, wallet[account], account)
    }
    const promised = await reports.entries(person.id, { account: 'promised' }, { limit: 1 })
    assert.equal(promised?.sum, -wallet.granted)
    assert.equal(
      wallet.granted,
      ACCOUNTS.reduce((sum, account) => sum + wallet[account], 0n),
    )
    const found = await company.ledger.walletOf(db, person.id)
    const { granted: _, ...at } = await balancesAt(db, found!.id, company.world.now() + DAY)
    for (const account of ACCOUNTS) assert.equal(wallet[account], at[account])
  }
})

test('a wallet adds up from its lots, its holds and its grants, and each lot from its entries', async () => {
  for (const person of staff.slice(0, 2)) {
    const wallet = await reports.wallet(person.id, company.world.now())
    const list = await reports.grants(person.id, company.world.now())
    assert.ok(wallet && list && wallet.lots.length > 5)
    const sum = <T>(rows: readonly T[], of: (row: T) => bigint): bigint =>
      rows.reduce((a, row) => a + of(row), 0n)
    for (const key of ['available', 'held', 'spent', 'expired'] as const) {
      assert.equal(
        sum(wallet.lots, (lot) => lot[key]),
        wallet[key],
      )
      assert.equal(
        sum(list.grants, (grant) => grant[key]),
        wallet[key],
      )
      for (const lot of wallet.lots) {
        const view = await reports.entries(person.id, { account: key, lot: lot.id }, { limit: 1 })
        assert.equal(view?.sum, lot[key])
      }
    }
    assert.equal(
      sum(wallet.holds, (hold) => hold.amount),
      wallet.held,
    )
    assert.equal(
      sum(list.grants, (grant) => grant.quantity),
      wallet.granted,
    )
    assert.equal(
      sum(list.grants, (grant) => grant.unvested),
      wallet.unvested,
    )
    for (const grant of list.grants) {
      assert.equal(
        sum(grant.tranches, (one) => one.quantity),
        grant.quantity,
      )
      for (const key of ['available', 'held', 'spent', 'expired'] as const)
        assert.equal(
          sum(grant.tranches, (one) => one[key] ?? 0n),
          grant[key],
        )
      const view = await reports.entries(person.id, { account: 'unvested', grant: grant.id }, { limit: 1 })
      assert.equal(view?.sum, grant.unvested)
      assert.equal(grant.name, wallet.lots.find((lot) => lot.grant_id === grant.id)?.grant_name)
    }
  }
})

test('the spend of each day is what entered the account spent that day less what was corrected', async () => {
  const { world } = company
  assert.ok(corrections > 0)
  const to = dayOf(world.now())
  const from = addDays(to, -250)
  for (const person of staff.slice(0, 2)) {
    const view = await reports.spend(person.id, { from, to })
    assert.equal(view?.days.length, 251)
    for (const [index, day] of view.days.entries()) {
      assert.equal(day.day, addDays(from, index))
      const { sum } = (await reports.entries(
        person.id,
        { account: 'spent', from: day.day, to: day.day },
        { limit: 1 },
      ))!
      assert.equal(day.total, sum, day.day)
      assert.equal(
        Object.values(day.by).reduce((a, b) => a + b, 0n),
        day.total,
      )
    }
    const wallet = await reports.wallet(person.id, world.now())
    assert.equal(
      view.days.reduce((sum, day) => sum + day.total, 0n),
      wallet?.spent,
    )
  }
})

test('recent spend, pace and runway follow from the entries of their windows', async () => {
  const now = company.world.now()
  for (const person of staff.slice(0, 2)) {
    const wallet = (await reports.wallet(person.id, now))!
    const spent = await everyEntry(person.id, { account: 'spent' }, 200)
    const within = (days: number): bigint =>
      spent
        .filter(({ at }) => Date.parse(at) > now - days * DAY)
        .reduce((sum, entry) => sum + entry.amount, 0n)
    const inDays = (from: number, until: number): bigint =>
      spent
        .filter(({ at }) => {
          const ago = (startOfDay(dayOf(now)) - startOfDay(at.slice(0, 10))) / DAY
          return ago >= from && ago < until
        })
        .reduce((sum, entry) => sum + entry.amount, 0n)
    assert.equal(wallet.spent_30d, inDays(0, 30))
    assert.equal(wallet.spent_prev_30d, inDays(30, 60))
    assert.ok(wallet.spent_30d > 0n)
    const pace14 = within(14)
    assert.ok(
      2n * (wallet.pace_per_day * 14n - pace14) <= 14n && 2n * (pace14 - wallet.pace_per_day * 14n) <= 14n,
    )
    assert.equal(wallet.runway_days, Math.min(3_650, Number((wallet.available * 14n) / pace14)))
    const directory = await reports.person(person.id, now)
    assert.equal(directory?.spent_30d, wallet.spent_30d)
  }
})

test('the next vest and the next expiry are the soonest of what the tranches and lots say', async () => {
  const now = company.world.now()
  for (const person of staff.slice(0, 2)) {
    const wallet = (await reports.wallet(person.id, now))!
    const { grants } = (await reports.grants(person.id, now))!
    const coming = grants.flatMap((grant) => grant.tranches.filter(({ state }) => state === 'upcoming'))
    const soonest = coming.map(({ date }) => date).toSorted()[0]
    assert.equal(wallet.next_vest?.date, soonest)
    assert.ok(soonest !== undefined && soonest > dayOf(now))
    const losing = wallet.lots.filter((lot) => lot.expires_at !== null && lot.available + lot.held > 0n)
    const first = losing.map((lot) => lot.expires_at!.slice(0, 10)).toSorted()[0]
    assert.equal(wallet.next_expiry?.date, first)
    assert.equal(
      wallet.next_expiry?.amount,
      losing
        .filter((lot) => lot.expires_at!.startsWith(first!))
        .reduce((sum, lot) => sum + lot.available + lot.held, 0n),
    )
  }
})

test('pages of any size give every entry once, newest first, and sums cover all pages', async () => {
  const { id } = staff[0]!
  const filters: EntryFilter[] = [{}, { account: 'available' }, { kind: 'settle' }, { account: 'absorbed' }]
  for (const filter of filters) {
    const whole = await everyEntry(id, filter, 200)
    assert.ok(whole.length > 0)
    for (const limit of [1, 7, 50]) assert.deepEqual(await everyEntry(id, filter, limit), whole)
    const view = await reports.entries(id, filter, { limit: 3 })
    assert.equal(view?.count, whole.length)
    assert.equal(
      view?.sum,
      whole.reduce((sum, entry) => sum + entry.amount, 0n),
    )
    for (const [index, entry] of whole.entries()) if (index > 0) assert.ok(entry.seq < whole[index - 1]!.seq)
  }
})

test('an amount is signed by the account that is looked at and plain when none is', async () => {
  const { id } = staff[0]!
  const sign = (entry: EntryView, account: Account): boolean =>
    entry.amount > 0n ? entry.target === account : entry.source === account
  for (const account of ACCOUNTS)
    for (const entry of await everyEntry(id, { account }, 200)) assert.ok(sign(entry, account))
  for (const entry of await everyEntry(id, {}, 200)) assert.ok(entry.amount > 0n)
})

test('filters select exactly what they say', async () => {
  const { id } = staff[0]!
  const all = await everyEntry(id, {}, 200)
  const some = all[Math.floor(all.length / 2)]!
  const day = some.at.slice(0, 10)
  const cases: [EntryFilter, (entry: EntryView) => boolean][] = [
    [{ kind: some.kind }, (entry) => entry.kind === some.kind],
    [{ grant: all.at(-1)!.grant_id! }, (entry) => entry.grant_id === all.at(-1)!.grant_id],
    [{ call: some.transfer }, (entry) => entry.transfer === some.transfer || entry.cause === some.transfer],
    [{ from: day }, (entry) => entry.at >= `${day}T00:00:00.000Z`],
    [{ to: day }, (entry) => entry.at < `${addDays(day, 1)}T00:00:00.000Z`],
    [{ from: day, to: day, kind: 'hold' }, (entry) => entry.at.startsWith(day) && entry.kind === 'hold'],
  ]
  for (const [filter, keeps] of cases) {
    const expected = all.filter(keeps)
    assert.ok(expected.length > 0, JSON.stringify(filter))
    assert.deepEqual(await everyEntry(id, filter, 200), expected)
  }
})

test("no view of one person shows another person's entries, calls or lots", async () => {
  const [one, other] = [staff[0]!, staff[1]!]
  const own = await everyEntry(one.id, {}, 200)
  const theirs = new Set((await everyEntry(other.id, {}, 200)).map((entry) => entry.seq))
  assert.ok(own.every((entry) => !theirs.has(entry.seq)))
  const lot = (await reports.wallet(other.id, company.world.now()))!.lots[0]!
  assert.equal((await reports.entries(one.id, { lot: lot.id }, { limit: 5 }))?.count, 0)
  assert.equal((await reports.entries(one.id, { grant: lot.grant_id }, { limit: 5 }))?.count, 0)
  const calls = (await reports.calls(other.id, { limit: 1 }))!.calls
  assert.equal((await reports.entries(one.id, { call: calls[0]!.id }, { limit: 5 }))?.count, 0)
})

test('how far the roll-ups are behind is the oldest call that is in none of them', async () => {
  const [first] = await company.db.query<{ at: number }>('select min(at) as at from ledger.usage')
  const late = (await reports.health()).unrolled_since
  assert.ok(late === null || late >= first!.at)
  await eventually(async () => {
    await company.ledger.rollUp()
    assert.equal((await reports.health()).unrolled_since, null)
  }, 30_000)
  const held = await company.hold(staff[0]!)
  assert.ok(held)
  const now = company.world.now()
  await company.settle(held)
  assert.ok((await reports.health()).unrolled_since! >= now)
})

test('an entry is shown as sealed from the moment its seal stands, not before', async () => {
  const { id } = staff[0]!
  assert.ok((await reports.health()).unsealed > 0)
  assert.ok((await everyEntry(id, {}, 200)).every((entry) => !entry.sealed))
  await sealAll(company.ledger, company.db)
  assert.equal((await reports.health()).unsealed, 0)
  assert.ok((await everyEntry(id, {}, 200)).every((entry) => entry.sealed))
  const held = await company.hold(staff[0]!)
  assert.ok(held)
  const [newest, older] = (await reports.entries(id, {}, { limit: 2 }))!.entries
  assert.deepEqual([newest?.sealed, newest?.transfer], [false, held.id])
  assert.ok(older)
})

test('the lines of a call, rounded once, are its cost, and its entries are what was charged', async () => {
  const { id } = staff[0]!
  const seen = new Set<string>()
  let explained = 0
  let cursor: string | undefined
  for (let page = 0; page < 100; page += 1) {
    const view = (await reports.calls(id, { limit: 9, cursor }))!
    for (const call of view.calls) {
      assert.ok(!seen.has(call.id))
      seen.add(call.id)
      assert.equal(call.cost, call.charged + call.absorbed)
      assert.ok(call.price.source !== '')
      if (call.status === 'ok') {
        explained += 1
        assert.equal(picoToNano(call.lines.reduce((sum, line) => sum + line.cost_pico, 0n)), call.cost)
        for (const line of call.lines) assert.equal(line.cost_pico, line.rate_pico * BigInt(line.tokens))
      } else assert.deepEqual(call.lines, [])
      const whole = (await reports.call(call.id))!
      const spent = whole.entries.filter(({ target }) => target === 'spent')
      const charged = spent
        .filter(({ kind }) => kind !== 'absorb')
        .reduce((sum, { amount }) => sum + amount, 0n)
      assert.equal(charged, call.charged)
      assert.equal(await reports.personOfCall(call.id), id)
    }
    if (view.next === null) break
    cursor = view.next
  }
  assert.ok(explained > 20)
  const wallet = await company.ledger.walletOf(db, id)
  const [row] = await db.query<{ n: number }>(
    'select count(*)::int as n from ledger.usage where wallet_id = $1',
    [wallet!.id],
  )
  assert.equal(seen.size, row?.n)
})

test('a call is explained by the price of its own version after a newer price was recorded for that time', async () => {
  const { id } = staff[0]!
  const call = (await reports.calls(id, { limit: 50 }))!.calls.find((one) => one.lines.length > 0)!
  await company.prices.override(
    {
      provider: 'openai',
      model: call.model,
      effectiveFrom: 0,
      reason: 'a contract',
      rates: { input: '1', cacheRead: '1', cacheWrite5m: '1', cacheWrite1h: '1', output: '1' },
    },
    'test',
  )
  const again = (await reports.call(call.id))!
  assert.deepEqual(again.lines, call.lines)
  assert.deepEqual(again.price, call.price)
})

test('the directory pages through everyone once, finds by name and email, and shows the wallet’s own numbers', async () => {
  const now = company.world.now()
  const found: string[] = []
  let cursor: string | undefined
  for (let page = 0; page < 10; page += 1) {
    const view = await reports.people(now, { limit: 2, cursor })
    for (const one of view.people) {
      found.push(one.id)
      const wallet = (await reports.wallet(one.id, now))!
      for (const key of ['granted', 'unvested', 'available', 'held', 'spent', 'spent_30d'] as const)
        assert.equal(one[key], wallet[key], key)
    }
    if (view.next === null) break
    cursor = view.next
  }
  assert.deepEqual(found.toSorted(), staff.map(({ id }) => id).toSorted())
  const byName = await reports.people(now, { q: 'PERSON 2', limit: 10 })
  assert.deepEqual(
    byName.people.map(({ name }) => name),
    ['Person 2'],
  )
  const byEmail = await reports.people(now, { q: staff[2]!.email.toUpperCase(), limit: 10 })
  assert.deepEqual(
    byEmail.people.map(({ id }) => id),
    [staff[2]!.id],
  )
  assert.deepEqual((await reports.people(now, { q: '%', limit: 10 })).people, [])
})

test('someone without a grant has an empty wallet; someone unknown has none', async () => {
  const now = company.world.now()
  const wallet = await reports.wallet(staff[2]!.id, now)
  assert.deepEqual(
    [wallet?.granted, wallet?.lots, wallet?.next_vest, wallet?.runway_days],
    [0n, [], null, null],
  )
  assert.deepEqual(await reports.grants(staff[2]!.id, now), { grants: [] })
  assert.equal((await reports.entries(staff[2]!.id, {}, { limit: 5 }))?.count, 0)
  for (const view of [
    await reports.wallet(company.world.id(), now),
    await reports.person(company.world.id(), now),
    await reports.calls(company.world.id(), { limit: 5 }),
    await reports.call(company.world.id()),
  ])
    assert.equal(view, null)
})

test('the tag of a wallet changes with every movement and every day, and not otherwise', async () => {
  const { id } = staff[0]!
  const now = company.world.now()
  const tag = await reports.walletTag(id, now)
  assert.equal(await reports.walletTag(id, now), tag)
  assert.notEqual(await reports.walletTag(id, now + DAY), tag)
  await company.hold(staff[0]!)
  assert.notEqual(await reports.walletTag(id, now), tag)
})

test('a cursor that no answer gave and a turned range are refused with their name', async () => {
  const { id } = staff[0]!
  const refused = (param: string) => (error: unknown) => error instanceof Fault && error.param === param
  for (const cursor of ['', 'x', Buffer.from('["1; drop"]').toString('base64url'), 'x'.repeat(9_999)]) {
    await assert.rejects(reports.entries(id, {}, { limit: 5, cursor }), refused('cursor'))
    await assert.rejects(reports.calls(id, { limit: 5, cursor }), refused('cursor'))
  }
  await assert.rejects(reports.spend(id, { from: '2026-02-01', to: '2026-01-01' }), refused('to'))
  await assert.rejects(reports.spend(id, { from: '2020-01-01', to: '2026-01-01' }), refused('to'))
})
