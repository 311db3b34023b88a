import type { Asset, DateText, LeaverReason, LeavingRule, Purpose } from '../../lib/base.ts'
import { LEAVER_REASONS } from '../../lib/base.ts'
import { cumulative } from '../../charts/geometry.ts'
import type { Step } from '../../charts/geometry.ts'
import { startOfDay } from '../../lib/base.ts'
import type { Tranche } from '../../lib/contract.ts'
import type { Absence, GrantPlan, Leave, LeavePlan, PlanEntry } from '../../lib/life.ts'
import { amountShort, nano, sum } from '../../lib/money.ts'
import { dateWords } from '../../lib/time.ts'
import { titled } from '../../lib/words.ts'

export const REASONS: Readonly<Record<LeaverReason, string>> = {
  VOLUNTARY_OTHER: 'Resignation',
  VOLUNTARY_GOOD_CAUSE: 'Resignation for good cause',
  VOLUNTARY_RETIREMENT: 'Retirement',
  INVOLUNTARY_OTHER: 'Dismissal or redundancy',
  INVOLUNTARY_DEATH: 'Death',
  INVOLUNTARY_DISABILITY: 'Disability',
  INVOLUNTARY_WITH_CAUSE: 'Dismissal for cause',
}
export const REASON_OPTIONS = LEAVER_REASONS.map((value) => ({ value, text: REASONS[value] }))
export const DEFAULT_REASON: LeaverReason = 'VOLUNTARY_OTHER'

export const reasonIn = (text: string | undefined): LeaverReason =>
  LEAVER_REASONS.find((reason) => reason === text) ?? DEFAULT_REASON
export const reasonWords = (text: string): string => {
  const known = LEAVER_REASONS.find((reason) => reason === text)
  return known ? REASONS[known] : text
}

export const isDay = (text: string | undefined): text is DateText => /^\d{4}-\d\d-\d\d$/.test(text ?? '')

/** Null: for everything. */
export const purposeWords = (purposes: readonly Purpose[] | null): string => {
  if (purposes === null) return 'for everything it was for'
  const names = purposes.map((purpose) => purpose.replace('_', ' '))
  return names.length === 0 ? 'for nothing' : `for ${names.join(', ')} only`
}

/** What leaving means for one asset. */
export type AssetSum = {
  readonly asset: Asset
  /** Vests before the day, as planned. */
  readonly vests: bigint
  /** Vests because of leaving. */
  readonly accelerates: bigint
  readonly usable: bigint
  readonly forfeited: bigint
  readonly expired: bigint
  readonly revoked: bigint
  /** Would have expired by the day anyway. */
  readonly expiresAnyway: bigint
  readonly continues: bigint
  readonly held: bigint
}

export function sumsOf({ grants }: Pick<LeavePlan, 'grants'>): readonly AssetSum[] {
  const assets = [...new Set(grants.map(({ asset }) => asset))].toSorted((a, b) =>
    a === 'USD' ? -1 : b === 'USD' ? 1 : a < b ? -1 : 1,
  )
  return assets.map((asset) => {
    const own = grants.filter((grant) => grant.asset === asset)
    const of = (kind: PlanEntry['kind'], when: PlanEntry['when']): bigint =>
      sum(
        own.flatMap(({ entries }) =>
          entries
            .filter((entry) => entry.kind === kind && entry.when === when)
            .map(({ amount }) => nano(amount)),
        ),
      )
    return {
      asset,
      vests: of('vested', 'by_then'),
      accelerates: of('vested', 'leaving'),
      usable: sum(own.flatMap(({ usable }) => usable.map(({ quantity }) => nano(quantity)))),
      forfeited: of('forfeit', 'leaving'),
      expired: of('expire', 'leaving'),
      revoked: of('revoke', 'leaving'),
      expiresAnyway: of('expire', 'by_then'),
      continues: sum(own.flatMap(({ continues }) => continues.map(({ quantity }) => nano(quantity)))),
      held: sum(own.map(({ held }) => nano(held))),
    }
  })
}

export const lostOf = ({ forfeited, expired, revoked }: AssetSum): bigint => forfeited + expired + revoked

/** "$1,200.00 and 40 H100-SXM GPU-hours, priority". */
export function amountsWords(
  parts: readonly { readonly asset: Asset; readonly amount: bigint }[],
  nothing = 'nothing',
): string {
  const told = parts
    .filter(({ amount }) => amount > 0n)
    .map(({ asset, amount }) => amountShort(amount, asset))
  if (told.length === 0) return nothing
  const last = told.pop()!
  return told.length === 0 ? last : `${told.join(', ')} and ${last}`
}

