import { dayOf } from '#base/time.ts'
import { callId, grantId, leavingId, type Company, type Sender } from './company.ts'
import { found, type Finding } from './check.ts'
import type { Heard } from './act.ts'
import type { Seen, Touched } from './look.ts'
import * as model from './model.ts'
import { HOLD_FOR } from './replica.ts'
import type { HoldAsk, Single } from './script.ts'

/** Everybody and everything, as duties may touch it. */
export const everybody = ({ model: { people } }: Company): Touched => ({
  people: [...people.keys()],
  calls: [],
  everyLot: true,
})

export function touchedBy(company: Company, command: Single): Touched {
  const there = (n: number | undefined): number[] =>
    n !== undefined && company.model.people.has(n) ? [n] : []
  switch (command.kind) {
    case 'hold':
      return {
        people: [...new Set(command.calls.flatMap(({ person }) => there(person)))],
        calls: command.calls.map(({ call }) => call),
        everyLot: false,
      }
    case 'settle':
    case 'release':
      return {
        people: there(company.model.calls.get(command.call)?.person),
        calls: [command.call],
        everyLot: false,
      }
    case 'cap':
      return { people: there(command.person), calls: [], everyLot: false }
    case 'grant':
    case 'leave':
      return { people: there(command.person), calls: [], everyLot: true }
    case 'seal':
    case 'roll':
      return { people: [], calls: [], everyLot: false }
    case 'lapse': {
      const open = [...company.model.calls.values()].filter(({ state }) => state === 'open')
      return { ...everybody(company), calls: open.map(({ n }) => n), everyLot: false }
    }
    case 'vest':
    case 'expire':
    case 'work':
      return everybody(company)
  }
}

/** What the model says to a command, held against what was heard; where nothing was, against what stands. */
export function apply(
  company: Company,
  command: Single,
  heard: Heard,
  seen: Seen,
  from: Sender,
): Finding | null {
  const [answer = null] = heard
  switch (command.kind) {
    case 'hold': {
      for (const [index, ask] of command.calls.entries()) {
        const again = command.mishap?.how === 'cut_after'
        const wrong = applyHold(company, ask, { answer: heard[index] ?? null, again }, seen, from)
        if (wrong) return wrong
      }
      return null
    }
    case 'settle':
      return applySettle(company, command, answer, seen)
    case 'release': {
      const call = company.model.calls.get(command.call)
      const id = callId(company, command.call)
      const gone = call?.state === 'open' && !seen.holds.has(id) && !seen.usage.has(id)
      if (answer === null && !gone) return null
      return same(answer, model.release(company.model, command.call), `release of call ${command.call}`)
    }
    case 'cap':
      return applyCap(company, command, answer, seen)
    case 'grant':
      return applyGrant(company, command, answer, seen)
    case 'leave':
      return applyLeave(company, command, answer, seen, from)
    case 'vest':
      return applyVest(company, answer, seen, from)
    case 'lapse':
      return applyLapse(company, answer, seen, { ...from, counts: command.mishap === null })
    case 'expire':
      return applyExpire(company, answer, seen, from)
    case 'work':
      return applyWork(company, answer, seen, from)
    case 'seal':
    case 'roll':
      return null
  }
}

const same = (
  answer: string | null,
  must: string,
  what: string,
  promise: Finding['promise'] = 'the same command gives the same answer',
): Finding | null =>
  answer === null || answer === must
    ? null
    : found(promise, `${what} was answered "${answer}"; it must be "${must}"`)

const isRefusal = (answer: string | null): boolean => answer === 'short' || answer === 'capped'

