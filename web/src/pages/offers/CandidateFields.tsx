import { useQuery } from '@tanstack/react-query'
import { useId } from 'react'

import { entitiesQuery } from '../../lib/life.ts'
import { SelectField, TextField } from '../../ui/Field.tsx'
import { PersonPicker } from '../../ui/PersonPicker.tsx'
import type { OfferDraft } from './draft.ts'

export type Change = (part: Partial<OfferDraft>) => void
export type FieldsProps = { readonly draft: OfferDraft; readonly change: Change }

/** Who it is offered to, and which work. Levels and families are those that have a range, or any other. */
export function CandidateFields({
  draft,
  change,
  levels,
  families,
}: FieldsProps & { levels: readonly string[]; families: readonly string[] }) {
  const id = useId()
  const { data } = useQuery(entitiesQuery)
  const entities = data?.entities ?? []
  const choose = (entity: string): void => {
    const found = entities.find((one) => one.id === entity)
    // An employer pays in its own money and hires where it is, unless somebody has said otherwise.
    const first = draft.entity === ''
    change({
      entity,
      ...(found && first && { currency: found.currency }),
      ...(found && draft.country === '' && { country: found.country }),
    })
  }
  return (
    <div className="flex flex-col gap-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          focus
          label="Name"
          param="candidate.name"
          placeholder="Grace Hopper"
          value={draft.name}
          onChange={(name) => change({ name })}
        />
        <TextField
          label="Email"
          param="candidate.email"
          placeholder="grace@example.com"
          value={draft.email}
          onChange={(email) => change({ email })}
        />
        <TextField
          label="Title"
          param="position.title"
          placeholder="Research engineer"
          value={draft.title}
          onChange={(title) => change({ title })}
        />
        <SelectField
          label="Employer"
          param="position.entity_id"
          value={draft.entity}
          options={[
            ...(draft.entity === '' ? [{ value: '', text: 'Choose one' }] : []),
            ...entities.map((one) => ({ value: one.id, text: `${one.name}, ${one.country}` })),
          ]}
          onChange={choose}
        />
      </div>
      <div className="grid grid-cols-2 gap-4 sm:grid-cols-4">
        <TextField
          label="Level"
          param="position.level"
          list={`${id}-levels`}
          placeholder="IC5"
          value={draft.level}
          onChange={(level) => change({ level })}
        />
        <TextField
          label="Family"
          param="position.family"
          list={`${id}-families`}
          placeholder="Any"
          value={draft.family}
          onChange={(family) => change({ family })}
        />
        <TextField
          label="Works in"
          param="candidate.country"
          placeholder="US"
          maxLength={2}
          value={draft.country}
          onChange={(country) => change({ country })}
        />
        <TextField
          label="First day"
          param="position.starts_on"
          type="date"
          value={draft.startsOn}
          onChange={(startsOn) => change({ startsOn })}
        />
      </div>
      <PersonPicker
        label="Manager"
        param="position.manager_id"
        picked={draft.manager}
        onPick={(manager) => change({ manager })}
      />
      <Options id={`${id}-levels`} values={levels} />
      <Options id={`${id}-families`} values={families} />
    </div>
  )
}

export const Options = ({ id, values }: { id: string; values: readonly string[] }) => (
  <datalist id={id}>
    {values.map((value) => (
      <option key={value} value={value} />
    ))}
  </datalist>
)
