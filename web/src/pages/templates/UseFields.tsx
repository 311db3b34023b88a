import type { Asset, ModelClass, Purpose } from '../../lib/base.ts'
import { CheckField, ChecksField, SelectField, TextField } from '../../ui/Field.tsx'
import type { Option } from '../../ui/Field.tsx'
import { QuantityField } from '../../ui/QuantityField.tsx'
import type { Draft, ExpiryDraft } from './draft.ts'

type Props = {
  readonly draft: Draft
  readonly asset: Asset | null
  readonly change: (part: Partial<Draft>) => void
}

const KINDS: readonly Option<ExpiryDraft['kind']>[] = [
  { value: 'never', text: 'It does not expire' },
  { value: 'end_of_month_after_vest', text: 'Whole months after each vest' },
  { value: 'days_after_vest', text: 'Days after each vest' },
  { value: 'on', text: 'On one date' },
]

/** How long what has vested can be spent, and what becomes of the rest. */
export function ExpiryFields({ draft: { expiry, denomination }, asset, change }: Props) {
  const set = (part: Partial<ExpiryDraft>): void => change({ expiry: { ...expiry, ...part } })
  const { kind, rollover } = expiry
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField
          label="What has vested lasts"
          param="expiry"
          value={kind}
          options={KINDS}
          onChange={(next) => set({ kind: next })}
        />
        {kind === 'days_after_vest' && (
          <TextField
            label="Days, the vest day among them"
            param="expiry.days"
            type="number"
            value={expiry.days}
            onChange={(days) => set({ days })}
          />
        )}
        {kind === 'end_of_month_after_vest' && (
          <TextField
            label="Months after the month of the vest"
            param="expiry.months"
            type="number"
            value={expiry.months}
            onChange={(months) => set({ months })}
          />
        )}
        {kind === 'on' && (
          <TextField
            label="Last day"
            param="expiry.date"
            type="date"
            value={expiry.date}
            onChange={(date) => set({ date })}
          />
        )}
      </div>
      {(kind === 'days_after_vest' || kind === 'end_of_month_after_vest') && (
        <CheckField
          label="A share of what is left rolls over, once"
          checked={rollover !== null}
          onChange={(on) => set({ rollover: on ? { percent: '50', cap: '', months: '3' } : null })}
        />
      )}
      {rollover && kind !== 'never' && kind !== 'on' && (
        <div className="grid gap-4 sm:grid-cols-3">
          <TextField
            label="Share"
            param="expiry.rollover.share"
            type="decimal"
            unit="%"
            value={rollover.percent}
            onChange={(percent) => set({ rollover: { ...rollover, percent } })}
          />
          <TextField
            label="For months"
            param="expiry.rollover.months"
            type="number"
            value={rollover.months}
            onChange={(months) => set({ rollover: { ...rollover, months } })}
          />
          <QuantityField
            label="At most, of one vest"
            param="expiry.rollover.cap"
            hint="Empty: no cap."
            denomination={denomination}
            asset={asset}
            value={rollover.cap}
            onChange={(cap) => set({ rollover: { ...rollover, cap } })}
          />
        </div>
      )}
    </>
  )
}

const CLASSES: readonly Option<ModelClass>[] = [
  { value: 'small', text: 'Small' },
  { value: 'standard', text: 'Standard' },
  { value: 'frontier', text: 'Frontier' },
  { value: 'embedding', text: 'Embedding' },
]
export const PURPOSES: readonly Option<Purpose>[] = [
  { value: 'work', text: 'Work' },
  { value: 'learning', text: 'Learning' },
  { value: 'personal', text: 'Personal' },
  { value: 'open_source', text: 'Open source' },
]

/** Where it can be spent, and which grant is drawn first. */
export const ScopeFields = ({ draft, change }: Omit<Props, 'asset'>) => (
  <>
    {draft.denomination !== 'seat_month' && (
      <ChecksField
        legend="Classes of models"
        param="scope.classes"
        hint="None chosen: all of them."
        values={draft.classes}
        options={CLASSES}
        onChange={(classes) => change({ classes })}
      />
    )}
    <ChecksField
      legend="Purposes"
      param="scope.purposes"
      hint="None chosen: all of them."
      values={draft.purposes}
      options={PURPOSES}
      onChange={(purposes) => change({ purposes })}
    />
    <div className="grid gap-4 sm:grid-cols-2">
      <TextField
        label="Providers"
        param="scope.providers"
        placeholder="All; or openai, anthropic"
        value={draft.providers}
        onChange={(providers) => change({ providers })}
      />
      <TextField
        label="Drawn in order"
        param="priority"
        type="number"
        hint="0 is drawn first, 50 is usual, 100 last."
        value={draft.priority}
        onChange={(priority) => change({ priority })}
      />
    </div>
  </>
)
