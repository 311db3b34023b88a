import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readCsv } from './csv.ts'

const rows = (text: string): readonly (readonly string[])[] => {
  const csv = readCsv(text, 1_000)
  assert.equal(csv.kind, 'read', JSON.stringify(csv))
  return csv.kind === 'read' ? csv.records.map(({ fields }) => fields) : []
}
const problem = (text: string, most = 1_000): string => {
  const csv = readCsv(text, most)
  return csv.kind === 'refused' ? `${csv.trouble.line} ${csv.trouble.problem}` : 'read'
}
const quoted = (field: string): string => `"${field.replaceAll('"', '""')}"`

test('whatever fields are written by the rules are read as they were', () => {
  const field = fc.string({
    maxLength: 12,
    unit: fc.constantFrom('a', 'é', ' ', ',', '"', '\n', '\r', ';', '😀'),
  })
  const table = fc
    .integer({ min: 2, max: 5 })
    .chain((width) =>
      fc.array(fc.array(field, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 6 }),
    )
  fc.assert(
    fc.property(
      table,
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      fc.boolean(),
      (wanted, end, last, mark) => {
        const lines = wanted.map((fields) => fields.map(quoted).join(','))
        const text = `${mark ? '\uFEFF' : ''}${lines.join(end)}${last ? end : ''}`
        assert.deepEqual(rows(text), wanted)
      },
    ),
  )
})

test('fields without quotes are taken as they stand', () => {
  assert.deepEqual(rows('a,b\r\n1, 2 ,\r\n'), [
    ['a', 'b'],
    ['1', ' 2 ', ''],
  ])
  assert.deepEqual(rows('\n\n'), [])
  assert.deepEqual(rows(''), [])
  assert.deepEqual(rows('a,b\n\n\n'), [['a', 'b']])
})

test('what is odd is refused with its place, never guessed', () => {
  assert.match(problem('a,b\n1,"x'), /^2 .*never closed/)
  assert.match(problem('a,b\n1,x"y'), /^2 .*quote inside/)
  assert.match(problem('a,b\n1,"x"y'), /^2 .*after a closing quote/)
  assert.match(problem('a,b\n\n1,2'), /^2 is empty/)
  assert.match(problem('a\n1\n2\n3', 3), /^4 is one too many; give at most 2 rows/)
})
