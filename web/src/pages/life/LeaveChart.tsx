import type { ReactNode } from 'react'

import { OverlayChart, OverlayTable } from '../../charts/OverlayChart.tsx'
import { moments } from '../../charts/overlay.ts'
import { Twin } from '../../charts/Twin.tsx'
import type { Grant } from '../../lib/contract.ts'
import type { GrantPlan, LeavePlan } from '../../lib/life.ts'
import { amountShort } from '../../lib/money.ts'
import { dateWords } from '../../lib/time.ts'
import { leaveSteps, spanOf } from './words.ts'

/** What vests by then against what is lost. */
export function LeaveChart({
  plan,
  grant,
  promise,
  title,
  actions,
}: {
  plan: LeavePlan
  grant: GrantPlan | undefined
  promise: Pick<Grant, 'tranches' | 'start_date'> & { readonly asset?: GrantPlan['asset'] }
  title: string
  actions?: ReactNode
}) {
  const asset = grant?.asset ?? promise.asset ?? 'USD'
  const { planned, kept } = leaveSteps(promise.tranches, plan, grant)
  const [all, most] = [planned.at(-1)?.total ?? 0n, kept.at(-1)?.total ?? 0n]
  const lost = all > most ? all - most : 0n
  const summary =
    lost === 0n
      ? `All of the ${amountShort(all, asset)} vests, whether or not somebody leaves on ${dateWords(plan.on)}.`
      : `Of ${amountShort(all, asset)}, ${amountShort(most, asset)} vests before ${dateWords(plan.on)}; ${amountShort(lost, asset)} never does.`
  const names = { before: 'As planned', after: 'Leaving' }
  const shown = { all: moments(planned, kept), asset, names }
  return (
    <Twin
      title={title}
      summary={summary}
      actions={actions}
      chart={
        <>
          <OverlayChart
            {...shown}
            span={spanOf(planned, [promise.start_date, plan.on])}
            mark={{ on: plan.on, text: 'Leaves' }}
            label={`Vested over time, as planned and when leaving. ${summary}`}
          />
          <Legend />
        </>
      }
      table={<OverlayTable {...shown} />}
    />
  )
}

const Legend = () => (
  <ul className="mt-2 flex flex-wrap gap-x-5 gap-y-1 text-xs text-ink-2">
    <li className="flex items-center gap-2">
      <span aria-hidden className="cue-available inline-block size-3 rounded-[3px]" /> vests
    </li>
    <li className="flex items-center gap-2">
      <span aria-hidden className="cue-forfeited inline-block size-3 rounded-[3px]" /> was planned, and is
      lost
    </li>
  </ul>
)
