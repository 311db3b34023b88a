import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Fault } from '#base/fault.ts'
import { canonicalJson, sha256Hex } from '#base/json.ts'
import { DAY, startOfDay } from '#base/time.ts'
import { testDb, type TestDb } from '../../../test/support/database.ts'
import { testWorld } from '../../../test/support/world.ts'
import { openHardware, type Hardware } from './hardware.ts'
import { worthOf, type Mark } from './mark.ts'
import { USUAL_TERMS } from './ownership.ts'
import type { MarkAsk } from './ask.ts'

const NOW = Date.UTC(2026, 8, 10, 12)
const TEN_THOUSAND_HOURS = 10_000n * 3_600n
const world = testWorld({ seed: 33, now: NOW })

let db: TestDb
let hardware: Hardware
before(async () => {
  db = await testDb()
  hardware = await openHardware({ db, world })
})
after(async () => db.drop())

const marked = async (ask: MarkAsk, room = hardware): Promise<Mark> => {
  const found = await room.mark(ask)
  assert.ok(found.kind === 'mark', canonicalJson(found))
  return found.mark
}
test('ten thousand H100 hours are worth what the shipped prices say on each basis, with their sources', async () => {
  const worth = async (basis: MarkAsk['basis'], asOf: string) => {
    const mark = await marked({ accelerator: 'H100', basis, asOf })
    return { mark, usd: worthOf(TEN_THOUSAND_HOURS, mark.mid) / 1_000_000_000n }
  }
  const list = await worth('list', '2026-08-22')
  assert.deepEqual([list.usd, list.mark.level, list.mark.staleDays], [68_800n, 2, 0])
  assert.match(list.mark.sources[0]!.source, /AWS Price List/)

  const replacement = await worth('replacement', '2026-05-31')
  assert.deepEqual([replacement.usd, replacement.mark.n, replacement.mark.level], [26_650n, 14, 2])
  assert.deepEqual([replacement.mark.bid, replacement.mark.ask], [980_000_000n, 4_380_500_000n])

  const index = await worth('index', '2026-08-22')
  assert.deepEqual([index.usd, index.mark.staleDays, index.mark.question.index], [29_000n, 2, 'ornn-ocpi'])

  const cost = await worth('cost', '2026-08-22')
  assert.deepEqual([cost.usd, cost.mark.level, cost.mark.step], [17_298n, 3, 'owning'])
  assert.ok(cost.mark.bid! < cost.mark.mid && cost.mark.mid < cost.mark.ask!)

  for (const { mark } of [list, replacement, index, cost]) assert.ok(mark.sources.length > 0, mark.hash)
})

const count = async (table: 'observation' | 'token_event' | 'load' | 'mark', at = db): Promise<bigint> => {
  const [row] = await at.query<{ count: bigint }>(`select count(*) as count from prices.${table}`)
  return row!.count
}

test('a mark is stored with its inputs, and is made again from them to the bit', async () => {
  const mark = await marked({ accelerator: 'B200', basis: 'replacement', asOf: '2026-05-31' })
  const before = await count('mark')
  assert.equal(
    (await marked({ accelerator: 'B200', basis: 'replacement', asOf: '2026-05-31' })).hash,
    mark.hash,
  )
  assert.equal(await count('mark'), before, 'the same mark is one row')
  const stored = await hardware.stored(mark.hash)
  assert.deepEqual(stored?.mark, mark)
  assert.equal(sha256Hex(stored.inputs), mark.hash, 'the hash is that of the stored text')
  assert.equal(await hardware.stored('0'.repeat(64)), null)
  await assert.rejects(db.query('update prices.mark set outcome = inputs'), /append-only/)
  await assert.rejects(db.query('delete from prices.observation'), /append-only/)
})

test('the hash of a mark is the same on every database that has the shipped prices', async () => {
  const other = await testDb()
  try {
    const room = await openHardware({ db: other, world: testWorld({ seed: 7, now: NOW + 3 * DAY }) })
    for (const basis of ['list', 'replacement', 'index', 'cost'] as const) {
      const ask: MarkAsk = { accelerator: 'H100', basis, asOf: '2026-08-22' }
      assert.deepEqual(await marked(ask, room), await marked(ask))
    }
  } finally {
    await other.drop()
  }
})

test('the shipped history is loaded once, however many processes begin with it', async () => {
  const other = await testDb()
  try {
    const rooms = await Promise.all(
      [1, 2, 3].map((seed) => openHardware({ db: other, world: testWorld({ seed, now: NOW }) })),
    )
    await Promise.all(
      rooms.map((room) => room.look({ accelerator: 'H100', basis: 'list', asOf: '2026-08-22' })),
    )
    // A process whose clock is behind.
    const behind = await openHardware({ db: other, world: testWorld({ seed: 9, now: NOW - DAY }) })
    await behind.loadShipped()
    assert.deepEqual([await count('observation', other), await count('token_event', other)], [329n, 1_522n])
    assert.equal(await count('load', other), 3n)
  } finally {
    await other.drop()
  }
})

test('the first question in a new database knows the shipped prices, though they are recorded after it was asked', async () => {
  const other = await testDb()
  try {
    const moving = testWorld({ seed: 5, now: NOW })
    const now = (): number => {
      moving.advance(1)
      return moving.now()
    }
    const room = await openHardware({ db: other, world: { ...moving, now } })
    const found = await room.look({ accelerator: 'H100', basis: 'list', asOf: '2026-08-22' })
    assert.equal(found.kind, 'mark')
  } finally {
    await other.drop()
  }
})

