import { ChartColumn, Table2 } from 'lucide-react'
import { useState } from 'react'
import type { ReactNode } from 'react'

import { Button } from '../ui/Button.tsx'
import { Card } from '../ui/Card.tsx'

/** A chart and its twin, the same data as a table; the sentence above both says what they show. */
export function Twin({
  title,
  summary,
  chart,
  table,
  actions,
}: {
  title: string
  summary: ReactNode
  chart: ReactNode
  table: ReactNode
  actions?: ReactNode
}) {
  const [asTable, setAsTable] = useState(false)
  return (
    <Card
      title={title}
      note={summary}
      flush={asTable}
      actions={
        <>
          {actions}
          <Button look="quiet" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
            {asTable ? <ChartColumn size={14} aria-hidden /> : <Table2 size={14} aria-hidden />}
            {asTable ? 'View as chart' : 'View as table'}
          </Button>
        </>
      }
    >
      {asTable ? <div className="max-h-[420px] overflow-y-auto">{table}</div> : chart}
    </Card>
  )
}
