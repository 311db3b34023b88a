import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'

import { useAddress, useSetSearch } from '../../lib/address.ts'
import { addDays, dayOf } from '../../lib/base.ts'
import type { Contract } from '../../lib/grants.ts'
import { leavePreviewQuery } from '../../lib/life.ts'
import type { LeaveAsk, LeavePreview } from '../../lib/life.ts'
import { grantsQuery } from '../../lib/queries.ts'
import { useNow } from '../../lib/viewer.tsx'
import { Ask } from '../../ui/Ask.tsx'
import { Card } from '../../ui/Card.tsx'
import { SelectField, TextField } from '../../ui/Field.tsx'
import { LeaveChart } from './LeaveChart.tsx'
import { PlanSums, UsableList } from './LeavePlan.tsx'
import { isDay, leaveAnswer, REASON_OPTIONS, reasonIn, sumsOf } from './words.ts'

/** A usual notice. */
const AHEAD_DAYS = 90

/** The day and the reason live in the address, so that a colleague sees the same. */
function useLeaveAsk(): { readonly ask: LeaveAsk; readonly fields: ReactNode } {
  const { search } = useAddress()
  const setSearch = useSetSearch()
  const today = dayOf(useNow()())
  const on = isDay(search.leave) ? search.leave : addDays(today, AHEAD_DAYS)
  const reason = reasonIn(search.reason)
  return {
    ask: { on, reason },
    fields: (
      <div role="group" aria-label="Leaving" className="grid gap-3 sm:max-w-xl sm:grid-cols-2 print:hidden">
        <TextField
          label="First day away (UTC)"
          type="date"
          value={on}
          onChange={(value) => setSearch({ leave: value || undefined }, 'replace')}
        />
        <SelectField
          label="Reason"
          value={reason}
          options={REASON_OPTIONS}
          onChange={(value) => setSearch({ reason: value }, 'replace')}
        />
      </div>
    ),
  }
}

/** What becomes of one grant if its person leaves on a day. */
export function GrantLeaveCard({ grant, own }: { grant: Contract; own: boolean }) {
  const { ask, fields } = useLeaveAsk()
  const query = useQuery({
    ...leavePreviewQuery(own ? 'me' : grant.person.id, ask),
    placeholderData: (last) => last,
  })
  return (
    <Card
      title={own ? 'What happens if I leave' : `What happens if ${grant.person.name} leaves`}
      note="Only a look: nothing is written, and nobody is told."
    >
      {fields}
      <div className="mt-4">
        <Ask query={query} height={380} label="what would happen">
          {(plan) => <OfGrant plan={plan} grant={grant} />}
        </Ask>
      </div>
    </Card>
  )
}

function OfGrant({ plan, grant }: { plan: LeavePreview; grant: Contract }) {
  const own = plan.grants.filter(({ grant_id: id }) => id === grant.id)
  const narrowed = { ...plan, grants: own }
  return (
    <div className="flex flex-col gap-4">
      <p className="max-w-[72ch] text-base text-pretty text-ink-2">{leaveAnswer(narrowed)}</p>
      <PlanSums plan={narrowed} />
      <div className="[&>.card]:border-0 [&>.card]:shadow-none [&>.card>*]:px-0">
        <LeaveChart plan={plan} grant={own[0]} promise={grant} title="By then, and never" />
      </div>
      <UsableList grants={own} className="border-t border-line pt-3 text-ink-2" />
    </div>
  )
}

/** All of one's grants at once. */
export function OwnLeaveCard() {
  const { ask, fields } = useLeaveAsk()
  const query = useQuery({ ...leavePreviewQuery('me', ask), placeholderData: (last) => last })
  const grants = useQuery(grantsQuery('me')).data?.grants ?? []
  return (
    <Card
      id="leaving"
      title="What happens if I leave"
      note="Only a look: nothing is written, and nobody is told. It is the very plan that would be carried out."
    >
      {fields}
      <div className="mt-4">
        <Ask query={query} height={300} label="what would happen">
          {(plan) =>
            sumsOf(plan).length === 0 ? (
              <p className="text-sm text-ink-2">Nothing stands that leaving would change.</p>
            ) : (
              <div className="flex flex-col gap-4">
                <p className="max-w-[72ch] text-base text-pretty text-ink-2">{leaveAnswer(plan)}</p>
                <PlanSums plan={plan} />
                {plan.grants.map((grant) => {
                  const promise = grants.find(({ id }) => id === grant.grant_id)
                  return (
                    promise && (
                      <div
                        key={grant.grant_id}
                        className="border-t border-line [&>.card]:border-0 [&>.card]:shadow-none [&>.card>*]:px-0"
                      >
                        <LeaveChart plan={plan} grant={grant} promise={promise} title={grant.name} />
                      </div>
                    )
                  )
                })}
                <UsableList grants={plan.grants} className="border-t border-line pt-3 text-ink-2" />
              </div>
            )
          }
        </Ask>
      </div>
    </Card>
  )
}