function applyHold(
  company: Company,
  ask: HoldAsk,
  { answer, again }: { readonly answer: string | null; readonly again: boolean },
  seen: Seen,
  { now, owner, beside }: Sender,
): Finding | null {
  const person = company.model.people.get(ask.person)
  if (!person) return same(answer, 'nobody', `a hold for call ${ask.call}`)
  // Whoever was let in a moment before somebody left goes on to a hold, and finds what is left.
  if (answer === 'turned away' || (answer !== null && person.left && !beside)) {
    const must = person.left ? 'turned away' : 'let in'
    return same(answer, must, `the key of person ${ask.person}`, 'who has left spends no more')
  }
  const stood = company.model.calls.has(ask.call)
  const isThere = seen.holds.has(callId(company, ask.call))
  if (answer === null && (stood || !isThere)) return null
  const [min, max, floor] = [BigInt(ask.min), BigInt(ask.max), BigInt(ask.floor)]
  const lasting = ask.lasting !== null
  const times = {
    expiresAt: now + (lasting ? ask.lasting * 3_600_000 : HOLD_FOR),
    owner: lasting ? null : owner,
  }
  const must = model.hold(company.model, { ...ask, min, max, floor, ...times }, now)
  if (answer === must) return null
  // Its batch was asked again when all of it stood: what came behind it had taken of the cap by then.
  if (again && isRefusal(answer) && isRefusal(must)) return null
  const what = `the hold of ${ask.min} to ${ask.max} for call ${ask.call} by key ${ask.key} of person ${ask.person}`
  if (answer === null)
    return must.startsWith('held')
      ? null
      : found('what has happened stands', `${what} stands; it must be "${must}"`)
  if (stood) return same(answer, must, what)
  if (must === 'capped' || answer === 'capped' || person.caps.has(ask.key))
    return same(answer, must, what, 'no key spends above its cap')
  const late = model
    .lotsOf(company.model, ask.person)
    .some((lot) => lot.available > 0n && lot.to <= Math.max(now, person.lastAt))
  return same(
    answer,
    must,
    what,
    late ? 'what has expired is not spent, and what has not is not lost' : 'what has happened stands',
  )
}

function applySettle(
  company: Company,
  command: Extract<Single, { kind: 'settle' }>,
  answer: string | null,
  seen: Seen,
): Finding | null {
  const call = company.model.calls.get(command.call)
  const id = callId(company, command.call)
  const cost = BigInt(command.cost)
  const done =
    (call?.state === 'open' && seen.usage.has(id)) ||
    (call?.state === 'lapsed' && !call.late && seen.late.has(id))
  if (answer === null && !done) return null
  const fresh = call?.state === 'open'
  const must = model.settle(company.model, command.call, cost)
  const what = `the settle of call ${command.call} at ${command.cost}`
  return same(
    answer,
    must,
    what,
    fresh ? 'a settle never exceeds its hold' : 'the same command gives the same answer',
  )
}

function applyCap(
  company: Company,
  command: Extract<Single, { kind: 'cap' }>,
  answer: string | null,
  seen: Seen,
): Finding | null {
  const person = company.model.people.get(command.person)
  if (!person) return same(answer, 'nobody', 'a cap')
  const must = person.left ? 'conflict' : 'set'
  const { key, limit } = command
  const cap = seen.caps.find((one) => one.key === person.keys[key]!.id)
  const stands = limit ? cap?.amount === limit.amount && cap.period === limit.period : cap === undefined
  if (answer === null && !stands) return null
  if (must === 'set' && limit) person.caps.set(key, { ...limit, amount: BigInt(limit.amount) })
  else if (must === 'set') person.caps.delete(key)
  return same(answer, must, `the cap of key ${key} of person ${command.person}`)
}

function applyGrant(
  company: Company,
  command: Extract<Single, { kind: 'grant' }>,
  answer: string | null,
  seen: Seen,
): Finding | null {
  const person = company.model.people.get(command.person)
  if (answer === 'nobody') return null
  const start = company.starts.get(command.grant)
  const stands = seen.books.some(({ id }) => id === grantId(company, command.grant))
  if (!start || (answer === null && !stands)) return null
  if (company.model.grants.has(command.grant))
    return same(answer, 'granted', `grant ${command.grant}, asked again`)
  const what = `grant ${command.grant} to person ${command.person}`
  if (person?.left) return same(answer, 'conflict', what)
  const id = grantId(company, command.grant)
  model.issue(company.model, { ...command, id, quantity: BigInt(command.quantity) }, start)
  return same(answer, 'granted', what)
}

