import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const root = (path: string): URL => new URL(`../../${path}`, import.meta.url)
const read = (path: string): string => readFileSync(root(path), 'utf8')

type Row = { readonly promise: string; readonly file: string; readonly result: string }

/** The rows of the table below "## Faults". */
function rowsOf(text: string): readonly Row[] {
  const [, section = ''] = /^## Faults\n([^]*?)(?=^## |(?![^]))/m.exec(text) ?? []
  return section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) => {
      const [, , promise = '', file = '', result = ''] = line.split('|').map((cell) => cell.trim())
      return { promise, file: file.replaceAll('`', ''), result }
    })
}

/** Names of tests and of their groups as the source has them; what is filled in is three dots. */
function namesIn(source: string): readonly string[] {
  const named = /\b(?:test|describe)\(\s*(?:'((?:[^'\\]|\\.)*)'|"([^"]*)"|`((?:[^`\\]|\\.)*)`)/g
  return [...source.matchAll(named)].map(([, one, other, filled = '']) =>
    (one ?? other ?? filled.replaceAll(/\$\{[^}]*\}/g, '…')).replaceAll('\\', ''),
  )
}

const rows = rowsOf(read('docs/operating.md'))

test('every row of the table of faults names a test that exists, in its file', () => {
  assert.ok(rows.length > 20, `${rows.length} rows were found`)
  const missing = rows.filter(({ promise, file }) => !namesIn(read(file)).includes(promise))
  assert.deepEqual(missing, [])
  assert.deepEqual([...new Set(rows.map(({ result }) => result))], ['kept'])
})

test('every test of a fault has its row', () => {
  const told = new Set(rows.map(({ promise, file }) => `${file}: ${promise}`))
  const untold = readdirSync(root('test/faults'))
    .filter((name) => name.endsWith('.test.ts') && name !== 'table.test.ts')
    .flatMap((name) => {
      const file = `test/faults/${name}`
      const tests = read(file).replaceAll(/\bdescribe\(/g, 'group(')
      // What ends a group, such as that its ledger verifies, belongs to the rows of that group.
      return namesIn(tests)
        .filter((one) => !/^(?:and|after) /.test(one))
        .map((one) => `${file}: ${one}`)
    })
    .filter((one) => !told.has(one))
  assert.deepEqual(untold, [])
})

test('a row that names no test, and a test without a row, are found', () => {
  const source = "test('it holds', () => {})\ntest(`it holds for ${n} calls`, () => {})"
  assert.deepEqual(namesIn(source), ['it holds', 'it holds for … calls'])
  const table =
    '# x\n\n## Faults\n\n| a | b | c | d |\n|---|---|---|---|\n| f | it holds | `x.ts` | kept |\n\n## y\n| g | h | i | j |\n'
  assert.deepEqual(rowsOf(table), [{ promise: 'it holds', file: 'x.ts', result: 'kept' }])
})
