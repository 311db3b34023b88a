import { useState } from 'react'

import type { Breach, Statement } from '../../lib/cluster.ts'
import { gpuHours } from '../../lib/hours.ts'
import { nano } from '../../lib/money.ts'
import { dateWords } from '../../lib/time.ts'
import { useSession } from '../../lib/viewer.tsx'
import { A } from '../../ui/A.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { Button } from '../../ui/Button.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { Time } from '../../ui/Time.tsx'
import { CreditDialog } from './CreditDialog.tsx'
import { breachWords } from './words.ts'

/** Each breach with the jobs that show it, and what makes it good. */
export function BreachTable({ statement, person }: { statement: Statement; person: string }) {
  const session = useSession()
  const mayCredit =
    session.permissions.includes('grant:write') && person !== 'me' && person !== session.person.id
  const [asked, setAsked] = useState<Breach | null>(null)
  return (
    <div className="mt-2 border-t border-line">
      <h3 className="px-4 pt-4 pb-2 text-base font-semibold sm:px-5">What was not kept</h3>
      <Table label="Breaches">
        <thead>
          <tr>
            <Th>Breach</Th>
            <Th wide>When</Th>
            <Th wide>Jobs</Th>
            <Th right>Credit</Th>
          </tr>
        </thead>
        <tbody>
          {statement.breaches.map((breach) => (
            <Tr key={`${breach.grant_id} ${breach.key}`}>
              <Td>
                <span className="font-medium">{breachWords(breach, statement)}</span>
                <span className="block text-xs text-ink-2 sm:hidden">{jobsOf(breach)}</span>
              </Td>
              <Td wide className="whitespace-nowrap text-ink-2">
                {breach.kind === 'preemption' ? <Time at={breach.at} /> : 'over the month'}
              </Td>
              <Td wide className="max-w-64 text-ink-2">
                {jobsOf(breach)}
              </Td>
              <Td right>
                <Remedy
                  breach={breach}
                  statement={statement}
                  onCredit={mayCredit ? () => setAsked(breach) : null}
                />
              </Td>
            </Tr>
          ))}
        </tbody>
      </Table>
      <CreditDialog
        key={asked?.key ?? ''}
        breach={asked}
        statement={statement}
        person={person}
        onClose={() => setAsked(null)}
      />
    </div>
  )
}

function jobsOf({ runs, run_count: all }: Breach): string {
  if (all === 0) return 'the nodes themselves'
  const shown = runs.slice(0, 4).map(({ job, cluster }) => `${cluster} ${job}`)
  return all > shown.length ? `${shown.join(', ')} and ${all - shown.length} more` : shown.join(', ')
}

function Remedy({
  breach,
  statement,
  onCredit,
}: {
  breach: Breach
  statement: Statement
  onCredit: (() => void) | null
}) {
  const hours = `${gpuHours(nano(breach.remedy), statement.asset)} h`
  if (breach.credited)
    return (
      <>
        <A href={`/grants/${breach.credited.grant_id}`} className="num figure-link font-medium">
          {gpuHours(nano(breach.credited.quantity), statement.asset)} h
        </A>
        <span className="block text-xs text-ink-3">credited {dateWords(breach.credited.on)}</span>
      </>
    )
  if (nano(breach.remedy) === 0n) {
    const agreed = statement.promises.some(
      ({ grant_id: id, guarantees }) => id === breach.grant_id && guarantees.remedy !== null,
    )
    return <span className="text-ink-3">{agreed ? 'ceiling reached' : 'none agreed'}</span>
  }
  if (!breach.final)
    return (
      <>
        <span className="num">{hours}</span>
        <span className="block text-xs text-ink-3">when the month is over</span>
      </>
    )
  return onCredit ? (
    <Button onClick={onCredit}>Credit {hours}</Button>
  ) : (
    <>
      <span className="num font-medium">{hours}</span>
      <span className="mt-0.5 block">
        <Badge tone="warn">owed</Badge>
      </span>
    </>
  )
}
