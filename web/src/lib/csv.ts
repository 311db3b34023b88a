import type { Asset } from './base.ts'
import type { Entry } from './contract.ts'
import { entryWords } from './words.ts'

const COLUMNS = [
  'seq',
  'at',
  'kind',
  'source',
  'target',
  'amount',
  'grant_id',
  'grant_name',
  'lot_id',
  'tranche',
  'transfer',
  'party',
  'price_version',
  'cause',
  'sealed',
] as const satisfies readonly (keyof Entry)[]

/** RFC 4180 with the amounts as the ledger has them, in the asset's smallest unit, no rounding. */
export function entriesCsv(entries: readonly Entry[], asset: Asset = 'USD'): string {
  const amount = asset === 'USD' ? 'amount_nano_usd' : `amount ${asset}`
  const head = [...COLUMNS.map((column) => (column === 'amount' ? amount : column)), 'in_words']
  const rows = entries.map((entry) => [...COLUMNS.map((column) => entry[column]), entryWords(entry, asset)])
  return table([head, ...rows])
}

type Cell = string | number | boolean | null

export const table = (rows: readonly (readonly Cell[])[]): string =>
  rows.map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n'

/** Quoted where the format asks for it; text that a spreadsheet would run as a formula is disarmed. */
export function cell(value: Cell): string {
  if (value === null) return ''
  const text = String(value)
  const safe = typeof value === 'string' && /^[=+@\t\r]|^-(?![\d.]+$)/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
