import type {
  Acceleration,
  Clauses,
  Guarantees,
  LeaveRule,
  LeaverReason,
  LeavingRule,
  LeavingTable,
  Portability,
  Repricing,
} from '#grants/clauses.ts'
import { count, listed, percent, span, spoken } from './text.ts'

export type Section = { readonly title: string; readonly lines: readonly string[] }

/** The clauses of a contract, a section each; what it does not speak of has none. `amount` says a quantity of its unit. */
export const clauseWords = (clauses: Clauses, amount: (quantity: string) => string): readonly Section[] =>
  [
    section('Earlier than planned', (clauses.acceleration ?? []).map(accelerationWords)),
    section('While you are away', (clauses.leave ?? []).map(leaveWords)),
    section('When you leave the company', leavingWords(clauses.leaving ?? {})),
    section('What goes with you', clauses.portability ? portabilityWords(clauses.portability) : []),
    section('When prices fall', clauses.repricing ? repricingWords(clauses.repricing) : []),
    section('What is guaranteed', clauses.guarantees ? guaranteeWords(clauses.guarantees, amount) : []),
  ].filter(({ lines }) => lines.length > 0)

const section = (title: string, lines: readonly string[]): Section => ({ title, lines })

function accelerationWords({ events, withinMonths, share, from }: Acceleration): string {
  const named = events.map((event) => `“${event}”`)
  const when =
    named.length === 1
      ? `${named[0]!} has happened`
      : `${listed(named)} have all happened${withinMonths === null ? '' : `, the last within ${span(withinMonths, 'MONTHS')} of the first`}`
  const what =
    percent(share) === '100%' ? 'everything that is unvested' : `${percent(share)} of what is unvested`
  const which = { soonest: ', the soonest first', latest: ', the latest first', pro_rata: '' }[from]
  return `When ${when}, ${what} vests at once${percent(share) === '100%' ? '' : which}.`
}

function leaveWords({ leave, policy, graceDays }: LeaveRule): string {
  const who =
    leave === '*' ? 'Any other leave' : `${spoken(leave).replace(/^./, (c) => c.toUpperCase())} leave`
  const grace = graceDays === 0 ? '' : ` after its first ${count(graceDays, 'day')}`
  switch (policy) {
    case 'continue':
      return `${who} changes nothing: vesting goes on.`
    case 'pause_extend':
      return `${who} pauses vesting${grace}; what is left moves later by as long as the pause lasts.`
    case 'pause_forfeit':
      return `${who} pauses vesting${grace}; what would have vested in the pause is forfeited.`
    default:
      return policy satisfies never
  }
}

const REASONS: Readonly<Record<LeaverReason, string>> = {
  VOLUNTARY_OTHER: 'If you resign',
  VOLUNTARY_GOOD_CAUSE: 'If you resign for good cause',
  VOLUNTARY_RETIREMENT: 'If you retire',
  INVOLUNTARY_OTHER: 'If the company ends your employment',
  INVOLUNTARY_DEATH: 'In case of death',
  INVOLUNTARY_DISABILITY: 'In case of disability',
  INVOLUNTARY_WITH_CAUSE: 'If the company ends your employment for cause',
}

/** Reasons with the same rule share a sentence. */
export function leavingWords(table: LeavingTable): readonly string[] {
  const byRule = new Map<string, LeaverReason[]>()
  for (const [reason, rule] of Object.entries(table) as [LeaverReason, LeavingRule][]) {
    const said = leavingRuleWords(rule)
    byRule.set(said, [...(byRule.get(said) ?? []), reason])
  }
  return [...byRule].map(([said, reasons]) => {
    const [first, ...rest] = reasons.map((reason) => REASONS[reason])
    const others = rest.map((one) => one.charAt(0).toLowerCase() + one.slice(1))
    return `${listed([first!, ...others], 'or')}: ${said}`
  })
}

export function leavingRuleWords({ unvested, vested, held }: LeavingRule): string {
  const before = {
    forfeit: 'what has not vested is forfeited',
    accelerate: 'everything that has not vested vests on that day',
    continue: 'what has not vested goes on vesting',
  }[unvested]
  const after = (() => {
    switch (vested.kind) {
      case 'expire_now':
        return 'what has vested expires on that day'
      case 'window':
        return `what has vested can be spent for ${count(vested.days, 'day')} more`
      case 'keep':
        return 'what has vested stays yours for as long as it lasts'
      case 'revoke':
        return 'what has vested and is unspent is taken back'
      default:
        return vested satisfies never
    }
  })()
  const running = {
    finish: 'calls and jobs that run may finish',
    cancel: 'calls and jobs that run are ended',
  }[held]
  return `${before}; ${after}; ${running}.`
}

const portabilityWords = ({ purposes, share, days, except }: Portability): readonly string[] => [
  `${percent(share) === '100%' ? 'All' : percent(share)} of what is available on the day on which you leave stays usable for ` +
    `${listed(purposes.map(spoken))} for ${count(days, 'day')} after it.`,
  ...(except.length === 0
    ? []
    : [
        `Not so: ${listed(
          except.map((one) => REASONS[one].toLowerCase()),
          'or',
        )}.`,
      ]),
]

function repricingWords({ index, floor, threshold, atMost }: Repricing): readonly string[] {
  if (floor === 'quantity') return [`The quantity stays as it is, whatever ${index} costs.`]
  return [
    `When the price of ${index} falls by ${percent(threshold)} or more, what is unvested grows so that it is worth as much as it was; ` +
      `the grant never grows beyond ${atMost} times its first quantity.`,
  ]
}

function guaranteeWords(g: Guarantees, amount: (quantity: string) => string): readonly string[] {
  return [
    ...(g.serviceTier === undefined ? [] : [`Service tier: ${g.serviceTier}.`]),
    ...(g.queueWait === undefined
      ? []
      : [`${g.queueWait.percentile}% of jobs start within ${count(g.queueWait.seconds, 'second')}.`]),
    ...(g.preemptionsPerMonth === undefined
      ? []
      : [`At most ${count(g.preemptionsPerMonth, 'preemption')} a month.`]),
    ...(g.uptime === undefined ? [] : [`Available ${percent(g.uptime)} of each month.`]),
    ...(g.nodesAtOnce === undefined ? [] : [`At least ${count(g.nodesAtOnce, 'node')} at once.`]),
    ...(g.noticeDays === undefined ? [] : [`${count(g.noticeDays, 'day')} of notice before a change.`]),
    ...(g.remedy === undefined
      ? []
      : [
          `Each breach is credited with ${amount(g.remedy.credit)}, at most ${amount(g.remedy.atMostPerMonth)} a month.`,
        ]),
  ]
}
