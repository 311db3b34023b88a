import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Lock } from 'lucide-react'
import type { ReactNode } from 'react'

import { agreementQuery } from '../../lib/agreements.ts'
import type { Agreement, Step } from '../../lib/agreements.ts'
import type { Contract } from '../../lib/grants.ts'
import { useSession } from '../../lib/viewer.tsx'
import { A } from '../../ui/A.tsx'
import { Ask } from '../../ui/Ask.tsx'
import { Button, buttonClass } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { Time } from '../../ui/Time.tsx'
import { AnswerCard } from './AnswerCard.tsx'
import { Asked, Hash, useStep } from './StepDialog.tsx'
import { standingOf } from './standing.ts'

const ON_ITS_WAY = ['draft', 'pending', 'approved', 'offered'] as const
type OnItsWay = (typeof ON_ITS_WAY)[number]

/** What can be done with it next, by whom, and what everybody else waits for. */
export function StepsCard({ grant }: { grant: Contract }) {
  const status = ON_ITS_WAY.find((one) => one === grant.status)
  return status ? <Steps grant={grant} status={status} /> : null
}

function Steps({ grant, status }: { grant: Contract; status: OnItsWay }) {
  const session = useSession()
  const query = useQuery(agreementQuery(grant.id, status))
  const own = session.person.id === grant.person.id
  const mayWrite = session.permissions.includes('grant:write')
  if (status === 'offered' && own)
    return (
      <Ask query={query} height={260} label="what you agree to">
        {(agreement) => <AnswerCard grant={grant} agreement={agreement} />}
      </Ask>
    )
  switch (status) {
    case 'draft':
      return (
        <Next title="A draft" note="It is promised to nobody yet, and can be changed.">
          {mayWrite && (
            <>
              <Withdraw grant={grant} />
              <A href={`/grants/${grant.id}/change`} className={buttonClass()}>
                Change
              </A>
              <Do grant={grant} step="submit" text="Submit for approval" />
            </>
          )}
        </Next>
      )
    case 'pending':
      return (
        <Ask query={query} height={160} label="the approvals">
          {(agreement) => <Pending grant={grant} agreement={agreement} mayWrite={mayWrite} />}
        </Ask>
      )
    case 'approved':
      return (
        <Next
          title="Approved"
          note={`${grant.person.name} does not see it before it is offered. It is frozen as it was approved.`}
        >
          {mayWrite && (
            <>
              <Withdraw grant={grant} />
              <Do grant={grant} step="offer" text={`Offer to ${grant.person.name}`} />
            </>
          )}
        </Next>
      )
    case 'offered':
      return (
        <Next
          title="Offered"
          note={`${grant.person.name} reads it, types their name and accepts, or declines. Until then it can be taken back.`}
        >
          {mayWrite && <Withdraw grant={grant} />}
        </Next>
      )
  }
}

const Next = ({ title, note, children }: { title: string; note: ReactNode; children: ReactNode }) => (
  <Card title={title} note={note}>
    <div className="flex flex-wrap justify-end gap-2 print:hidden">{children}</div>
  </Card>
)

function Pending({
  grant,
  agreement,
  mayWrite,
}: {
  grant: Contract
  agreement: Agreement
  mayWrite: boolean
}) {
  const session = useSession()
  const standing = standingOf(grant, agreement, { id: session.person.id, permissions: session.permissions })
  const mayReject = session.permissions.includes('grant:approve') && session.person.id !== grant.person.id
  const { approvals, approvals_needed: needed } = agreement
  const nameOf = (id: string): string =>
    grant.approvals.find(({ by }) => by?.id === id)?.by?.name ?? 'Somebody'
  return (
    <Card
      title={needed === 2 ? `${approvals.length} of 2 approvals` : 'Waits for approval'}
      note={
        <span className="inline-flex items-start gap-1.5">
          <Lock size={14} aria-hidden className="mt-[3px] shrink-0" />
          Frozen as it was submitted: nobody can change it before it is approved or sent back.
        </span>
      }
    >
      <div className="flex flex-col gap-4 text-sm">
        {approvals.length > 0 && (
          <ul className="flex flex-col gap-1">
            {approvals.map((one) => (
              <li key={one.person_id}>
                <span className="font-medium">{nameOf(one.person_id)}</span> approved it, <Time at={one.at} />
                {one.note !== '' && <span className="block text-pretty text-ink-2">“{one.note}”</span>}
              </li>
            ))}
          </ul>
        )}
        <Hash hash={agreement.content_hash} />
        <div className="flex flex-wrap items-center justify-end gap-2 print:hidden">
          {standing.kind === 'may_not' && (
            <p className="w-full text-pretty text-ink-2">
              {standing.why} {standing.who}
            </p>
          )}
          {mayWrite && <Withdraw grant={grant} />}
          {mayReject && (
            <Asked
              grant={grant}
              step="reject"
              text="Send back"
              title="Send it back?"
              description="It becomes a draft again. What was approved so far does not count for the next submission."
              field={{ name: 'reason', label: 'Why', required: true }}
              confirm="Send back"
            />
          )}
          {standing.kind === 'may' && (
            <Asked
              grant={grant}
              step="approve"
              look="primary"
              text="Approve"
              title={standing.decides ? 'Approve this grant?' : 'Give the first of two approvals?'}
              description={`What you approve is exactly what was submitted: SHA-256 ${agreement.content_hash.slice(0, 16)}…`}
              field={{ name: 'note', label: 'Note', required: false }}
              confirm="Approve"
            />
          )}
        </div>
      </div>
    </Card>
  )
}

function Do({ grant, step, text }: { grant: Contract; step: Step; text: string }) {
  const queries = useQueryClient()
  const act = useStep(grant.id, step, queries)
  return (
    <span className="flex flex-col items-end gap-1">
      <Button look="primary" disabled={act.isPending} onClick={() => act.mutate({})}>
        {text}
      </Button>
      {act.error && (
        <span role="alert" className="text-sm text-danger">
          {act.error.message}
        </span>
      )}
    </span>
  )
}

const Withdraw = ({ grant }: { grant: Contract }) => (
  <Asked
    grant={grant}
    step="withdraw"
    look="quiet"
    text="Withdraw"
    title="Withdraw this grant?"
    description="It is over then: nobody can approve, offer or accept it. It stays in the list, with your reason."
    field={{ name: 'reason', label: 'Why', required: true }}
    confirm="Withdraw"
  />
)
