import clsx from 'clsx'
import { Plus, X } from 'lucide-react'

import type { PeriodUnit } from '../../lib/templates.ts'
import { saidAtField } from '../../lib/refusals.ts'
import { Button } from '../../ui/Button.tsx'
import { CheckField, SelectField, TextField, useNote } from '../../ui/Field.tsx'
import type { Option } from '../../ui/Field.tsx'
import { replaced, without } from './change.ts'
import { BLANK_STATEMENT } from './draft.ts'
import type { CliffDraft, Draft, EventDraft, PartDraft, StatementDraft } from './draft.ts'
import { PRESETS, presetOf } from './presets.ts'

type Props = { readonly draft: Draft; readonly change: (part: Partial<Draft>) => void }

const UNITS: readonly Option<PeriodUnit>[] = [
  { value: 'MONTHS', text: 'months' },
  { value: 'DAYS', text: 'days' },
  { value: 'YEARS', text: 'years' },
]
const DAYS: readonly Option<string>[] = [
  { value: '', text: 'The day of the start' },
  { value: 'VESTING_START_DAY_MINUS_ONE', text: 'The day before the day of the start' },
  { value: 'FIRST_DAY_OF_MONTH', text: 'The first of the month' },
  { value: 'LAST_DAY_OF_MONTH', text: 'The last of the month' },
]
const ALLOCATIONS: readonly Option<string>[] = [
  { value: 'CUMULATIVE_ROUND_DOWN', text: 'Running total, rounded down' },
  { value: 'CUMULATIVE_ROUNDING', text: 'Running total, to the nearest' },
  { value: 'FRONT_LOADED', text: 'What is left over first' },
  { value: 'BACK_LOADED', text: 'What is left over last' },
  { value: 'FRONT_LOADED_TO_SINGLE_TRANCHE', text: 'What is left over in the first one' },
  { value: 'BACK_LOADED_TO_SINGLE_TRANCHE', text: 'What is left over in the last one' },
]

/** When it vests: a usual shape to begin with, and each of its fields. */
export function ShapeFields({ draft, change }: Props) {
  const preset = presetOf(draft)
  const wrong = useNote('statements')
  return (
    <>
      <div role="group" aria-label="Usual shapes" className="grid grid-cols-2 gap-2 sm:grid-cols-4">
        {PRESETS.map((one) => (
          <button
            key={one.id}
            type="button"
            aria-pressed={one.id === preset}
            title={one.says}
            onClick={() => change(one.apply(draft))}
            className={clsx(
              'min-h-10 rounded-lg border px-2.5 py-1.5 text-left text-sm font-medium text-balance transition-colors',
              one.id === preset
                ? 'border-accent bg-accent-soft text-accent'
                : 'border-line-strong hover:bg-sunken',
            )}
          >
            {one.name}
          </button>
        ))}
      </div>
      <p className="-mt-1 text-sm text-pretty text-ink-2" aria-live="polite">
        {PRESETS.find(({ id }) => id === preset)?.says ?? 'A shape of its own.'}
      </p>
      {wrong && <p className="text-sm text-pretty text-danger">{saidAtField(wrong.message)}</p>}
      {draft.shape.kind === 'graph' ? (
        <p className="rounded-lg bg-sunken px-3 py-2 text-sm text-ink-2">
          It vests by a graph of {draft.shape.graph.length} conditions, which was imported and is kept as it
          is. A usual shape above replaces it.
        </p>
      ) : (
        <Parts parts={draft.shape.parts} set={(parts) => change({ shape: { kind: 'parts', parts } })} />
      )}
      <SelectField
        label="What does not divide evenly"
        param="allocation"
        value={draft.allocation}
        options={ALLOCATIONS}
        onChange={(allocation) => change({ allocation })}
      />
    </>
  )
}

function Parts({ parts, set }: { parts: readonly PartDraft[]; set: (parts: readonly PartDraft[]) => void }) {
  const several = parts.length > 1
  return (
    <div className="flex flex-col gap-4">
      {parts.map((part, at) => (
        <div key={at} className={clsx(several && 'rounded-xl border border-line p-3')}>
          {several && (
            <div className="mb-3 flex items-start justify-between gap-3">
              <TextField
                label={`Part ${at + 1}, of the grant`}
                param={`statements.parts[${at}].share`}
                type="decimal"
                unit="%"
                className="w-44"
                value={part.percent}
                onChange={(percent) => set(replaced(parts, at, { ...part, percent }))}
              />
              <Button
                look="quiet"
                aria-label={`Remove part ${at + 1}`}
                className="px-2"
                onClick={() => set(without(parts, at))}
              >
                <X size={14} aria-hidden />
              </Button>
            </div>
          )}
          <Statements
            statements={part.statements}
            root={several ? `statements.parts[${at}].statements` : 'statements'}
            set={(statements) => set(replaced(parts, at, { ...part, statements }))}
          />
        </div>
      ))}
      <Button
        look="quiet"
        className="-ml-3 self-start"
        onClick={() => set([...parts, { percent: several ? '0' : '50', statements: [BLANK_STATEMENT] }])}
      >
        <Plus size={14} aria-hidden /> Add a part beside {several ? 'these' : 'this'}
      </Button>
    </div>
  )
}

function Statements({
  statements,
  root,
  set,
}: {
  statements: readonly StatementDraft[]
  root: string
  set: (statements: readonly StatementDraft[]) => void
}) {
  return (
    <ol className="flex flex-col gap-3">
      {statements.map((statement, at) => (
        <li key={at} className={clsx(statements.length > 1 && 'border-l-2 border-line pl-3')}>
          <Statement
            statement={statement}
            n={statements.length > 1 ? at + 1 : null}
            param={`${root}[${at}]`}
            set={(next) => set(replaced(statements, at, next))}
            remove={statements.length > 1 ? () => set(without(statements, at)) : null}
          />
        </li>
      ))}
      <li>
        <Button look="quiet" className="-ml-3" onClick={() => set([...statements, BLANK_STATEMENT])}>
          <Plus size={14} aria-hidden /> Then, a next step
        </Button>
      </li>
    </ol>
  )
}

