import { LEAVER_REASONS } from '../../../lib/base.ts'
import type { LeaverReason } from '../../../lib/base.ts'
import { CheckField, SelectField, TextField, useNote } from '../../../ui/Field.tsx'
import type { Option } from '../../../ui/Field.tsx'
import type { ClausesDraft, LeavingDraft } from '../draft.ts'

export const REASONS: Readonly<Record<LeaverReason, string>> = {
  VOLUNTARY_OTHER: 'Resigns',
  VOLUNTARY_GOOD_CAUSE: 'Resigns for good cause',
  VOLUNTARY_RETIREMENT: 'Retires',
  INVOLUNTARY_OTHER: 'Is dismissed',
  INVOLUNTARY_DEATH: 'Dies',
  INVOLUNTARY_DISABILITY: 'Is disabled',
  INVOLUNTARY_WITH_CAUSE: 'Is dismissed for cause',
}

const GAINS: readonly LeaverReason[] = ['INVOLUNTARY_DEATH', 'INVOLUNTARY_DISABILITY']

/** As it holds where nothing is said, to begin from. */
const usual = (reason: LeaverReason): LeavingDraft => {
  if (reason === 'INVOLUNTARY_WITH_CAUSE')
    return { unvested: 'forfeit', vested: 'expire_now', days: '90', held: 'cancel' }
  if (GAINS.includes(reason)) return { unvested: 'accelerate', vested: 'window', days: '365', held: 'finish' }
  return { unvested: 'forfeit', vested: 'window', days: '90', held: 'finish' }
}

const UNVESTED: readonly Option<LeavingDraft['unvested']>[] = [
  { value: 'forfeit', text: 'is forfeited' },
  { value: 'accelerate', text: 'vests at once' },
  { value: 'continue', text: 'goes on vesting' },
]
const VESTED: readonly Option<LeavingDraft['vested']>[] = [
  { value: 'window', text: 'can be spent for days' },
  { value: 'keep', text: 'stays theirs' },
  { value: 'expire_now', text: 'expires that day' },
  { value: 'revoke', text: 'is taken back' },
]
const HELD: readonly Option<LeavingDraft['held']>[] = [
  { value: 'finish', text: 'may finish' },
  { value: 'cancel', text: 'are ended' },
]

/** What becomes of the three parts of the grant, for each reason to leave. */
export function LeavingFields({
  table,
  set,
}: {
  table: ClausesDraft['leaving']
  set: (part: Partial<ClausesDraft>) => void
}) {
  const put = (reason: LeaverReason, rule: LeavingDraft | null): void => {
    const { [reason]: _old, ...rest } = table
    set({ leaving: rule ? { ...rest, [reason]: rule } : rest })
  }
  return (
    <div className="flex flex-col gap-3">
      <p className="text-sm text-ink-2">
        A reason that is not said follows the usual rule: unvested is lost, vested can be spent for 90 days.
      </p>
      {LEAVER_REASONS.map((reason) => (
        <Reason key={reason} reason={reason} rule={table[reason]} put={(rule) => put(reason, rule)} />
      ))}
    </div>
  )
}

function Reason({
  reason,
  rule,
  put,
}: {
  reason: LeaverReason
  rule: LeavingDraft | undefined
  put: (rule: LeavingDraft | null) => void
}) {
  const root = `clauses.leaving.${reason}`
  const note = useNote(root)
  return (
    <div className="flex flex-col gap-2">
      <CheckField
        label={REASONS[reason]}
        checked={rule !== undefined}
        onChange={(on) => put(on ? usual(reason) : null)}
      />
      {note && <p className="pl-6 text-sm text-pretty text-held">{note.message}</p>}
      {rule && (
        <div className="grid gap-3 pl-6 sm:grid-cols-2">
          <SelectField
            label="Unvested"
            param={`${root}.unvested`}
            value={rule.unvested}
            options={UNVESTED}
            onChange={(unvested) => put({ ...rule, unvested })}
          />
          <SelectField
            label="Running calls and jobs"
            param={`${root}.held`}
            value={rule.held}
            options={HELD}
            onChange={(held) => put({ ...rule, held })}
          />
          <SelectField
            label="Vested"
            param={`${root}.vested.kind`}
            value={rule.vested}
            options={VESTED}
            onChange={(vested) => put({ ...rule, vested })}
          />
          {rule.vested === 'window' && (
            <TextField
              label="Days"
              param={`${root}.vested.days`}
              type="number"
              value={rule.days}
              onChange={(days) => put({ ...rule, days })}
            />
          )}
        </div>
      )}
    </div>
  )
}
