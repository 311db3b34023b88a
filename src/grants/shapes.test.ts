import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ALLOCATION_TYPES } from '#vesting/allocate.ts'
import { timeline, type Timeline } from '#vesting/life.ts'
import {
  backWeighted,
  doubleTrigger,
  fourYearMonthly,
  hybrid,
  immediate,
  milestone,
  quarterly,
  sideBySide,
} from './shapes.ts'
import { checkTerms, type Terms } from './terms.ts'

const QUANTITY = 9_007_199_254_740_991n

function vesting(terms: Terms, firings: Readonly<Record<string, string>> = {}): Timeline {
  const allocation = ALLOCATION_TYPES.find((type) => type === terms.allocation)
  const eventFirings = Object.entries(firings).map(([event_id, date]) => ({ event_id, date }))
  const { acceleration } = terms.clauses
  const life = { template: terms.statements, quantity: QUANTITY, allocation, clauses: { acceleration } }
  return timeline({ ...life, runtime: { startDate: '2024-02-29', eventFirings } }, '2024-02-29')
}
const shown = (told: Timeline): string[] =>
  told.resolvesTo.installments.map(({ date, quantity }) => `${date} ${quantity}`)

const SHAPES: Readonly<Record<string, Terms>> = {
  immediate: immediate(),
  quarterly: quarterly(),
  backWeighted: backWeighted(),
  fourYearMonthly: fourYearMonthly(),
  milestone: milestone({ event: 'ships', before: '2026-12-31' }),
  hybrid: hybrid({ event: 'ships' }),
  doubleTrigger: doubleTrigger(),
  sideBySide: sideBySide([
    { share: '0.5', of: quarterly() },
    { share: '0.5', of: milestone({ event: 'ships' }) },
  ]),
}

for (const [name, terms] of Object.entries(SHAPES)) {
  test(`${name}: terms that stand, and every unit is vested or waited for`, () => {
    checkTerms(terms)
    const { vested, upcoming, unresolved, impossible } = vesting(terms)
    assert.equal(vested + upcoming + unresolved, QUANTITY)
    assert.equal(impossible, 0n)
    const fired = vesting(terms, { ships: '2025-03-01' })
    assert.equal(fired.resolvesTo.total, QUANTITY)
  })
}

test('each shape vests when its name says', () => {
  assert.deepEqual(shown(vesting(immediate())), [`2024-02-29 ${QUANTITY}`])
  assert.deepEqual(shown(vesting(backWeighted())), [
    '2025-02-28 450359962737049',
    '2026-02-28 1351079888211149',
    '2027-02-28 3602879701896396',
    '2028-02-29 3602879701896397',
  ])
  assert.equal(shown(vesting(quarterly())).length, 16)
  assert.deepEqual(shown(vesting(milestone({ event: 'ships' }), { ships: '2025-03-01' })), [
    `2025-03-01 ${QUANTITY}`,
  ])
  assert.equal(shown(vesting(hybrid({ event: 'ships' }))).length, 0)
  const sold = { change_of_control: '2025-06-01', dismissal: '2026-05-31' }
  assert.equal(shown(vesting(doubleTrigger(), sold)).at(-1)?.slice(0, 10), '2026-05-31')
})
