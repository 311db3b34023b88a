import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useEffect } from 'react'

import { ApiError } from '../../lib/api.ts'
import type { CandidateOffer, CandidateStatus } from '../../lib/contract.ts'
import { offerLinkQuery, tellOpened } from '../../lib/offer-link.ts'
import { Button } from '../../ui/Button.tsx'
import { Skeleton } from '../../ui/States.tsx'
import { OfferView } from './OfferView.tsx'
import { Plain } from './Plain.tsx'
import './offer.css'

/** The page behind a candidate's link: whoever has the link needs nothing else. */
export function CandidatePage() {
  const { token = '' } = useParams({ strict: false })
  const { data, error, refetch } = useQuery(offerLinkQuery(token))
  const open = data?.status === 'open'
  // Programs that look at links run no scripts: only a page that is drawn tells that it was opened.
  useEffect(() => {
    if (open) tellOpened(token).catch(() => undefined)
  }, [open, token])

  if (data?.offer) return <OfferView token={token} view={data} offer={data.offer} />
  if (data) return <Over view={data} />
  if (!error)
    return (
      <main className="mx-auto max-w-[880px] px-4 py-8">
        <Skeleton height={560} label="Loading the offer" />
      </main>
    )
  if (error instanceof ApiError && error.status === 404)
    return (
      <Plain title="This link does not work">
        <p>Ask whoever sent it for a new one.</p>
      </Plain>
    )
  return (
    <Plain title="The offer could not be loaded">
      <p>{error.message}</p>
      <Button className="mt-4" onClick={() => void refetch()}>
        Try again
      </Button>
    </Plain>
  )
}

type Words = { readonly title: string; readonly why: string }
const OVER: Readonly<Record<Exclude<CandidateStatus, 'open' | 'accepted'>, Words>> = {
  declined: {
    title: 'You declined this offer',
    why: 'Thank you for your answer. If you think otherwise now, write to whoever sent it.',
  },
  expired: {
    title: 'This offer has expired',
    why: 'Its last day has passed. If you are still interested, write to whoever sent it: they can offer it anew.',
  },
  withdrawn: {
    title: 'This offer was withdrawn',
    why: 'The company has taken it back. Whoever sent it can tell you more.',
  },
  revising: {
    title: 'This offer is being revised',
    why: 'It is written anew. This link shows it again as soon as it is sent.',
  },
}

function Over({ view }: { view: CandidateOffer }) {
  if (view.status === 'open' || view.status === 'accepted') return null
  const { title, why } = OVER[view.status]
  return (
    <Plain title={title}>
      <p>{why}</p>
      <p className="mt-4 text-sm">{view.company}</p>
    </Plain>
  )
}
