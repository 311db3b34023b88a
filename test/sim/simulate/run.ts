import { DAY, MINUTE, type Millis } from '#base/time.ts'
import { isChanged } from '#ledger/decided.ts'
import { OWNER_DEAD_AFTER } from '#ledger/owners.ts'
import type { Balances } from '#ledger/types.ts'
import { verify } from '#ledger/verify.ts'
import { beat, beatIfDue, hire, restartDead, send, sendBoth, Unexpected, watch, type Heard } from './act.ts'
import { apply, touchedBy } from './apply.ts'
import { adopt, compare, found, soundness, type Finding } from './check.ts'
import { openCompany, walletOf, type Company, type Planted, type Sender, type Slot } from './company.ts'
import { look, type Touched } from './look.ts'
import type { Command, Single } from './script.ts'

export type Told = { readonly command: Command; readonly heard: readonly Heard[]; readonly at: Millis }
export type Failure = { readonly finding: Finding; readonly index: number; readonly told: readonly Told[] }
export type Counts = Map<string, number>
type Memory = { readonly person: number; readonly at: Millis; readonly balances: Balances; sure: boolean }
type Run = {
  readonly company: Company
  readonly told: Told[]
  readonly counts: Counts
  readonly memories: Memory[]
}

/** Every so many steps, and at the end, the whole ledger proves itself. */
const PROVE_EVERY = 400
/** A dead process's statement arrives so many steps later at the latest. */
const STRAGGLES = 4
const MEMORIES = 12

export type ScriptAsk = {
  readonly seed: number
  readonly script: readonly Command[]
  readonly planted: Planted
  readonly counts: Counts
  /** Whether all is brought to its end and proved. */
  readonly end?: boolean
  /** Gets what happened, and what was heard. */
  readonly told?: Told[]
}

/** One script from an empty company to its end, every invariant after every step; the first that does not hold, or null. */
export async function runScript(slot: Slot, ask: ScriptAsk): Promise<Failure | null> {
  const { seed, script, planted, counts, end = true, told = [] } = ask
  await slot.empty()
  const company = await openCompany(slot, seed, planted)
  const run: Run = { company, told, counts, memories: [] }
  let index = 0
  try {
    for (const command of script) {
      const finding = (await step(run, command)) ?? (await arrive(run, index))
      if (finding) return { finding, index, told: run.told }
      await restartDead(company)
      index += 1
      if (index % PROVE_EVERY === 0) {
        const unproved = await prove(run)
        if (unproved) return { finding: unproved, index, told: run.told }
      }
    }
    const finding = end ? await conclude(run) : null
    return finding && { finding, index, told: run.told }
  } catch (error) {
    if (!(error instanceof Unexpected)) throw error
    run.told.push({ command: script[index] ?? { kind: 'pass', by: 0 }, heard: [], at: company.clock.base })
    return { finding: found('no command fails by itself', error.message), index, told: run.told }
  } finally {
    for (const { spending, faulty } of company.replicas) if (!faulty.isDead()) await spending.close()
  }
}

const bump = ({ counts }: Run, what: string, by = 1): void =>
  void counts.set(what, (counts.get(what) ?? 0) + by)

async function step(run: Run, command: Command): Promise<Finding | null> {
  const { company } = run
  bump(run, command.kind, command.kind === 'hold' ? command.calls.length : 1)
  const tell = (...heard: Heard[]): void => void run.told.push({ command, heard, at: company.clock.base })
  if ('mishap' in command) return single(run, command)
  switch (command.kind) {
    case 'hire':
      await hire(company, command.person)
      tell()
      return null
    case 'pass':
      await remember(run, command.by)
      company.clock.base += command.by
      if (command.by > 30 * MINUTE) await beat(company)
      tell()
      return null
    case 'jump':
      company.clock.skews[command.replica] = command.by
      tell()
      return null
    case 'kill':
      company.replicas[command.replica]!.faulty.kill()
      tell()
      return null
    case 'watch': {
      const touched = touchedBy(company, { kind: 'lapse', replica: command.replica, mishap: null })
      const lapse = { kind: 'lapse', replica: command.replica, mishap: null } as const
      const began = senderOf(company, command.replica)
      const heard = [`lapsed ${await watch(company, command.replica)}`]
      tell(heard)
      const from = senderOf(company, command.replica)
      // A clock that was put back stands still, and tells nobody dead.
      const dead = from.now - began.now > OWNER_DEAD_AFTER
      return check(run, touched, [{ command: lapse, heard, from }], { dead, began: began.now })
    }
    case 'both':
      return both(run, command)
  }
}

