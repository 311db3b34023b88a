import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { useGo } from '../../lib/address.ts'
import { takeStep } from '../../lib/agreements.ts'
import { write } from '../../lib/api.ts'
import { assetOf, dayOf, parseQuantity } from '../../lib/base.ts'
import { contractPath } from '../../lib/grants.ts'
import type { Contract } from '../../lib/grants.ts'
import { templatesQuery, usePreview } from '../../lib/templates.ts'
import type { GrantPreview, TemplateInUse } from '../../lib/templates.ts'
import { useNow } from '../../lib/viewer.tsx'
import { saidAtField } from '../../lib/refusals.ts'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { NotesProvider, Refused, SelectField, TextField } from '../../ui/Field.tsx'
import { PersonPicker } from '../../ui/PersonPicker.tsx'
import type { Picked } from '../../ui/PersonPicker.tsx'
import { QuantityField } from '../../ui/QuantityField.tsx'
import { PreviewPanel } from '../templates/PreviewPanel.tsx'
import { entriesToBe } from './entries.ts'
import { EntriesToBe } from './EntriesToBe.tsx'

export type GrantDraft = {
  readonly person: Picked | null
  readonly template: string
  /** As people write it; empty: as the template's formula says. */
  readonly quantity: string
  readonly start: string
  readonly grantDate: string
  readonly name: string
}

const FORMULA = {
  given: null,
  fixed: 'Empty: what the template grants to everybody.',
  salary_share: 'Empty: the template’s share of base salary.',
  by_level: 'Empty: what the template grants to the person’s level.',
} as const

/** A grant is written beside what it will say and plan; nothing is promised before somebody presses a button. */
export function GrantForm({ first, change }: { first: GrantDraft; change: Contract | null }) {
  const [draft, setDraft] = useState(first)
  const { data } = useQuery(templatesQuery)
  const templates = data?.templates ?? []
  const template = templates.find(({ id }) => id === draft.template) ?? null
  const ask = askOf(draft, template)
  const asked = usePreview<GrantPreview>('/api/v1/grants/preview', ask)
  const set = (part: Partial<GrantDraft>): void => setDraft((old) => ({ ...old, ...part }))
  const ready = ask !== null && !asked.error && !asked.old ? asked.data : null
  const note = asked.error?.param
    ? [{ param: asked.error.param, message: asked.error.message, tone: 'bad' as const }]
    : []
  return (
    <NotesProvider value={note}>
      <div className="mt-5 grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,440px)]">
        <Card title="The grant">
          <Fields draft={draft} template={template} templates={templates} set={set} fixed={change !== null} />
          <Actions ask={ask} preview={ready} change={change} />
        </Card>
        <PreviewPanel
          asked={ask === null ? { data: null, error: null, old: false } : asked}
          empty={ask === null ? missing(draft, template) : null}
        />
      </div>
    </NotesProvider>
  )
}

function missing(draft: GrantDraft, template: TemplateInUse | null): string {
  if (!draft.person) return 'Choose a person, and the schedule and the words of the grant stand here.'
  if (!template) return 'Choose a template.'
  if (draft.start === '') return 'Give the day on which it starts.'
  return 'Say how much is granted.'
}

/** Null while something is missing that nobody can preview without. */
function askOf(draft: GrantDraft, template: TemplateInUse | null) {
  if (!draft.person || !template || draft.start === '') return null
  const said = draft.quantity.trim()
  if (said === '' && template.formula.kind === 'given') return null
  const quantity = parseQuantity(template.denomination, said)
  if (said !== '' && quantity === null) return null
  return {
    person_id: draft.person.id,
    template_id: template.id,
    ...(said !== '' && { quantity: String(quantity), denomination: template.denomination }),
    start_date: draft.start,
    ...(draft.grantDate !== '' && { grant_date: draft.grantDate }),
    ...(draft.name.trim() !== '' && { name: draft.name.trim() }),
  }
}
type Ask = NonNullable<ReturnType<typeof askOf>>

