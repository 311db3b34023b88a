import { LEAVER_REASONS, parseQuantity } from '../../lib/base.ts'
import type { Denomination } from '../../lib/base.ts'
import type {
  ClausesDraft,
  Draft,
  ExpiryDraft,
  FormulaDraft,
  GuaranteeDraft,
  StatementDraft,
} from './draft.ts'

/**
 * What is sent: each field in the API's own form. What cannot be read goes as it was typed: the server refuses it and
 * names the field, so that there is one set of rules.
 */

/** "25" → "0.25": exact, by moving the point two places. */
export function shareOf(percent: string): string {
  const text = percent.trim().replace(/%$/, '')
  if (!/^\d{1,6}(\.\d{1,30})?$/.test(text)) return percent
  const [whole = '', fraction = ''] = text.split('.')
  const digits = whole.padStart(3, '0')
  const left = digits.slice(0, -2).replace(/^0+(?=\d)/, '')
  const right = `${digits.slice(-2)}${fraction}`.replace(/0+$/, '')
  return right === '' ? left : `${left}.${right}`
}

export const intOf = (text: string): number | string =>
  /^\s*-?\d{1,15}\s*$/.test(text) ? Number(text) : text

const numberOf = (text: string): number | string =>
  /^\d{1,6}(\.\d{1,6})?$/.test(text.trim()) ? Number(text) : text

export const quantityOf = (denomination: Denomination, text: string): string => {
  const quantity = parseQuantity(denomination, text.trim())
  return quantity === null ? text : String(quantity)
}

const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')

export function askOf(draft: Draft) {
  const { denomination } = draft
  const classes = draft.classes
  const providers = listOf(draft.providers)
  const { purposes } = draft
  return {
    name: draft.name,
    denomination,
    unit: unitOf(draft),
    statements: shapeOf(draft),
    allocation: draft.allocation,
    basis: draft.perInstallment
      ? { kind: 'per_installment', installments: intOf(draft.installments) }
      : { kind: 'total' },
    formula: formulaOf(draft.formula, denomination),
    expiry: expiryOf(draft.expiry, denomination),
    scope: {
      ...(classes.length > 0 && { classes }),
      ...(providers.length > 0 && { providers }),
      ...(purposes.length > 0 && { purposes }),
    },
    priority: intOf(draft.priority),
    clauses: clausesOf(draft.clauses, denomination),
  }
}

function unitOf({ denomination, accelerator, tier, gpusPerNode, modelClass }: Draft) {
  switch (denomination) {
    case 'gpu_hour':
      return { accelerator, tier }
    case 'node_hour':
      return { accelerator, tier, gpusPerNode: intOf(gpusPerNode) }
    case 'token':
      return { modelClass }
    case 'usd':
    case 'seat_month':
    case 'exaflop_day':
      return {}
  }
}

function shapeOf({ shape }: Draft) {
  if (shape.kind === 'graph') return { graph: shape.graph }
  const [only, ...more] = shape.parts
  if (only && more.length === 0) return only.statements.map(statementOf)
  return {
    parts: shape.parts.map((part) => ({
      share: shareOf(part.percent),
      statements: part.statements.map(statementOf),
    })),
  }
}

function statementOf({ percent, grid, event }: StatementDraft, index: number) {
  return {
    order: index + 1,
    percentage: shareOf(percent),
    ...(grid && {
      schedule: {
        occurrences: intOf(grid.occurrences),
        period: intOf(grid.period),
        period_type: grid.unit,
        ...(grid.policy !== '' && { vesting_day_of_month: grid.policy }),
        ...(grid.cliff && {
          cliff: {
            length: intOf(grid.cliff.length),
            period_type: grid.cliff.unit,
            percentage: shareOf(grid.cliff.percent),
          },
        }),
      },
    }),
    ...(event && {
      event_condition: {
        event_id: event.id.trim(),
        ...(event.after !== '' && { after: event.after }),
        ...(event.before !== '' && { before: event.before }),
      },
    }),
  }
}