const senderOf = (company: Company, n: number, beside = false): Sender => {
  const { world, owner } = company.replicas[n]!
  return { now: world.now(), owner, beside }
}

async function single(run: Run, command: Single): Promise<Finding | null> {
  const { company } = run
  if (command.kind === 'lapse') await beatIfDue(company)
  const touched = touchedBy(company, command)
  const from = senderOf(company, command.replica)
  const { faulty } = company.replicas[command.replica]!
  faulty.arm(command.mishap)
  const heard = await send(company, command)
  if (command.mishap) bump(run, `${command.mishap.how}${faulty.struck() ? '' : ' (too late)'}`)
  if (faulty.isDead()) company.model.alive.delete(from.owner)
  faulty.arm(null)
  run.told.push({ command, heard: [heard], at: company.clock.base })
  const what = faulty.takeStraggler()
  if (what) company.stragglers.push({ command, what, from })
  const finding = await check(run, touched, [{ command, heard, from }])
  // Whoever leaves is known to have left a second later.
  if (command.kind === 'leave') company.clock.base += 1_000
  return finding
}

type Sent = { readonly command: Single; readonly heard: Heard; readonly from: Sender }

async function check(
  run: Run,
  touched: Touched,
  sent: readonly Sent[],
  { dead = false, began }: { readonly dead?: boolean; readonly began?: Millis } = {},
): Promise<Finding | null> {
  const { company } = run
  const seen = await look(company, touched)
  const unsound = soundness(company, seen)
  if (unsound) return unsound
  for (const { command, heard, from } of sent) {
    const finding = apply(company, command, heard, seen, from) ?? adopt(company, touched, seen)
    if (finding) return finding
  }
  if (dead) {
    const orphan = [...company.model.calls.values()].find(
      ({ state, owner }) => state === 'open' && owner !== null && !company.model.alive.has(owner),
    )
    if (orphan)
      return found(
        'every hold ends, and not before its time',
        `the hold of call ${orphan.n} still stands, half a minute after its process died`,
      )
  }
  const finding = compare(company, touched, seen)
  settleMemories(run, touched, began ?? Math.min(...sent.map(({ from }) => from.now)))
  return finding
}

/** Both orders are right; one of them must explain what was heard and what stands. */
async function both(run: Run, command: Extract<Command, { kind: 'both' }>): Promise<Finding | null> {
  const { company } = run
  const { first, second } = command
  if (first.kind === 'lapse' || second.kind === 'lapse') await beatIfDue(company)
  const [one, two] = [touchedBy(company, first), touchedBy(company, second)]
  const touched: Touched = {
    people: [...new Set([...one.people, ...two.people])],
    calls: [...new Set([...one.calls, ...two.calls])],
    everyLot: one.everyLot || two.everyLot,
  }
  const [from, other] = [senderOf(company, first.replica, true), senderOf(company, second.replica, true)]
  const [heardOne, heardTwo] = await sendBoth(company, command)
  bump(run, `${first.kind} beside ${second.kind}`)
  run.told.push({ command, heard: [heardOne, heardTwo], at: company.clock.base })
  if (first.kind === 'leave' || second.kind === 'leave') company.clock.base += 1_000
  const before = structuredClone(company.model)
  const sent: Sent[] = [
    { command: first, heard: heardOne, from },
    { command: second, heard: heardTwo, from: other },
  ]
  const asSent = await check(run, touched, sent)
  if (!asSent) return null
  company.model = before
  const reversed = await check(run, touched, sent.toReversed())
  return reversed && asSent
}

/** A constraint refused it: what it would write is there already, or what it would end has ended. */
const isConstrained = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('23')

