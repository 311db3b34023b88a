import { useQuery } from '@tanstack/react-query'

import { useAddress } from '../../lib/address.ts'
import { companySlaPath, companySlaQuery, slaPath, slaQuery } from '../../lib/cluster.ts'
import type { CompanySla, Statement } from '../../lib/cluster.ts'
import { curlOf } from '../../lib/links.ts'
import { count } from '../../lib/money.ts'
import { mayReadReports, useSession, useSubject } from '../../lib/viewer.tsx'
import { useTitle } from '../../shell/useTitle.ts'
import { Ask } from '../../ui/Ask.tsx'
import { Card, PageHead } from '../../ui/Card.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Empty } from '../../ui/States.tsx'
import { MonthPicker, useMonth } from './MonthPicker.tsx'
import { StatementCard } from './StatementCard.tsx'
import { StatementTable } from './StatementTable.tsx'
import { inOrder, slaAnswer } from './words.ts'

/** Was what we promised delivered, and what is owed? */
export function SlaPage() {
  useTitle('SLA report')
  const reads = mayReadReports(useSession())
  const { search } = useAddress()
  const { month, current } = useMonth(search.month)
  const path = reads ? companySlaPath(month) : slaPath('me', month)
  return (
    <>
      <PageHead
        title="SLA report"
        question={
          reads
            ? 'Was what we promised of GPU-hours delivered, and what is owed?'
            : 'Was what I was promised of GPU-hours delivered, and what is owed?'
        }
        actions={
          <>
            <MonthPicker month={month} current={current} />
            <Copy look="quiet" label="Copy as API call" text={curlOf(location.origin, path)} />
          </>
        }
      />
      <div className="mt-5 flex flex-col gap-4">
        {reads ? <Company month={month} /> : <Own id="me" month={month} />}
      </div>
    </>
  )
}

/** The same of one person, among their pages. */
export function PersonSlaPage() {
  const { id } = useSubject()
  const { search } = useAddress()
  const { month, current } = useMonth(search.month)
  return (
    <div className="mt-4 flex flex-col gap-4">
      <MonthPicker month={month} current={current} />
      <Own id={id} month={month} />
    </div>
  )
}

const breachesIn = (statements: readonly Statement[]): number =>
  statements.reduce((sum, { breaches }) => sum + breaches.length, 0)

const Answer = ({ statements }: { statements: readonly Statement[] }) => {
  const broken = breachesIn(statements)
  return (
    <section aria-label="Breaches" className="card p-4 sm:p-5">
      <h2 className="text-sm font-medium text-ink-2">Promises that were not kept</h2>
      <p className="num mt-1 text-[44px] leading-[52px] font-semibold tracking-[-0.03em]">{count(broken)}</p>
      <p className="max-w-[72ch] text-base text-pretty text-ink-2">{slaAnswer(statements)}</p>
    </section>
  )
}

function Company({ month }: { month: string }) {
  const query = useQuery(companySlaQuery(month))
  return (
    <Ask query={query} height={480} label="the report">
      {(sla: CompanySla) =>
        sla.statements.length === 0 ? (
          <section className="card" aria-label="SLA report">
            <Empty title="Nothing was promised in this month">
              A contract of GPU-hours or nodes with guarantees, such as how long a job may wait, is audited
              here from its first day on.
            </Empty>
          </section>
        ) : (
          <>
            <Answer statements={sla.statements} />
            <Card
              flush
              title="By person"
              note="One row for each person, accelerator and tier; a row opens the statement with its evidence. Amounts in GPU-hours."
            >
              <StatementTable statements={sla.statements} month={month} />
            </Card>
            {!sla.complete && <p className="text-sm text-ink-2">The first 500 are shown.</p>}
          </>
        )
      }
    </Ask>
  )
}

function Own({ id, month }: { id: string; month: string }) {
  const query = useQuery(slaQuery(id, month))
  return (
    <Ask query={query} height={480} label="the report">
      {({ statements }) =>
        statements.length === 0 ? (
          <section className="card" aria-label="SLA report">
            <Empty title="Nothing was promised in this month">
              When a contract promises how GPU-hours are delivered, every month of it is audited here.
            </Empty>
          </section>
        ) : (
          <>
            <Answer statements={statements} />
            {inOrder(statements).map((statement) => (
              <StatementCard key={statement.asset} statement={statement} person={id} />
            ))}
          </>
        )
      }
    </Ask>
  )
}