/** What can be used, until the last day of all. */
export function lastUsable({
  grants,
}: Pick<LeavePlan, 'grants'>): { readonly until: DateText | null } | null {
  const days = grants.flatMap(({ usable }) => usable.map(({ until }) => until))
  if (days.length === 0) return null
  if (days.includes(null)) return { until: null }
  return { until: days.reduce<DateText>((most, day) => (day !== null && day > most ? day : most), '') }
}

/** The question in two sentences: what vests by then, what is lost, and what can still be used until when. */
export function leaveAnswer(plan: LeavePlan): string {
  const sums = sumsOf(plan)
  const amounts = (of: (one: AssetSum) => bigint) =>
    sums.map((one) => ({ asset: one.asset, amount: of(one) }))
  const coming = amounts(({ vests: by, accelerates }) => by + accelerates)
  const gone = amounts(lostOf)
  const last = lastUsable(plan)
  const kept = amountsWords(amounts(({ usable }) => usable))
  const goesOn = amounts(({ continues }) => continues)
  const after =
    last === null
      ? 'Nothing can be used afterwards.'
      : `${capital(kept)} can still be used${last.until === null ? ', without an end' : `, until ${dateWords(last.until)} at the latest`}.`
  const more = some(goesOn)
    ? ` ${capital(amountsWords(goesOn))} ${many(goesOn) ? 'go' : 'goes'} on vesting.`
    : ''
  const vests = `${amountsWords(coming)} more ${many(coming) ? 'vest' : 'vests'}`
  const lost = `${amountsWords(gone)} ${many(gone) ? 'are' : 'is'} lost`
  return `By ${dateWords(plan.last_day)}, the last day, ${vests}; ${lost}. ${after}${more}`
}

const some = (parts: readonly { readonly amount: bigint }[]): boolean =>
  parts.some(({ amount }) => amount > 0n)

