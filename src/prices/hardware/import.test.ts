import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Fault } from '#base/fault.ts'
import { startOfDay } from '#base/time.ts'
import { readCsv } from './csv.ts'
import { readPriceTable } from './import.ts'

const NOW = startOfDay('2026-09-10')
const HEADER =
  'provider,accelerator,tier,usd_per_hour,observed_at,source,licence,gpus,form,region,term_months,offer,effective_from,note'
const GOOD = 'Vast.ai,H100 SXM,on_demand,20.00,2026-09-01,"quote, no. 17",own,8,,us-east-1,,x8,2026-08-01,'
const table = (...rows: readonly string[]): string => [HEADER, ...rows].join('\n')

const faultOf = (work: () => unknown): Fault => {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof Fault, String(error))
    return error
  }
  return assert.fail('it was taken')
}

test('a row says who asks what for one GPU, since when, and where that was seen', () => {
  const [said, ...rest] = readPriceTable(table(GOOD), NOW)
  assert.deepEqual(rest, [])
  assert.deepEqual(said, {
    provider: 'vast-ai',
    accelerator: 'H100',
    form: 'SXM',
    tier: 'on_demand',
    region: 'us-east-1',
    termMonths: null,
    offer: 'x8',
    priceNano: 2_500_000_000n,
    lowNano: 2_500_000_000n,
    highNano: 2_500_000_000n,
    effectiveFrom: startOfDay('2026-08-01'),
    observedAt: startOfDay('2026-09-01'),
    source: 'quote, no. 17',
    licence: 'own',
    quality: 'ok',
    note: null,
  })
  const reserved = GOOD.replace('on_demand', 'reserved').replace('us-east-1,,', 'us-east-1,36,')
  assert.equal(readPriceTable(table(reserved), NOW)[0]?.termMonths, 36)
})

test('what is wrong is told by row, field, value and remedy', () => {
  const wrong: readonly (readonly [field: string, from: string, to: string])[] = [
    ['provider', 'Vast.ai', '...'],
    ['accelerator', 'H100 SXM', 'A100'],
    ['tier', 'on_demand', 'ondemand'],
    ['usd_per_hour', '20.00', '0'],
    ['usd_per_hour', '20.00', '-1'],
    ['usd_per_hour', '20.00', '1e3'],
    ['usd_per_hour', '20.00', '2500000000'],
    ['usd_per_hour', '20.00', ''],
    ['observed_at', '2026-09-01', '2026-09-11'],
    ['observed_at', '2026-09-01', '2026-02-30'],
    ['observed_at', '2026-09-01', '1/9/2026'],
    ['source', '"quote, no. 17"', ''],
    ['licence', ',own,', ',,'],
    ['gpus', ',8,,', ',0,,'],
    ['gpus', ',8,,', ',2.5,,'],
    ['form', ',8,,', ',8,OAM,'],
    ['term_months', 'us-east-1,,', 'us-east-1,12,'],
    ['term_months', 'on_demand', 'reserved'],
    ['region', 'us-east-1', 'x'.repeat(61)],
  ]
  for (const [field, from, to] of wrong) {
    assert.ok(GOOD.includes(from), from)
    const fault = faultOf(() => readPriceTable(table(GOOD, GOOD.replace(from, to)), NOW))
    assert.equal(fault.param, field, fault.message)
    assert.match(fault.message, /^row 3: /)
    assert.equal(fault.details?.['row'], '3')
    assert.match(fault.message, /; /, 'there is a remedy')
  }
})

test('a table that is no such table is refused with what is missing', () => {
  assert.match(faultOf(() => readPriceTable('', NOW)).message, /provider/)
  assert.match(faultOf(() => readPriceTable(HEADER, NOW)).message, /no rows/)
  assert.match(faultOf(() => readPriceTable(HEADER.replace('licence,', ''), NOW)).message, /licence/)
  assert.match(faultOf(() => readPriceTable(table(`${GOOD},more`), NOW)).message, /^row 2 has 15 cells/)
  assert.match(faultOf(() => readPriceTable(table('a "quote" within'), NOW)).message, /^row 2 has a quote/)
  assert.match(faultOf(() => readPriceTable(table('"never ends'), NOW)).message, /^row 2 has a quote/)
})

test('a price for several GPUs is divided exactly, rounded once, half to even', () => {
  const price = (usd: string, gpus: string) =>
    readPriceTable(table(GOOD.replace('20.00', usd).replace(',8,,', `,${gpus},,`)), NOW)[0]!.priceNano
  assert.equal(price('55.04', '8'), 6_880_000_000n)
  assert.equal(price('10', '3'), 3_333_333_333n)
  assert.equal(price('2.0000000005', '1'), 2_000_000_000n)
  assert.equal(price('2.0000000015', '1'), 2_000_000_002n)
})

test('cells come back as they were written, with commas, quotes, and line ends within', () => {
  const cell = fc
    .string({ unit: fc.constantFrom('a', ',', '"', '\n', ' ', 'ä'), maxLength: 12 })
    .map((text) => text.trim())
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cell, cell, cell), { maxLength: 10 }),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      (rows, end, last) => {
        const kept = rows.map((row) => row.map((text) => text || 'x'))
        const lines = [['a', 'b', 'c'], ...kept].map((row) => row.map(quoted).join(','))
        const read = readCsv(`${lines.join(end)}${last ? end : ''}`, ['a', 'b', 'c'])
        assert.deepEqual(
          read.map((row) => ['a', 'b', 'c'].map(row.of)),
          kept,
        )
      },
    ),
  )
})

test('a row is told by the line on which it begins, and empty lines are none', () => {
  const read = readCsv('a,b\n"1\n2",3\n\n4,\n', ['a', 'b'])
  assert.deepEqual(
    read.map((row) => [row.line, row.of('a'), row.of('b'), row.of('c')]),
    [
      [2, '1\n2', '3', ''],
      [5, '4', '', ''],
    ],
  )
})
