import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { formatUsd, parseUsd } from '#base/money.ts'
import { startOfDay } from '#base/time.ts'
import type { CompareAsk } from '#offers/compare/ask.ts'
import { readOffer } from '#offers/read/read.ts'
import { openExchange, type Exchange } from '#prices/exchanges.ts'
import { openHardware } from '#prices/hardware/hardware.ts'
import { testDb, type TestDb } from '../../../test/support/database.ts'
import { testWorld } from '../../../test/support/world.ts'
import { openCompareOffers, type CompareOffers } from './compare.ts'
import type { ComparedOffers, SideView } from './compare-view.ts'

const DOC = readFileSync(new URL('../../../docs/offers.md', import.meta.url), 'utf8')
const world = testWorld({ seed: 8, now: startOfDay('2026-08-22') + 9 * 3_600_000 })

let db: TestDb
let exchange: Exchange
let compare: CompareOffers
before(async () => {
  db = await testDb()
  exchange = await openExchange({ db, world })
  await exchange.load()
  compare = openCompareOffers({ hardware: await openHardware({ db, world }), exchange })
})
after(async () => {
  await exchange?.close()
  await db?.drop()
})

/** The ask of an example, and the rows of the table behind it. */
function exampleOf(name: string): { ask: CompareAsk; rows: string[][] } {
  const from = DOC.indexOf(`<!-- ${name} -->`)
  assert.ok(from > 0, `docs/offers.md has the example ${name}`)
  const json = /```json\n([\s\S]*?)```/.exec(DOC.slice(from))
  assert.ok(json)
  const rest = DOC.slice(from + json.index + json[0].length)
    .trimStart()
    .split('\n')
  const end = rest.findIndex((line) => !line.startsWith('|'))
  const rows = rest.slice(2, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
  return { ask: JSON.parse(json[1]!) as CompareAsk, rows }
}

const usd = (of: (offer: SideView) => bigint) => (view: ComparedOffers) =>
  view.offers.map((offer) => formatUsd(of(offer)))
const hours = ({ same_work: same }: SideView): string =>
  same ? Math.round(Number(same.hours)).toLocaleString('en-US') : '0'
/** Each row that an example may tell; what is simulated may move in its last digits with the generator. */
const ROWS: Readonly<Record<string, (view: ComparedOffers) => readonly string[]>> = {
  'compute at its cap, four years': usd(({ total }) => total.compute_cap),
  'compute expected, four years': usd(({ total }) => total.compute_expected),
  'all at the cap, four years': usd(({ total }) => total.total_cap),
  'all expected, four years': usd(({ total }) => total.total_expected),
  'H100 hours for one person': (view) => view.offers.map(hours),
  'worth today, p5': usd(({ today }) => today.all.p5),
  'worth today': usd(({ today }) => today.all.mean),
  'worth today, p95': usd(({ today }) => today.all.p95),
  'break-even price of an hour': ({ differences }) => [
    '',
    ...differences.map(({ break_even: even }) => (even.price === null ? 'none' : formatUsd(even.price))),
  ],
}
const EXACT = /four years|hours/

for (const name of ['startup', 'inference', 'tokens', 'hours'])
  test(`the worked example "${name}" comes to what the guide says`, async () => {
    const { ask, rows } = exampleOf(name)
    const view = await compare(ask, world.now())
    assert.ok(rows.length >= 4, `${name} has a table`)
    for (const [label, ...cells] of rows) {
      const found = ROWS[label!]?.(view)
      assert.ok(found, `${label} is a row that is known`)
      if (EXACT.test(label!)) assert.deepEqual(cells, found, label)
      else
        for (const [at, cell] of cells.entries()) {
          const [told, now] = [parseUsd(cell), parseUsd(found[at]!)]
          if (told === null || now === null) assert.equal(cell, found[at], label)
          else
            assert.ok(
              Math.abs(Number(told) / Number(now) - 1) < 0.02,
              `${label}: ${cell} is not ${found[at]}`,
            )
        }
    }
  })

test('the words that the guide reads become as many fields as it says', () => {
  const text = /`(\$400k base[^`]*)`/.exec(DOC)![1]!
  const { found, not_understood: missed } = readOffer(text, { document: () => ({ why: 'none' }) })
  assert.equal(found.length, 7)
  assert.ok(DOC.includes('becomes seven fields'))
  assert.deepEqual(missed, [])
})
