import { LEAVER_REASONS, decimalQuantity } from '../../lib/base.ts'
import type {
  Clauses,
  Denomination,
  ExpiryRule,
  Formula,
  LeaverReason,
  LeavingRule,
  Tier,
} from '../../lib/base.ts'
import type { PeriodUnit, Statement, Template } from '../../lib/templates.ts'

/** A template while it is written: everything as it stands in its field, also what is not a number yet. */

export type CliffDraft = { readonly length: string; readonly unit: PeriodUnit; readonly percent: string }
export type EventDraft = { readonly id: string; readonly after: string; readonly before: string }
export type StatementDraft = {
  readonly percent: string
  /** Null: a milestone, all at its event. */
  readonly grid: {
    readonly occurrences: string
    readonly period: string
    readonly unit: PeriodUnit
    readonly policy: string
    readonly cliff: CliffDraft | null
  } | null
  readonly event: EventDraft | null
}
export type PartDraft = { readonly percent: string; readonly statements: readonly StatementDraft[] }

/** One part is a plain chain. A graph was imported and is kept as it is. */
export type ShapeDraft =
  | { readonly kind: 'parts'; readonly parts: readonly PartDraft[] }
  | { readonly kind: 'graph'; readonly graph: readonly unknown[] }

export type FormulaDraft = {
  readonly kind: Formula['kind']
  readonly quantity: string
  readonly percent: string
  readonly levels: readonly { readonly level: string; readonly quantity: string }[]
  readonly otherwise: string
}
export type ExpiryDraft = {
  readonly kind: ExpiryRule['kind']
  readonly days: string
  readonly months: string
  readonly date: string
  readonly rollover: { readonly percent: string; readonly cap: string; readonly months: string } | null
}
export type AccelerationDraft = {
  readonly id: string
  readonly events: string
  readonly within: string
  readonly percent: string
  readonly from: 'soonest' | 'latest' | 'pro_rata'
}
export type LeaveDraft = {
  readonly leave: string
  readonly policy: 'continue' | 'pause_extend' | 'pause_forfeit'
  readonly grace: string
}
export type LeavingDraft = {
  readonly unvested: LeavingRule['unvested']
  readonly vested: LeavingRule['vested']['kind']
  readonly days: string
  readonly held: LeavingRule['held']
}
export type GuaranteeDraft = {
  readonly serviceTier: string
  readonly percentile: string
  readonly seconds: string
  readonly preemptions: string
  readonly uptime: string
  readonly nodes: string
  readonly notice: string
  readonly credit: string
  readonly atMost: string
}
export type ClausesDraft = {
  readonly fold: '' | 'onto_grant_date' | 'into_next'
  readonly acceleration: readonly AccelerationDraft[]
  readonly leave: readonly LeaveDraft[]
  readonly leaving: Readonly<Partial<Record<LeaverReason, LeavingDraft>>>
  readonly portability: {
    readonly purposes: readonly string[]
    readonly percent: string
    readonly days: string
    readonly except: readonly LeaverReason[]
  } | null
  readonly repricing: {
    readonly index: string
    readonly floor: 'dollars' | 'quantity'
    readonly percent: string
    readonly atMost: string
  } | null
  readonly exchange: string
  readonly guarantees: GuaranteeDraft
}
export type Draft = {
  readonly name: string
  readonly denomination: Denomination
  readonly accelerator: string
  readonly tier: Tier
  readonly gpusPerNode: string
  readonly modelClass: string
  readonly shape: ShapeDraft
  readonly allocation: string
  readonly perInstallment: boolean
  readonly installments: string
  readonly formula: FormulaDraft
  readonly expiry: ExpiryDraft
  readonly classes: readonly string[]
  readonly providers: string
  readonly purposes: readonly string[]
  readonly priority: string
  readonly clauses: ClausesDraft
}

const NO_GUARANTEES: GuaranteeDraft = {
  serviceTier: '',
  percentile: '',
  seconds: '',
  preemptions: '',
  uptime: '',
  nodes: '',
  notice: '',
  credit: '',
  atMost: '',
}

export const BLANK_STATEMENT: StatementDraft = {
  percent: '100',
  grid: { occurrences: '12', period: '1', unit: 'MONTHS', policy: '', cliff: null },
  event: null,
}

export const BLANK: Draft = {
  name: '',
  denomination: 'usd',
  accelerator: 'H100-SXM',
  tier: 'guaranteed',
  gpusPerNode: '8',
  modelClass: 'standard',
  shape: { kind: 'parts', parts: [{ percent: '100', statements: [BLANK_STATEMENT] }] },
  allocation: 'CUMULATIVE_ROUND_DOWN',
  perInstallment: false,
  installments: '12',
  formula: { kind: 'given', quantity: '', percent: '10', levels: [], otherwise: '' },
  expiry: { kind: 'never', days: '90', months: '3', date: '', rollover: null },
  classes: [],
  providers: '',
  purposes: [],
  priority: '50',
  clauses: {
    fold: '',
    acceleration: [],
    leave: [],
    leaving: {},
    portability: null,
    repricing: null,
    exchange: '',
    guarantees: NO_GUARANTEES,
  },
}

/** "0.25" → "25": exact, by moving the point. */
export function percentOf(share: string): string {
  const [whole = '0', fraction = ''] = share.split('.')
  const digits = fraction.padEnd(2, '0')
  const left = `${whole}${digits.slice(0, 2)}`.replace(/^0+(?=\d)/, '')
  const right = digits.slice(2).replace(/0+$/, '')
  return right === '' ? left : `${left}.${right}`
}

