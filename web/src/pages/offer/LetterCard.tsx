import { FileJson, FileText, GitCompareArrows } from 'lucide-react'
import type { ReactNode } from 'react'

import { compareLink, handedSide } from '../../lib/compare.ts'
import type { CandidateOffer, CandidateTerms } from '../../lib/contract.ts'
import { offerLinkPath } from '../../lib/offer-link.ts'
import { buttonClass } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'

/** The letter as files and in full, and the way to lay the offer beside another. */
export function LetterCard({
  token,
  view,
  offer,
}: {
  token: string
  view: CandidateOffer
  offer: CandidateTerms
}) {
  const path = offerLinkPath(token)
  const { sections, marks } = offer.letter
  return (
    <Card
      title="The letter"
      note="Everything that you would agree to, in plain words and to the last digit. Page, letter and files are made from one text."
    >
      <div className="flex flex-wrap gap-2 print:hidden">
        <Leads href={`${path}/letter.pdf`} icon={<FileText size={14} aria-hidden />}>
          Letter as PDF
        </Leads>
        <Leads href={`${path}/letter.html`} icon={<FileText size={14} aria-hidden />}>
          Letter as HTML
        </Leads>
        {offer.document_sha256 !== null && (
          <a href={`${path}/compute.json`} download="compute.json" className={buttonClass()}>
            <FileJson size={14} aria-hidden /> Grants as JSON
          </a>
        )}
        <Leads
          href={compareLink({ offers: [handedSide({ company: view.company, offer })] })}
          icon={<GitCompareArrows size={14} aria-hidden />}
        >
          Compare with another offer
        </Leads>
      </div>
      <details className="mt-4 print:hidden">
        <summary className="w-fit font-medium">Read it here</summary>
        <div className="mt-3 flex max-w-[76ch] flex-col gap-3">
          {sections
            .filter(({ id }) => id !== 'schedules')
            .map(({ id, title, lines }) => (
              <section key={id} aria-label={title}>
                {id.includes('.') ? (
                  <h4 className="text-sm font-medium">{title}</h4>
                ) : (
                  <h3 className="mt-2 font-semibold">{title}</h3>
                )}
                {lines.map((line, at) => (
                  <p key={at} className="mt-1 text-pretty wrap-anywhere">
                    {line}
                  </p>
                ))}
              </section>
            ))}
        </div>
      </details>
      <ul className="mt-4 flex flex-col gap-1 text-xs text-ink-2" aria-label="By which this can be checked">
        {marks.map((mark) => (
          <li key={mark} className="wrap-anywhere">
            {mark}
          </li>
        ))}
      </ul>
    </Card>
  )
}

const Leads = ({ href, icon, children }: { href: string; icon: ReactNode; children: ReactNode }) => (
  <a href={href} target="_blank" rel="noreferrer" className={buttonClass()}>
    {icon} {children}
  </a>
)
