import { useState } from 'react'
import { ChartColumn, Table2 } from 'lucide-react'

import { cumulative } from '../../charts/geometry.ts'
import { OverlayChart, OverlayTable } from '../../charts/OverlayChart.tsx'
import { moments } from '../../charts/overlay.ts'
import type { DateText } from '../../lib/base.ts'
import type { Contract } from '../../lib/grants.ts'
import type { Planned } from '../../lib/life.ts'
import { Button } from '../../ui/Button.tsx'
import { spanOf } from './words.ts'

/** The old schedule and the new one laid over each other, and the same as a table. */
export function Overlaid({
  grant,
  from,
  installments,
  today,
}: {
  grant: Contract
  /** The first day of the new schedule. */
  from: DateText
  installments: readonly Planned[]
  today: DateText
}) {
  const [asTable, setAsTable] = useState(false)
  const { before, after } = schedules(grant, installments, today)
  const shown = {
    all: moments(before, after),
    asset: grant.asset,
    names: { before: 'As it is', after: 'As it would be' },
  }
  return (
    <div>
      <div className="flex justify-end">
        <Button look="quiet" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? <ChartColumn size={14} aria-hidden /> : <Table2 size={14} aria-hidden />}
          {asTable ? 'View as chart' : 'View as table'}
        </Button>
      </div>
      {asTable ? (
        <div className="max-h-72 overflow-y-auto rounded-lg border border-line bg-surface">
          <OverlayTable {...shown} />
        </div>
      ) : (
        <OverlayChart
          {...shown}
          span={spanOf([...before, ...after], [grant.start_date, from])}
          mark={{ on: from, text: 'From here' }}
          label="The schedule as it is, dashed, and as it would be, solid."
        />
      )}
    </div>
  )
}

/** What is due by today vests before anything changes, so it stands on both sides. */
function schedules(
  { tranches }: Pick<Contract, 'tranches'>,
  installments: readonly Planned[],
  today: DateText,
) {
  const stays = tranches.filter(
    ({ state, date }) => state === 'vested' || (state !== 'forfeited' && date <= today),
  )
  const planned = installments.map(({ date, quantity }) => ({ date, quantity, state: 'upcoming' as const }))
  return { before: cumulative(tranches), after: cumulative([...stays, ...planned]) }
}
