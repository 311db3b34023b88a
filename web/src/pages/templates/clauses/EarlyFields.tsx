import { Plus, X } from 'lucide-react'

import { Button } from '../../../ui/Button.tsx'
import { SelectField, TextField } from '../../../ui/Field.tsx'
import type { Option } from '../../../ui/Field.tsx'
import { replaced, without } from '../change.ts'
import type { AccelerationDraft, ClausesDraft, LeaveDraft } from '../draft.ts'

type Set = (part: Partial<ClausesDraft>) => void

const FOLDS: readonly Option<ClausesDraft['fold']>[] = [
  { value: '', text: 'Not said: it vests on the grant date' },
  { value: 'onto_grant_date', text: 'It vests on the grant date' },
  { value: 'into_next', text: 'It vests with the next part' },
]
export const FoldField = ({ fold, set }: { fold: ClausesDraft['fold']; set: Set }) => (
  <SelectField
    label="What would have vested before the grant date"
    param="clauses.fold"
    value={fold}
    options={FOLDS}
    onChange={(next) => set({ fold: next })}
  />
)

const FROM: readonly Option<AccelerationDraft['from']>[] = [
  { value: 'soonest', text: 'The soonest first' },
  { value: 'latest', text: 'The latest first' },
  { value: 'pro_rata', text: 'All in proportion' },
]

/** What vests early, and when. Two events are a double trigger. */
export function AccelerationFields({ list, set }: { list: readonly AccelerationDraft[]; set: Set }) {
  const put = (at: number, part: Partial<AccelerationDraft>): void =>
    set({ acceleration: replaced(list, at, { ...list[at]!, ...part }) })
  return (
    <>
      {list.map((one, at) => {
        const param = `clauses.acceleration[${at}]`
        return (
          <div key={at} className="flex flex-col gap-3 rounded-xl border border-line p-3">
            <div className="flex items-start gap-2">
              <TextField
                label="When these have happened"
                param={`${param}.events`}
                className="flex-1"
                placeholder="change_of_control, dismissal"
                hint="Event names with commas: one is a single trigger, two a double one."
                value={one.events}
                onChange={(events) => put(at, { events })}
              />
              <Button
                look="quiet"
                aria-label={`Remove acceleration ${at + 1}`}
                className="px-2"
                onClick={() => set({ acceleration: without(list, at) })}
              >
                <X size={14} aria-hidden />
              </Button>
            </div>
            <div className="grid gap-3 sm:grid-cols-3">
              <TextField
                label="Of what is unvested"
                param={`${param}.share`}
                type="decimal"
                unit="%"
                value={one.percent}
                onChange={(percent) => put(at, { percent })}
              />
              <TextField
                label="Within months"
                param={`${param}.withinMonths`}
                type="number"
                placeholder="Whenever"
                value={one.within}
                onChange={(within) => put(at, { within })}
              />
              <SelectField
                label="Taken from"
                param={`${param}.from`}
                value={one.from}
                options={FROM}
                onChange={(from) => put(at, { from })}
              />
            </div>
          </div>
        )
      })}
      <Button
        look="quiet"
        className="-ml-3 self-start"
        onClick={() =>
          set({
            acceleration: [
              ...list,
              { id: freeId(list), events: 'change_of_control', within: '', percent: '100', from: 'soonest' },
            ],
          })
        }
      >
        <Plus size={14} aria-hidden /> Add an acceleration
      </Button>
    </>
  )
}

/** Each has an id of its own, also after one in the middle was removed. */
function freeId(list: readonly AccelerationDraft[]): string {
  let n = list.length + 1
  while (list.some(({ id }) => id === `acceleration-${n}`)) n += 1
  return `acceleration-${n}`
}

const POLICIES: readonly Option<LeaveDraft['policy']>[] = [
  { value: 'continue', text: 'changes nothing' },
  { value: 'pause_extend', text: 'pauses, and moves the rest later' },
  { value: 'pause_forfeit', text: 'pauses, and the pause is lost' },
]

/** What a leave of absence does. */
export function LeaveFields({ list, set }: { list: readonly LeaveDraft[]; set: Set }) {
  const put = (at: number, part: Partial<LeaveDraft>): void =>
    set({ leave: replaced(list, at, { ...list[at]!, ...part }) })
  return (
    <>
      <p className="text-sm text-ink-2">
        Where nothing is said, an unpaid leave pauses from its 31st day and all others change nothing.
      </p>
      {list.map((one, at) => (
        <div
          key={at}
          className="grid items-start gap-3 sm:grid-cols-[minmax(0,1fr)_minmax(0,1.4fr)_110px_auto]"
        >
          <TextField
            label="Leave"
            param={`clauses.leave[${at}].leave`}
            placeholder="parental; * for all others"
            value={one.leave}
            onChange={(leave) => put(at, { leave })}
          />
          <SelectField
            label="It"
            param={`clauses.leave[${at}].policy`}
            value={one.policy}
            options={POLICIES}
            onChange={(policy) => put(at, { policy })}
          />
          <TextField
            label="After days"
            param={`clauses.leave[${at}].graceDays`}
            type="number"
            value={one.grace}
            onChange={(grace) => put(at, { grace })}
          />
          <Button
            look="quiet"
            aria-label={`Remove leave ${at + 1}`}
            className="px-2 sm:mt-6"
            onClick={() => set({ leave: without(list, at) })}
          >
            <X size={14} aria-hidden />
          </Button>
        </div>
      ))}
      <Button
        look="quiet"
        className="-ml-3 self-start"
        onClick={() => set({ leave: [...list, { leave: 'parental', policy: 'continue', grace: '0' }] })}
      >
        <Plus size={14} aria-hidden /> Add a leave
      </Button>
    </>
  )
}
