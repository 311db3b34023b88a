import { Lock } from 'lucide-react'
import type { ReactNode } from 'react'

import type { Offer, OfferStep } from '../../lib/contract.ts'
import { dateWords } from '../../lib/time.ts'
import { useSession } from '../../lib/viewer.tsx'
import { saidAtField } from '../../lib/refusals.ts'
import { A } from '../../ui/A.tsx'
import { Button, buttonClass } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { Refused } from '../../ui/Field.tsx'
import { Time } from '../../ui/Time.tsx'
import { Worded } from '../../ui/WordDialog.tsx'
import { Hash } from '../grants/StepDialog.tsx'
import { Checks } from './Checks.tsx'
import { approvalSays } from './standing.ts'
import type { Turn } from './turn.ts'

type Props = { readonly offer: Offer; readonly turn: Turn }

/** What can be done with it next, by whom, and what everybody else waits for. */
export function StepsCard({ offer, turn }: Props) {
  const { person, permissions } = useSession()
  const why = approvalSays(offer, { id: person.id, permissions })
  const may = (step: OfferStep): boolean => offer.steps.includes(step)
  const { title, note } = headOf(offer)
  return (
    <Card title={title} note={note}>
      <div className="flex flex-col gap-4 text-sm">
        {offer.status === 'pending' && <Approvals offer={offer} why={why} />}
        {(offer.status === 'draft' || offer.status === 'pending') && (
          <Checks checks={offer.checks} leads={false} />
        )}
        {turn.error && <Refused>{saidAtField(turn.error.message)}</Refused>}
        <div className="flex flex-wrap items-center justify-end gap-2 print:hidden">
          {may('withdraw') && <Withdraw turn={turn} />}
          {may('revise') && <Revise turn={turn} />}
          {may('change') && (
            <A href={`/offers/${offer.id}/change`} className={buttonClass()}>
              Change
            </A>
          )}
          {may('submit') && <Do turn={turn} step="submit" text="Submit for approval" />}
          {may('reject') && <SendBack turn={turn} />}
          {may('approve') && why === null && <Approve offer={offer} turn={turn} />}
          {may('send') && <Do turn={turn} step="send" text={`Send to ${offer.candidate.name}`} />}
          {offer.person_id !== null && <Became offer={offer} person={offer.person_id} />}
        </div>
      </div>
    </Card>
  )
}

function headOf(offer: Offer): { title: string; note: ReactNode } {
  const { name } = offer.candidate
  switch (offer.status) {
    case 'draft':
      return { title: 'A draft', note: 'It is shown to nobody yet, and can be changed.' }
    case 'pending':
      return {
        title: offer.needed === 2 ? `${offer.approvals.length} of 2 approvals` : 'Waits for approval',
        note: (
          <span className="inline-flex items-start gap-1.5">
            <Lock size={14} aria-hidden className="mt-[3px] shrink-0" />
            Frozen as it was submitted: nobody can change it before it is approved or sent back.
          </span>
        ),
      }
    case 'approved':
      return {
        title: 'Approved',
        note: `Sending makes a link for ${name}. It is frozen as it was approved.`,
      }
    case 'sent':
      return {
        title: `With ${name}`,
        note: `They can accept or decline it by their link until ${dateWords(offer.expires_on)}. Until then it can be taken back.`,
      }
    case 'accepted':
      return {
        title: 'Accepted',
        note: offer.acceptance ? (
          <>
            {offer.acceptance.typed_name} accepted version {offer.acceptance.version} on{' '}
            <Time at={offer.acceptance.at} />. The person, their salary and their grants stand.
          </>
        ) : (
          'The person, their salary and their grants stand.'
        ),
      }
    case 'declined':
      return { title: 'Declined', note: `${name} did not want it. Revised, it begins the next version.` }
    case 'expired':
      return {
        title: 'Expired',
        note: `Its last day, ${dateWords(offer.expires_on)}, passed. Revised, it begins the next version.`,
      }
    case 'withdrawn':
      return { title: 'Withdrawn', note: 'It is over: nobody can approve, send or accept it.' }
  }
}

const Approvals = ({ offer, why }: { offer: Offer; why: string | null }) => (
  <>
    {offer.approvals.length > 0 && (
      <ul className="flex flex-col gap-1">
        {offer.approvals.map((one) => (
          <li key={one.person_id}>
            <span className="font-medium">{one.name}</span> approved it, <Time at={one.at} />
            {one.note !== '' && <span className="block text-pretty text-ink-2">“{one.note}”</span>}
          </li>
        ))}
      </ul>
    )}
    {offer.content_hash !== null && <Hash hash={offer.content_hash} />}
    {why !== null && <p className="text-pretty text-ink-2">{why}</p>}
  </>
)

const Do = ({ turn, step, text }: { turn: Turn; step: 'submit' | 'send'; text: string }) => (
  <Button look="primary" disabled={turn.isPending} onClick={() => turn.mutate({ turn: step })}>
    {text}
  </Button>
)

const Approve = ({ offer, turn }: Props) => (
  <Worded
    look="primary"
    text="Approve"
    title={
      offer.approvals.length + 1 >= offer.needed ? 'Approve this offer?' : 'Give the first of two approvals?'
    }
    description={`What you approve is exactly what was submitted: SHA-256 ${(offer.content_hash ?? '').slice(0, 16)}…`}
    field={{ name: 'note', label: 'Note', required: false }}
    confirm="Approve"
    run={(body) => turn.mutateAsync({ turn: 'approve', body })}
  />
)

const SendBack = ({ turn }: { turn: Turn }) => (
  <Worded
    text="Send back"
    title="Send it back?"
    description="It becomes a draft of the next version. What was approved so far does not count for it."
    field={{ name: 'reason', label: 'Why', required: true }}
    confirm="Send back"
    run={(body) => turn.mutateAsync({ turn: 'reject', body })}
  />
)

const Withdraw = ({ turn }: { turn: Turn }) => (
  <Worded
    look="quiet"
    text="Withdraw"
    title="Withdraw this offer?"
    description="It is over then: nobody can approve, send or accept it, and the link says so. It stays in the list, with your reason."
    field={{ name: 'reason', label: 'Why', required: true }}
    confirm="Withdraw"
    run={(body) => turn.mutateAsync({ turn: 'withdraw', body })}
  />
)

const Revise = ({ turn }: { turn: Turn }) => (
  <Button disabled={turn.isPending} onClick={() => turn.mutate({ turn: 'revise' })}>
    Revise
  </Button>
)

const Became = ({ offer, person }: { offer: Offer; person: string }) => (
  <>
    <A href={`/grants?q=${encodeURIComponent(offer.candidate.email)}`} className={buttonClass()}>
      Their grants
    </A>
    <A href={`/people/${person}`} className={buttonClass('primary')}>
      Open {offer.candidate.name}
    </A>
  </>
)