/** Whether the words for it take a verb in the plural: a sum of dollars is one thing, hours are many. */
function many(parts: readonly { readonly asset: Asset; readonly amount: bigint }[]): boolean {
  const told = parts.filter(({ amount }) => amount > 0n)
  const [only] = told
  if (told.length !== 1 || !only) return told.length > 1
  return only.asset !== 'USD' && !amountShort(only.amount, only.asset).startsWith('1 ')
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

const UNVESTED: Readonly<Record<LeavingRule['unvested'], string>> = {
  forfeit: 'What has not vested is forfeited',
  accelerate: 'What has not vested vests at once',
  continue: 'What has not vested goes on vesting',
}
const HELD: Readonly<Record<LeavingRule['held'], string>> = {
  finish: 'calls that run finish and are paid',
  cancel: 'calls that run are ended at once and paid for what they used',
}

/** The rule that applies, in one sentence. */
export function ruleWords({ rule, rule_source: source }: Pick<GrantPlan, 'rule' | 'rule_source'>): string {
  const vested =
    rule.vested.kind === 'window'
      ? `what has vested can be used for ${rule.vested.days} days more`
      : rule.vested.kind === 'keep'
        ? 'what has vested stays until its own expiry'
        : rule.vested.kind === 'expire_now'
          ? 'what has vested expires at once'
          : 'what is left of what has vested is taken back'
  const from = source === 'contract' ? 'As the contract says' : 'The contract is silent, so as usual'
  const said = UNVESTED[rule.unvested]
  return `${from}: ${said.charAt(0).toLowerCase()}${said.slice(1)}, ${vested}, ${HELD[rule.held]}.`
}

/** The reason as people say it, and amounts as the asset writes them; the days stay as they are reckoned with. */
export function whyWords(why: string, asset: Asset): string {
  const named = LEAVER_REASONS.reduce((text, code) => text.replaceAll(code, REASONS[code]), why)
  return named.replace(
    / of (\d+) for /,
    (_, amount: string) => ` of ${amountShort(BigInt(amount), asset)} for `,
  )
}

export function entryName(entry: PlanEntry): string {
  switch (entry.kind) {
    case 'vested':
      return entry.when === 'leaving' ? 'Vests at once' : 'Vests'
    case 'forfeit':
      return 'Forfeited'
    case 'expire':
      return 'Expires'
    case 'revoke':
      return 'Taken back'
    case 'carry':
      return entry.source === 'available' ? 'Carried on' : 'Into its new lot'
  }
}

export const entryTone = ({ kind }: PlanEntry): 'good' | 'bad' | 'warn' | 'accent' | 'plain' =>
  kind === 'vested'
    ? 'good'
    : kind === 'forfeit' || kind === 'revoke'
      ? 'bad'
      : kind === 'expire'
        ? 'warn'
        : 'accent'

/** The schedule as it stands, and what of it comes true when the person leaves. */
export function leaveSteps(
  tranches: readonly Pick<Tranche, 'n' | 'date' | 'quantity' | 'state'>[],
  plan: Pick<LeavePlan, 'on'>,
  grant: GrantPlan | undefined,
): { readonly planned: readonly Step[]; readonly kept: readonly Step[] } {
  const vests = new Set(
    (grant?.entries ?? [])
      .filter(({ kind, when }) => kind === 'vested' && when === 'by_then')
      .map(({ tranche }) => tranche),
  )
  const stays = tranches.filter(({ n, state }) => state === 'vested' || vests.has(n))
  const atOnce = (grant?.entries ?? []).filter(({ kind, when }) => kind === 'vested' && when === 'leaving')
  const added = [
    ...atOnce.map(({ amount }) => ({ date: plan.on, quantity: amount, state: 'upcoming' as const })),
    ...(grant?.continues ?? []).map(({ date, quantity }) => ({ date, quantity, state: 'upcoming' as const })),
  ]
  return { planned: cumulative(tranches), kept: cumulative([...stays, ...added]) }
}

/** Two staircases, from the first day that concerns them to the last, with room for the mark. */
export function spanOf(
  steps: readonly Step[],
  days: readonly DateText[],
): { readonly from: number; readonly to: number } {
  const times = [...steps.map(({ at }) => at), ...days.map(startOfDay)]
  const from = Math.min(...times)
  const to = Math.max(...times)
  const room = Math.max(30 * 86_400_000, (to - from) * 0.03)
  return { from, to: to + room }
}

export const KINDS_OF_LEAVE = [
  { value: 'parental', text: 'Parental' },
  { value: 'medical', text: 'Medical' },
  { value: 'caregiver', text: 'Caregiver' },
  { value: 'military', text: 'Military' },
  { value: 'sabbatical', text: 'Sabbatical' },
  { value: 'unpaid', text: 'Unpaid' },
]

export const leaveName = ({ kind, from, to }: Pick<Leave, 'kind' | 'from' | 'to'>): string =>
  `${titled(kind)}, from ${dateWords(from)} ${to === null ? 'on' : `to ${dateWords(to)}`}`

/** What a leave does to a grant, by the grant's rule. */
export function policyWords({
  policy,
  grace_days: grace,
}: Pick<Absence['effects'][number], 'policy' | 'grace_days'>): string {
  if (policy === 'continue') return 'goes on vesting as planned.'
  const after = grace > 0 ? ` from the ${grace + 1}${ending(grace + 1)} day away` : ''
  return policy === 'pause_extend'
    ? `pauses${after}; what falls into it comes as much later.`
    : `pauses${after}; what falls into it is lost.`
}

const ending = (n: number): string => {
  if (n % 100 >= 11 && n % 100 <= 13) return 'th'
  return ['th', 'st', 'nd', 'rd'][n % 10] ?? 'th'
}

/** The names of the events that terms wait for, wherever they stand in them. */
export function eventsIn(terms: {
  readonly statements: unknown
  readonly clauses: unknown
}): readonly string[] {
  const found = new Set<string>()
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [name, inner] of Object.entries(value)) {
      if (name === 'event_id' && typeof inner === 'string') found.add(inner)
      else if (name === 'events' && Array.isArray(inner))
        for (const one of inner) {
          if (typeof one === 'string') found.add(one)
        }
      else look(inner)
    }
  }
  look(terms.statements)
  look(terms.clauses)
  return [...found]
}

export type UsableLine = {
  readonly asset: Asset
  readonly quantity: bigint
  readonly until: DateText | null
  readonly purposes: readonly Purpose[] | null
}

/** What stays usable, lots that end alike told as one, soonest end first. */
export function usableLines(grants: readonly Pick<GrantPlan, 'asset' | 'usable'>[]): readonly UsableLine[] {
  const lines = new Map<string, UsableLine>()
  for (const { asset, usable } of grants)
    for (const { quantity, until, purposes } of usable) {
      const key = JSON.stringify([asset, until, purposes])
      const sofar = lines.get(key)?.quantity ?? 0n
      lines.set(key, { asset, until, purposes, quantity: sofar + nano(quantity) })
    }
  return [...lines.values()].toSorted((a, b) => ((a.until ?? '9') < (b.until ?? '9') ? -1 : 1))
}

export type EntryGroup = { readonly first: PlanEntry; readonly count: number; readonly sum: bigint }

/** Entries of many lots that do the same for the same reason, told as one. */
export function grouped(entries: readonly PlanEntry[]): readonly EntryGroup[] {
  const groups = new Map<string, EntryGroup>()
  for (const entry of entries) {
    const { kind, source, target, why } = entry
    const key = JSON.stringify([kind, source, target, kind === 'vested' ? '' : why])
    const known = groups.get(key)
    groups.set(key, {
      first: known?.first ?? entry,
      count: (known?.count ?? 0) + 1,
      sum: (known?.sum ?? 0n) + nano(entry.amount),
    })
  }
  return [...groups.values()]
}
