import { Waterfall } from '../../charts/Waterfall.tsx'
import type { FallRow } from '../../charts/Waterfall.tsx'
import { nano, percent, usd } from '../../lib/money.ts'
import { STAGES } from '../../lib/value.ts'
import type { PersonValue, Sums, Value } from '../../lib/value.ts'
import { Card } from '../../ui/Card.tsx'
import { signed, STEP } from './words.ts'

/** Two numbers that must not be mixed up: what the promise is at most, and what of it is expected to be used. */
export function StepsCard({ value, own }: { value: Value | PersonValue; own: boolean }) {
  const share = percent(nano(value.steps.expected), nano(value.steps.cap))
  return (
    <Card
      title="From all that is owed to what is expected to be used"
      note={
        own
          ? `The first is the most you can get, the last what is likely: ${share ?? 'nothing'} of it. Neither is a promise about prices.`
          : `The first is the most that can be asked for, the last what is likely: ${share ?? 'nothing'} of it. They are two numbers, and stay two.`
      }
    >
      <Waterfall label="From the cap to expected use" rows={rowsOf(value.steps)} />
    </Card>
  )
}

function rowsOf(steps: Sums['steps']): FallRow[] {
  let before = nano(steps.cap)
  const rows: FallRow[] = [{ name: 'All that is owed', amount: before, kind: 'total', text: usd(before) }]
  for (const stage of STAGES) {
    const amount = nano(steps[stage]) - before
    before = nano(steps[stage])
    if (amount === 0n) continue
    rows.push({ name: STEP[stage].name, says: STEP[stage].says, amount, kind: 'part', text: signed(amount) })
  }
  rows.push({ name: 'Expected to be used', amount: before, kind: 'total', text: usd(before) })
  return rows
}
