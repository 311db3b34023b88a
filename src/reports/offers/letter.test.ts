import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { denominationOf } from '#base/asset.ts'
import { parseQuantity } from '#base/quantity.ts'
import { parseUsd } from '#base/money.ts'
import type { WorthYear } from '#offers/worth.ts'
import { anyContent, H100, LINES, offerContent } from '../../../test/support/offer-content.ts'
import { ordered } from './letter-order.ts'
import { promisesOf } from './letter-promises.ts'
import { letterOf, type Letter } from './letter.ts'

const CENT = 10_000_000n
const tableOf = ({ tables }: Letter, id: string) => {
  const found = tables.find((one) => one.id === id)
  assert.ok(found, `there is a table ${id}`)
  return found
}
const linesOf = ({ sections }: Letter, id: string): readonly string[] =>
  sections.find((one) => one.id === id)?.lines ?? []

/** What is written stands for the amount: no farther from it than a half cent. */
function says(text: string | undefined, amount: bigint): void {
  const read = parseUsd(text ?? '')
  assert.ok(read !== null, `${text} is an amount`)
  const off = read > amount ? read - amount : amount - read
  assert.ok(2n * off <= CENT, `${text} for ${amount}`)
}

const FIGURES: Readonly<Record<string, (year: WorthYear) => bigint>> = {
  Salary: ({ salary }) => salary,
  'Bonus at target': ({ bonus }) => bonus,
  'Signing bonus': ({ signing }) => signing,
  Equity: ({ equity }) => equity,
  'Compute, all of it used': ({ computeCap }) => computeCap,
  'Compute, as expected': ({ computeExpected }) => computeExpected,
  'Seats and allowances': ({ benefits }) => benefits,
  'Total, all compute used': ({ totalCap }) => totalCap,
  'Total, as expected': ({ totalExpected }) => totalExpected,
}

describe('the figures of a letter are those of its content, over random offers', () => {
  test('pay by year: every figure to the cent, and only what is nothing in every year is left away', () => {
    fc.assert(
      fc.property(anyContent, (content) => {
        const { rows } = tableOf(letterOf(content), 'pay.years')
        const years = [...content.worth.years, content.worth.total]
        for (const [name, ...cells] of rows) {
          const of = FIGURES[name!]
          assert.ok(of, `${name} is a figure`)
          assert.equal(cells.length, years.length)
          for (const [at, year] of years.entries()) says(cells[at], of(year))
        }
        const told = new Set(rows.map(([name]) => name))
        for (const [name, of] of Object.entries(FIGURES))
          if (!told.has(name)) for (const year of years) assert.equal(of(year), 0n, name)
      }),
    )
  })

  test('schedules: every tranche with every digit, and what they come to', () => {
    fc.assert(
      fc.property(anyContent, (content) => {
        const letter = letterOf(content)
        for (const { n, asset, quantity, tranches } of content.lines) {
          const { rows, note } = tableOf(letter, `schedules.grant-${n}`)
          const read = (text: string | undefined): bigint | null =>
            parseQuantity(denominationOf(asset), text ?? '')
          assert.deepEqual(
            rows.map(([date, part]) => [date, read(part)]),
            tranches.map((one) => [one.date, one.quantity]),
          )
          const dated = tranches.reduce((sum, one) => sum + one.quantity, 0n)
          assert.equal(read(rows.at(-1)?.[2]), dated)
          assert.equal(note === null, dated === quantity)
        }
      }),
    )
  })

  test('the grants: what all of each costs and what is expected, and no figure for what has no price', () => {
    fc.assert(
      fc.property(anyContent, (content) => {
        if (content.lines.length === 0) return
        const { rows } = tableOf(letterOf(content), 'compute.grants')
        const bare = (text: string | undefined) => text?.replace(`${content.pay.currency} `, '')
        for (const [at, { price, total }] of content.worth.lines.entries()) {
          const [, , cap, expected] = rows[at] ?? []
          if (price.kind === 'unpriced') assert.equal(cap, 'no price, counted as nothing')
          else {
            says(bare(cap), total.cap)
            says(bare(expected), total.expected)
          }
        }
      }),
    )
  })

  test('every section and table stands once in the order in which it is read', () => {
    fc.assert(
      fc.property(anyContent, (content) => {
        const letter = letterOf(content)
        const ids = ordered(letter).map((part) => (part.kind === 'table' ? part.table.id : part.section.id))
        const all = [...letter.sections, ...letter.tables].map(({ id }) => id)
        assert.deepEqual(ids.toSorted(), all.toSorted())
        assert.equal(new Set(ids).size, ids.length)
      }),
    )
  })
})

