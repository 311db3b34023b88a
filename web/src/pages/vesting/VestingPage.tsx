import { useQuery } from '@tanstack/react-query'

import { Cue } from '../../charts/BalanceBar.tsx'
import { CumulativeChart } from '../../charts/CumulativeChart.tsx'
import { cumulative } from '../../charts/geometry.ts'
import { spanOf } from '../../charts/TrancheChart.tsx'
import { Twin } from '../../charts/Twin.tsx'
import { dayOf } from '../../lib/base.ts'
import type { Grant } from '../../lib/contract.ts'
import { curlOf } from '../../lib/links.ts'
import { nano, percent, usd, usdExact, usdHeading } from '../../lib/money.ts'
import { grantsPath, grantsQuery } from '../../lib/queries.ts'
import { dateWords } from '../../lib/time.ts'
import { useNow, useSubject } from '../../lib/viewer.tsx'
import { useTitle } from '../../shell/useTitle.ts'
import { Amount } from '../../ui/Amount.tsx'
import { Ask } from '../../ui/Ask.tsx'
import { PageHead } from '../../ui/Card.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { DateOf } from '../../ui/Time.tsx'
import { NoGrant } from '../wallet/NoGrant.tsx'
import { coming, vestingAnswer } from './answers.ts'
import { GrantCard } from './GrantCard.tsx'
import { SeatGrant } from './SeatGrant.tsx'

/** When do I get what? */
export function VestingPage() {
  const { id, readOnly } = useSubject()
  useTitle('Vesting')
  const query = useQuery(grantsQuery(id))
  return (
    <>
      {!readOnly && (
        <PageHead
          title="Vesting"
          question="When do I get what?"
          actions={
            <Copy look="quiet" label="Copy as API call" text={curlOf(location.origin, grantsPath(id))} />
          }
        />
      )}
      <div className="mt-5 flex flex-col gap-4">
        <Ask query={query} height={640} label="vesting">
          {({ grants }) => {
            const dollars = grants.filter((grant) => grant.denomination === 'usd')
            const seats = grants.filter((grant) => grant.denomination === 'seat_month')
            const others = grants.filter(
              ({ denomination }) => denomination !== 'usd' && denomination !== 'seat_month',
            )
            if (grants.length === 0) return <NoGrant />
            return (
              <>
                {dollars.length > 0 && <Grants grants={dollars} />}
                <Others grants={others} />
                {seats.map((grant) => (
                  <SeatGrant key={grant.id} grant={grant} />
                ))}
              </>
            )
          }}
        </Ask>
      </div>
    </>
  )
}

function Grants({ grants }: { grants: readonly Grant[] }) {
  const now = useNow()()
  return (
    <>
      <Next grants={grants} now={now} />
      {grants.map((grant) => (
        <GrantCard key={grant.id} grant={grant} now={now} />
      ))}
      <Total grants={grants} now={now} />
    </>
  )
}

/** What counts in something else than dollars stands for itself: hours and dollars make no sum. */
function Others({ grants }: { grants: readonly Grant[] }) {
  const now = useNow()()
  return grants.map((grant) => <GrantCard key={grant.id} grant={grant} now={now} />)
}

function Next({ grants, now }: { grants: readonly Grant[]; now: number }) {
  const next = coming(grants)[0]
  const quantity = nano(next?.tranche.quantity)
  return (
    <section aria-label="Next tranche" className="card p-4 sm:p-5">
      <h2 className="text-sm font-medium text-ink-2">{next ? 'Next tranche' : 'Vesting is complete'}</h2>
      <div className="mt-1 flex flex-wrap items-baseline gap-x-3">
        <p
          className="num text-[44px] leading-[52px] font-semibold tracking-[-0.03em]"
          title={usdExact(quantity)}
        >
          {next ? usdHeading(quantity) : 'Nothing left'}
        </p>
        {next && <p className="text-lg text-ink-2">on {dateWords(next.tranche.date)}</p>}
      </div>
      <p className="mt-2 max-w-[64ch] text-base text-pretty text-ink-2">{vestingAnswer(grants, now)}</p>
      <ul className="mt-4 flex flex-wrap gap-x-5 gap-y-1 border-t border-line pt-4 text-sm text-ink-2">
        <Key state="available" text="vested" />
        <Key state="spent" text="spent, laid over vested" />
        <Key state="unvested" text="upcoming" />
        <Key state="expired" text="expired or forfeited" />
      </ul>
    </section>
  )
}

const Key = ({ state, text }: { state: 'available' | 'spent' | 'unvested' | 'expired'; text: string }) => (
  <li className="flex items-center gap-2">
    <Cue state={state} /> {text}
  </li>
)

function Total({ grants, now }: { grants: readonly Grant[]; now: number }) {
  const steps = cumulative(grants.flatMap((grant) => grant.tranches))
  const reached = steps.filter((step) => step.at <= now).at(-1)?.total ?? 0n
  const total = steps.at(-1)?.total ?? 0n
  const last = steps.at(-1)
  const summary = last
    ? `${usd(reached)} of ${usd(total)} has vested by today (${percent(reached, total) ?? '0%'}); all of it by ${dateWords(dayOf(last.at))}.`
    : 'Nothing vests.'
  const span = spanOf(grants)
  return (
    <Twin
      title="All grants over time"
      summary={summary}
      chart={
        <CumulativeChart
          steps={steps}
          span={{ from: span.from, to: Math.max(span.to, now), now }}
          label={`Vested over time, all grants. ${summary}`}
        />
      }
      table={
        <Table label="Vested over time, all grants">
          <thead>
            <tr>
              <Th>Date</Th>
              <Th right>Vested by then</Th>
              <Th right>Of all grants</Th>
            </tr>
          </thead>
          <tbody>
            {steps.map((step) => (
              <Tr key={step.at} className={step.at > now ? 'text-ink-2' : ''}>
                <Td>
                  <DateOf date={dayOf(step.at)} />
                </Td>
                <Td right>
                  {step.at <= now ? (
                    <Amount value={step.total} entries={{ kind: 'vested', to: dayOf(step.at) }} />
                  ) : (
                    <Amount value={step.total} />
                  )}
                </Td>
                <Td right>{percent(step.total, total)}</Td>
              </Tr>
            ))}
          </tbody>
        </Table>
      }
    />
  )
}