test('a book that is loaded as of an earlier day knows what could be known then, and the rest later', async () => {
  const other = await testDb()
  try {
    const earlier = startOfDay('2026-06-15')
    const room = await openHardware({ db: other, world: testWorld({ seed: 3, now: NOW }) })
    await room.loadShipped(earlier)
    const [seen] = await other.query<{ last: number }>(
      'select max(observed_at) as last from prices.observation',
    )
    assert.ok(seen!.last <= earlier)
    // Loaded again today: what was left then is added, and what is known stays known since then.
    const ask: MarkAsk = { accelerator: 'H100', basis: 'list', asOf: '2026-08-22' }
    const then = await room.look(ask, earlier)
    assert.equal(then.kind, 'none', 'AWS was not seen yet')
    const now = await room.look(ask)
    assert.equal(now.kind, 'mark')
    assert.equal(await count('observation', other), 329n)
    const known = await room.look({ ...ask, basis: 'replacement', asOf: '2026-05-31' }, earlier)
    assert.ok(known.kind === 'mark' && known.mark.n === 13, 'without AWS')
    // And from the other side: a full book, then one as of earlier, gives that earlier knowledge too.
    await room.loadShipped(startOfDay('2026-06-01'))
    const older = await room.look(
      { ...ask, basis: 'replacement', asOf: '2026-05-31' },
      startOfDay('2026-06-02'),
    )
    assert.ok(older.kind === 'mark')
    assert.equal((await room.look(ask)).kind, 'mark')
  } finally {
    await other.drop()
  }
})

test('a chart and the marks of its days say the same', async () => {
  for (const basis of ['replacement', 'list', 'cost'] as const) {
    const line = await hardware.history(
      { accelerator: 'H100', basis },
      { from: '2026-01-15', to: '2026-08-22' },
    )
    assert.equal(line.length, 8)
    for (const point of line) {
      const asOf = point.kind === 'mark' ? point.mark.question.asOf : point.question.asOf
      assert.deepEqual(point, await hardware.look({ accelerator: 'H100', basis, asOf }))
    }
  }
})

test('a table of prices is taken whole, once, and what it corrects is corrected from then on', async () => {
  const header = 'provider,accelerator,tier,usd_per_hour,gpus,observed_at,source,licence,offer'
  const quotes = (usd: string) =>
    [
      header,
      ...['a', 'b', 'c', 'd', 'e'].map((name) => `${name},MI325X,on_demand,${usd},8,2026-09-01,quote,own,x8`),
    ].join('\n')
  const before = await count('observation')
  const first = await hardware.importTable(quotes('16.00'), { name: 'quotes.csv', by: 'finance@perq.test' })
  assert.deepEqual([first.load.added, first.again], [5, false])
  assert.equal((await hardware.importTable(quotes('16.00'), { name: 'again.csv', by: 'x' })).again, true)
  assert.equal(await count('observation'), before + 5n)
  const ask: MarkAsk = { accelerator: 'MI325X', basis: 'replacement', asOf: '2026-09-02' }
  assert.equal((await marked(ask)).mid, 2_000_000_000n)

  const knownAt = world.now()
  world.advance(DAY)
  await hardware.importTable(quotes('20.00'), { name: 'corrected.csv', by: 'finance@perq.test' })
  assert.equal((await marked(ask)).mid, 2_500_000_000n)
  const then = await hardware.look(ask, knownAt)
  assert.ok(then.kind === 'mark' && then.mark.mid === 2_000_000_000n, 'what was known then stays known')

  const broken = quotes('30.00').replace('e,MI325X', 'e,ABACUS')
  await assert.rejects(hardware.importTable(broken, { name: 'broken.csv', by: 'x' }), Fault)
  assert.equal(await count('observation'), before + 10n, 'nothing of it')
})

test('what owning costs is the company’s own from its day on, and an H100’s by peak where nobody said', async () => {
  const ask: MarkAsk = { accelerator: 'B300', basis: 'cost', asOf: '2026-09-10' }
  const usual = await marked(ask)
  assert.match(usual.steps.join('\n'), /nobody stated what owning a B300 costs/)
  await hardware.own({
    accelerator: 'B300',
    terms: { ...USUAL_TERMS, capexUsd: '60000' },
    effectiveFrom: startOfDay('2026-09-05'),
    source: 'asset register',
    by: 'finance@perq.test',
  })
  const own = await marked(ask)
  assert.deepEqual(own.sources, [{ source: 'asset register', licence: 'own', rows: 1 }])
  assert.notEqual(own.mid, usual.mid)
  assert.equal((await marked({ ...ask, asOf: '2026-09-04' })).mid, usual.mid, 'not before its day')
  const none = await hardware.look({ ...ask, accelerator: 'L40S' })
  assert.ok(none.kind === 'none')
  assert.match(none.why.join(), /no dense bf16 peak/)
})

test('a wrong, unknown or future question is refused by the name of its field', async () => {
  const param = async (ask: Partial<MarkAsk>): Promise<string | null> => {
    try {
      await hardware.look({ accelerator: 'H100', basis: 'replacement', asOf: '2026-05-31', ...ask })
    } catch (error) {
      assert.ok(error instanceof Fault, String(error))
      return error.param
    }
    return assert.fail('it was answered')
  }
  assert.equal(await param({ accelerator: 'Abacus' }), 'accelerator')
  assert.equal(await param({ asOf: '2026-02-30' }), 'as_of')
  assert.equal(await param({ asOf: '2030-01-01' }), 'as_of')
  assert.equal(await param({ index: 'ornn-ocpi' }), 'index')
  assert.equal(await param({ region: 'x'.repeat(61) }), 'region')
  assert.equal(await param({ region: 'us-east-7' }), 'region')
  assert.equal(await param({ asOf: '2019-12-31' }), 'as_of')
})
