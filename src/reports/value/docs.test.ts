import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { formatUsd, parseUsd } from '#base/money.ts'
import { startOfDay } from '#base/time.ts'
import { fourYearMonthly } from '#grants/shapes.ts'
import { openExchange, type Exchange } from '#prices/exchanges.ts'
import { openHardware } from '#prices/hardware/hardware.ts'
import { BASES } from '#prices/hardware/mark.ts'
import { testDb, type TestDb } from '../../../test/support/database.ts'
import { openLives, type Lives } from '../../../test/support/life.ts'
import { testWorld } from '../../../test/support/world.ts'
import { compare } from './compare.ts'
import { openValue } from './value.ts'
import type { PersonValueView } from './views.ts'

const DOC = readFileSync(new URL('../../../docs/value.md', import.meta.url), 'utf8')
const DAY = '2026-08-22'
const world = testWorld({ seed: 8, now: startOfDay(DAY) + 9 * 3_600_000 })

let db: TestDb
let exchange: Exchange
let rooms: Lives
let view: PersonValueView

before(async () => {
  db = await testDb()
  exchange = await openExchange({ db, world })
  await exchange.load()
  rooms = await openLives(db, world)
  const hardware = await openHardware({ db, world })
  const person = await rooms.hire()
  const unit = { accelerator: 'H100-SXM', tier: 'guaranteed' } as const
  await rooms.grant(person, { ...fourYearMonthly(), denomination: 'gpu_hour', unit }, 10_000n * 3_600n)
  await rooms.tick()
  view = (await openValue({ db, exchange, hardware }).person(person.id, {}, world.now()))!
})
after(async () => {
  await rooms?.close()
  await exchange?.close()
  await db?.drop()
})

/** The cells of the rows of the table that begins with these words. */
function rowsOf(head: string): string[][] {
  const lines = DOC.split('\n')
  const from = lines.findIndex((line) => line.startsWith(`| ${head}`))
  assert.ok(from > 0, `docs/value.md has a table of ${head}`)
  const rest = lines.slice(from + 2)
  return rest
    .slice(
      0,
      rest.findIndex((line) => !line.startsWith('|')),
    )
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    )
}

test('ten thousand H100 hours over four years are worth on each basis what the guide says', () => {
  const told = rowsOf('basis')
  const found = BASES.map((basis) => {
    const one = view.bases.find((sum) => sum.basis === basis)!
    return [basis, formatUsd(one.cap.total), formatUsd(one.expected.total)]
  })
  assert.deepEqual(told, found)
})

test('the steps from the cap to expected use are those of the guide, and each takes something off', () => {
  const { steps } = view
  const found = (['cap', 'effective', 'retained', 'forward', 'present', 'expected'] as const).map((stage) =>
    formatUsd(steps[stage]),
  )
  assert.deepEqual(
    rowsOf('step').map(([, amount]) => amount),
    found,
  )
})

test('the offer that the guide compares comes to what it says', async () => {
  const ask = { salary: '200000', bonus: '0.1', equity: '160000', hours: '10000', used: '0.8', cash: '15000' }
  const hardware = await openHardware({ db, world })
  const { today, breakEven } = await compare({ hardware, exchange }, ask, world.now())
  const rows = rowsOf('today')
  assert.equal(rows[0]?.[1], formatUsd(today.cash))
  // What is simulated may move in its last digits with the generator; what it says may not.
  for (const [name, band] of [
    ['shares', today.equity!],
    ['10,000 hours', today.hours!],
    ['together', today.all],
  ] as const) {
    const cells = rows.find(([first]) => first === name)!
    for (const [at, amount] of [band.mean, band.p5, band.p95].entries()) {
      const told = Number(parseUsd(cells[at + 1]!)!)
      assert.ok(Math.abs(told / Number(amount) - 1) < 0.02, `${name}: ${cells[at + 1]}, ${formatUsd(amount)}`)
    }
  }
  assert.ok(DOC.includes(`**${formatUsd(breakEven!)}**`), `break-even ${formatUsd(breakEven!)}`)
})
