import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { canonicalJson } from '#base/json.ts'
import { testDb, type TestDb } from '../../../test/support/database.ts'
import { testWorld } from '../../../test/support/world.ts'
import { openHardware, type Hardware } from './hardware.ts'
import { worthOf, type Mark } from './mark.ts'
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
