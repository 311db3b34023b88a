import type { ReactNode } from 'react'

import type { Grant } from '../../lib/contract.ts'
import type { GrantPlan, LeavePlan, LeavePreview } from '../../lib/life.ts'
import { count } from '../../lib/money.ts'
import { dateWords } from '../../lib/time.ts'
import { A } from '../../ui/A.tsx'
import { Amount } from '../../ui/Amount.tsx'
import { Card } from '../../ui/Card.tsx'
import { DateOf } from '../../ui/Time.tsx'
import { LeaveChart } from './LeaveChart.tsx'
import { Entries, EntryTable, unitName } from './PlanEntries.tsx'
import { lostOf, purposeWords, ruleWords, sumsOf, usableLines } from './words.ts'
import type { AssetSum } from './words.ts'

/** What becomes of everything, asset by asset: hours and dollars make no sum. */
export function PlanSums({ plan }: { plan: LeavePlan }) {
  const sums = sumsOf(plan)
  if (sums.length === 0) return null
  return (
    <div className="flex flex-col divide-y divide-line">
      {sums.map((one) => (
        <div key={one.asset} data-asset={one.asset} className="py-4 first:pt-0 last:pb-0">
          {(sums.length > 1 || one.asset !== 'USD') && (
            <h3 className="mb-2 text-sm font-medium">{unitName(one.asset)}</h3>
          )}
          <dl className="grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-[repeat(auto-fit,minmax(150px,1fr))]">
            <Sum name="Still vests" cue="available" value={one.vests + one.accelerates} of={one} />
            <Sum name="Usable afterwards" cue="available" value={one.usable} of={one} />
            <Sum name="Lost" cue="forfeited" value={lostOf(one)} of={one} />
            {one.continues > 0n && (
              <Sum name="Goes on vesting" cue="unvested" value={one.continues} of={one} />
            )}
            {one.expiresAnyway > 0n && (
              <Sum name="Expires anyway" cue="expired" value={one.expiresAnyway} of={one} />
            )}
            {one.held > 0n && <Sum name="In calls that run" cue="held" value={one.held} of={one} />}
          </dl>
        </div>
      ))}
    </div>
  )
}

const Sum = ({ name, cue, value, of }: { name: string; cue: string; value: bigint; of: AssetSum }) => (
  <div>
    <dt className="flex items-center gap-2 text-sm text-ink-2">
      <span aria-hidden className={`cue-${cue} inline-block size-3 shrink-0 rounded-[3px]`} />
      {name}
    </dt>
    <dd className="mt-0.5 text-lg font-semibold tracking-[-0.01em]">
      <Amount value={value} asset={of.asset} unit={false} />
    </dd>
  </div>
)

/** One grant: its rule, the two schedules, what stays usable, and the rows that will be written. */
export function GrantPlanCard({
  plan,
  grant,
  promise,
  done = false,
  narrow = false,
}: {
  plan: LeavePlan
  grant: GrantPlan
  /** With its tranches, when they are at hand. */
  promise?: Pick<Grant, 'tranches' | 'start_date'> | undefined
  /** It has been carried out. */
  done?: boolean
  /** In a panel, where a table has little room. */
  narrow?: boolean
}) {
  const byThen = grant.entries.filter(({ when }) => when === 'by_then')
  const leaving = grant.entries.filter(({ when }) => when === 'leaving')
  return (
    <div className="flex flex-col gap-4">
      {promise && promise.tranches.length > 0 && (
        <LeaveChart plan={plan} grant={grant} promise={promise} title={grant.name} />
      )}
      <Card flush title={`${grant.name}: what ${done ? 'was' : 'is'} written`} note={ruleWords(grant)}>
        {grant.usable.length > 0 && (
          <UsableList grants={[grant]} className="border-t border-line px-4 py-3 sm:px-5" />
        )}
        {leaving.length > 0 ? (
          <Entries
            entries={leaving}
            grant={grant}
            narrow={narrow}
            label={`Entries of leaving, ${grant.name}`}
          />
        ) : (
          <p className="px-4 pb-4 text-sm text-ink-2 sm:px-5">Leaving itself moves nothing of this grant.</p>
        )}
        {byThen.length > 0 && (
          <details className="border-t border-line">
            <summary className="min-h-11 cursor-pointer px-4 py-3 text-sm text-ink-2 sm:px-5">
              {count(byThen.length)} {byThen.length === 1 ? 'entry' : 'entries'} before the day, with or
              without leaving
            </summary>
            <EntryTable
              entries={byThen}
              grant={grant}
              narrow={narrow}
              label={`Entries before the day, ${grant.name}`}
            />
          </details>
        )}
      </Card>
    </div>
  )
}

