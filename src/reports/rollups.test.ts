import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { DAY, dayOf, HOUR, iso, MINUTE, startOfDay } from '#base/time.ts'
import { connect } from '#db/connect.ts'
import { chargedSince, rollUp } from '#ledger/rollup.ts'
import { verify } from '#ledger/verify.ts'
import type { Person } from '#people/person.ts'
import { openCompany, type Company } from '../../test/support/company.ts'
import { testDb, type TestDb } from '../../test/support/database.ts'
import { eventually } from '../../test/support/eventually.ts'
import { testWorld } from '../../test/support/world.ts'
import { USAGE_GROUPS, type CompanyUsageRow } from './company-usage.ts'
import { startOfMonth } from './limits.ts'
import { startOfWindow } from './pace.ts'
import { openReports, type Reports } from './reports.ts'
import { pieces } from './spent.ts'
import { USAGE_BY } from './usage.ts'

const DOLLAR = 1_000_000_000n
const MODELS = ['gpt-5.2', 'gpt-5-mini']

let db: TestDb
let company: Company
let reports: Reports
let staff: readonly Person[]
let keys: readonly (string | null)[]

before(async () => {
  db = await testDb()
  company = await openCompany(db, testWorld({ seed: 77, now: Date.UTC(2026, 1, 26, 20) }))
  reports = openReports({ db, prices: company.prices })
  staff = await Promise.all([1, 2].map(() => company.hire()))
  for (const person of staff) await company.grant(person, 9n * DOLLAR, { months: 12, daysAgo: 70 })
  keys = [company.world.id(), company.world.id(), null]
  await company.tick()
})
after(async () => {
  await company.exchange.close()
  await company.prices.close()
  await db.drop()
})

/** A call of any ending; some come in late, some above what they held, some are corrected hours later. */
async function call(): Promise<void> {
  const { world, ledger, below } = company
  world.advance(below(3 * 60) * MINUTE)
  await company.tick()
  const held = await company.hold(staff[below(2)]!, { model: MODELS[below(2)]!, key: keys[below(3)]! })
  if (!held) return
  const way = below(8)
  if (way === 0) {
    world.advance(6 * MINUTE)
    await company.tick()
    world.advance(below(90) * MINUTE)
    await company.settle(held, { over: true })
  } else await company.settle(held, { over: way === 1 })
  if (way > 3) return
  world.advance(below(5) * HOUR)
  const amount = BigInt(1 + below(50))
  await db.tx((sql) =>
    ledger.adjusted(sql, world.now(), { id: world.id(), call: held.id, amount, reason: 'test' }),
  )
}

const plain = {
  /** What left a wallet as spent, from calls and entries alone. */
  spent: async (wallet: string, from: number, until: number): Promise<bigint> => {
    const [row] = await db.query<{ sum: bigint }>(
      `select coalesce(sum(case when target = 'spent' then e.amount else -e.amount end), 0) as sum
       from ledger.entry e join ledger.lot l on l.id = e.lot_id
       where l.wallet_id = $1 and 'spent' in (e.source, e.target) and e.at >= $2 and e.at < $3`,
      [wallet, iso(from), iso(until)],
    )
    return row!.sum
  },
  usage: (wallet: string, dimension: string, from: number, until: number, model: string | null) =>
    db.query<{ dim: string; spent: bigint; absorbed: bigint; calls: number; output: bigint }>(
      `select dim, sum(spent) as spent, sum(absorbed) as absorbed, sum(calls)::int as calls, sum(output)::bigint as output from (
         select ${dimension} as dim, u.charged as spent, u.absorbed, 1 as calls, u.output, u.at, u.model
         from ledger.usage u where u.wallet_id = $1
         union all
         select ${dimension}, -e.amount, 0, 0, 0, e.at, u.model from ledger.entry e join ledger.usage u on u.id = e.cause
         where e.kind = 'adjust' and u.wallet_id = $1
         union all
         select ${dimension}, 0, l.absorbed, 0, 0, l.at, u.model from ledger.late l join ledger.usage u on u.id = l.id
         where u.wallet_id = $1
       ) f where at >= $2 and at < $3 and ($4::text is null or model = $4) group by 1 order by sum(spent) desc, dim`,
      [wallet, iso(from), iso(until), model],
    ),
  company: (step: string, groups: readonly string[], from: number, until: number) => {
    const columns = { key: 'u.key_id', person: 'u.person_id', model: 'u.model' }
    const [key, person, model] = (['key', 'person', 'model'] as const).map((name) =>
      groups.includes(name) ? columns[name] : name === 'model' ? 'null::text' : 'null::uuid',
    )
    return db.query<Pick<CompanyUsageRow, 'at' | 'key' | 'person' | 'model' | 'input' | 'output' | 'cost'>>(
      `select date_trunc('${step}', u.at, 'UTC') as at, ${key} as key, ${person} as person, ${model} as model,
         sum(u.input)::bigint as input, sum(u.output)::bigint as output, (sum(u.cost) + coalesce(sum(l.absorbed), 0))::bigint as cost
       from ledger.usage u left join ledger.late l on l.id = u.id where u.provider = 'openai' and u.at >= $1 and u.at < $2
       group by 1, 2, 3, 4 order by 1, 2, 3, 4`,
      [iso(from), iso(until)],
    )
  },
}

