import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Entry } from './contract.ts'
import { cell, entriesCsv } from './csv.ts'
import { entryWords } from './words.ts'

const entry = (some: Partial<Entry>): Entry => ({
  seq: 7,
  at: '2026-01-01T00:00:00.000Z',
  transfer: '019a0000-0000-7000-8000-0000000abc12',
  kind: 'hold',
  source: 'available',
  target: 'held',
  amount: '12300000',
  grant_id: 'g',
  grant_name: 'Refill',
  lot_id: 'l',
  tranche: 3,
  party: null,
  price_version: null,
  cause: null,
  sealed: true,
  ...some,
})

test('an entry says in words what moved where, with every digit', () => {
  assert.equal(entryWords(entry({})), '$0.0123 moved from available to held for call 0abc12')
  assert.equal(
    entryWords(
      entry({ kind: 'settle', source: 'held', target: 'spent', party: 'anthropic', amount: '808001' }),
    ),
    '$0.000808001 moved from held to spent at anthropic for call 0abc12',
  )
  assert.equal(
    entryWords(entry({ kind: 'vested', source: 'unvested', target: 'available', amount: '5000000000' })),
    '$5.00 vested: tranche 3 of Refill became available',
  )
})

test('a signed amount is told by its size: the words carry the direction', () => {
  assert.equal(entryWords(entry({ amount: '-12300000' })), entryWords(entry({})))
})

test('the file has the ledger’s own amounts and one row an entry', () => {
  const rows = entriesCsv([entry({ cause: 'a "quoted", thing' })])
    .trimEnd()
    .split('\r\n')
  assert.equal(rows.length, 2)
  assert.match(rows[0] ?? '', /^seq,at,kind,source,target,amount_nano_usd,/)
  assert.match(rows[1] ?? '', /^7,2026-01-01T00:00:00\.000Z,hold,available,held,12300000,/)
  assert.match(rows[1] ?? '', /"a ""quoted"", thing"/)
})

test('text that a spreadsheet would run is disarmed, numbers are not', () => {
  assert.equal(cell('=1+1'), "'=1+1")
  assert.equal(cell('-12300000'), '-12300000')
  assert.equal(cell(null), '')
})
