import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ChevronLeft } from 'lucide-react'
import { useState } from 'react'

import { useGo } from '../../lib/address.ts'
import { ApiError, write } from '../../lib/api.ts'
import { assetOf, dayOf } from '../../lib/base.ts'
import type { Asset } from '../../lib/base.ts'
import { templatePreviewPath, templatesPath, usePreview } from '../../lib/templates.ts'
import type { Preview, Previewed, Template, TemplateInUse } from '../../lib/templates.ts'
import { useNow } from '../../lib/viewer.tsx'
import { saidAtField } from '../../lib/refusals.ts'
import { A } from '../../ui/A.tsx'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { Group, NotesProvider, Refused, SelectField, TextField } from '../../ui/Field.tsx'
import type { Note } from '../../ui/Field.tsx'
import { QuantityField } from '../../ui/QuantityField.tsx'
import { askOf } from './ask.ts'
import { AccelerationFields, FoldField, LeaveFields } from './clauses/EarlyFields.tsx'
import { LeavingFields } from './clauses/LeavingFields.tsx'
import { GuaranteeFields, PortabilityFields, PriceFields } from './clauses/MoreFields.tsx'
import { BLANK, draftOf } from './draft.ts'
import type { ClausesDraft, Draft } from './draft.ts'
import { PreviewPanel } from './PreviewPanel.tsx'
import { PRESETS } from './presets.ts'
import { sampleAsk, sampleQuantity } from './sample.ts'
import type { Sample } from './sample.ts'
import * as says from './says.ts'
import { scheduleSays } from './schedule.ts'
import { ShapeFields } from './ShapeFields.tsx'
import { ExpiryFields, ScopeFields } from './UseFields.tsx'
import { WhatFields } from './WhatFields.tsx'

type Props = {
  /** Null: a new one. */
  readonly template: Template | null
  readonly all: readonly TemplateInUse[]
  readonly mayWrite: boolean
}

/** A template is written beside what it makes: each field shows in the schedule and in the words at once. */
export function TemplateEditor({ template, all, mayWrite }: Props) {
  const today = dayOf(useNow()())
  const [draft, setDraft] = useState<Draft>(() =>
    template ? draftOf(template) : PRESETS.find(({ id }) => id === 'four-years')!.apply(BLANK),
  )
  const [sample, setSample] = useState<Sample>({
    start: today,
    quantity: null,
    level: null,
    salary: '120,000',
  })
  const change = (part: Partial<Draft>): void => setDraft((old) => ({ ...old, ...part }))
  const asked = usePreview<Preview>(templatePreviewPath, {
    ...askOf(draft),
    sample: sampleAsk(draft, sample),
  })
  const asset = assetIn(draft)
  const panel = (
    <PreviewPanel asked={asked} empty={null}>
      <SampleFields draft={draft} sample={sample} asset={asset} set={setSample} />
    </PreviewPanel>
  )
  return (
    <>
      <A
        href="/templates"
        className="inline-flex min-h-6 items-center gap-1 text-sm text-ink-2 hover:text-ink print:hidden"
      >
        <ChevronLeft size={14} aria-hidden /> Templates
      </A>
      <h1 className="mt-1 text-xl font-semibold tracking-[-0.015em]">
        {template ? template.name : 'New template'}
      </h1>
      <p className="text-base text-ink-2">
        {template
          ? `Version ${template.version}. Grants keep the version that they were written by.`
          : 'What would a grant of it say, and when would it vest?'}
      </p>
      <NotesProvider value={notesOf(asked.error, asked.old ? null : asked.data)}>
        {mayWrite ? (
          <div className="mt-5 grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,400px)]">
            <Fields draft={draft} asset={asset} all={all} change={change} blocked={asked.error !== null} />
            <Glance asked={asked} />
            <div
              id="preview"
              className="min-w-0 lg:sticky lg:top-4 lg:max-h-[calc(100dvh-32px)] lg:overflow-y-auto"
            >
              {panel}
            </div>
          </div>
        ) : (
          <div className="mt-5 max-w-[720px]">{panel}</div>
        )}
      </NotesProvider>
    </>
  )
}

/** Where the preview stands below the fields: what it says, in sight of them. */
const Glance = ({ asked: { data, error } }: { asked: Previewed<Preview> }) => (
  <a
    href="#preview"
    className="sticky bottom-16 z-10 rounded-xl border border-line-strong bg-surface px-4 py-2.5 text-sm shadow-float md:bottom-3 lg:hidden print:hidden"
  >
    <span className="block font-medium">Preview</span>
    <span className={error ? 'text-danger' : 'text-ink-2'}>
      {error ? saidAtField(error.message) : data ? scheduleSays(data) : 'Reckoning…'}
    </span>
  </a>
)

const notesOf = (error: ApiError | null, preview: Preview | null): readonly Note[] => [
  ...(error?.param ? [{ param: error.param, message: error.message, tone: 'bad' as const }] : []),
  ...(error ? [] : (preview?.warnings ?? []).map((warning) => ({ ...warning, tone: 'warn' as const }))),
]

