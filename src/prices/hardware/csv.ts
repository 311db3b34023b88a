import { Fault } from '#base/fault.ts'

/** One row: its number as an editor shows it, and its cells by column. */
export type CsvRow = { readonly line: number; readonly of: (column: string) => string }

export const MOST_BYTES = 32 * 1_024 * 1_024
const MOST_ROWS = 200_000
const MOST_CELL = 2_000

/**
 * A table with a header, as RFC 4180 says it: quoted cells may hold commas, line ends and doubled quotes. Throws Fault `invalid`
 * that names the row and what to do.
 */
export function readCsv(text: string, required: readonly string[]): readonly CsvRow[] {
  if (Buffer.byteLength(text) > MOST_BYTES)
    throw new Fault('too_large', `the file has more than ${MOST_BYTES / 1_048_576} MiB; split it`)
  const records = recordsOf(text.replace(/^\uFEFF/, ''))
  const [header, ...rest] = records
  const names = header?.cells.map((name) => name.trim()) ?? []
  const missing = required.filter((name) => !names.includes(name))
  if (missing.length > 0)
    throw new Fault(
      'invalid',
      `the first row names the columns, and ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not among them: ${names.join(', ').slice(0, 300) || 'it is empty'}`,
      { param: missing[0]! },
    )
  const places = new Map(names.map((name, index) => [name, index]))
  return rest
    .filter(({ cells }) => cells.length > 1 || cells[0]?.trim() !== '')
    .map(({ line, cells }) => {
      if (cells.length !== names.length)
        throw new Fault(
          'invalid',
          `row ${line} has ${cells.length} cells, the header ${names.length}; quote cells that hold commas`,
          {
            details: { row: String(line) },
          },
        )
      return { line, of: (column) => cells[places.get(column) ?? -1]?.trim() ?? '' }
    })
}

type CsvRecord = { readonly line: number; readonly cells: readonly string[] }

function recordsOf(text: string): readonly CsvRecord[] {
  const records: CsvRecord[] = []
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y
  let cells: string[] = []
  let [line, begun] = [1, 1]
  while (cell.lastIndex < text.length) {
    const at = cell.lastIndex
    const found = cell.exec(text)
    if (!found)
      throw new Fault(
        'invalid',
        `row ${line} has a quote that does not end or begins within a cell; double quotes within quotes`,
      )
    const value = found[1]?.replaceAll('""', '"') ?? found[2] ?? ''
    if (value.length > MOST_CELL)
      throw new Fault('invalid', `row ${line} has a cell of more than ${MOST_CELL} characters`)
    cells.push(value)
    line += text.slice(at, cell.lastIndex).split('\n').length - 1
    const ends = found[3] !== ','
    // A comma at the very end is followed by one more, empty cell.
    if (!ends && cell.lastIndex === text.length) cells.push('')
    if (!ends && cell.lastIndex < text.length) continue
    records.push({ line: begun, cells })
    if (records.length > MOST_ROWS)
      throw new Fault('too_large', `the file has more than ${MOST_ROWS} rows; split it`)
    cells = []
    begun = line
  }
  return records
}

/** The refusal of one cell, by row, field and value, with the remedy. */
export const wrongCell = (row: CsvRow, field: string, remedy: string): Fault => {
  const value = row.of(field).slice(0, 80)
  return new Fault(
    'invalid',
    `row ${row.line}: ${field} is ${value === '' ? 'empty' : `"${value}"`}; ${remedy}`,
    {
      param: field,
      details: { row: String(row.line), field, value },
    },
  )
}
