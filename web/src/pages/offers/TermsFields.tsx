import { BASES } from '../../lib/value.ts'
import { Field, SelectField, TextField } from '../../ui/Field.tsx'
import { BASIS } from '../value/words.ts'
import type { FieldsProps } from './CandidateFields.tsx'

/** How long it stands, on which price compute is valued, and words of one's own. */
export const TermsFields = ({ draft, change }: FieldsProps) => (
  <div className="flex flex-col gap-4">
    <div className="grid gap-4 sm:grid-cols-2">
      <TextField
        label="Can be accepted until"
        param="expires_on"
        type="date"
        value={draft.expiresOn}
        onChange={(expiresOn) => change({ expiresOn })}
      />
      <SelectField
        label="Compute is valued at"
        param="basis"
        hint={BASIS[draft.basis].says}
        value={draft.basis}
        options={BASES.map((basis) => ({ value: basis, text: BASIS[basis].name }))}
        onChange={(basis) => change({ basis })}
      />
    </div>
    <Field
      label="A word to the candidate"
      param="message"
      hint="Stands at the head of the letter. May be left empty."
    >
      {(wired) => (
        <textarea
          {...wired}
          rows={4}
          maxLength={4000}
          className="field h-auto w-full py-2 font-normal"
          value={draft.message}
          onChange={(event) => change({ message: event.target.value })}
        />
      )}
    </Field>
  </div>
)
