/**
 * Offers as people type them, to be laid side by side. Plain data with the names of the wire: it stands in a link, in a file and in the body of a
 * request alike. Numbers are decimal text, shares may also be fractions such as "1/40"; what is absent is as usual, and the
 * answer says what that was.
 */

export const MOST_OFFERS = 4
export const COMPARED_YEARS = 4

/** What a promise of compute counts. */
export const COMPUTE_KINDS = [
  /** Dollars of inference. */
  'usd',
  /** Hours of an accelerator and tier, one's own. */
  'gpu_hours',
  /** GPUs that many share: a pool, or a whole cluster. */
  'shared',
  /** Whole nodes, all the time. */
  'nodes',
  'exaflop_days',
  /** Subscriptions, by the month. */
  'seats',
  /** Millions of tokens. */
  'tokens',
] as const
export type ComputeKind = (typeof COMPUTE_KINDS)[number]

/**
 * `right`: it vests, and what has vested is not taken back. `cap`: it can be taken away or made smaller on any day.
 * `best_effort`: nobody has promised how much of it there will be.
 */
export const STANDINGS = ['right', 'cap', 'best_effort'] as const
export type Standing = (typeof STANDINGS)[number]

export type ComputeItem = {
  readonly kind: ComputeKind
  readonly name?: string | undefined
  /** Dollars; hours; GPUs of the pool; nodes; exaFLOP-days; seats; millions of tokens. */
  readonly quantity: string
  /** `all`: once, over the years. GPUs that are shared and nodes are there all the time, seats by the month. */
  readonly per?: 'all' | 'year' | 'month' | undefined
  readonly standing?: Standing | undefined
  readonly accelerator?: string | undefined
  readonly tier?: string | undefined
  readonly gpus_per_node?: string | undefined
  /** shared: how many people share it, one's part of an even one, and what of it is there for them. */
  readonly people?: string | undefined
  readonly weight?: string | undefined
  readonly available?: string | undefined
  /** What comes is this share more or less than what is said, evenly. */
  readonly uncertainty?: string | undefined
  /** That what can be taken away still stands a year later. */
  readonly kept?: string | undefined
  /** Of what is there, what is expected to be used. */
  readonly used?: string | undefined
  /** Of hours, what becomes work; as its tier has it when absent. */
  readonly delivered?: string | undefined
  /** Dollars for a seat a month, or for a million tokens. */
  readonly price?: string | undefined
  /** per `all`: shares of the whole by year. Else what of a full year each year has: "1" where absent. */
  readonly years?: readonly string[] | undefined
  /** per `all`: nothing of it vests before so many months. */
  readonly cliff_months?: string | undefined
}

export type EquityItem = {
  readonly kind: 'rsu' | 'option'
  /** rsu: dollars of all shares at today's price; or units and price. */
  readonly value?: string | undefined
  readonly units?: string | undefined
  readonly price?: string | undefined
  readonly strike?: string | undefined
  /** Years that an option can be held. */
  readonly term?: string | undefined
  readonly volatility?: string | undefined
  /** With the price of compute. */
  readonly correlation?: string | undefined
  /** Shares of the whole by year. */
  readonly years?: readonly string[] | undefined
  readonly cliff_months?: string | undefined
}

export type SideAsk = {
  readonly name: string
  /** ISO 4217; with dollars for one unit where it is not USD. */
  readonly currency?: string | undefined
  readonly rate?: string | undefined
  /** A year, in the offer's currency, as is signing and equity. Compute is in dollars. */
  readonly salary?: string | undefined
  readonly raise?: string | undefined
  /** Of the salary, or as an amount a year. */
  readonly bonus?: string | undefined
  readonly bonus_amount?: string | undefined
  readonly signing?: string | undefined
  /** Share of people who leave this company within a year. */
  readonly leaving?: string | undefined
  readonly equity?: EquityItem | null | undefined
  readonly compute?: readonly ComputeItem[] | undefined
}

/** What is taken for all offers alike; each can be told anew for one of them where its form has the field. */
export type CommonAsk = {
  readonly basis?: string | undefined
  /** In whose hours all work is told. */
  readonly accelerator?: string | undefined
  readonly tier?: string | undefined
} & Readonly<Record<string, string | undefined>>

export type CompareAsk = {
  readonly offers: readonly SideAsk[]
  readonly assumptions?: CommonAsk | undefined
}