/** Every report against the plain queries, as they stand now. */
async function everyReportIsRight(): Promise<void> {
  const { world, below } = company
  const now = world.now()
  const end = now + 1
  const people = await reports.people(now, { limit: 10 })
  const limits = await reports.limits(now, { limit: 10, after: null, people: null })
  for (const person of staff) {
    const wallet = (await company.ledger.walletOf(db, person.id))!.id
    const month = startOfWindow(now, 30)
    const view = (await reports.wallet(person.id, now))!
    assert.equal(view.spent_30d, await plain.spent(wallet, month, end))
    assert.equal(view.spent_prev_30d, await plain.spent(wallet, startOfWindow(now, 60), month))
    const fortnight = await plain.spent(wallet, end - 14 * DAY, end)
    assert.ok(
      2n * (view.pace_per_day * 14n - fortnight) <= 14n && 2n * (fortnight - view.pace_per_day * 14n) <= 14n,
    )
    const listed = people.people.find(({ id }) => id === person.id)
    assert.equal(listed?.spent_30d, view.spent_30d)
    const limit = limits.find(({ id }) => id === person.id)
    assert.equal(limit?.spentMonth, await plain.spent(wallet, startOfMonth(now), end))

    const since = now - below(9 * DAY)
    const [charged] = await db.query<{ charged: bigint; plain: bigint }>(
      `select ${chargedSince('$1::uuid', '$2::timestamptz')} as charged,
         (select coalesce(sum(u.charged), 0) from ledger.usage u where u.wallet_id = $1 and u.at >= $2) as plain`,
      [wallet, iso(since)],
    )
    assert.equal(charged?.charged, charged?.plain)

    const [from, to] = [dayOf(now - below(12) * DAY), dayOf(now)]
    const [start, close] = [startOfDay(from), startOfDay(to) + DAY]
    const curve = (await reports.spend(person.id, { from, to }))!
    for (const { day, total } of curve.days)
      assert.equal(total, await plain.spent(wallet, startOfDay(day), startOfDay(day) + DAY), day)

    const by = USAGE_BY[below(USAGE_BY.length)]!
    const model = [MODELS[0]!, undefined][below(2)]
    const dimension = by === 'key' ? `coalesce(u.key_id::text, 'none')` : `u.${by}`
    const usage = (await reports.usage(person.id, { from, to, by, step: 'day', filter: { model } }))!
    assert.deepEqual(
      usage.groups.map(({ value, spent, absorbed, calls, tokens }) => [
        value,
        spent,
        absorbed,
        calls,
        tokens.output,
      ]),
      (await plain.usage(wallet, dimension, start, close, model ?? null)).map((row) => [
        row.dim,
        row.spent,
        row.absorbed,
        row.calls,
        Number(row.output),
      ]),
    )
    const total = usage.steps.reduce((sum, one) => sum + one.spent, 0n)
    assert.equal(total, usage.total.spent)
  }
  const step = (['minute', 'hour', 'day'] as const)[below(3)]!
  const groups = USAGE_GROUPS.filter((group) => ['key', 'person', 'model'].includes(group) && below(2) === 0)
  const [from, until] = [now - below(3 * 24 * 60) * MINUTE - MINUTE, end]
  const told = await reports.companyUsage({ provider: 'openai', from, until, step, groups })
  assert.deepEqual(
    told.map(({ at, key, person, model, input, output, cost }) => ({
      at,
      key,
      person,
      model,
      input,
      output,
      cost,
    })),
    await plain.company(step, groups, from, until),
  )
}

