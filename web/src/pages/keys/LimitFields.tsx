import { useId } from 'react'

import { PERIODS, readDollars, type Period } from './limit.ts'

/** A limit as it is being typed; `text` is null for no limit. */
export type LimitDraft = { readonly text: string | null; readonly period: Period }

/** What a draft asks for: a limit, none, or why it cannot be used. */
export function limitAsk({ text, period }: LimitDraft): { amount: string; period: Period } | null | 'wrong' {
  if (text === null) return null
  const amount = readDollars(text)
  return amount === null ? 'wrong' : { amount: String(amount), period }
}

/** None, or so many dollars a day, week or month, or in all. */
export function LimitFields({
  draft,
  onChange,
}: {
  draft: LimitDraft
  onChange: (draft: LimitDraft) => void
}) {
  const id = useId()
  const wrong = limitAsk(draft) === 'wrong'
  return (
    <fieldset className="flex flex-col gap-2 text-sm">
      <legend className="mb-1 font-medium">Limit</legend>
      <label className="flex min-h-6 items-center gap-2">
        <input
          type="radio"
          name={`${id}-limit`}
          checked={draft.text === null}
          onChange={() => onChange({ ...draft, text: null })}
        />
        None: whatever the wallet has
      </label>
      <label className="flex min-h-6 items-center gap-2">
        <input
          type="radio"
          name={`${id}-limit`}
          checked={draft.text !== null}
          onChange={() => onChange({ ...draft, text: draft.text ?? '' })}
        />
        At most
      </label>
      {draft.text !== null && (
        <div className="flex flex-wrap items-center gap-2 pl-6">
          <span aria-hidden>$</span>
          <input
            inputMode="decimal"
            required
            aria-label="Dollars"
            aria-invalid={wrong && draft.text !== ''}
            aria-describedby={`${id}-limit-words`}
            className="field h-9 w-28"
            placeholder="50.00"
            value={draft.text}
            onChange={(event) => onChange({ ...draft, text: event.target.value })}
          />
          <select
            aria-label="Period"
            className="field h-9"
            value={draft.period ?? ''}
            onChange={(event) => {
              const period = PERIODS.find(({ value }) => (value ?? '') === event.target.value)
              if (period) onChange({ ...draft, period: period.value })
            }}
          >
            {PERIODS.map(({ value, text }) => (
              <option key={text} value={value ?? ''}>
                {text}
              </option>
            ))}
          </select>
          <p id={`${id}-limit-words`} className="w-full text-ink-2">
            {wrong && draft.text !== ''
              ? 'Give dollars, such as 50 or 12.50.'
              : 'Kept exactly: what running calls hold counts. Days, weeks and months are those of UTC.'}
          </p>
        </div>
      )}
    </fieldset>
  )
}
