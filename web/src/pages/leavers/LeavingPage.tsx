import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ChevronLeft } from 'lucide-react'
import { useState } from 'react'

import { ApiError, write } from '../../lib/api.ts'
import { useAddress, useGo, useSetSearch } from '../../lib/address.ts'
import { leavePreviewPath, leavePreviewQuery, leavingPath, personFactsQuery } from '../../lib/life.ts'
import type { LeaveAsk, Leaver, LeavePreview } from '../../lib/life.ts'
import { curlOf } from '../../lib/links.ts'
import { count } from '../../lib/money.ts'
import { grantsQuery } from '../../lib/queries.ts'
import { dateWords } from '../../lib/time.ts'
import { SubjectProvider } from '../../lib/viewer.tsx'
import { useTitle } from '../../shell/useTitle.ts'
import { A } from '../../ui/A.tsx'
import { Ask } from '../../ui/Ask.tsx'
import { Button } from '../../ui/Button.tsx'
import { Card, PageHead } from '../../ui/Card.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Refused, SelectField, TextField } from '../../ui/Field.tsx'
import { PersonPicker } from '../../ui/PersonPicker.tsx'
import { Empty } from '../../ui/States.tsx'
import { GrantPlanCard, PlanAside, PlanSums } from '../life/LeavePlan.tsx'
import { isDay, leaveAnswer, REASON_OPTIONS, reasonIn, reasonWords } from '../life/words.ts'

/** What happens if this person leaves on this day? First the plan, then the confirmation of that very plan. */
export function LeavingPage() {
  useTitle('Somebody leaves')
  const { search } = useAddress()
  const setSearch = useSetSearch()
  const { person, on } = search
  const reason = reasonIn(search.reason)
  const ask = isDay(on) ? { on, reason } : null
  return (
    <>
      <A
        href="/leavers"
        className="inline-flex min-h-6 items-center gap-1 text-sm text-ink-2 hover:text-ink print:hidden"
      >
        <ChevronLeft size={14} aria-hidden /> Leavers
      </A>
      <div className="mt-1">
        <PageHead
          title="Somebody leaves"
          question="What vests, what lapses, and which keys die?"
          actions={
            person &&
            ask && (
              <Copy
                look="quiet"
                label="Copy as API call"
                text={curlOf(location.origin, leavePreviewPath(person, ask))}
              />
            )
          }
        />
      </div>
      <div className="mt-5 flex flex-col gap-4">
        <section aria-label="Who, when and why" className="card p-4 sm:p-5">
          <div className="grid grid-cols-[minmax(0,1fr)] gap-4 sm:grid-cols-[repeat(3,minmax(0,1fr))]">
            <Who person={person} />
            <TextField
              label="First day away (UTC)"
              type="date"
              hint="The day before is the last that counts."
              value={on ?? ''}
              onChange={(value) => setSearch({ on: value || undefined }, 'replace')}
            />
            <SelectField
              label="Reason"
              hint="Each contract says what it means."
              value={reason}
              options={REASON_OPTIONS}
              onChange={(value) => setSearch({ reason: value }, 'replace')}
            />
          </div>
        </section>
        {person && ask ? (
          <SubjectProvider value={{ id: person, readOnly: true }}>
            <Preview key={`${person} ${ask.on} ${ask.reason}`} person={person} ask={ask} />
          </SubjectProvider>
        ) : (
          <section className="card" aria-label="Preview">
            <Empty title="Say who and when">
              Then every entry is here before it is written. Nothing happens until you confirm.
            </Empty>
          </section>
        )}
      </div>
    </>
  )
}

function Who({ person }: { person: string | undefined }) {
  const setSearch = useSetSearch()
  const facts = useQuery({ ...personFactsQuery(person ?? ''), enabled: person !== undefined }).data
  const picked = person === undefined ? null : (facts ?? { id: person, name: '…', email: '' })
  return (
    <PersonPicker label="Who" picked={picked} onPick={(one) => setSearch({ person: one?.id }, 'replace')} />
  )
}

