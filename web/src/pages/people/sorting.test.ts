import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Person } from '../../lib/contract.ts'
import { nextSort, readSort, sorted } from './sorting.ts'

const person = (name: string, spent: string): Person => ({
  id: name,
  name,
  email: `${name}@perq.test`,
  role: 'employee',
  level: 'IC3',
  title: '',
  entity_name: '',
  country: 'DE',
  granted: '0',
  unvested: '0',
  available: '0',
  held: '0',
  spent,
  spent_30d: '0',
})

test('amounts sort as amounts, not as text, and equals by name', () => {
  const people = [person('b', '9'), person('a', '9'), person('c', '10')]
  assert.deepEqual(
    sorted(people, readSort('-spent')).map(({ name }) => name),
    ['c', 'a', 'b'],
  )
})

test('a second click turns the order round; an unknown column is by name', () => {
  assert.deepEqual(nextSort(readSort('spent'), 'spent'), { column: 'spent', down: true })
  assert.deepEqual(nextSort(readSort('name'), 'granted'), { column: 'granted', down: true })
  assert.deepEqual(readSort('nonsense'), { column: 'name', down: false })
})