/** A template as its own fields, to be changed and saved as the next version. */
export function draftOf(template: Template): Draft {
  const { denomination, unit, statements, basis, scope } = template
  const said = (quantity: string): string => decimalQuantity(denomination, BigInt(quantity))
  return {
    name: template.name,
    denomination,
    accelerator: unit.accelerator ?? BLANK.accelerator,
    tier: unit.tier ?? BLANK.tier,
    gpusPerNode: String(unit.gpusPerNode ?? BLANK.gpusPerNode),
    modelClass: unit.modelClass ?? BLANK.modelClass,
    shape:
      'graph' in statements
        ? { kind: 'graph', graph: statements.graph }
        : {
            kind: 'parts',
            parts:
              'parts' in statements
                ? statements.parts.map((part) => ({
                    percent: percentOf(part.share),
                    statements: part.statements.map(statementDraft),
                  }))
                : [{ percent: '100', statements: statements.map(statementDraft) }],
          },
    allocation: template.allocation,
    perInstallment: basis.kind === 'per_installment',
    installments: basis.kind === 'per_installment' ? String(basis.installments) : BLANK.installments,
    formula: formulaDraft(template.formula, said),
    expiry: expiryDraft(template.expiry, said),
    classes: scope.classes ?? [],
    providers: (scope.providers ?? []).join(', '),
    purposes: scope.purposes ?? [],
    priority: String(template.priority),
    clauses: clausesDraft(template.clauses, said),
  }
}

const statementDraft = ({ percentage, schedule, event_condition: event }: Statement): StatementDraft => ({
  percent: percentOf(percentage),
  grid: schedule
    ? {
        occurrences: String(schedule.occurrences),
        period: String(schedule.period),
        unit: schedule.period_type,
        policy: schedule.vesting_day_of_month ?? '',
        cliff: schedule.cliff
          ? {
              length: String(schedule.cliff.length),
              unit: schedule.cliff.period_type,
              percent: percentOf(schedule.cliff.percentage),
            }
          : null,
      }
    : null,
  event: event ? { id: event.event_id, after: event.after ?? '', before: event.before ?? '' } : null,
})

type Say = (quantity: string) => string

function formulaDraft(formula: Formula, said: Say): FormulaDraft {
  switch (formula.kind) {
    case 'given':
      return BLANK.formula
    case 'fixed':
      return { ...BLANK.formula, kind: 'fixed', quantity: said(formula.quantity) }
    case 'salary_share':
      return { ...BLANK.formula, kind: 'salary_share', percent: percentOf(formula.share) }
    case 'by_level':
      return {
        ...BLANK.formula,
        kind: 'by_level',
        levels: Object.entries(formula.levels).map(([level, quantity]) => ({
          level,
          quantity: said(quantity),
        })),
        otherwise: formula.otherwise === null ? '' : said(formula.otherwise),
      }
  }
}

function expiryDraft(rule: ExpiryRule, said: Say): ExpiryDraft {
  const rollover =
    (rule.kind === 'days_after_vest' || rule.kind === 'end_of_month_after_vest') && rule.rollover
      ? {
          percent: percentOf(rule.rollover.share),
          cap: rule.rollover.cap === null ? '' : said(rule.rollover.cap),
          months: String(rule.rollover.months),
        }
      : null
  return {
    ...BLANK.expiry,
    kind: rule.kind,
    rollover,
    ...(rule.kind === 'days_after_vest' && { days: String(rule.days) }),
    ...(rule.kind === 'end_of_month_after_vest' && { months: String(rule.months) }),
    ...(rule.kind === 'on' && { date: rule.date }),
  }
}

function clausesDraft(clauses: Clauses, said: Say): ClausesDraft {
  const { portability, repricing, guarantees: g = {} } = clauses
  const text = (value: number | undefined): string => (value === undefined ? '' : String(value))
  return {
    fold: clauses.fold ?? '',
    acceleration: (clauses.acceleration ?? []).map((one) => ({
      id: one.id,
      events: one.events.join(', '),
      within: text(one.withinMonths ?? undefined),
      percent: percentOf(one.share),
      from: one.from,
    })),
    leave: (clauses.leave ?? []).map(({ leave, policy, graceDays }) => ({
      leave,
      policy,
      grace: String(graceDays),
    })),
    leaving: Object.fromEntries(
      LEAVER_REASONS.flatMap((reason) => {
        const rule = clauses.leaving?.[reason]
        return rule ? [[reason, leavingDraft(rule)]] : []
      }),
    ),
    portability: portability
      ? {
          purposes: portability.purposes,
          percent: percentOf(portability.share),
          days: String(portability.days),
          except: portability.except,
        }
      : null,
    repricing: repricing
      ? {
          index: repricing.index,
          floor: repricing.floor,
          percent: percentOf(repricing.threshold),
          atMost: repricing.atMost,
        }
      : null,
    exchange: (clauses.exchange ?? []).join(', '),
    guarantees: {
      serviceTier: g.serviceTier ?? '',
      percentile: text(g.queueWait?.percentile),
      seconds: text(g.queueWait?.seconds),
      preemptions: text(g.preemptionsPerMonth),
      uptime: g.uptime === undefined ? '' : percentOf(g.uptime),
      nodes: text(g.nodesAtOnce),
      notice: text(g.noticeDays),
      credit: g.remedy ? said(g.remedy.credit) : '',
      atMost: g.remedy ? said(g.remedy.atMostPerMonth) : '',
    },
  }
}

const leavingDraft = ({ unvested, vested, held }: LeavingRule): LeavingDraft => ({
  unvested,
  vested: vested.kind,
  days: vested.kind === 'window' ? String(vested.days) : '90',
  held,
})
