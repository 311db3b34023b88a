import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { ReactNode } from 'react'

import type { ApiError } from '../../lib/api.ts'
import { dayOf } from '../../lib/base.ts'
import type { Offer, OfferPreview } from '../../lib/contract.ts'
import { entitiesQuery } from '../../lib/life.ts'
import { bandsQuery, offerPreviewPath } from '../../lib/offers.ts'
import { saidAtField } from '../../lib/refusals.ts'
import { usePreview } from '../../lib/templates.ts'
import type { TemplateInUse } from '../../lib/templates.ts'
import { useNow } from '../../lib/viewer.tsx'
import { Card } from '../../ui/Card.tsx'
import { NotesProvider } from '../../ui/Field.tsx'
import type { Note } from '../../ui/Field.tsx'
import { askOf } from './ask.ts'
import { BenefitFields } from './BenefitFields.tsx'
import { CandidateFields } from './CandidateFields.tsx'
import { ComputeFields } from './ComputeFields.tsx'
import type { OfferDraft } from './draft.ts'
import { EquityFields } from './EquityFields.tsx'
import { Glance, LivePanel } from './LivePanel.tsx'
import { LineSchedule } from './LineSchedule.tsx'
import { missing } from './missing.ts'
import { PayFields } from './PayFields.tsx'
import { SaveBar } from './SaveBar.tsx'
import { TermsFields } from './TermsFields.tsx'
import { forPreview, unfinished } from './unfinished.ts'

/** An offer is written beside what its candidate will read; nothing is promised before somebody presses a button. */
export function OfferForm({
  first,
  change,
  templates,
}: {
  first: OfferDraft
  /** Null: a new one. */
  change: Offer | null
  templates: readonly TemplateInUse[]
}) {
  const today = dayOf(useNow()())
  const [draft, setDraft] = useState(first)
  const [refused, setRefused] = useState<ApiError | null>(null)
  const { data: bands } = useQuery(bandsQuery)
  const { data: houses } = useQuery(entitiesQuery)
  const put = (part: Partial<OfferDraft>): void => {
    setRefused(null)
    setDraft((old) => ({ ...old, ...part }))
  }
  const ask = askOf(draft, templates)
  const wants = missing(draft)
  const asked = usePreview<OfferPreview>(
    offerPreviewPath,
    wants === null ? { ...forPreview(ask), ...(change && { offer_id: change.id }) } : null,
  )
  const preview = asked.data && judged(asked.data, draft)
  const fields = { draft, change: put }
  return (
    <NotesProvider value={notesOf(refused ?? asked.error, asked.old ? null : preview)}>
      <div className="mt-5 grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,440px)]">
        <div className="flex min-w-0 flex-col gap-4">
          <Part title="Who" param="candidate">
            <CandidateFields
              {...fields}
              levels={unique(bands?.bands.map(({ level }) => level))}
              families={unique(bands?.bands.map(({ family }) => family))}
            />
          </Part>
          <Part title="Pay" param="pay">
            <PayFields
              {...fields}
              currencies={unique(['USD', ...(houses?.entities.map(({ currency }) => currency) ?? [])])}
            />
          </Part>
          <Part title="Compute" param="pay.compute" note="Grants of the house, each from its template.">
            <ComputeFields
              {...fields}
              templates={templates}
              schedule={(at) => {
                const line = preview?.lines.find(({ n }) => n === at + 1)
                const same = line?.template.id === draft.compute[at]?.template
                return line && same && <LineSchedule line={line} startsOn={draft.startsOn} today={today} />
              }}
            />
          </Part>
          <Part title="Equity" param="pay.equity">
            <EquityFields {...fields} today={today} />
          </Part>
          <Part
            title="Beside the grants"
            param="pay.benefits"
            note="Seats, subscriptions and allowances to fine-tune, paid by the company each month."
          >
            <BenefitFields {...fields} />
          </Part>
          <Part title="The offer" param="offer">
            <TermsFields {...fields} />
          </Part>
          <SaveBar
            ask={ask}
            preview={asked.old || asked.error ? null : preview}
            wants={wants ?? unfinished(ask)}
            change={change}
            changed={draft !== first}
            onRefused={setRefused}
          />
        </div>
        <Glance asked={{ ...asked, data: preview }} wants={wants} currency={draft.currency} />
        <div
          id="preview"
          className="min-w-0 lg:sticky lg:top-4 lg:max-h-[calc(100dvh-32px)] lg:overflow-y-auto"
        >
          <LivePanel asked={{ ...asked, data: preview }} wants={wants} currency={draft.currency} />
        </div>
      </div>
    </NotesProvider>
  )
}

/** A titled part of the form; a check that is about all of it leads to its first field. */
const Part = ({
  title,
  param,
  note,
  children,
}: {
  title: string
  param: string
  note?: string
  children: ReactNode
}) => (
  <div data-param={param}>
    <Card title={title} note={note}>
      {children}
    </Card>
  </div>
)

/** Before a level is given, no band can be said to hold. */
const judged = (preview: OfferPreview, { level }: OfferDraft): OfferPreview =>
  level.trim() === ''
    ? { ...preview, checks: preview.checks.filter(({ kind }) => kind !== 'bands') }
    : preview

const unique = (values: readonly string[] = []): readonly string[] =>
  [...new Set(values)].filter((value) => value !== '')

function notesOf(error: ApiError | null, preview: OfferPreview | null): readonly Note[] {
  const refusal: Note[] = error?.param ? [{ param: error.param, message: error.message, tone: 'bad' }] : []
  const checks = (preview?.checks ?? []).flatMap(({ severity, param, message }): Note[] =>
    severity === 'ok' || param === null
      ? []
      : [{ param, message: saidAtField(message), tone: severity === 'refuse' ? 'bad' : 'warn' }],
  )
  return [...refusal, ...checks]
}