/** What dead processes had sent arrives, one a step at most. */
async function arrive(run: Run, index: number): Promise<Finding | null> {
  const { company } = run
  if (company.stragglers.length === 0 || (index % STRAGGLES !== 0 && company.stragglers.length < STRAGGLES))
    return null
  const { command, what, from } = company.stragglers.shift()!
  const touched = touchedBy(company, command)
  try {
    await company.slot.db.query(what.text, what.values)
    bump(run, 'stragglers that arrived')
  } catch (error) {
    // It was decided by what its process knew, and somebody has been there since, or has asked the same before: then nothing happened.
    if (!isChanged(error) && !isConstrained(error)) throw error
    bump(run, 'stragglers that came too late')
  }
  const heard: Heard = []
  run.told.push({ command, heard: [['(arrives now)']], at: company.clock.base })
  return check(run, touched, [{ command, heard, from }])
}

/** The end: three days later nothing is held, everything is sealed, and the past is what it was. */
async function conclude(run: Run): Promise<Finding | null> {
  const { company } = run
  while (company.stragglers.length > 0) {
    const finding = await arrive(run, 0)
    if (finding) return finding
  }
  company.clock.base += 3 * DAY
  await beat(company)
  for (const kind of ['lapse', 'expire', 'vest', 'work'] as const) {
    const finding = await single(run, { kind, replica: 0, mishap: null })
    if (finding) return finding
  }
  const [row] = await company.slot.db.query<{ count: number }>(
    'select count(*)::int as count from ledger.hold',
  )
  if (row!.count > 0)
    return found(
      'every hold ends, and not before its time',
      `${row!.count} holds stand three days after the last`,
    )
  const finding = await prove(run)
  if (finding) return finding
  for (const { person, at, balances } of run.memories.filter(({ sure }) => sure)) {
    const then = await company.replicas[0]!.ledger.balancesAt(company.slot.db, walletOf(company, person), at)
    const [was, is] = [balances, then].map(balancesText)
    bump(run, 'balances of the past')
    if (was !== is)
      return found(
        'a balance at a past time never changes',
        `person ${person} had ${was} at ${new Date(at).toISOString()}; now it is told as ${is}`,
      )
  }
  return null
}

async function prove(run: Run): Promise<Finding | null> {
  const { slot, replicas } = run.company
  const replica = replicas.find(({ faulty }) => !faulty.isDead())!
  replica.faulty.arm(null)
  await replica.ledger.seal()
  await replica.ledger.rollUp()
  const { findings } = await verify(slot.db)
  bump(run, 'proofs of the whole ledger')
  const [first] = findings
  if (!first) return null
  return found('the ledger proves itself', `${first.check}: ${first.row} ${first.detail}`)
}

const balancesText = (of: Balances): string =>
  `granted ${of.granted}, unvested ${of.unvested}, available ${of.available}, held ${of.held}, spent ${of.spent}, expired ${of.expired}, forfeited ${of.forfeited}`

/** A balance as it is told now, to be asked for again in the end. */
async function remember(run: Run, by: Millis): Promise<void> {
  const { company, memories } = run
  const { people } = company.model
  if (by < 10 * MINUTE || memories.length >= MEMORIES || people.size === 0) return
  const person = [...people.keys()][memories.length % people.size]!
  const { db } = company.slot
  const balances = await company.replicas[0]!.ledger.balances(db, walletOf(company, person))
  memories.push({ person, at: people.get(person)!.lastAt, balances, sure: false })
}

/**
 * A wallet's balance at an instant is settled when its own time has gone beyond; until then it may still change. Of a step
 * that writes more than once the first may be of that very instant, where a clock was not beyond it by then.
 */
function settleMemories({ company, memories }: Run, { people }: Touched, began: Millis): void {
  for (const memory of memories.slice()) {
    if (memory.sure || !people.includes(memory.person)) continue
    if (began > memory.at && company.model.people.get(memory.person)!.lastAt > memory.at) memory.sure = true
    else memories.splice(memories.indexOf(memory), 1)
  }
}
