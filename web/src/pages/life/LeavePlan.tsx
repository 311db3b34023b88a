import type { ReactNode } from 'react'

import { OverlayChart, OverlayTable } from '../../charts/OverlayChart.tsx'
import { moments } from '../../charts/overlay.ts'
import { Twin } from '../../charts/Twin.tsx'
import { quantityName } from '../../lib/base.ts'
import type { Grant } from '../../lib/contract.ts'
import type { GrantPlan, LeavePlan, LeavePreview, PlanEntry } from '../../lib/life.ts'
import { amountShort, count, nano } from '../../lib/money.ts'
import { dateWords } from '../../lib/time.ts'
import { A } from '../../ui/A.tsx'
import { Amount } from '../../ui/Amount.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { Card } from '../../ui/Card.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { DateOf } from '../../ui/Time.tsx'
import {
  entryName,
  entryTone,
  grouped,
  leaveSteps,
  lostOf,
  purposeWords,
  ruleWords,
  spanOf,
  sumsOf,
  usableLines,
  whyWords,
} from './words.ts'
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

/** A lot each, many do the same: told together first, then one by one for whoever wants to see each. */
function Entries({
  entries,
  grant,
  label,
  narrow,
}: {
  entries: readonly PlanEntry[]
  grant: GrantPlan
  label: string
  narrow: boolean
}) {
  const groups = grouped(entries)
  if (groups.length === entries.length)
    return <EntryTable entries={entries} grant={grant} label={label} narrow={narrow} />
  return (
    <>
      <Table label={`${label}, together`}>
        <EntryHead narrow={narrow} asset={grant.asset} />
        <tbody>
          {groups.map(({ first, count: times, sum: total }) => (
            <EntryRow
              key={`${first.kind} ${first.target} ${first.why}`}
              entry={first}
              asset={grant.asset}
              amount={total}
              times={times}
              narrow={narrow}
            />
          ))}
        </tbody>
      </Table>
      <details className="border-t border-line">
        <summary className="min-h-11 cursor-pointer px-4 py-3 text-sm text-ink-2 sm:px-5">
          All {count(entries.length)} entries, one by one
        </summary>
        <EntryTable entries={entries} grant={grant} label={label} narrow={narrow} />
      </details>
    </>
  )
}

function EntryTable({
  entries,
  grant,
  label,
  narrow,
}: {
  entries: readonly PlanEntry[]
  grant: GrantPlan
  label: string
  narrow: boolean
}) {
  return (
    <Table label={label}>
      <EntryHead narrow={narrow} asset={grant.asset} />
      <tbody>
        {entries.map((entry, at) => (
          <EntryRow
            key={`${at} ${entry.kind} ${entry.lot_id ?? ''}`}
            entry={entry}
            asset={grant.asset}
            amount={nano(entry.amount)}
            times={1}
            narrow={narrow}
          />
        ))}
      </tbody>
    </Table>
  )
}

/** What a figure counts, where its unit is told apart from it. */
const unitName = (asset: GrantPlan['asset']): string => {
  const name = quantityName(asset)
  return name.charAt(0).toUpperCase() + name.slice(1)
}

const EntryHead = ({ narrow, asset }: { narrow: boolean; asset: GrantPlan['asset'] }) => (
  <thead>
    <tr>
      <Th>Entry</Th>
      {!narrow && <Th wide>Moved</Th>}
      <Th right>{asset === 'USD' ? 'Quantity' : unitName(asset)}</Th>
      {!narrow && <Th wide>Why</Th>}
    </tr>
  </thead>
)

const EntryRow = ({
  entry,
  asset,
  amount,
  times,
  narrow,
}: {
  entry: PlanEntry
  asset: GrantPlan['asset']
  amount: bigint
  times: number
  narrow: boolean
}) => (
  <Tr>
    <Td className="align-top">
      <span className="whitespace-nowrap">
        <Badge tone={entryTone(entry)}>{entryName(entry)}</Badge>
        <span className="ml-1.5 text-xs text-ink-3">
          {times > 1 ? `${count(times)} lots` : entry.tranche !== null && `#${entry.tranche}`}
        </span>
      </span>
      <span className={`mt-1 block text-xs text-pretty text-ink-2 ${narrow ? '' : 'sm:hidden'}`}>
        <span className="block">
          {entry.source} → {entry.target}
        </span>
        {whyWords(entry.why, asset)}
      </span>
    </Td>
    {!narrow && (
      <Td wide className="align-top whitespace-nowrap text-ink-2">
        {entry.source} → {entry.target}
      </Td>
    )}
    <Td right className="align-top font-medium">
      <Amount value={amount} asset={asset} look="exact" unit={false} />
    </Td>
    {!narrow && (
      <Td wide className="min-w-64 align-top text-pretty text-ink-2">
        {whyWords(entry.why, asset)}
      </Td>
    )}
  </Tr>
)

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
