import { BLANK, BLANK_STATEMENT } from './draft.ts'
import type { CliffDraft, Draft, EventDraft, PartDraft, StatementDraft } from './draft.ts'

/** Usual shapes to begin with. Each is only a set of fields: everything of it can be changed. */
export type Preset = {
  readonly id: string
  readonly name: string
  readonly says: string
  readonly apply: (draft: Draft) => Draft
}

type Grid = NonNullable<StatementDraft['grid']>
const every = (occurrences: number, period: number, more: Partial<Grid> = {}): Grid => ({
  occurrences: String(occurrences),
  period: String(period),
  unit: 'MONTHS',
  policy: '',
  cliff: null,
  ...more,
})
const statement = (percent: string, grid: Grid | null, event: EventDraft | null = null): StatementDraft => ({
  ...BLANK_STATEMENT,
  percent,
  grid,
  event,
})
const whenever = (id: string): EventDraft => ({ id, after: '', before: '' })
const ONE_YEAR: CliffDraft = { length: '12', unit: 'MONTHS', percent: '25' }

const shaped = (draft: Draft, ...parts: readonly PartDraft[]): Draft => ({
  ...draft,
  shape: { kind: 'parts', parts },
  perInstallment: false,
})
const chained = (draft: Draft, ...statements: readonly StatementDraft[]): Draft =>
  shaped(draft, { percent: '100', statements })

export const PRESETS: readonly Preset[] = [
  {
    id: 'refill',
    name: 'Monthly refill',
    says: 'The same amount every month for a year; use it within three months.',
    apply: (draft) => ({
      ...chained(draft, statement('100', every(12, 1))),
      perInstallment: true,
      installments: '12',
      expiry: { ...BLANK.expiry, kind: 'end_of_month_after_vest', months: '3' },
    }),
  },
  {
    id: 'four-years',
    name: 'Four years, one-year cliff',
    says: 'Monthly over four years, a quarter of it after the first.',
    apply: (draft) => chained(draft, statement('100', every(48, 1, { cliff: ONE_YEAR }))),
  },
  {
    id: 'quarterly',
    name: 'Quarterly',
    says: 'Every three months over four years.',
    apply: (draft) => chained(draft, statement('100', every(16, 3))),
  },
  {
    id: 'back-weighted',
    name: 'Back-weighted',
    says: '10, 20, 30 and 40 percent in four years, each quarterly.',
    apply: (draft) => chained(draft, ...['10', '20', '30', '40'].map((part) => statement(part, every(4, 3)))),
  },
  {
    id: 'immediate',
    name: 'At once',
    says: 'All of it on the first day.',
    apply: (draft) => chained(draft, statement('100', every(1, 0))),
  },
  {
    id: 'milestone',
    name: 'Milestone',
    says: 'All of it when an event has happened.',
    apply: (draft) => chained(draft, statement('100', null, whenever('launch'))),
  },
  {
    id: 'double-trigger',
    name: 'Double trigger',
    says: 'Time and an event: what time has earned vests from the event on.',
    apply: (draft) =>
      chained(draft, statement('100', every(48, 1, { cliff: ONE_YEAR }), whenever('liquidity'))),
  },
  {
    id: 'parallel',
    name: 'Parallel parts',
    says: '60 percent by time beside 40 percent by a milestone.',
    apply: (draft) =>
      shaped(
        draft,
        { percent: '60', statements: [statement('100', every(48, 1, { cliff: ONE_YEAR }))] },
        { percent: '40', statements: [statement('100', null, whenever('launch'))] },
      ),
  },
]

/** Which preset the shape is, as long as nothing of it was changed. */
export const presetOf = (draft: Draft): string | null =>
  PRESETS.find(({ apply }) => JSON.stringify(apply(draft)) === JSON.stringify(draft))?.id ?? null
