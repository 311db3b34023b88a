import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { write } from '../../lib/api.ts'
import { cancelLeavingPath, leaverQuery } from '../../lib/life.ts'
import type { Leaver, LeavePlan } from '../../lib/life.ts'
import { dateWords } from '../../lib/time.ts'
import { useSession } from '../../lib/viewer.tsx'
import { A } from '../../ui/A.tsx'
import { Ask } from '../../ui/Ask.tsx'
import { Button, buttonClass } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Refused } from '../../ui/Field.tsx'
import { Time } from '../../ui/Time.tsx'
import { GrantPlanCard, PlanAside, PlanSums } from '../life/LeavePlan.tsx'
import { leaveAnswer, reasonWords } from '../life/words.ts'

/** One leaving: what was confirmed, and once it is done what was done. */
export const LeaverPanel = ({ id, onClose }: { id: string | undefined; onClose: () => void }) => (
  <Dialog
    open={id !== undefined}
    onClose={onClose}
    shape="side"
    title="What became of it"
    description="By the rules of each contract, entry by entry."
  >
    {id && <Body id={id} onClose={onClose} />}
  </Dialog>
)

function Body({ id, onClose }: { id: string; onClose: () => void }) {
  const query = useQuery(leaverQuery(id))
  return (
    <Ask query={query} height={560} label="the leaving">
      {(leaver) => (
        <div className="flex flex-col gap-5">
          <Head leaver={leaver} />
          {leaver.state === 'scheduled' && <Cancel leaver={leaver} onDone={onClose} />}
          <PlanSums plan={leaver.plan} />
          {leaver.plan.grants.map((grant) => (
            <GrantPlanCard
              key={grant.grant_id}
              plan={leaver.plan}
              grant={grant}
              done={leaver.state === 'done'}
              narrow
            />
          ))}
          <PlanAside plan={leaver.plan} />
        </div>
      )}
    </Ask>
  )
}

const Head = ({ leaver }: { leaver: Leaver & { plan: LeavePlan } }) => (
  <div className="flex flex-col gap-1">
    <p className="text-lg font-semibold">{leaver.person.name}</p>
    <p className="text-sm text-pretty text-ink-2">
      {leaver.state === 'done' ? 'Left' : 'Is to leave'} on {dateWords(leaver.left_on)}:{' '}
      {reasonWords(leaver.reason).toLowerCase()}. Recorded <Time at={leaver.recorded_at} look="day" />
      {leaver.recorded_by && ` by ${leaver.recorded_by.name}`}.{leaver.note && ` “${leaver.note}”`}
    </p>
    {leaver.state === 'scheduled' && (
      <>
        <p className="text-sm text-pretty text-ink-2">{leaveAnswer(leaver.plan)}</p>
        <p className="text-sm text-pretty text-ink-2">
          As it was when it was confirmed: what vests and is spent until the day changes the amounts, never
          the rules.
        </p>
      </>
    )}
    <p className="mt-1">
      <A href={`/people/${leaver.person.id}`} className={buttonClass()}>
        Open the wallet
      </A>
    </p>
  </div>
)

function Cancel({ leaver, onDone }: { leaver: Leaver; onDone: () => void }) {
  const mayWrite = useSession().permissions.includes('people:write')
  const queries = useQueryClient()
  const [sure, setSure] = useState(false)
  const cancel = useMutation({
    mutationFn: () => write('DELETE', cancelLeavingPath(leaver.id)),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['leavers'], exact: true })
      onDone()
    },
  })
  if (!mayWrite) return null
  return (
    <div className="flex flex-col gap-2 rounded-xl border border-line p-4">
      <p className="text-sm text-ink-2">
        Nothing has been written to the ledger. Taken back, {leaver.person.name} stays, and everything vests
        as planned.
      </p>
      {cancel.error && <Refused>{cancel.error.message}</Refused>}
      <div className="flex gap-2">
        {sure ? (
          <>
            <Button look="danger" disabled={cancel.isPending} onClick={() => cancel.mutate()}>
              {cancel.isPending ? 'Taking it back…' : 'Yes, take it back'}
            </Button>
            <Button look="quiet" onClick={() => setSure(false)}>
              No
            </Button>
          </>
        ) : (
          <Button onClick={() => setSure(true)}>Take the leaving back</Button>
        )}
      </div>
    </div>
  )
}
