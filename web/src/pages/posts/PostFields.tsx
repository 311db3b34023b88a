import { useQuery } from '@tanstack/react-query'

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

export function JobFields({ draft, change }: FieldsProps) {
  const entities = useQuery(entitiesQuery).data?.entities ?? []
  return (
    <Card title="The job">
      <div className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField
            focus
            label="Title"
            param="title"
            placeholder="Research engineer"
            value={draft.title}
            onChange={(title) => change({ title })}
          />
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
          <TextField
            label="Level"
            param="level"
            placeholder="IC5"
            value={draft.level}
            onChange={(level) => change({ level })}
          />
          <TextField
            label="Family"
            param="family"
            placeholder="Research"
            value={draft.family}
            onChange={(family) => change({ family })}
          />
          <SelectField
            label="Kind"
            param="employment"
            value={draft.employment}
            options={KINDS}
            onChange={(employment) => change({ employment })}
          />
          <TextField
            type="date"
            label="Apply by"
            param="until"
            value={draft.until}
            onChange={(until) => change({ until })}
          />
        </div>
        <div className="grid grid-cols-2 gap-4 sm:grid-cols-4">
          <TextField
            label="Country"
            param="place.country"
            placeholder="US"
            maxLength={2}
            value={draft.country}
            onChange={(country) => change({ country })}
          />
          <TextField
            label="State"
            param="place.region"
            placeholder="CO"
            maxLength={3}
            value={draft.region}
            onChange={(region) => change({ region })}
          />
          <TextField
            label="City"
            param="place.locality"
            placeholder="Denver"
            value={draft.locality}
            onChange={(locality) => change({ locality })}
          />
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
        <TextField
          label="Where to apply"
          param="apply_at"
          placeholder="https://example.com/apply"
          hint="An https address, or mailto: and an address."
          maxLength={500}
          value={draft.applyAt}
          onChange={(applyAt) => change({ applyAt })}
        />
      </div>
    </Card>
  )
}

export function PayFields({ draft, change }: FieldsProps) {
  return (
    <Card title="Pay">
      <div className="flex flex-col gap-4">
        <div data-param="salary" className="grid grid-cols-2 gap-4 sm:grid-cols-3">
          <TextField
            label="Salary of a year, from"
            param="salary.least"
            type="decimal"
            unit={draft.currency}
            placeholder="180,000"
            value={draft.least}
            onChange={(least) => change({ least })}
          />
          <TextField
            label="to"
            param="salary.most"
            type="decimal"
            unit={draft.currency}
            placeholder="The same"
            value={draft.most}
            onChange={(most) => change({ most })}
          />
          <TextField
            label="Currency"
            param="salary.currency"
            maxLength={3}
            value={draft.currency}
            onChange={(currency) => change({ currency: currency.toUpperCase() })}
          />
        </div>
        <TextField
          label="Bonus, commission, equity"
          param="incentives"
          placeholder="Bonus of 15% at target, RSUs over four years"
          maxLength={1_000}
          value={draft.incentives}
          onChange={(incentives) => change({ incentives })}
        />
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