function Statement({
  statement,
  n,
  param,
  set,
  remove,
}: {
  statement: StatementDraft
  n: number | null
  param: string
  set: (statement: StatementDraft) => void
  remove: (() => void) | null
}) {
  const { grid, event } = statement
  const step = n === null ? '' : `, step ${n}`
  const setGrid = (part: Partial<NonNullable<StatementDraft['grid']>>): void =>
    set({ ...statement, grid: grid && { ...grid, ...part } })
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-start gap-3">
        <TextField
          label={`Share${step}`}
          param={`${param}.percentage`}
          type="decimal"
          unit="%"
          className="w-28"
          value={statement.percent}
          onChange={(percent) => set({ ...statement, percent })}
        />
        {grid && (
          <>
            <TextField
              label="In parts"
              param={`${param}.schedule.occurrences`}
              type="number"
              className="w-20"
              value={grid.occurrences}
              onChange={(occurrences) => setGrid({ occurrences })}
            />
            <TextField
              label="One every"
              param={`${param}.schedule.period`}
              type="number"
              className="w-20"
              value={grid.period}
              onChange={(period) => setGrid({ period })}
            />
            <SelectField
              label="Unit"
              param={`${param}.schedule.period_type`}
              className="w-28"
              value={grid.unit}
              options={UNITS}
              onChange={(unit) => setGrid({ unit })}
            />
          </>
        )}
        {remove && (
          <Button look="quiet" aria-label={`Remove step ${n}`} className="ml-auto px-2" onClick={remove}>
            <X size={14} aria-hidden />
          </Button>
        )}
      </div>
      {grid && (
        <SelectField
          label="On the day"
          param={`${param}.schedule.vesting_day_of_month`}
          className="max-w-72"
          value={grid.policy}
          options={
            DAYS.some(({ value }) => value === grid.policy)
              ? DAYS
              : [...DAYS, { value: grid.policy, text: 'The day of the start, named' }]
          }
          onChange={(policy) => setGrid({ policy })}
        />
      )}
      <div className="flex flex-wrap gap-x-5 gap-y-1">
        <CheckField
          label="By time"
          checked={grid !== null}
          onChange={(on) =>
            set({
              ...statement,
              grid: on ? BLANK_STATEMENT.grid : null,
              // A step without time is a milestone: it must have an event.
              event: on ? event : (event ?? { id: 'launch', after: '', before: '' }),
            })
          }
        />
        {grid && (
          <CheckField
            label="With a cliff"
            checked={grid.cliff !== null}
            onChange={(on) => setGrid({ cliff: on ? { length: '12', unit: 'MONTHS', percent: '25' } : null })}
          />
        )}
        <CheckField
          label="Only after an event"
          checked={event !== null}
          onChange={(on) =>
            set({
              ...statement,
              event: on ? { id: 'launch', after: '', before: '' } : null,
              grid: on ? grid : (grid ?? BLANK_STATEMENT.grid),
            })
          }
        />
      </div>
      {grid?.cliff && (
        <Cliff cliff={grid.cliff} param={`${param}.schedule.cliff`} set={(cliff) => setGrid({ cliff })} />
      )}
      {event && (
        <Event
          event={event}
          param={`${param}.event_condition`}
          set={(next) => set({ ...statement, event: next })}
        />
      )}
    </div>
  )
}

function Cliff({
  cliff,
  param,
  set,
}: {
  cliff: CliffDraft
  param: string
  set: (cliff: CliffDraft) => void
}) {
  const wrong = useNote(param)
  return (
    <div className="flex flex-col gap-1">
      <div className="flex flex-wrap items-start gap-3">
        <TextField
          label="Cliff after"
          param={`${param}.length`}
          type="number"
          className="w-28"
          value={cliff.length}
          onChange={(length) => set({ ...cliff, length })}
        />
        <SelectField
          label="Unit of the cliff"
          className="w-32"
          value={cliff.unit}
          options={UNITS}
          onChange={(unit) => set({ ...cliff, unit })}
        />
        <TextField
          label="At the cliff"
          param={`${param}.percentage`}
          type="decimal"
          unit="%"
          className="w-28"
          value={cliff.percent}
          onChange={(percent) => set({ ...cliff, percent })}
        />
      </div>
      {wrong && <p className="text-sm text-danger">{saidAtField(wrong.message)}</p>}
    </div>
  )
}

function Event({
  event,
  param,
  set,
}: {
  event: EventDraft
  param: string
  set: (event: EventDraft) => void
}) {
  const wrong = useNote(param)
  return (
    <div className="flex flex-col gap-1">
      <div className="flex flex-wrap items-start gap-3">
        <TextField
          label="Event"
          param={`${param}.event_id`}
          className="w-44"
          placeholder="launch"
          value={event.id}
          onChange={(id) => set({ ...event, id })}
        />
        <TextField
          label="Counts from"
          param={`${param}.after`}
          type="date"
          className="w-40"
          value={event.after}
          onChange={(after) => set({ ...event, after })}
        />
        <TextField
          label="Counts to"
          param={`${param}.before`}
          type="date"
          className="w-40"
          value={event.before}
          onChange={(before) => set({ ...event, before })}
        />
      </div>
      {wrong && <p className="text-sm text-danger">{saidAtField(wrong.message)}</p>}
    </div>
  )
}
