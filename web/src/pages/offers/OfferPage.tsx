import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { ChevronLeft, FileBraces, FileDown, FileText } from 'lucide-react'
import { useState } from 'react'

import type { Offer } from '../../lib/contract.ts'
import { curlOf } from '../../lib/links.ts'
import { offerPath, offerQuery } from '../../lib/offers.ts'
import { dateWords } from '../../lib/time.ts'
import { useNow } from '../../lib/viewer.tsx'
import { useTitle } from '../../shell/useTitle.ts'
import { A } from '../../ui/A.tsx'
import { Ask } from '../../ui/Ask.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { buttonClass } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { CandidateView } from './CandidateView.tsx'
import { LinkCard } from './LinkCard.tsx'
import { QuestionsCard } from './QuestionsCard.tsx'
import { StepsCard } from './StepsCard.tsx'
import { TrailCard } from './TrailCard.tsx'
import { useTurn } from './turn.ts'
import { expiryOf, STATUS } from './words.ts'

/** Where does this offer stand, and what does its candidate read? */
export function OfferPage() {
  const { id = '' } = useParams({ strict: false })
  const query = useQuery(offerQuery(id))
  useTitle(query.data ? `Offer to ${query.data.candidate.name}` : 'Offer')
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 print:hidden">
        <A
          href="/offers"
          className="inline-flex min-h-6 items-center gap-1 text-sm text-ink-2 hover:text-ink"
        >
          <ChevronLeft size={14} aria-hidden /> Offers
        </A>
        <Copy look="quiet" label="Copy as API call" text={curlOf(location.origin, offerPath(id))} />
      </div>
      <div className="mt-3 flex flex-col gap-4">
        <Ask query={query} height={720} label="the offer">
          {(offer) => <Whole key={offer.id} offer={offer} />}
        </Ask>
      </div>
    </>
  )
}

function Whole({ offer }: { offer: Offer }) {
  // The link lives in this page's state only, and goes with it.
  const [url, setUrl] = useState<string | null>(null)
  const turn = useTurn(offer.id, setUrl)
  return (
    <>
      <Head offer={offer} />
      <StepsCard offer={offer} turn={turn} />
      <LinkCard offer={offer} url={url} turn={turn} />
      <QuestionsCard offer={offer} />
      <Card
        title="What the candidate reads"
        note={
          offer.content_hash === null
            ? 'As it would be if it were submitted now.'
            : 'Frozen when it was submitted: the letter, their page and the grants are all made from it.'
        }
        actions={<Papers offer={offer} />}
      >
        {offer.worth === null ? (
          <p className="text-sm text-ink-2">It cannot be reckoned yet; the checks say why.</p>
        ) : (
          <CandidateView preview={offer} currency={offer.pay.currency} />
        )}
      </Card>
      <TrailCard offer={offer} />
    </>
  )
}

function Head({ offer }: { offer: Offer }) {
  const now = useNow()()
  const status = STATUS[offer.status]
  const until = expiryOf(
    { ...offer, starts_on: offer.position.starts_on, viewed_at: null, open_questions: 0 },
    now,
  )
  return (
    <section aria-label="The offer" className="card p-4 sm:p-5">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h1 className="text-xl font-semibold tracking-[-0.015em]">{offer.candidate.name}</h1>
        <Badge tone={status.tone}>{status.name}</Badge>
        {offer.version > 1 && <Badge>version {offer.version}</Badge>}
        {until.soon && <Badge tone="warn">until {until.says}</Badge>}
      </div>
      <p className="text-base text-pretty text-ink-2">
        {[offer.position.title, offer.position.level, offer.position.family]
          .filter((part) => part !== '')
          .join(', ')}{' '}
        at {offer.entity_name}
        {offer.manager_name !== null && `, with ${offer.manager_name}`}, from{' '}
        {dateWords(offer.position.starts_on)}
      </p>
      <p className="text-sm text-ink-3">{offer.candidate.email}</p>
    </section>
  )
}

/** The letter as a page and on paper, and the document that machines read. */
function Papers({ offer }: { offer: Offer }) {
  if (offer.worth === null) return null
  const paper = (name: string): string => `${offerPath(offer.id)}/${name}`
  return (
    <>
      <a className={buttonClass('quiet')} href={paper('compute.json')} target="_blank" rel="noreferrer">
        <FileBraces size={14} aria-hidden /> compute.json
      </a>
      <a className={buttonClass()} href={paper('letter.html')} target="_blank" rel="noreferrer">
        <FileText size={14} aria-hidden /> Letter
      </a>
      <a className={buttonClass()} href={paper('letter.pdf')} target="_blank" rel="noreferrer">
        <FileDown size={14} aria-hidden /> PDF
      </a>
    </>
  )
}