describe('a letter says what is promised, and where nothing is, that too', () => {
  test('what leaving, leave and expiry do is said although the contract is silent', () => {
    const letter = letterOf(offerContent({ lines: [LINES[0]!] }))
    assert.match(
      linesOf(letter, 'grant-1.when-you-leave-the-company').join(' '),
      /resign.*forfeited.*90 days/,
    )
    assert.match(linesOf(letter, 'grant-1.while-you-are-away').join(' '), /Unpaid leave pauses/)
    assert.deepEqual(linesOf(letter, 'grant-1.how-long-it-lasts'), ['What has vested does not expire.'])
    assert.match(linesOf(letter, 'grant-1.what-goes-with-you').join(' '), /cannot be taken/)
  })

  test('what holds for all grants alike is said once, what differs with each', () => {
    const letter = letterOf(offerContent())
    const ids = letter.sections.map(({ id }) => id)
    assert.ok(ids.includes('grants.when-you-leave-the-company'))
    assert.ok(!ids.includes('grant-1.when-you-leave-the-company'))
    assert.ok(ids.includes('grant-2.what-goes-with-you'))
  })

  test('hours: tier, queue, wait, preemptions, uptime, remedy', () => {
    const promised = Object.fromEntries(
      promisesOf(offerContent())[1]!.promises.map(({ name, value }) => [name, value]),
    )
    assert.deepEqual(promised, {
      Tier: 'guaranteed: its jobs do not give way to those of another tier',
      'Queue priority': 'the first of three, before priority and spot',
      'Wait in the queue': '95% of jobs start within 600 seconds',
      Preemptions: 'at most 2 preemptions a month',
      Uptime: '99.5% of each month',
      'At once': 'no number of nodes is promised',
      Notice: 'no notice before a change is promised',
      Remedy:
        'for each breach 4 H100-SXM GPU-hours, guaranteed; in one month at most 40 H100-SXM GPU-hours, guaranteed',
    })
  })

  test('hours without a clause promise nothing silently; dollars have no queue', () => {
    const [hours, dollars] = promisesOf(
      offerContent({
        lines: [
          { asset: H100, quantity: 3_600n },
          { asset: 'USD', quantity: 1_000n },
        ],
      }),
    )
    for (const name of ['Wait in the queue', 'Preemptions', 'Uptime', 'Remedy'])
      assert.match(hours!.promises.find((one) => one.name === name)!.value, /is promised$/)
    assert.deepEqual(
      dollars!.promises.map(({ name }) => name),
      ['Service'],
    )
  })

  test('tax is told by the country of work, as unsettled as it is, and is no advice; a company has words of its own', () => {
    const tax = (country: string) => linesOf(letterOf(offerContent({ country })), 'tax').join(' ')
    for (const country of ['US', 'GB', 'DE', 'FR', 'CA', 'IN', 'IE', 'JP'])
      assert.match(tax(country), /unsettled.*no tax or legal advice/)
    assert.match(tax('JP'), /No rule .* \(JP\)/)
    const own = letterOf(offerContent({ country: 'JP' }), { JP: ['Ask Ms Sato.'] })
    assert.equal(linesOf(own, 'tax')[0], 'Ask Ms Sato.')
  })

  test('how it was valued: basis, day, source, mark and that it is old', () => {
    const mark = { hash: 'ab'.repeat(32), day: '2026-09-01', source: 'three providers', stale: true }
    const price = {
      kind: 'priced' as const,
      nanoUsd: { n: 1_000_000n, d: 1n },
      how: 'the mark of an hour',
      mark,
    }
    const letter = letterOf(offerContent({ lines: [{ asset: H100, quantity: 3_600n, price }] }))
    const said = linesOf(letter, 'valued').join(' ')
    assert.match(said, /20 November 2026, on the basis replacement/)
    assert.match(said, /at \$3\.60, the mark of an hour; source: three providers\. No newer price/)
    assert.ok(letter.marks.some((one) => one.includes(mark.hash) && one.includes('2026-09-01')))
  })
})
