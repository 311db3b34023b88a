import { callId, grantId, walletOf, type Company } from './company.ts'
import type { Seen, SeenEntry, SeenLot, Touched } from './look.ts'
import { grantsOf, isOpen, lotsOf, unvestedOf, usedSince, type Call, type Lot } from './model.ts'
import { CONTRACTS } from './terms.ts'

/** A promise that was not kept, by its name, and how. */
export type Finding = { readonly promise: PromiseName; readonly how: string }
export type PromiseName =
  | 'a settle never exceeds its hold'
  | 'no lot is ever negative'
  | 'a grant is always accounted for'
  | 'a tranche vests once, when it is due, as the contract says'
  | 'every hold ends, and not before its time'
  | 'a lapsed hold is charged what was certain'
  | 'lots are drawn by priority, soonest expiry, oldest, within their scope'
  | 'no key spends above its cap'
  | 'what has expired is not spent, and what has not is not lost'
  | 'the same command gives the same answer'
  | 'usage is what the entries say'
  | 'who has left spends no more'
  | 'leaving does what the contract says'
  | "a wallet's own time never runs backwards"
  | 'no command fails by itself'
  | 'the ledger proves itself'
  | 'a balance at a past time never changes'
  | 'what has happened stands'

export const found = (promise: PromiseName, how: string): Finding => ({ promise, how })

/** What must hold of the rows by themselves, whatever the model says. */
export function soundness(company: Company, seen: Seen): Finding | null {
  for (const { id, held, cost, charged, absorbed } of seen.usage.values()) {
    if (charged > held)
      return found(
        'a settle never exceeds its hold',
        `${name(company, id)} held ${held} and was charged ${charged}`,
      )
    if (charged + absorbed !== cost)
      return found(
        'usage is what the entries say',
        `${name(company, id)} cost ${cost}, of which ${charged} was charged and ${absorbed} absorbed`,
      )
  }
  for (const lot of seen.lots) {
    const { available, held, spent, expired, revoked } = lot
    if (Math.min(available, held, spent, expired, revoked) < 0)
      return found(
        'no lot is ever negative',
        `${lotName(company, lot)} has available ${available}, held ${held}, spent ${spent}`,
      )
    if (lot.vested !== available + held + spent + expired + revoked)
      return found(
        'a grant is always accounted for',
        `${lotName(company, lot)} vested ${lot.vested}, which is not available ${available} + held ${held} + spent ${spent} + expired ${expired} + revoked ${revoked}`,
      )
  }
  for (const book of seen.books) {
    if (book.granted !== book.unvested + book.vested + book.forfeited + book.revoked)
      return found(
        'a grant is always accounted for',
        `a grant of ${book.granted} has unvested ${book.unvested}, vested ${book.vested}, forfeited ${book.forfeited}, revoked ${book.revoked}`,
      )
  }
  return null
}

/** Whether the rows that were touched are what the model says. */
export function compare(company: Company, touched: Touched, seen: Seen): Finding | null {
  return (
    adopt(company, touched, seen) ??
    calls(company, touched, seen) ??
    lots(company, touched, seen) ??
    books(company, touched, seen) ??
    caps(company, touched, seen) ??
    times(company, seen)
  )
}

function calls(company: Company, touched: Touched, seen: Seen): Finding | null {
  const { model } = company
  const entries = Map.groupBy(seen.entries, ({ id }) => id)
  for (const n of touched.calls) {
    const id = callId(company, n)
    const call = model.calls.get(n)
    const [hold, usage, late] = [seen.holds.get(id), seen.usage.get(id), seen.late.get(id)]
    if (!call) {
      if (hold || usage || entries.has(id))
        return found('what has happened stands', `call ${n} stands, though nobody got it in`)
      continue
    }
    const wrong = drawn(company, call, entries.get(id) ?? [])
    if (wrong) return wrong
    if ((call.state === 'open') !== (hold !== undefined)) return notEnded(call, hold !== undefined)
    if (hold && BigInt(hold.amount) !== call.amount)
      return found('what has happened stands', `call ${n} holds ${hold.amount}, not ${call.amount}`)
    const ended = call.state === 'settled' || call.state === 'lapsed'
    if (ended !== (usage !== undefined))
      return found(
        'usage is what the entries say',
        `call ${n} is ${call.state} and ${usage ? 'has' : 'has no'} usage`,
      )
    if (usage && (BigInt(usage.charged) !== call.charged || BigInt(usage.cost) !== call.cost)) {
      const promise =
        call.state === 'lapsed'
          ? 'a lapsed hold is charged what was certain'
          : 'usage is what the entries say'
      return found(
        promise,
        `call ${n} was charged ${usage.charged} of ${usage.cost}; it must be ${call.charged} of ${call.cost}`,
      )
    }
    if (usage && (usage.status === 'lapsed') !== (call.state === 'lapsed')) return notEnded(call, false)
    if (
      (late ? `${late.cost} ${late.absorbed}` : '') !==
      (call.late ? `${call.late.cost} ${call.late.absorbed}` : '')
    )
      return found(
        'usage is what the entries say',
        `what came in late for call ${n} is ${late?.absorbed}; it must be ${call.late?.absorbed}`,
      )
  }
  const open = [...model.calls.values()].filter(
    ({ state, person }) => state === 'open' && touched.people.includes(person),
  )
  for (const call of open) if (!seen.holds.has(callId(company, call.n))) return notEnded(call, false)
  if (seen.holds.size === open.length) return null
  const ids = new Set(open.map(({ n }) => callId(company, n)))
  const stray = [...seen.holds.keys()].find((id) => !ids.has(id))!
  const call = [...model.calls.values()].find(({ n }) => callId(company, n) === stray)
  return call
    ? notEnded(call, true)
    : found('what has happened stands', 'a hold stands that nobody asked for')
}

