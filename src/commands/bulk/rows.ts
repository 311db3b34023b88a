import { Fault } from '#base/fault.ts'
import { readCsv } from './csv.ts'

/** One row that cannot be used, as the person who wrote the file finds it: the header is row 1. */
export type RowError = {
  readonly row: number
  readonly column: string
  readonly value: string
  readonly remedy: string
}

/** Columns of the file, in any order; the first three must be there. An empty cell is as if its column were absent. */
export const COLUMNS = ['email', 'template', 'start_date', 'quantity', 'grant_date', 'name'] as const
export type Column = (typeof COLUMNS)[number]
const REQUIRED: readonly Column[] = ['email', 'template', 'start_date']

export type Cells = { readonly row: number } & Readonly<Record<Column, string | null>>

export const MAX_ROWS = 10_000
export const MAX_BYTES = 5 * 1024 * 1024
const MAX_CELL = 1_000

export type Table = { readonly rows: readonly Cells[]; readonly errors: readonly RowError[] }

/** The cells of a file, and what of it has no place. Throws Fault `too_large`. */
export function readTable(text: string): Table {
  if (Buffer.byteLength(text) > MAX_BYTES)
    throw new Fault('too_large', `A file of grants has at most ${MAX_BYTES} bytes.`, { param: 'file' })
  const csv = readCsv(text, MAX_ROWS + 1)
  if (csv.kind === 'refused') {
    const { line, problem } = csv.trouble
    return { rows: [], errors: [{ row: line, column: '', value: '', remedy: `row ${line} ${problem}` }] }
  }
  const [header, ...records] = csv.records
  const names = (header?.fields ?? []).map((name) => name.trim().toLowerCase())
  const errors = headerErrors(names)
  if (errors.length > 0) return { rows: [], errors }
  if (records.length === 0)
    return {
      rows: [],
      errors: [{ row: 1, column: '', value: '', remedy: 'give at least one row below the header' }],
    }

  const rows: Cells[] = []
  for (const { line, fields } of records) {
    if (fields.length !== names.length) {
      const remedy = `give ${names.length} fields, as the header has; this row has ${fields.length}`
      errors.push({ row: line, column: '', value: '', remedy })
      continue
    }
    const cell = (column: Column): string | null => fields[names.indexOf(column)]?.trim() || null
    const cells = Object.fromEntries(COLUMNS.map((column) => [column, cell(column)] as const))
    const row = { row: line, ...emptyCells(), ...cells }
    const wrong = cellErrors(row)
    errors.push(...wrong)
    if (wrong.length === 0) rows.push(row)
  }
  return { rows, errors }
}

const emptyCells = (): Readonly<Record<Column, string | null>> => ({
  email: null,
  template: null,
  start_date: null,
  quantity: null,
  grant_date: null,
  name: null,
})

function headerErrors(names: readonly string[]): RowError[] {
  const error = (column: string, remedy: string): RowError => ({ row: 1, column, value: column, remedy })
  if (names.length === 1 && names[0]?.includes(';')) {
    return [error('', 'separate the fields by commas')]
  }
  const known: readonly string[] = COLUMNS
  return [
    ...names.flatMap((name) =>
      known.includes(name)
        ? []
        : [error(name, `there is no such column; give some of ${COLUMNS.join(', ')}`)],
    ),
    ...names.flatMap((name, index) =>
      names.indexOf(name) < index ? [error(name, 'the column is there twice; remove one')] : [],
    ),
    ...REQUIRED.flatMap((name) =>
      names.includes(name) ? [] : [error(name, 'the column is missing; add it')],
    ),
  ]
}

function cellErrors(row: Cells): RowError[] {
  return COLUMNS.flatMap((column): RowError[] => {
    const value = row[column]
    if (value === null)
      return REQUIRED.includes(column) ? [{ row: row.row, column, value: '', remedy: 'fill it in' }] : []
    if (value.length <= MAX_CELL && !/\p{Cc}/u.test(value)) return []
    const remedy = `give at most ${MAX_CELL} characters, all of them visible`
    return [{ row: row.row, column, value: value.slice(0, 80), remedy }]
  })
}
