import type { DateText } from '#base/time.ts'

/**
 * What a grant says beside what, how much and when: how life changes it. Every clause is optional; DEFAULT_CLAUSES
 * (`defaults.ts`) says what holds where a contract is silent. Clauses are kept with the template and copied into the
 * grant. The Open Compute Grant format says the same in snake_case and in the units that people say (`format/terms.ts`).
 */
export type Clauses = {
  /** What would vest before the grant date vests on it, or with the first installment after it. */
  readonly fold?: FoldPolicy
  readonly acceleration?: readonly Acceleration[]
  readonly leave?: readonly LeaveRule[]
  readonly leaving?: LeavingTable
  readonly portability?: Portability
  readonly repricing?: Repricing
  /** Assets that a lot of this grant may be exchanged into when it is spent. */
  readonly exchange?: readonly string[]
  readonly guarantees?: Guarantees
}

export type FoldPolicy = 'onto_grant_date' | 'into_next'

/**
 * Vests early what has not vested when all its events have fired: one event is a single trigger, two a double one, the
 * second within so many months of the first (null: whenever). `share` is of what is unvested then.
 */
export type Acceleration = {
  readonly id: string
  readonly events: readonly string[]
  readonly withinMonths: number | null
  /** A decimal above 0 and at most "1". */
  readonly share: string
  /** Which installments it is taken from: the soonest, the latest, or all in proportion. */
  readonly from: 'soonest' | 'latest' | 'pro_rata'
}

export type LeavePolicy = 'continue' | 'pause_extend' | 'pause_forfeit'

export type LeaveRule = {
  /** parental, medical, unpaid, … as the company names its leaves; `*` for all others. */
  readonly leave: string
  readonly policy: LeavePolicy
  /** The first so many days of a leave do not pause anything. */
  readonly graceDays: number
}

/** The seven reasons of the Open Cap Format. */
export const LEAVER_REASONS = [
  'VOLUNTARY_OTHER',
  'VOLUNTARY_GOOD_CAUSE',
  'VOLUNTARY_RETIREMENT',
  'INVOLUNTARY_OTHER',
  'INVOLUNTARY_DEATH',
  'INVOLUNTARY_DISABILITY',
  'INVOLUNTARY_WITH_CAUSE',
] as const
export type LeaverReason = (typeof LEAVER_REASONS)[number]

/** What happens to the three parts of a grant when its person leaves for one reason. */
export type LeavingRule = {
  readonly unvested: 'forfeit' | 'accelerate' | 'continue'
  readonly vested:
    | { readonly kind: 'expire_now' }
    | { readonly kind: 'window'; readonly days: number }
    | { readonly kind: 'keep' }
    | { readonly kind: 'revoke' }
  /** Calls and jobs that run: they finish and are settled, or are ended at once and settled for what they used. */
  readonly held: 'finish' | 'cancel'
}
export type LeavingTable = Readonly<Partial<Record<LeaverReason, LeavingRule>>>

/** A share of what has vested stays usable for named purposes after leaving, such as open-source research. */
export type Portability = {
  readonly purposes: readonly string[]
  /** A decimal above 0 and at most "1", of what is available on the day of leaving. */
  readonly share: string
  /** Until so many days after leaving. */
  readonly days: number
  /** Not for these reasons. */
  readonly except: readonly LeaverReason[]
}

/**
 * When the named index falls, what is unvested grows so that it stays worth its floor: `dollars` keeps the value that the
 * grant had at its start, `quantity` keeps the quantity (nothing to do: said so that it is said).
 */
export type Repricing = {
  /** A pair of the exchange table whose rate is the index: `GPU_SECOND/H100-SXM/guaranteed` in `USD`. */
  readonly index: string
  readonly floor: 'dollars' | 'quantity'
  /** A fall smaller than this share since the last re-pricing changes nothing, such as "0.1". */
  readonly threshold: string
  /** The grant never grows beyond so many times its first quantity, a decimal of at least "1". */
  readonly atMost: string
}

/** Promises that later parts measure. Absent means not promised. */
export type Guarantees = {
  readonly serviceTier?: 'guaranteed' | 'priority' | 'spot'
  readonly queueWait?: { readonly percentile: number; readonly seconds: number }
  readonly preemptionsPerMonth?: number
  /** A decimal share, such as "0.995". */
  readonly uptime?: string
  readonly nodesAtOnce?: number
  readonly noticeDays?: number
  /** Quantity credited for each breach, in the grant's own unit, at most so much a month. */
  readonly remedy?: { readonly credit: string; readonly atMostPerMonth: string }
}

/** How much a template grants. `given`: the quantity is said with each grant. */
export type Formula =
  | { readonly kind: 'given' }
  | { readonly kind: 'fixed'; readonly quantity: string }
  /** A share of the base salary of a year, converted at the exchange table's rate of the grant date; only for `usd`. */
  | { readonly kind: 'salary_share'; readonly share: string }
  | {
      readonly kind: 'by_level'
      readonly levels: Readonly<Record<string, string>>
      readonly otherwise: string | null
    }

/** What a quantity counts, apart from its denomination: which accelerator, nodes or tokens. */
export type Unit = {
  /** gpu_hour and node_hour: id of an accelerator of the reference table, such as `H100-SXM`. */
  readonly accelerator?: string
  /** gpu_hour and node_hour. */
  readonly tier?: 'guaranteed' | 'priority' | 'spot'
  /** node_hour: GPUs of one node. */
  readonly gpusPerNode?: number
  /** token: the class of models whose tokens are counted. */
  readonly modelClass?: string
}

/** A time away from work; `to` is the first day back, null while it is not known. */
export type Leave = { readonly kind: string; readonly from: DateText; readonly to: DateText | null }