const notEnded = (call: Call, stands: boolean): Finding =>
  found(
    'every hold ends, and not before its time',
    `call ${call.n} is ${call.state}, and its hold ${stands ? 'still stands' : 'is gone'}`,
  )

/** The entries of a call: which lots it drew from and gave back to, in order. */
function drawn(company: Company, call: Call, entries: readonly SeenEntry[]): Finding | null {
  const lots = new Map(company.model.lots.map((lot) => [lot.id, lot]))
  const text = (kind: string, amount: number | bigint, to: string, lot: Lot | null | undefined): string =>
    `${kind} ${amount} ${to === 'held' ? 'from' : 'to'} ${to === 'spent' ? 'spent of ' : ''}${lot ? lotText(lot) : 'the company'}`
  const real = entries.map((one) => text(one.kind, one.amount, one.to, lots.get(one.lot)))
  const must = call.entries.map((one) => text(one.kind, one.amount, one.to, one.lot))
  if (real.toSorted().join() === must.toSorted().join()) return null
  const amount = (list: readonly { kind: string; amount: number | bigint }[], kind: string): bigint =>
    list.reduce((sum, one) => (one.kind === kind ? sum + BigInt(one.amount) : sum), 0n)
  const how = `call ${call.n}: ${real.join(', ') || 'nothing'}; it must be: ${must.join(', ') || 'nothing'}`
  if (amount(entries, 'absorb') !== amount(call.entries, 'absorb'))
    return found('usage is what the entries say', how)
  const spent = (list: readonly { to: string; amount: number | bigint }[]): bigint =>
    list.reduce((sum, one) => (one.to === 'spent' ? sum + BigInt(one.amount) : sum), 0n)
  if (call.state === 'lapsed' && spent(entries) !== spent(call.entries))
    return found('a lapsed hold is charged what was certain', how)
  if (call.state === 'settled' && spent(entries) !== spent(call.entries))
    return found('usage is what the entries say', how)
  if (amount(entries, 'hold') === amount(call.entries, 'hold'))
    return found('lots are drawn by priority, soonest expiry, oldest, within their scope', how)
  return found('what has happened stands', how)
}

/** Lots that go on from others get to be known by their own ids. */
export function adopt(company: Company, { people }: Touched, seen: Seen): Finding | null {
  for (const lot of people.flatMap((person) => lotsOf(company.model, person))) {
    if (lot.id !== null) continue
    const real = seen.lots.find(({ id, source }) => source === lot.source?.id && !isTaken(company, id))
    if (!real) return found('leaving does what the contract says', `${lotText(lot)} is not there`)
    lot.id = real.id
    // What ran beside the leaving may have moved the wallet's time before it; beyond where it stands nothing can.
    const time = seen.wallets.find(({ id }) => id === walletOf(company, lot.person))?.at ?? 0
    if (real.from > lot.from && real.from <= time) lot.from = real.from
  }
  return null
}

function lots(company: Company, { people, everyLot }: Touched, seen: Seen): Finding | null {
  const unknown = new Map(seen.lots.map((lot) => [lot.id, lot]))
  for (const lot of people.flatMap((person) => lotsOf(company.model, person))) {
    const real = unknown.get(lot.id ?? '')
    if (!real) {
      if (!isOpen(lot) && !everyLot) continue
      return found(
        'a tranche vests once, when it is due, as the contract says',
        `${lotText(lot)} is not there`,
      )
    }
    unknown.delete(real.id)
    const wrong = lotIs(company, lot, real)
    if (wrong) return wrong
  }
  const [extra] = unknown.values()
  if (!extra) return null
  return found(
    'a tranche vests once, when it is due, as the contract says',
    `${lotName(company, extra)} with ${extra.vested} stands beside all that is due`,
  )
}

