import { DAY, HOUR, MINUTE, SECOND, type Millis } from '#base/time.ts'
import type { CapPeriod } from '#ledger/types.ts'
import { diceOf } from '../lives/script.ts'
import { CONTRACTS, REASONS, type CallKind } from './terms.ts'

/**
 * What happens to a replica on the way: at its so-manyth statement of the command it dies, before sending (`unsent`),
 * after the server did it and before the answer (`unanswered`), or with the statement still on its way (`late`); or it
 * lives and only its connection is lost, before or after (`cut_before`, `cut_after`). A commit is a statement, too.
 */
export type Mishap = {
  readonly at: number
  readonly how: 'unsent' | 'unanswered' | 'late' | 'cut_before' | 'cut_after'
}

type Sent = { readonly replica: number; readonly mishap: Mishap | null }
export type HoldAsk = CallKind & {
  readonly call: number
  readonly person: number
  readonly key: number
  readonly min: number
  readonly max: number
  readonly floor: number
  /** Held for so many hours by no process; null: by the replica that asks. */
  readonly lasting: number | null
}
export type Limit = { readonly amount: number; readonly period: CapPeriod | null }

/** What has to happen by itself: every process does all of it. `roll` adds usage up. */
export type Duty = 'vest' | 'lapse' | 'expire' | 'work' | 'seal' | 'roll'

/** Everything random is here, so that the same script does the same, and a shorter one tells what of it matters. */
export type Command =
  | { readonly kind: 'hire'; readonly person: number }
  | (Sent & {
      readonly kind: 'grant'
      readonly grant: number
      readonly person: number
      readonly contract: number
      readonly quantity: number
    })
  | (Sent & { readonly kind: 'hold'; readonly calls: readonly HoldAsk[] })
  | (Sent & { readonly kind: 'settle'; readonly call: number; readonly cost: number })
  | (Sent & { readonly kind: 'release'; readonly call: number })
  | (Sent & {
      readonly kind: 'cap'
      readonly person: number
      readonly key: number
      readonly limit: Limit | null
    })
  | (Sent & { readonly kind: Duty })
  | (Sent & { readonly kind: 'leave'; readonly person: number; readonly reason: number })
  /** All replicas beat, and one of them looks, every five seconds for half a minute: the dead are known after it. */
  | { readonly kind: 'watch'; readonly replica: number }
  | { readonly kind: 'pass'; readonly by: Millis }
  /** A replica's own clock is put so far from the others'. */
  | { readonly kind: 'jump'; readonly replica: number; readonly by: Millis }
  | { readonly kind: 'kill'; readonly replica: number }
  /** The first stands still before its so-manyth statement, with its locks, until the second is done or waits for it. */
  | { readonly kind: 'both'; readonly first: Single; readonly second: Single; readonly at: number }

export type Single = Extract<Command, Sent>
export type Kind = Command['kind']

export const REPLICAS = 3
export const KEYS = 2
export const PEOPLE = 4
/** Amounts are small enough that wallets run dry and lots are spanned. */
const QUANTITY = 30_000
const MOST = 400

const PERIODS: readonly (CapPeriod | null)[] = ['day', 'week', 'month', null]
const HOWS: readonly Mishap['how'][] = ['unsent', 'unanswered', 'late', 'cut_before', 'cut_after']