function formulaOf(formula: FormulaDraft, denomination: Denomination) {
  const { kind } = formula
  switch (kind) {
    case 'given':
      return { kind }
    case 'fixed':
      return { kind, quantity: quantityOf(denomination, formula.quantity) }
    case 'salary_share':
      return { kind, share: shareOf(formula.percent) }
    case 'by_level':
      return {
        kind,
        levels: Object.fromEntries(
          formula.levels.map(({ level, quantity }) => [level.trim(), quantityOf(denomination, quantity)]),
        ),
        otherwise: formula.otherwise.trim() === '' ? null : quantityOf(denomination, formula.otherwise),
      }
  }
}

function expiryOf({ kind, days, months, date, rollover }: ExpiryDraft, denomination: Denomination) {
  const rolled = rollover && {
    rollover: {
      share: shareOf(rollover.percent),
      cap: rollover.cap.trim() === '' ? null : quantityOf(denomination, rollover.cap),
      months: intOf(rollover.months),
    },
  }
  switch (kind) {
    case 'never':
      return { kind }
    case 'on':
      return { kind, date }
    case 'days_after_vest':
      return { kind, days: intOf(days), ...rolled }
    case 'end_of_month_after_vest':
      return { kind, months: intOf(months), ...rolled }
  }
}

function clausesOf(draft: ClausesDraft, denomination: Denomination) {
  const { fold, acceleration, leave, leaving, portability, repricing } = draft
  const exchange = listOf(draft.exchange)
  const guarantees = guaranteesOf(draft.guarantees, denomination)
  const reasons = LEAVER_REASONS.flatMap((reason) => {
    const rule = leaving[reason]
    if (!rule) return []
    const vested =
      rule.vested === 'window' ? { kind: rule.vested, days: intOf(rule.days) } : { kind: rule.vested }
    return [[reason, { unvested: rule.unvested, vested, held: rule.held }] as const]
  })
  return {
    ...(fold !== '' && { fold }),
    ...(acceleration.length > 0 && {
      acceleration: acceleration.map((one) => ({
        id: one.id,
        events: listOf(one.events),
        withinMonths: one.within.trim() === '' ? null : intOf(one.within),
        share: shareOf(one.percent),
        from: one.from,
      })),
    }),
    ...(leave.length > 0 && {
      leave: leave.map((one) => ({
        leave: one.leave.trim(),
        policy: one.policy,
        graceDays: intOf(one.grace),
      })),
    }),
    ...(reasons.length > 0 && { leaving: Object.fromEntries(reasons) }),
    ...(portability && {
      portability: {
        purposes: portability.purposes,
        share: shareOf(portability.percent),
        days: intOf(portability.days),
        except: portability.except,
      },
    }),
    ...(repricing && {
      repricing: {
        index: repricing.index.trim(),
        floor: repricing.floor,
        threshold: shareOf(repricing.percent),
        atMost: repricing.atMost.trim(),
      },
    }),
    ...(exchange.length > 0 && { exchange }),
    ...(Object.keys(guarantees).length > 0 && { guarantees }),
  }
}

const guaranteesOf = (g: GuaranteeDraft, denomination: Denomination) => ({
  ...(g.serviceTier !== '' && { serviceTier: g.serviceTier }),
  ...((g.percentile !== '' || g.seconds !== '') && {
    queueWait: { percentile: numberOf(g.percentile), seconds: intOf(g.seconds) },
  }),
  ...(g.preemptions !== '' && { preemptionsPerMonth: intOf(g.preemptions) }),
  ...(g.uptime !== '' && { uptime: shareOf(g.uptime) }),
  ...(g.nodes !== '' && { nodesAtOnce: intOf(g.nodes) }),
  ...(g.notice !== '' && { noticeDays: intOf(g.notice) }),
  ...((g.credit !== '' || g.atMost !== '') && {
    remedy: {
      credit: quantityOf(denomination, g.credit),
      atMostPerMonth: quantityOf(denomination, g.atMost),
    },
  }),
})