function applyLeave(
  company: Company,
  command: Extract<Single, { kind: 'leave' }>,
  answer: string | null,
  seen: Seen,
  { now }: Sender,
): Finding | null {
  const person = company.model.people.get(command.person)
  if (!person) return same(answer, 'nobody', 'leaving')
  const stands = seen.leavings.some(
    ({ id, state }) => id === leavingId(company, command.person) && state === 'done',
  )
  if (answer === null && (person.left || !stands)) return null
  const what = `leaving of person ${command.person}`
  if (person.left) {
    const again = person.left.on === dayOf(now) && person.left.reason === command.reason
    return same(answer, again ? 'left' : 'conflict', what)
  }
  model.leave(company.model, command.person, command.reason, now)
  return same(answer, 'left', what, 'leaving does what the contract says')
}

function applyVest(company: Company, answer: string | null, seen: Seen, { now }: Sender): Finding | null {
  const stands = new Set(
    seen.lots.filter(({ source }) => source === null).map((lot) => `${lot.grant} ${lot.tranche}`),
  )
  let count = 0
  for (const grant of company.model.grants.values()) {
    for (const tranche of model.dueTranches(grant, dayOf(now))) {
      if (answer === null && !stands.has(`${grantId(company, grant.n)} ${tranche.n}`)) continue
      model.vest(company.model, grant, tranche)
      // What is held after it, by a clock that is behind, is held at its time.
      const person = company.model.people.get(grant.person)!
      person.lastAt = Math.max(person.lastAt, now)
      count += 1
    }
  }
  return same(
    answer,
    `vested ${count}`,
    'what is due',
    'a tranche vests once, when it is due, as the contract says',
  )
}

function applyLapse(
  company: Company,
  answer: string | null,
  seen: Seen,
  { now, beside, counts }: Sender & { readonly counts: boolean },
): Finding | null {
  let count = 0
  for (const call of company.model.calls.values()) {
    if (call.state !== 'open') continue
    const gone = seen.usage.get(callId(company, call.n))?.status === 'lapsed'
    const over = call.expiresAt <= now
    const orphaned = call.owner !== null && !company.model.alive.has(call.owner)
    // Of two sweeps at once each may end some; whatever neither may end is found when all is compared.
    if (gone && !over && !orphaned && beside) continue
    if (gone && !over && !orphaned)
      return found(
        'every hold ends, and not before its time',
        `the hold of call ${call.n} lapsed, though its process lives and it has time to ${new Date(call.expiresAt).toISOString()}`,
      )
    if (!gone && over && answer !== null && !beside)
      return found(
        'every hold ends, and not before its time',
        `the hold of call ${call.n} had time to ${new Date(call.expiresAt).toISOString()} and still stands after a sweep at ${new Date(now).toISOString()}`,
      )
    if (!gone) continue
    model.lapse(call)
    count += 1
  }
  // What is asked again after a lost connection has lapsed already, and is not counted.
  return counts && !beside
    ? same(answer, `lapsed ${count}`, 'a sweep of holds', 'every hold ends, and not before its time')
    : null
}

function applyExpire(
  company: Company,
  answer: string | null,
  seen: Seen,
  { now, beside }: Sender,
): Finding | null {
  const real = new Map(seen.lots.map((lot) => [lot.id, lot]))
  let count = 0
  for (const lot of company.model.lots) {
    if (lot.to > now || lot.available === 0n) continue
    if ((answer === null || beside) && BigInt(real.get(lot.id ?? '')?.expired ?? 0) === lot.expired) continue
    model.expire(lot)
    count += 1
  }
  return same(
    answer,
    `ended ${count}`,
    'a sweep of lots',
    'what has expired is not spent, and what has not is not lost',
  )
}

function applyWork(company: Company, answer: string | null, seen: Seen, { now }: Sender): Finding | null {
  for (const person of company.model.people.values()) {
    if (!person.left || !model.hasNews(person)) continue
    const leaving = seen.leavings.find(({ id }) => id === leavingId(company, person.n))
    const followed = leaving !== undefined && leaving.rounds > person.left.rounds
    if (followed) model.followUp(company.model, person, now)
    else if (answer !== null)
      return found(
        'leaving does what the contract says',
        `what calls of person ${person.n} gave back after leaving was left alone`,
      )
  }
  return null
}