/** What stays usable, for which purposes, and until when. */
export const UsableList = ({
  grants,
  className = '',
}: {
  grants: readonly GrantPlan[]
  className?: string
}) => (
  <ul className={`flex flex-col gap-1 text-sm ${className}`}>
    {usableLines(grants).map(({ asset, quantity, until, purposes }) => (
      <li key={`${asset} ${until} ${purposes?.join(' ')}`}>
        <Amount value={quantity} asset={asset} className="font-medium" /> can be used{' '}
        {until === null ? 'without an end' : <>until {dateWords(until)}</>}, {purposeWords(purposes)}.
      </li>
    ))}
  </ul>
)

/** What else happens on the day: keys, sign-in, running calls, offers. */
export function PlanAside({ plan }: { plan: LeavePlan & Partial<Pick<LeavePreview, 'keys'>> }) {
  const { keys, withdrawn, vested_late: late } = plan
  return (
    <Card title="Keys, sign-in and offers" note="What else happens at the beginning of the day, in UTC.">
      <dl className="grid gap-x-8 gap-y-3 text-sm sm:grid-cols-[minmax(140px,200px)_minmax(0,1fr)]">
        {keys && (
          <Fact name="Keys">
            {keys.length === 0 ? (
              'There is no live key.'
            ) : (
              <>
                {keys.length === 1 ? 'One key dies' : `${keys.length} keys die`} within a second:{' '}
                {keys.map(({ id, name, prefix }, at) => (
                  <span key={id}>
                    {at > 0 && ', '}
                    <span className="font-medium">{name}</span>{' '}
                    <code className="text-xs text-ink-3">{prefix}…</code>
                  </span>
                ))}
                .
              </>
            )}
          </Fact>
        )}
        <Fact name="Sign-in">
          {plan.access_until === null ? (
            'No sign-in from that day on.'
          ) : (
            <>
              Until{' '}
              {plan.access_until === '9999-12-31' ? (
                'there is nothing left'
              ) : (
                <DateOf date={plan.access_until} />
              )}
              , new keys can be made {purposeWords(plan.access_purposes)}.
            </>
          )}
        </Fact>
        <Fact name="Calls that run">
          {plan.held === 'finish'
            ? 'They finish and are paid.'
            : 'They are ended and paid for what they used.'}
        </Fact>
        {withdrawn.length > 0 && (
          <Fact name="Withdrawn">
            {withdrawn.map(({ grant_id: id, name, status }, at) => (
              <span key={id}>
                {at > 0 && ', '}
                <A href={`/grants/${id}`} className="figure-link">
                  {name}
                </A>{' '}
                ({status})
              </span>
            ))}
          </Fact>
        )}
        {late.length > 0 && (
          <Fact name="Vested since">
            {late.map(({ name }) => name).join(', ')}: what vested on the day or after it, because leaving is
            told late, stays.
          </Fact>
        )}
      </dl>
    </Card>
  )
}

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <div className="contents">
    <dt className="font-medium text-ink-2 max-sm:-mb-2">{name}</dt>
    <dd className="max-w-[72ch] text-pretty">{children}</dd>
  </div>
)
