import { useQuery } from '@tanstack/react-query'
import type { ComponentProps } from 'react'

import type { Employment } from '../../lib/contract.ts'
import { entitiesQuery } from '../../lib/life.ts'
import { Card } from '../../ui/Card.tsx'
import { CheckField, Field, inputClass, SelectField, TextField } from '../../ui/Field.tsx'
import type { PostDraft } from './draft.ts'

export type FieldsProps = {
  readonly draft: PostDraft
  readonly change: (part: Partial<PostDraft>) => void
}

const KINDS: readonly { readonly value: Employment; readonly text: string }[] = [
  { value: 'FULL_TIME', text: 'Full time' },
  { value: 'PART_TIME', text: 'Part time' },
  { value: 'CONTRACTOR', text: 'Contractor' },
  { value: 'TEMPORARY', text: 'For a time' },
  { value: 'INTERN', text: 'Internship' },
]

/** The fields that are one line of text, by their names in the draft. */
type TextName = {
  [Name in keyof PostDraft]: PostDraft[Name] extends string ? Name : never
}[keyof PostDraft]

const texts =
  ({ draft, change }: FieldsProps) =>
  (
    name: TextName,
    label: string,
    more: Partial<Omit<ComponentProps<typeof TextField>, 'value' | 'onChange' | 'label'>> = {},
  ) => (
    <TextField
      label={label}
      param={name}
      {...more}
      value={draft[name]}
      onChange={(value) => change({ [name]: value })}
    />
  )

export function JobFields(fields: FieldsProps) {
  const { draft, change } = fields
  const text = texts(fields)
  const entities = useQuery(entitiesQuery).data?.entities ?? []
  return (
    <Card title="The job">
      <div className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          {text('title', 'Title', { focus: true, placeholder: 'Research engineer' })}
          <SelectField
            label="Employer"
            param="entity_id"
            value={draft.entity}
            options={[
              ...(draft.entity === '' ? [{ value: '', text: 'Choose one' }] : []),
              ...entities.map((one) => ({ value: one.id, text: `${one.name}, ${one.country}` })),
            ]}
            onChange={(entity) => change({ entity })}
          />
        </div>
        <div className="grid grid-cols-2 gap-4 sm:grid-cols-4">
          {text('level', 'Level', { placeholder: 'IC5' })}
          {text('family', 'Family', { placeholder: 'Research' })}
          <SelectField
            label="Kind"
            param="employment"
            value={draft.employment}
            options={KINDS}
            onChange={(employment) => change({ employment })}
          />
          {text('until', 'Apply by', { type: 'date' })}
        </div>
        <div className="grid grid-cols-2 gap-4 sm:grid-cols-4">
          {text('country', 'Country', { param: 'place.country', placeholder: 'US', maxLength: 2 })}
          {text('region', 'State', { param: 'place.region', placeholder: 'CO', maxLength: 3 })}
          {text('locality', 'City', { param: 'place.locality', placeholder: 'Denver' })}
          <div className="flex items-end pb-1.5">
            <CheckField label="Or remote" checked={draft.remote} onChange={(remote) => change({ remote })} />
          </div>
        </div>
        <TextArea
          label="What it is about"
          param="description"
          rows={8}
          hint="An empty line begins a new paragraph."
          value={draft.description}
          onChange={(description) => change({ description })}
        />
        {text('applyAt', 'Where to apply', {
          param: 'apply_at',
          placeholder: 'https://example.com/apply',
          hint: 'An https address, or mailto: and an address.',
          maxLength: 500,
        })}
      </div>
    </Card>
  )
}

export function PayFields(fields: FieldsProps) {
  const { draft, change } = fields
  const text = texts(fields)
  return (
    <Card title="Pay">
      <div className="flex flex-col gap-4">
        <div data-param="salary" className="grid grid-cols-2 gap-4 sm:grid-cols-3">
          {text('least', 'Salary of a year, from', {
            param: 'salary.least',
            type: 'decimal',
            placeholder: '180,000',
            unit: draft.currency,
          })}
          {text('most', 'to', {
            param: 'salary.most',
            type: 'decimal',
            placeholder: 'The same',
            unit: draft.currency,
          })}
          <TextField
            label="Currency"
            param="salary.currency"
            maxLength={3}
            value={draft.currency}
            onChange={(currency) => change({ currency: currency.toUpperCase() })}
          />
        </div>
        {text('incentives', 'Bonus, commission, equity', {
          placeholder: 'Bonus of 15% at target, RSUs over four years',
          maxLength: 1_000,
        })}
        <TextArea
          label="Other benefits"
          param="benefits"
          rows={4}
          hint="A line each."
          value={draft.benefits}
          onChange={(benefits) => change({ benefits })}
        />
      </div>
    </Card>
  )
}

function TextArea({
  value,
  rows,
  onChange,
  ...field
}: {
  label: string
  param: string
  hint?: string
  rows: number
  value: string
  onChange: (value: string) => void
}) {
  return (
    <Field {...field}>
      {(wired) => (
        <textarea
          {...wired}
          rows={rows}
          className={inputClass(wired, 'h-auto py-2')}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}
