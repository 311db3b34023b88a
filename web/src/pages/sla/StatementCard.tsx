import { CircleCheck, CircleX, Download, Minus } from 'lucide-react'

import { evidencePath } from '../../lib/cluster.ts'
import type { Statement } from '../../lib/cluster.ts'
import { assetWords, waitWords } from '../../lib/hours.ts'
import { instantDay } from '../../lib/time.ts'
import { A } from '../../ui/A.tsx'
import { buttonClass } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { Time } from '../../ui/Time.tsx'
import { BreachTable } from './BreachTable.tsx'
import { Hours } from './Hours.tsx'
import { measuresOf, type Verdict } from './words.ts'

/** One accelerator and tier of one person: what was promised, what was measured, each breach, and the way to the evidence. */
export function StatementCard({ statement, person }: { statement: Statement; person: string }) {
  const { asset, month } = statement
  return (
    <Card
      flush
      title={assetWords(asset)}
      note={
        <>
          From {instantDay(Date.parse(statement.from))} to {instantDay(Date.parse(statement.until) - 1)}{' '}
          (UTC), as of <Time at={statement.as_of} />.{statement.open && ' The month is not over.'}
        </>
      }
      actions={
        <>
          {(['json', 'csv'] as const).map((format) => (
            <a
              key={format}
              className={buttonClass('quiet')}
              href={evidencePath(person, { month, asset }, format)}
              download
            >
              <Download size={14} aria-hidden />
              {format === 'json' ? 'Evidence' : 'Rows as CSV'}
            </a>
          ))}
        </>
      }
    >
      <Hours statement={statement} person={person} />
      <Table label={`What was promised and measured of ${assetWords(asset)}`}>
        <thead>
          <tr>
            <Th>Promise</Th>
            <Th>Promised</Th>
            <Th>Measured</Th>
            <Th>Kept?</Th>
          </tr>
        </thead>
        <tbody>
          {measuresOf(statement).map((measure) => (
            <Tr key={measure.name}>
              <Td className="font-medium">{measure.name}</Td>
              <Td className="text-ink-2">{measure.promised}</Td>
              <Td>
                {measure.measured}
                {measure.note && (
                  <span className="block max-w-[48ch] text-xs text-pretty text-ink-3">{measure.note}</span>
                )}
              </Td>
              <Td>
                <Kept verdict={measure.verdict} />
              </Td>
            </Tr>
          ))}
        </tbody>
      </Table>
      {statement.breaches.length > 0 && <BreachTable statement={statement} person={person} />}
      <div className="flex flex-col gap-1 border-t border-line px-4 py-3 text-xs text-pretty text-ink-3 sm:px-5">
        {statement.hold.count > 0 && (
          <p>
            Perq itself kept jobs back for {waitWords(statement.hold.p50)} (p50),{' '}
            {waitWords(statement.hold.p95)} (p95) while it placed their holds; that is not part of the queue
            wait.
          </p>
        )}
        {statement.wait.count > 0 && <p>{statement.wait.method}</p>}
        <p>
          By{' '}
          {statement.promises.map((promise, at) => (
            <span key={`${promise.grant_id} ${promise.from}`}>
              {at > 0 && ', '}
              <A href={`/grants/${promise.grant_id}`} className="text-accent hover:underline">
                {promise.name}
              </A>
            </span>
          ))}
          .
        </p>
      </div>
    </Card>
  )
}

const LOOKS: Readonly<Record<Verdict, { readonly text: string; readonly className: string }>> = {
  kept: { text: 'kept', className: 'text-available' },
  broken: { text: 'not kept', className: 'text-danger' },
  none: { text: 'no test', className: 'text-ink-3' },
}

function Kept({ verdict }: { verdict: Verdict }) {
  const { text, className } = LOOKS[verdict]
  const Icon = verdict === 'kept' ? CircleCheck : verdict === 'broken' ? CircleX : Minus
  return (
    <span className={`inline-flex items-center gap-1.5 text-sm font-medium whitespace-nowrap ${className}`}>
      <Icon size={14} aria-hidden className="shrink-0" /> {text}
    </span>
  )
}
