import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Preview, PreviewTranche } from '../../lib/templates.ts'
import { blockerSays, datedOf, scheduleSays, spanOf } from './schedule.ts'

const tranche = (n: number, date: string | null, dollars: string): PreviewTranche => ({
  n,
  date,
  quantity: `${dollars}000000000`,
  state: date === null ? 'unresolved' : 'resolved',
  cause: { kind: date === null ? 'event' : 'time' },
  expires_at: null,
})
const preview = (quantity: string, unresolved: string, ...tranches: PreviewTranche[]): Preview => ({
  asset: 'USD',
  denomination: 'usd',
  quantity: `${quantity}000000000`,
  counted: `${quantity}000000000`,
  as_of: '2026-01-15',
  start_date: '2026-02-01',
  grant_date: '2026-02-01',
  tranches,
  storable: { total: '0', tranches: 0 },
  resolves_to: { total: '0', tranches: 0 },
  unresolved: `${unresolved}000000000`,
  impossible: '0',
  blockers: [],
  words: [],
  warnings: [],
})

test('a schedule is one sentence that tells what has a date and what waits', () => {
  const one = preview('10', '0', tranche(1, '2026-03-01', '10'))
  assert.equal(scheduleSays(one), 'In 1 tranche, on Mar 1, 2026.')
  const two = preview(
    '30',
    '10',
    tranche(1, '2026-03-01', '5'),
    tranche(2, '2026-04-01', '15'),
    tranche(3, null, '10'),
  )
  assert.equal(
    scheduleSays(two),
    '$20.00 in 2 tranches, from Mar 1, 2026 to Apr 1, 2026. $10.00 waits for an event.',
  )
  assert.equal(datedOf(two).length, 2)
  assert.equal(scheduleSays(preview('10', '10', tranche(1, null, '10'))), '$10.00 waits for an event.')
})

test('the chart begins today or at the start, whichever is first, and is never narrower than a month', () => {
  const { from, to, now } = spanOf(preview('10', '0', tranche(1, '2026-02-01', '10')))
  assert.equal(from, now)
  assert.ok(to - from >= 30 * 86_400_000)
})

test('what blocks is told with its event and the days on which it counts', () => {
  const all = preview('10', '10')
  const event = { kind: 'event', event: 'launch', quantity: '10000000000' } as const
  const says = (after: string | null, before: string | null): string =>
    blockerSays({ ...event, after, before }, all)
  assert.equal(says(null, null), '$10.00 waits for “launch”.')
  assert.equal(says(null, '2027-01-01'), '$10.00 waits for “launch”, which counts up to Jan 1, 2027.')
  assert.equal(
    says('2026-05-01', '2027-01-01'),
    '$10.00 waits for “launch”, which counts from May 1, 2026 to Jan 1, 2027.',
  )
})
