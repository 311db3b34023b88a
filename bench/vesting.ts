import { addDays } from '#base/time.ts'
import { schedule } from '#vesting/schedule.ts'
import type { BenchOptions } from './run.ts'
import { runLedger } from './vesting-ledger.ts'

const GRANTS = 100_000
const TRANCHES = 48

/** Four years, monthly, every month of its own: the most tranches a usual grant has. */
const TEMPLATE = [
  { order: 1, percentage: '1', schedule: { occurrences: TRANCHES, period: 1, period_type: 'MONTHS' } },
]

/** Both halves of vesting: what falls due when, and making a month's due tranches spendable. */
export async function run({ rounds, log }: BenchOptions) {
  const schedules = computeSchedules()
  const ledger = await runLedger({ rounds, log })
  return { schedules, ledger, kept: schedules.kept && ledger.kept }
}

/**
 * Computes the schedules of 100,000 grants one by one on one core, each with its own start and quantity, template
 * parsing included. Every sum is checked, so a fast wrong answer cannot pass.
 */
function computeSchedules() {
  const starts = Array.from({ length: 1_461 }, (_, day) => addDays('2024-01-01', day))
  const from = performance.now()
  let tranches = 0
  for (let grant = 0; grant < GRANTS; grant += 1) {
    const quantity = 24_000_000_000_000n + BigInt(grant) * 7n
    const { installments, total } = schedule({
      template: TEMPLATE,
      quantity,
      runtime: { startDate: starts[grant % starts.length]! },
    })
    if (total !== quantity)
      throw new Error(`grant ${grant}: the tranches sum to ${total}, not to ${quantity}`)
    tranches += installments.length
  }
  const seconds = (performance.now() - from) / 1_000
  return {
    grants: GRANTS,
    tranches,
    seconds: Number(seconds.toFixed(3)),
    tranchesPerSecond: Math.round(tranches / seconds),
    kept: seconds < 2,
  }
}
