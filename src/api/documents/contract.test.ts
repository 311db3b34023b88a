import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inflateSync } from 'node:zlib'
import { contractPdf, type ContractPaper } from './contract.ts'
import { runsOf } from './faces.ts'

const paper = (change: Partial<ContractPaper> = {}): ContractPaper => ({
  company: 'Demo Labs',
  title: 'Compute grant: Compute 2026',
  facts: [
    ['To', 'Zoë Łukasiewicz'],
    ['From', 'Demo Labs GmbH'],
    ['Quantity', '$24,000.00'],
  ],
  sections: [{ title: 'When it vests', lines: ['100% vests over 4 years, every month.'] }],
  schedule: {
    head: ['Vests on', 'Quantity', 'In all', 'Expires'],
    rows: Array.from({ length: 60 }, (_, n) => [`2026-01-${n}`, '$500.00', `$${n}.00`, 'never']),
  },
  signed: ['Zoë Łukasiewicz agreed on 1 March 2026.', 'SHA-256 of what was agreed: 00ff'],
  foot: 'Compute grant 0190',
  at: Date.UTC(2026, 2, 1),
  ...change,
})

/** The number of pages and the drawing instructions of a document, without a reader of PDF. */
function read(pdf: Buffer): { pages: number; streams: string } {
  const text = pdf.toString('latin1')
  const streams = [...text.matchAll(/stream\r?\n([\s\S]*?)\r?\nendstream/g)].map(([, raw]) => {
    try {
      return inflateSync(Buffer.from(raw!, 'latin1')).toString('latin1')
    } catch {
      return ''
    }
  })
  return { pages: text.match(/\/Type \/Page\b/g)!.length, streams: streams.join('\n') }
}

test('a contract on paper is the same bytes for the same contract, in as many pages as it needs', async () => {
  const [one, two] = await Promise.all([contractPdf(paper()), contractPdf(paper())])
  assert.equal(one.subarray(0, 5).toString(), '%PDF-')
  assert.deepEqual(one, two)
  assert.equal(read(one).pages, 2)
  const short = await contractPdf(paper({ schedule: { head: [], rows: [] }, signed: null }))
  assert.equal(read(short).pages, 1)
})

test('names of any script are drawn in a font that has them, and what none has is not lost silently', () => {
  assert.deepEqual(runsOf('Zoë Łukasiewicz Жанна Ω'), [
    { script: 'latin', text: 'Zoë ' },
    { script: 'latin-ext', text: 'Ł' },
    { script: 'latin', text: 'ukasiewicz ' },
    { script: 'cyrillic', text: 'Жанна' },
    { script: 'latin', text: ' ' },
    { script: 'greek', text: 'Ω' },
  ])
  assert.deepEqual(runsOf('山'), [{ script: 'latin', text: '?' }])
})
