import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { ChevronLeft } from 'lucide-react'

import { addDays, dayOf } from '../../lib/base.ts'
import type { Offer } from '../../lib/contract.ts'
import { offerQuery } from '../../lib/offers.ts'
import { templatesQuery } from '../../lib/templates.ts'
import { useNow, useSession } from '../../lib/viewer.tsx'
import { useTitle } from '../../shell/useTitle.ts'
import { A } from '../../ui/A.tsx'
import { Ask } from '../../ui/Ask.tsx'
import { buttonClass } from '../../ui/Button.tsx'
import { Empty } from '../../ui/States.tsx'
import { blank, draftOf } from './draft.ts'
import { OfferForm } from './OfferForm.tsx'

/** Days until the first day of work, and until an answer, as they stand in a new offer. */
const STARTS_IN = 42
const ANSWER_IN = 14

/** What would this candidate be offered? */
export function NewOfferPage() {
  useTitle('New offer')
  const today = dayOf(useNow()())
  const templates = useQuery(templatesQuery)
  const mayWrite = useSession().permissions.includes('offer:write')
  return (
    <>
      <Head href="/offers" back="Offers" title="New offer" />
      {mayWrite ? (
        <Ask query={templates} height={560} label="the templates">
          {(list) => (
            <OfferForm
              change={null}
              first={blank(addDays(today, STARTS_IN), addDays(today, ANSWER_IN), today)}
              templates={list.templates}
            />
          )}
        </Ask>
      ) : (
        <NotAllowed />
      )}
    </>
  )
}

/** A draft, changed: anything else is frozen. */
export function ChangeOfferPage() {
  const { id = '' } = useParams({ strict: false })
  const today = dayOf(useNow()())
  // What somebody else does meanwhile must not take the text out of the fields.
  const offer = useQuery({ ...offerQuery(id), refetchInterval: false, staleTime: Infinity })
  const templates = useQuery(templatesQuery)
  const mayWrite = useSession().permissions.includes('offer:write')
  useTitle('Change an offer')
  return (
    <>
      <Head href={`/offers/${id}`} back={offer.data?.candidate.name ?? 'Offer'} title="Change an offer" />
      <Ask query={offer} height={560} label="the draft">
        {(found) =>
          !mayWrite || found.status !== 'draft' ? (
            <NotAllowed frozen={mayWrite} />
          ) : (
            <Ask query={templates} height={560} label="the templates">
              {(list) => (
                <OfferForm
                  key={`${found.id} ${found.version}`}
                  change={found}
                  first={draftOf(found, managerOf(found), list.templates, today)}
                  templates={list.templates}
                />
              )}
            </Ask>
          )
        }
      </Ask>
    </>
  )
}

const managerOf = ({ position: { manager_id: id }, manager_name: name }: Offer) =>
  id === null ? null : { id, name: name ?? 'Chosen', email: '' }

const Head = ({ href, back, title }: { href: string; back: string; title: string }) => (
  <>
    <A
      href={href}
      className="inline-flex min-h-6 items-center gap-1 text-sm text-ink-2 hover:text-ink print:hidden"
    >
      <ChevronLeft size={14} aria-hidden /> {back}
    </A>
    <h1 className="mt-1 text-xl font-semibold tracking-[-0.015em]">{title}</h1>
    <p className="text-base text-ink-2">What would this candidate be offered, and what would they read?</p>
  </>
)

const NotAllowed = ({ frozen = false }: { frozen?: boolean }) => (
  <section className="card mt-5">
    <Empty
      title={frozen ? 'This is no draft any more' : 'You may not write offers'}
      action={
        <A href="/offers" className={buttonClass()}>
          Show all offers
        </A>
      }
    >
      {frozen
        ? 'What was submitted is frozen. Send it back or revise it, and it can be changed again.'
        : 'People operations write them.'}
    </Empty>
  </section>
)