const isTaken = ({ model }: Company, id: string): boolean => model.lots.some((lot) => lot.id === id)

function lotIs(company: Company, lot: Lot, real: SeenLot): Finding | null {
  const must = [lot.available, lot.held, lot.spent, lot.expired, lot.carried].join()
  const is = [real.available, real.held, real.spent, real.expired, real.carried].join()
  const terms = [lot.priority, lot.scope, lot.from, lot.to].join()
  const has = [real.priority, company.slot.scopes.get(real.scope), real.from, real.to ?? Infinity].join()
  if (terms !== has)
    return found(
      'a tranche vests once, when it is due, as the contract says',
      `${lotText(lot)} has the terms ${has}; they must be ${terms}`,
    )
  if (must === is) return null
  const how = `${lotText(lot)} has available, held, spent, expired, carried ${is}; they must be ${must}`
  return found(
    BigInt(real.expired) === lot.expired
      ? 'what has happened stands'
      : 'what has expired is not spent, and what has not is not lost',
    how,
  )
}

function books(company: Company, { people }: Touched, seen: Seen): Finding | null {
  const byId = new Map(seen.books.map((book) => [book.id, book]))
  for (const grant of people.flatMap((person) => grantsOf(company.model, person))) {
    const book = byId.get(grantId(company, grant.n))
    const unvested = unvestedOf(grant)
    const must = [
      grant.quantity,
      unvested,
      grant.quantity - unvested - grant.forfeited,
      grant.forfeited,
      0,
    ].join()
    const is = book
      ? [book.granted, book.unvested, book.vested, book.forfeited, book.revoked].join()
      : 'nothing'
    if (must !== is)
      return found(
        'a tranche vests once, when it is due, as the contract says',
        `grant ${grant.n} (${CONTRACTS[grant.contract]!.name}) has granted, unvested, vested, forfeited, revoked ${is}; they must be ${must}`,
      )
  }
  return null
}

function caps(company: Company, { people }: Touched, seen: Seen): Finding | null {
  for (const n of people) {
    const person = company.model.people.get(n)
    for (const [key, { id }] of (person?.keys ?? []).entries()) {
      const [cap, must] = [seen.caps.find((one) => one.key === id), person!.caps.get(key)]
      if ((cap === undefined) !== (must === undefined))
        return found('no key spends above its cap', `key ${key} of person ${n} has ${cap ? 'a' : 'no'} cap`)
      if (!cap || !must) continue
      if (BigInt(cap.amount) !== must.amount || cap.period !== must.period)
        return found(
          'no key spends above its cap',
          `the cap of key ${key} of person ${n} is ${cap.amount} a ${cap.period}; it was set to ${must.amount} a ${must.period}`,
        )
      const used = usedSince(company.model, n, key, cap.start)
      if (BigInt(cap.used) !== used)
        return found(
          'no key spends above its cap',
          `key ${key} of person ${n} has used ${cap.used} of ${cap.amount}, say its cap; its calls say ${used}`,
        )
    }
  }
  return null
}

function times(company: Company, seen: Seen): Finding | null {
  for (const person of company.model.people.values()) {
    const wallet = seen.wallets.find(({ id }) => id === walletOf(company, person.n))
    if (!wallet) continue
    if (wallet.at < person.lastAt)
      return found(
        "a wallet's own time never runs backwards",
        `person ${person.n}: ${new Date(wallet.at).toISOString()} after ${new Date(person.lastAt).toISOString()}`,
      )
    person.lastAt = wallet.at
  }
  return null
}

export const lotText = (lot: Lot): string =>
  `tranche ${lot.tranche} of grant ${lot.grant} (priority ${lot.priority}, ${lot.scope}, ${lot.to === Infinity ? 'for good' : `to ${new Date(lot.to).toISOString().slice(0, 10)}`}${lot.source ? ', kept after leaving' : ''})`

function lotName(company: Company, { grant, tranche }: SeenLot): string {
  const known = [...company.model.grants.keys()].find((n) => grantId(company, n) === grant)
  return `tranche ${tranche} of grant ${known ?? grant}`
}
const name = (company: Company, id: string): string =>
  `call ${[...company.model.calls.keys()].find((n) => callId(company, n) === id) ?? id}`