/** What the draft counts; null while its unit is not one yet. */
function assetIn({ denomination, accelerator, tier, gpusPerNode, modelClass }: Draft): Asset | null {
  try {
    switch (denomination) {
      case 'gpu_hour':
        return assetOf(denomination, { accelerator, tier })
      case 'node_hour':
        return assetOf(denomination, { accelerator, tier, gpusPerNode: Number(gpusPerNode) })
      case 'token':
        return assetOf(denomination, { modelClass })
      case 'usd':
      case 'seat_month':
      case 'exaflop_day':
        return assetOf(denomination)
    }
  } catch {
    return null
  }
}

function SampleFields({
  draft,
  sample,
  asset,
  set,
}: {
  draft: Draft
  sample: Sample
  asset: Asset | null
  set: (sample: Sample) => void
}) {
  const { kind, levels } = draft.formula
  return (
    <div className="grid grid-cols-2 gap-3">
      <TextField
        label="If it starts on"
        param="sample.start_date"
        type="date"
        value={sample.start}
        onChange={(start) => set({ ...sample, start })}
      />
      {kind === 'given' && (
        <QuantityField
          label={draft.perInstallment ? 'and each one is' : 'and it is'}
          param="sample.quantity"
          denomination={draft.denomination}
          asset={asset}
          value={sampleQuantity(draft, sample)}
          onChange={(quantity) => set({ ...sample, quantity })}
        />
      )}
      {kind === 'by_level' && (
        <SelectField
          label="and the level is"
          param="sample.quantity"
          value={sample.level ?? levels[0]?.level ?? ''}
          options={[...levels.map(({ level }) => level), 'another'].map((value) => ({ value, text: value }))}
          onChange={(level) => set({ ...sample, level })}
        />
      )}
      {kind === 'salary_share' && (
        <QuantityField
          label="and the salary is"
          param="sample.salary"
          denomination="usd"
          asset="USD"
          value={sample.salary}
          onChange={(salary) => set({ ...sample, salary })}
        />
      )}
    </div>
  )
}

function Fields({
  draft,
  asset,
  all,
  change,
  blocked,
}: {
  draft: Draft
  asset: Asset | null
  all: readonly TemplateInUse[]
  change: (part: Partial<Draft>) => void
  blocked: boolean
}) {
  const queries = useQueryClient()
  const go = useGo()
  const save = useMutation({
    mutationFn: () => write<Template>('POST', templatesPath, askOf(draft)),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['templates'] })
      go('/templates')
    },
  })
  const { clauses } = draft
  const put = (part: Partial<ClausesDraft>): void => change({ clauses: { ...clauses, ...part } })
  const standing = all.find(({ name }) => name.toLowerCase() === draft.name.trim().toLowerCase())
  return (
    <form
      className="flex min-w-0 flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <Card title="What is granted">
        <div className="flex flex-col gap-4">
          <WhatFields draft={draft} asset={asset} change={change} />
        </div>
      </Card>
      <Card title="When it vests">
        <div className="flex flex-col gap-4">
          <ShapeFields draft={draft} change={change} />
        </div>
      </Card>
      <Card title="Everything else" note="What is not said follows the usual rules.">
        <Group title="How long it lasts" says={says.expirySays(draft)} prefix="expiry">
          <ExpiryFields draft={draft} asset={asset} change={change} />
        </Group>
        <Group title="Where it can be spent" says={says.scopeSays(draft)} prefix="scope">
          <ScopeFields draft={draft} change={change} />
        </Group>
        <Group title="Earlier than planned" says={says.accelerationSays(draft)} prefix="clauses.acceleration">
          <AccelerationFields list={clauses.acceleration} set={put} />
          <FoldField fold={clauses.fold} set={put} />
        </Group>
        <Group title="Leave of absence" says={says.leaveSays(draft)} prefix="clauses.leave">
          <LeaveFields list={clauses.leave} set={put} />
        </Group>
        <Group title="Leaving the company" says={says.leavingSays(draft)} prefix="clauses.leaving">
          <LeavingFields table={clauses.leaving} set={put} />
        </Group>
        <Group
          title="What goes with a leaver"
          says={says.portabilitySays(draft)}
          prefix="clauses.portability"
        >
          <PortabilityFields clause={clauses.portability} set={put} />
        </Group>
        <Group title="Prices and exchange" says={says.pricesSays(draft)} prefix="clauses.repricing">
          <PriceFields repricing={clauses.repricing} exchange={clauses.exchange} asset={asset} set={put} />
        </Group>
        <Group title="Guarantees" says={says.guaranteesSays(draft)} prefix="clauses.guarantees">
          <GuaranteeFields
            guarantees={clauses.guarantees}
            denomination={draft.denomination}
            asset={asset}
            set={put}
          />
        </Group>
      </Card>
      {save.error && <Refused>{saidAtField(save.error.message)}</Refused>}
      <div className="flex flex-wrap items-center justify-end gap-x-3 gap-y-2 print:hidden">
        <p className="min-w-0 flex-1 basis-60 text-sm text-pretty text-ink-2">
          {standing
            ? `A template of this name stands: this saves version ${standing.version + 1} of it. Grants that were written keep theirs.`
            : 'It is saved as version 1. What was saved is never changed: another save is the next version.'}
        </p>
        <Button type="submit" look="primary" disabled={save.isPending || blocked || draft.name.trim() === ''}>
          {save.isPending ? 'Saving…' : standing ? `Save version ${standing.version + 1}` : 'Save template'}
        </Button>
      </div>
    </form>
  )
}
