import type { Person } from '../../lib/contract.ts'
import { nano } from '../../lib/money.ts'

export const COLUMNS = [
  'name',
  'title',
  'level',
  'entity_name',
  'granted',
  'available',
  'spent',
  'spent_30d',
] as const
export type Column = (typeof COLUMNS)[number]
export type Sort = { readonly column: Column; readonly down: boolean }

const AMOUNTS: readonly Column[] = ['granted', 'available', 'spent', 'spent_30d']
export const isAmount = (column: Column): boolean => AMOUNTS.includes(column)

/** From an address: "name", "-spent_30d"; anything else is by name. */
export function readSort(text: string | undefined): Sort {
  const down = text?.startsWith('-') ?? false
  const column = COLUMNS.find((known) => known === text?.replace(/^-/, ''))
  return column ? { column, down } : { column: 'name', down: false }
}

export const writeSort = (sort: Sort): string => `${sort.down ? '-' : ''}${sort.column}`

/** A second click turns the order round; a new column starts with what matters: most first, or A first. */
export const nextSort = (sort: Sort, column: Column): Sort =>
  sort.column === column ? { column, down: !sort.down } : { column, down: isAmount(column) }

export function sorted(people: readonly Person[], { column, down }: Sort): Person[] {
  const turn = down ? -1 : 1
  return people.toSorted((a, b) => turn * compare(a, b, column) || a.name.localeCompare(b.name, 'en'))
}

function compare(a: Person, b: Person, column: Column): number {
  if (!isAmount(column)) return (a[column] ?? '').localeCompare(b[column] ?? '', 'en', { numeric: true })
  const [left, right] = [nano(a[column]), nano(b[column])]
  return left < right ? -1 : left > right ? 1 : 0
}