/** The commands of a seed: `operations` of them, where each call of a burst is one. */
export function scriptOf(seed: number, operations: number): Command[] {
  const below = diceOf(seed, 0)
  const script: Command[] = []
  const holds: HoldAsk[] = []
  const costs = new Map<number, number>()
  let [people, grants, calls, count] = [0, 0, 0, 0]

  const replica = (): number => below(REPLICAS)
  const sent = (longest: number): Sent => ({
    replica: replica(),
    mishap: below(12) === 0 ? { at: 1 + below(longest), how: HOWS[below(HOWS.length)]! } : null,
  })
  const person = (): number => below(people)
  const add = (command: Command): void => {
    script.push(command)
    count += command.kind === 'hold' ? command.calls.length : command.kind === 'both' ? 2 : 1
  }
  /** Whoever heard nothing asks again, or never does. */
  const addTwice = (command: Single): void => {
    add(command)
    if (command.mishap && below(2) === 0) add({ ...command, mishap: null })
  }
  const recent = (): HoldAsk => holds[Math.max(0, holds.length - 1 - below(30))]!

  const hire = (): void => {
    add({ kind: 'hire', person: people })
    people += 1
  }
  const grant = (to: number): Single => ({
    kind: 'grant',
    grant: (grants += 1),
    person: to,
    contract: below(CONTRACTS.length),
    quantity: 100 + below(QUANTITY),
    ...sent(25),
  })
  const ask = (): HoldAsk => {
    const max = 1 + below(MOST)
    const min = below(4) === 0 ? max : 1 + below(max)
    const one: HoldAsk = {
      call: (calls += 1),
      person: person(),
      key: below(KEYS),
      cls: below(3) === 0 ? 'small' : 'standard',
      purpose: below(4) === 0 ? 'learning' : 'work',
      min,
      max,
      floor: below(min + 1),
      lasting: below(15) === 0 ? 1 + below(48) : null,
    }
    holds.push(one)
    return one
  }
  const hold = (most: number): Single => ({
    kind: 'hold',
    calls: Array.from({ length: 1 + below(most) }, ask),
    ...sent(3),
  })
  const settle = (): Single => {
    const { call, max } = recent()
    const usual = costs.get(call) ?? below(Math.floor(max * 1.3) + 1)
    costs.set(call, usual)
    return { kind: 'settle', call, cost: below(10) === 0 ? below(MOST) : usual, ...sent(2) }
  }
  const release = (): Single => ({ kind: 'release', call: recent().call, ...sent(2) })
  const again = (): Single => {
    const one = recent()
    const other = below(3) === 0 ? { min: one.max, max: one.max + 1 + below(50) } : {}
    return { kind: 'hold', calls: [{ ...one, ...other }], ...sent(3) }
  }
  const cap = (): Single => ({
    kind: 'cap',
    person: person(),
    key: below(KEYS),
    limit: below(4) === 0 ? null : { amount: 1 + below(2_500), period: PERIODS[below(PERIODS.length)]! },
    ...sent(8),
  })
  const duty = (kinds: readonly Duty[]): Single => ({
    kind: kinds[below(kinds.length)]!,
    ...sent(8),
  })
  const leave = (): Single => ({
    kind: 'leave',
    person: person(),
    reason: below(REASONS.length),
    ...sent(45),
  })
  const pass = (): Command => {
    const chance = below(100)
    if (chance < 40) return { kind: 'pass', by: (1 + below(30)) * SECOND }
    if (chance < 62) return { kind: 'pass', by: (1 + below(30)) * MINUTE }
    if (chance < 78) return { kind: 'pass', by: (1 + below(10)) * HOUR }
    return { kind: 'pass', by: (1 + below(6)) * DAY }
  }
  const both = (): Command => {
    const whole = (command: Single): Single => ({ ...command, mishap: null })
    const pick = (): Single => {
      const chance = below(10)
      if (chance < 5) return whole(duty(['vest', 'lapse', 'expire', 'expire', 'seal', 'roll']))
      if (chance < 6) return whole(cap())
      if (chance < 7 && below(4) === 0 && count > operations / 2) return whole(leave())
      return whole(chance < 9 ? hold(2) : settle())
    }
    const [first, second] = [pick(), pick()]
    const other = (first.replica + 1 + below(REPLICAS - 1)) % REPLICAS
    return { kind: 'both', first, second: { ...second, replica: other }, at: 1 + below(12) }
  }

  for (let n = 0; n < PEOPLE - 1; n += 1) {
    hire()
    for (let more = 0; more < 2; more += 1) add({ ...grant(n), mishap: null })
  }
  add(hold(1))
  while (count < operations) {
    const chance = below(1_000)
    if (chance < 380) add(hold(5))
    else if (chance < 620) add(settle())
    else if (chance < 660) add(release())
    else if (chance < 700) add(again())
    else if (chance < 720) addTwice(cap())
    else if (chance < 820) add(duty(['vest', 'lapse', 'lapse', 'expire', 'work', 'seal', 'roll']))
    else if (chance < 920) add(pass())
    else if (chance < 928) add({ kind: 'watch', replica: replica() })
    else if (chance < 940) add({ kind: 'jump', replica: replica(), by: (below(51) - 25) * MINUTE })
    else if (chance < 952) add({ kind: 'kill', replica: replica() })
    else if (chance < 985) add(both())
    else if (chance < 993) addTwice(grant(person()))
    else if (chance < 996 && count > operations / 2) addTwice(leave())
    else if (people < 2 * PEOPLE) {
      hire()
      add(grant(people - 1))
    }
  }
  return script
}