function Preview({ person, ask }: { person: string; ask: LeaveAsk }) {
  const query = useQuery(leavePreviewQuery(person, ask))
  const grants = useQuery(grantsQuery(person)).data?.grants ?? []
  return (
    <Ask query={query} height={560} label="what would happen">
      {(plan) => (
        <>
          <section aria-label="In short" className="card p-4 sm:p-5">
            <h2 className="text-xl font-semibold tracking-[-0.015em]">
              {plan.person.name}, {dateWords(plan.last_day)} is the last day
            </h2>
            <p className="mt-1 mb-4 max-w-[80ch] text-base text-pretty text-ink-2">{leaveAnswer(plan)}</p>
            <PlanSums plan={plan} />
            {plan.ahead && (
              <p className="mt-4 border-t border-line pt-3 text-sm text-pretty text-ink-2">
                The day lies ahead: what vests is reckoned in; what is spent until then will be gone from
                these amounts.
              </p>
            )}
          </section>
          {plan.grants.map((grant) => (
            <GrantPlanCard
              key={grant.grant_id}
              plan={plan}
              grant={grant}
              promise={grants.find(({ id }) => id === grant.grant_id)}
            />
          ))}
          <PlanAside plan={plan} />
          <Confirm plan={plan} ask={ask} person={person} again={() => void query.refetch()} />
        </>
      )}
    </Ask>
  )
}

function Confirm({
  plan,
  ask,
  person,
  again,
}: {
  plan: LeavePreview
  ask: LeaveAsk
  person: string
  again: () => void
}) {
  const go = useGo()
  const queries = useQueryClient()
  const [note, setNote] = useState('')
  const entries = plan.grants.reduce((sum, grant) => sum + grant.entries.length, 0)
  const confirm = useMutation({
    mutationFn: () =>
      write<{ leaving: Pick<Leaver, 'id'> }>('POST', leavingPath(person), {
        ...ask,
        ...(note.trim() !== '' && { note: note.trim() }),
        expect: plan.hash,
      }),
    onSuccess: async (done) => {
      await queries.invalidateQueries()
      go(done ? `/leavers?leaver=${done.leaving.id}` : '/leavers')
    },
  })
  const changed = confirm.error instanceof ApiError && confirm.error.param === 'expect'
  return (
    <Card
      title={plan.ahead ? 'Schedule it' : 'Carry it out'}
      note={
        plan.ahead
          ? `At the beginning of ${dateWords(ask.on)} (UTC) this is carried out by itself. Until then it can be taken back.`
          : 'It is written to the ledger at once. A mistake is then corrected by hiring the person again and granting anew.'
      }
    >
      <div className="flex flex-col gap-3">
        <div className="max-w-xl">
          <TextField
            label="Note"
            hint="Kept with the leaving."
            maxLength={500}
            value={note}
            onChange={setNote}
          />
        </div>
        {confirm.error && <Refused>{confirm.error.message}</Refused>}
        <div className="flex flex-wrap items-center gap-3">
          {changed ? (
            <Button
              look="primary"
              onClick={() => {
                confirm.reset()
                again()
              }}
            >
              Look at it again
            </Button>
          ) : (
            <Button
              look={plan.ahead ? 'primary' : 'danger'}
              disabled={confirm.isPending}
              onClick={() => confirm.mutate()}
            >
              {confirm.isPending
                ? 'Confirming…'
                : plan.ahead
                  ? `${plan.person.name} leaves on ${dateWords(ask.on)}`
                  : `Write ${count(entries)} ${entries === 1 ? 'entry' : 'entries'} and end ${count(plan.keys.length)} ${plan.keys.length === 1 ? 'key' : 'keys'}`}
            </Button>
          )}
          <p className="text-sm text-ink-2">
            {reasonWords(ask.reason)}. Refused if anything has changed since this preview{' '}
            <code className="text-xs text-ink-3" title={plan.hash}>
              {plan.hash.slice(0, 12)}…
            </code>
          </p>
        </div>
      </div>
    </Card>
  )
}
