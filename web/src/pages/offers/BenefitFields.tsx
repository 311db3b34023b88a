import { Plus, X } from 'lucide-react'

import type { BenefitKind } from '../../lib/contract.ts'
import { Button } from '../../ui/Button.tsx'
import { SelectField, TextField } from '../../ui/Field.tsx'
import { replaced, without } from '../templates/change.ts'
import type { FieldsProps } from './CandidateFields.tsx'
import { BENEFIT } from './draft.ts'
import type { BenefitDraft } from './draft.ts'

const KINDS: readonly { readonly value: BenefitKind; readonly text: string }[] = [
  { value: 'seat', text: 'Seat' },
  { value: 'subscription', text: 'Subscription' },
  { value: 'fine_tuning', text: 'Fine-tuning' },
]

/** What the company pays beside grants, so much a month: seats, subscriptions, an allowance to fine-tune. */
export function BenefitFields({ draft: { benefits }, change }: FieldsProps) {
  const set = (list: readonly BenefitDraft[]): void => change({ benefits: list })
  return (
    <div className="flex flex-col gap-4">
      {benefits.map((benefit, at) => (
        <Benefit
          // Told by their place until they have a name.
          key={at}
          at={at}
          benefit={benefit}
          set={(part) => set(replaced(benefits, at, { ...benefit, ...part }))}
          remove={() => set(without(benefits, at))}
        />
      ))}
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-sm text-ink-2">
          {benefits.length === 0 && 'No seat, subscription or allowance to fine-tune.'}
        </p>
        <Button onClick={() => set([...benefits, BENEFIT])}>
          <Plus size={14} aria-hidden /> Add one
        </Button>
      </div>
    </div>
  )
}

function Benefit({
  at,
  benefit,
  set,
  remove,
}: {
  at: number
  benefit: BenefitDraft
  set: (part: Partial<BenefitDraft>) => void
  remove: () => void
}) {
  const param = (name: string): string => `pay.benefits.${at}.${name}`
  return (
    <div role="group" aria-label={`Beside grants, ${at + 1}`} className="flex items-start gap-2">
      <div className="grid min-w-0 flex-1 grid-cols-2 gap-3 sm:grid-cols-[minmax(0,4fr)_minmax(0,6fr)_minmax(0,5fr)_minmax(0,4fr)]">
        <SelectField
          label="Kind"
          param={param('kind')}
          value={benefit.kind}
          options={KINDS}
          onChange={(kind) => set({ kind })}
        />
        <TextField
          label="Name"
          param={param('name')}
          placeholder="Coding assistant"
          value={benefit.name}
          onChange={(name) => set({ name })}
        />
        <TextField
          label="A month"
          param={param('monthly_usd')}
          type="decimal"
          unit="USD"
          placeholder="200"
          value={benefit.monthly}
          onChange={(monthly) => set({ monthly })}
        />
        <TextField
          label="For"
          param={param('months')}
          type="number"
          unit="months"
          value={benefit.months}
          onChange={(months) => set({ months })}
        />
      </div>
      <Button
        look="quiet"
        className="mt-6 px-2"
        aria-label={`Remove ${benefit.name || 'it'}`}
        onClick={remove}
      >
        <X size={14} aria-hidden />
      </Button>
    </div>
  )
}