test('a window falls into days, hours and what is left, which together are it and never overlap', () => {
  const at = fc.integer({ min: 0, max: 40 * DAY })
  fc.assert(
    fc.property(at, at, (a, b) => {
      const [from, until] = [Math.min(a, b), Math.max(a, b)]
      const sorted = pieces({ from, until }).toSorted((x, y) => x.from - y.from)
      let reached = from
      for (const piece of sorted) {
        assert.equal(piece.from, reached)
        assert.ok(piece.until > piece.from)
        const size = { day: DAY, hour: HOUR, call: 1 }[piece.grain]
        assert.ok(piece.from % size === 0 && piece.until % size === 0)
        if (piece.grain === 'call') assert.ok(piece.until - piece.from < 2 * HOUR)
        reached = piece.until
      }
      assert.equal(reached, until)
    }),
  )
})

test('every report says what the calls say, wherever the roll-ups stand: before, within and behind what stood already', async () => {
  for (let n = 0; n < 25; n += 1) await call()
  // As calls stand that were written before there were roll-ups.
  const admin = await connect(db.adminUrl, { max: 1 })
  for (const table of ['usage', 'late', 'note']) await admin.query(`update ledger.${table} set tx = 0`)
  await admin.close()
  await everyReportIsRight()
  for (let n = 0; n < 6; n += 1) {
    await call()
    await db.query('select ledger.roll_up(7)')
    await everyReportIsRight()
  }
  for (let n = 0; n < 16; n += 1) {
    await call()
    await call()
    if (company.below(3) > 0) await db.query('select ledger.roll_up($1)', [1 + company.below(12)])
    await everyReportIsRight()
    if (n === 8) await company.ledger.openMonths(company.world.now())
  }
})

/** Until nothing is left behind the roll-ups: other tests' transactions may hold them up. */
const allRolledUp = (): Promise<void> =>
  eventually(async () => {
    await Promise.all([1, 2, 3].map(() => rollUp(db, 1 + company.below(50))))
    const [left] = await db.query<{ calls: number }>(
      `select count(*)::int as calls from ledger.used u, ledger.rollup_head h where u.tx > h.tx or u.tx = 0 and u.id > h.old`,
    )
    assert.equal(left?.calls, 0)
  }, 30_000)

test('the roll-ups reach all that was written, once, however many add up at once, and then say it alone', async () => {
  await allRolledUp()
  await everyReportIsRight()
  const sums = (from: string): Promise<object[]> =>
    db.query(
      `select sum(calls)::bigint as calls, sum(charged)::bigint as charged, sum(absorbed)::bigint as absorbed,
         sum(corrected)::bigint as corrected, sum(late)::bigint as late, sum(belated)::bigint as belated,
         sum(input + output + reasoning)::bigint as tokens from ${from}`,
    )
  const [said] = await sums('ledger.used')
  assert.ok(Object.values(said!).every((sum) => sum > 0n))
  assert.deepEqual(await sums('ledger.usage_hour'), [said])
  assert.deepEqual(await sums('ledger.company_hour'), [said])
})

test('a restored database, whose transaction ids begin anew, goes on being rolled up', async () => {
  const admin = await connect(db.adminUrl, { max: 1 })
  await admin.query('update ledger.epoch set base = base + 1000000')
  await call()
  await allRolledUp()
  await call()
  await admin.query('update ledger.epoch set base = base - 1000000')
  await admin.close()
  await company.ledger.begin()
  await call()
  await call()
  await everyReportIsRight()
  await allRolledUp()
  await everyReportIsRight()
  const findings = (await verify(db)).findings.filter(({ check }) => check.startsWith('the roll-ups'))
  assert.deepEqual(findings, [])
})
