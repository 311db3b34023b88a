import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { anyQuantity } from '../../test/support/lives.ts'
import type { Acceleration, Life, Timeline } from './life.ts'
import { timeline } from './life.ts'

const yearly = [{ order: 1, percentage: '1', schedule: { occurrences: 4, period: 1, period_type: 'YEARS' } }]
const clause = (more: Partial<Acceleration>): Acceleration => ({
  id: 'clause',
  events: ['sale'],
  withinMonths: null,
  share: '1',
  from: 'soonest',
  ...more,
})
const fired = (...all: readonly (readonly [string, string])[]) =>
  all.map(([event_id, date]) => ({ event_id, date }))

function ask(more: {
  readonly acceleration: readonly Acceleration[]
  readonly events?: ReturnType<typeof fired>
  readonly quantity?: bigint
  readonly leaving?: Life['leaving']
  readonly asOf?: string
}): Timeline {
  const { acceleration, events = [], quantity = 400n, leaving, asOf = '2024-01-01' } = more
  return timeline(
    {
      template: yearly,
      quantity,
      runtime: { startDate: '2024-02-29', eventFirings: events },
      clauses: { acceleration },
      leaving,
    },
    asOf,
  )
}
const shown = ({ resolvesTo }: Timeline): string[] =>
  resolvesTo.installments.map(({ date, quantity }) => `${date} ${quantity}`)

test('a part comes from the soonest, from the latest, or from all alike', () => {
  const events = fired(['sale', '2025-06-01'])
  const of = (from: Acceleration['from']): string[] =>
    shown(ask({ acceleration: [clause({ share: '0.5', from })], events }))
  assert.deepEqual(of('soonest'), ['2025-02-28 100', '2025-06-01 150', '2027-02-28 50', '2028-02-29 100'])
  assert.deepEqual(of('latest'), ['2025-02-28 100', '2025-06-01 150', '2026-02-28 100', '2027-02-28 50'])
  assert.deepEqual(of('pro_rata'), [
    '2025-02-28 100',
    '2025-06-01 150',
    '2026-02-28 50',
    '2027-02-28 50',
    '2028-02-29 50',
  ])
})

test('a double trigger needs both events within its months, to the day', () => {
  const acceleration = [clause({ events: ['sale', 'dismissal'], withinMonths: 1 })]
  const rest = (dismissal: string): string[] =>
    shown(ask({ acceleration, events: fired(['sale', '2026-01-31'], ['dismissal', dismissal]) }))
  assert.deepEqual(rest('2026-02-28'), ['2025-02-28 100', '2026-02-28 100', '2026-02-28 200'])
  assert.equal(rest('2026-03-01').length, 4)
  assert.equal(shown(ask({ acceleration, events: fired(['sale', '2026-01-31']) })).length, 4)
})

test('what is missing for a double trigger is told, as long as it can still come', () => {
  const acceleration = [clause({ events: ['sale', 'dismissal'], withinMonths: 12 })]
  const events = fired(['sale', '2025-06-01'])
  const at = (asOf: string) => ask({ acceleration, events, asOf }).absenceAssumptions
  const missing = { event: 'dismissal', effect: 'accelerates', of: 'clause', together: [] }
  assert.deepEqual(at('2026-05-31'), [{ ...missing, later: true }])
  assert.deepEqual(at('2026-06-01'), [{ ...missing, later: false }])
})

test('accelerations of the last day come before what is left is lost', () => {
  const acceleration = [clause({ events: ['dismissal'], share: '0.5', from: 'soonest' })]
  const leaving = { on: '2025-06-01', unvested: 'forfeit' } as const
  const left = ask({ acceleration, events: fired(['dismissal', '2025-06-01']), leaving, asOf: '2025-06-01' })
  assert.deepEqual(shown(left), ['2025-02-28 100', '2025-06-01 150'])
  assert.equal(left.impossible, 150n)
  assert.deepEqual(left.storable, left.resolvesTo)
  const late = ask({ acceleration, events: fired(['dismissal', '2025-06-02']), leaving })
  assert.deepEqual(shown(late), ['2025-02-28 100'])
})

test('what waits for an event is unvested too, and comes last', () => {
  const life: Life = {
    template: [
      { order: 1, percentage: '0.5', event_condition: { event_id: 'launch' } },
      { order: 2, percentage: '0.5', schedule: { occurrences: 1, period: 1, period_type: 'YEARS' } },
    ],
    quantity: 100n,
    runtime: { startDate: '2025-01-01', eventFirings: fired(['sale', '2025-06-01']) },
    clauses: { acceleration: [clause({ share: '0.75' })] },
  }
  const { resolvesTo, unresolved } = timeline(life, '2025-06-01')
  assert.deepEqual(resolvesTo.installments, [{ date: '2025-06-01', quantity: 75n }])
  assert.equal(unresolved, 25n)
})

test('exactly the floor of the share of what is left vests early, and nothing is lost by it', () => {
  fc.assert(
    fc.property(
      anyQuantity,
      fc.bigInt({ min: 1n, max: 10_000n }),
      fc.constantFrom('soonest', 'latest', 'pro_rata'),
      (quantity, permyriad, from) => {
        const share = permyriad === 10_000n ? '1' : `0.${String(permyriad).padStart(4, '0')}`
        const events = fired(['sale', '2026-07-01'])
        const { tranches, resolvesTo } = ask({ acceleration: [clause({ share, from })], events, quantity })
        const early = tranches.find(({ cause }) => cause.kind === 'acceleration')?.quantity ?? 0n
        const vested = (quantity * 2n) / 4n
        assert.equal(early, ((quantity - vested) * permyriad) / 10_000n)
        assert.equal(resolvesTo.total, quantity)
      },
    ),
  )
})