function Fields({
  draft,
  template,
  templates,
  set,
  fixed,
}: {
  draft: GrantDraft
  template: TemplateInUse | null
  templates: readonly TemplateInUse[]
  set: (part: Partial<GrantDraft>) => void
  /** The person stands already. */
  fixed: boolean
}) {
  const each = template?.basis.kind === 'per_installment' ? template.basis.installments : null
  return (
    <div className="flex flex-col gap-4">
      {fixed && draft.person ? (
        <p className="text-sm">
          <span className="text-ink-2">To </span>
          <span className="font-medium">{draft.person.name}</span>{' '}
          <span className="text-ink-2">{draft.person.email}</span>
        </p>
      ) : (
        <PersonPicker
          label="Person"
          param="person_id"
          picked={draft.person}
          onPick={(person) => set({ person })}
        />
      )}
      <SelectField
        label="Template"
        param="template_id"
        hint={template?.says}
        value={draft.template}
        options={[
          ...(template ? [] : [{ value: '', text: 'Choose one' }]),
          ...templates.map(({ id, name }) => ({ value: id, text: name })),
        ]}
        onChange={(id) => set({ template: id })}
      />
      {template && (
        <QuantityField
          label={each === null ? 'Quantity' : `Quantity of each of ${each} installments`}
          param="quantity"
          placeholder={
            FORMULA[template.formula.kind] ? 'As the template says' : each === null ? '24,000' : '200'
          }
          hint={
            FORMULA[template.formula.kind] ??
            (each === null ? 'Of the whole grant.' : `In all ${each} times as much.`)
          }
          denomination={template.denomination}
          asset={assetOf(template.denomination, template.unit)}
          value={draft.quantity}
          onChange={(quantity) => set({ quantity })}
        />
      )}
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label="Vesting starts on"
          param="start_date"
          type="date"
          value={draft.start}
          onChange={(start) => set({ start })}
        />
        <TextField
          label="Granted on"
          param="grant_date"
          type="date"
          hint="Empty: today. Nothing vests before it."
          value={draft.grantDate}
          onChange={(grantDate) => set({ grantDate })}
        />
      </div>
      <TextField
        label="Name"
        param="name"
        placeholder={template?.name ?? 'As its template'}
        hint="What its person reads."
        value={draft.name}
        onChange={(name) => set({ name })}
      />
    </div>
  )
}

function Actions({
  ask,
  preview,
  change,
}: {
  ask: Ask | null
  preview: GrantPreview | null
  change: Contract | null
}) {
  const go = useGo()
  const queries = useQueryClient()
  const [issuing, setIssuing] = useState(false)
  const done = async (id: string): Promise<void> => {
    await Promise.all(
      ['contracts', 'contract', 'templates'].map((key) => queries.invalidateQueries({ queryKey: [key] })),
    )
    go(`/grants/${id}`)
  }
  const save = useMutation({
    mutationFn: async (submit: boolean) => {
      const saved = await saveDraft(ask, change)
      if (submit) await takeStep(saved, 'submit')
      return saved
    },
    onSuccess: done,
  })
  const off = preview === null || save.isPending
  return (
    <div className="mt-5 flex flex-col gap-3 border-t border-line pt-4">
      {preview && (
        <p className="text-sm text-pretty text-ink-2">
          {preview.approvals_needed === 2
            ? 'It is large enough that two persons have to approve it.'
            : 'One person has to approve it; nobody approves their own pay.'}
        </p>
      )}
      {save.error && <Refused>{saidAtField(save.error.message)}</Refused>}
      <div className="flex flex-wrap justify-end gap-2">
        {preview?.direct && !change && (
          <Button look="quiet" disabled={off} onClick={() => setIssuing(true)}>
            Issue now…
          </Button>
        )}
        <Button disabled={off} onClick={() => save.mutate(false)}>
          Save draft
        </Button>
        <Button look="primary" disabled={off} onClick={() => save.mutate(true)}>
          {save.isPending ? 'Saving…' : 'Submit for approval'}
        </Button>
      </div>
      {preview && ask && (
        <IssueNow
          open={issuing}
          ask={ask}
          preview={preview}
          onClose={() => setIssuing(false)}
          onDone={done}
        />
      )}
    </div>
  )
}

async function saveDraft(ask: Ask | null, change: Contract | null): Promise<string> {
  if (ask === null) throw new Error('Something is missing.')
  if (change === null) {
    const made = await write<Contract>('POST', '/api/v1/grants/drafts', ask)
    return made!.id
  }
  const { person_id: _person, denomination: _denomination, quantity = null, ...rest } = ask
  await write<Contract>('PATCH', contractPath(change.id), { ...rest, quantity })
  return change.id
}

/** The one step here that cannot be undone: what the ledger will write is shown before it is. */
function IssueNow({
  open,
  ask,
  preview,
  onClose,
  onDone,
}: {
  open: boolean
  ask: Ask
  preview: GrantPreview
  onClose: () => void
  onDone: (id: string) => Promise<void>
}) {
  const today = dayOf(useNow()())
  const issue = useMutation({
    mutationFn: () => write<{ readonly id: string }>('POST', '/api/v1/grants', ask),
    onSuccess: async (made) => {
      onClose()
      if (made) await onDone(made.id)
    },
  })
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Issue this grant now?"
      description="It is promised at once, without approval, offer or acceptance. It cannot be undone: a mistake is corrected by ending it."
    >
      <div className="flex flex-col gap-4 text-sm">
        <p className="text-ink-2">The ledger writes:</p>
        <EntriesToBe entries={entriesToBe(preview.quantity, preview.tranches, today)} asset={preview.asset} />
        {issue.error && <Refused>{saidAtField(issue.error.message)}</Refused>}
        <div className="flex justify-end gap-2">
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button look="primary" data-focus disabled={issue.isPending} onClick={() => issue.mutate()}>
            {issue.isPending ? 'Issuing…' : 'Issue the grant'}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
