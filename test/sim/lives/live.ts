import { Fault } from '#base/fault.ts'
import { addDays, dayOf, startOfDay } from '#base/time.ts'
import type { LeaveAsk } from '#commands/life/leave.ts'
import { planView } from '#commands/life/leave-record.ts'
import type { Person } from '#people/person.ts'
import type { Lives } from '../../support/life.ts'
import { told, type Act } from './script.ts'
import { BY_LEVEL } from './terms.ts'

/** A life as it goes: what stands of it, and what is told of it. */
export type OneLife = {
  readonly index: number
  readonly script: readonly Act[]
  readonly story: string[]
  person: Person | null
  openLeave: { id: string; from: string } | null
  readonly running: { id: string; held: bigint; use: number }[]
}

export class LifeFailure extends Error {
  readonly life: number
  constructor(life: number, message: string, cause?: unknown) {
    super(message, { cause })
    this.life = life
  }
}

/** Refusals that a random life runs into, as a company would. Anything else is a bug. */
const EXPECTED = ['conflict', 'invalid', 'not_found', 'forbidden']

export async function act(
  rooms: Lives,
  templates: readonly string[],
  life: OneLife,
  what: Act,
): Promise<void> {
  const day = dayOf(rooms.world.now())
  try {
    const answer = await doAct(rooms, templates, life, what)
    life.story.push(`${day} ${told(what)} → ${answer}`)
  } catch (error) {
    if (error instanceof LifeFailure) throw error
    if (error instanceof Fault && EXPECTED.includes(error.code)) {
      life.story.push(`${day} ${told(what)} → refused: ${error.message}`)
      return
    }
    life.story.push(`${day} ${told(what)} → FAILED`)
    throw new LifeFailure(life.index, `${told(what)}: ${String(error)}`, error)
  }
}

async function doAct(rooms: Lives, templates: readonly string[], life: OneLife, what: Act): Promise<string> {
  const today = dayOf(rooms.world.now())
  if (what.kind === 'hire') {
    life.person = await rooms.hire()
    return `${life.person.name} is hired`
  }
  const { person } = life
  if (!person) return 'nobody is there'
  switch (what.kind) {
    case 'grant':
      return grant(rooms, {
        person,
        template: templates[what.template]!,
        what: what.template,
        units: what.units,
      })
    case 'spend':
      return spend(rooms, life, person, what)
    case 'absence': {
      const from = addDays(today, -5)
      const { leave, effects } = await rooms.life.recordAbsence({
        person: person.id,
        kind: what.leave,
        from,
        to: what.known ? addDays(from, what.days) : null,
      })
      life.openLeave = { id: leave.id, from }
      return `${effects.length} grants, last ${effects.map(({ lastVest }) => lastVest).join(' ')}`
    }
    case 'return': {
      if (!life.openLeave) return 'nobody is away'
      const { id, from } = life.openLeave
      await rooms.life.changeAbsence(id, { to: addDays(from, what.days) })
      return `back on ${addDays(from, what.days)}`
    }
    case 'amend': {
      const grant = await picked(rooms, person, what.pick)
      if (!grant) return 'no grant'
      const quantity = (grant.quantity * BigInt(what.thousandths)) / 1_000n
      const { change } = await rooms.life.amend({ grant: grant.id, from: today, quantity, reason: 'lived' })
      return `${grant.name} by ${change}`
    }
    case 'raise': {
      const { amended } = await rooms.life.changeLevel({ person: person.id, level: what.level, from: today })
      return `${amended.length} grants anew`
    }
    case 'fire': {
      const grant = await picked(rooms, person, what.pick)
      if (!grant) return 'no grant'
      await rooms.life.fire({ grant: grant.id, event: 'sale', on: today })
      return grant.name
    }
    case 'clawback': {
      const grant = await picked(rooms, person, what.pick)
      if (!grant) return 'no grant'
      const most = what.most === null ? undefined : BigInt(what.most)
      const taken = await rooms.life.clawback({
        grant: grant.id,
        reason: 'cause',
        unvested: what.unvested,
        most,
      })
      return `${taken.vested} and ${taken.unvested}`
    }
    case 'leave': {
      const on = addDays(today, what.ahead)
      return confirmed(rooms, life, { person: person.id, on, reason: what.reason })
    }
    case 'stay': {
      const [scheduled] = await rooms.people.lives.leavingsOf(rooms.db, person.id)
      if (scheduled?.state !== 'scheduled') return 'nobody is leaving'
      await rooms.life.cancelLeave(scheduled.id)
      return 'stays'
    }
    case 'rehire': {
      const made = await rooms.life.rehire({
        person: person.id,
        on: today,
        credit: what.credit ? 'all' : 'none',
        grants: [
          {
            template: templates[what.template]!,
            quantity: what.template === BY_LEVEL ? undefined : BigInt(what.units),
          },
        ],
      })
      life.openLeave = null
      return `back, ${made.credited} days count`
    }
  }
}

async function grant(
  rooms: Lives,
  ask: { person: Person; template: string; what: number; units: number },
): Promise<string> {
  const today = dayOf(rooms.world.now())
  const { grant: made } = await rooms.commands.issueGrant({
    person: ask.person.id,
    template: ask.template,
    startDate: addDays(today, -(ask.units % 40)),
    grantDate: today,
    ...(ask.what === BY_LEVEL ? {} : { quantity: BigInt(ask.units) }),
  })
  return `${made.quantity}`
}

async function picked(rooms: Lives, person: Person, pick: number) {
  const grants = await rooms.grants.grantsOf(rooms.db, person.id)
  return grants[pick % Math.max(grants.length, 1)] ?? null
}

async function spend(
  rooms: Lives,
  life: OneLife,
  person: Person,
  what: Extract<Act, { kind: 'spend' }>,
): Promise<string> {
  const { db } = rooms
  const [row] = await db.query<{ available: bigint }>(
    `select coalesce(sum(l.available), 0)::bigint as available
     from ledger.wallet w join ledger.lot l on l.wallet_id = w.id and l.open where w.person_id = $1 and w.asset = 'USD'`,
    [person.id],
  )
  const amount = (row!.available * BigInt(what.hold)) / 1_000n
  const id = amount > 0n ? await rooms.hold(person.id, amount) : null
  if (!id) return 'nothing there'
  const call = { id, held: amount, use: what.use }
  life.running.push(call)
  if (!what.later) await settleAll(rooms, life)
  return `${amount} held${what.later ? '' : ', settled'}`
}

/** Calls end some time: some of them after a month, when their person may have left. */
export async function settleAll(rooms: Lives, life: OneLife): Promise<void> {
  for (const { id, held, use } of life.running.splice(0)) {
    await rooms.settle(id, (held * BigInt(use)) / 1_000n)
  }
}

/** Confirms a leaving; when its day has come, what it wrote is what was previewed. */
async function confirmed(rooms: Lives, life: OneLife, ask: LeaveAsk): Promise<string> {
  const preview = await rooms.life.previewLeave(ask)
  const since = await lastEntry(rooms)
  const { leaving } = await rooms.life.confirmLeave(ask)
  if (leaving.state === 'done') await compare(rooms, life.index, preview, since)
  return leaving.state
}

type Preview = Awaited<ReturnType<Lives['life']['previewLeave']>>

export async function compare(rooms: Lives, index: number, preview: Preview, since: bigint): Promise<void> {
  const planned = planView(preview.plan).grants.flatMap(({ entries }) => entries)
  const wrote = await entriesSince(rooms, preview.person.id, since)
  const text = (rows: readonly Row[]): string =>
    rows
      .map((row) => [row.kind, row.source, row.target, row.amount, row.lot_id, row.grant_id].join(' '))
      .toSorted()
      .join('\n')
  const [before, after] = [text(planned), text(wrote)]
  if (before !== after) {
    throw new LifeFailure(index, `the preview of leaving named\n${before}\nand this was written\n${after}`)
  }
}

type Row = {
  readonly kind: string
  readonly source: string
  readonly target: string
  readonly amount: bigint
  readonly lot_id: string | null
  readonly grant_id: string | null
}

const OF_PERSON = `from ledger.wallet w join ledger.grant_book g on g.wallet_id = w.id
  cross join lateral (
    select e.* from ledger.entry e where e.grant_id = g.grant_id
    union all
    select e.* from ledger.lot l join ledger.entry e on e.lot_id = l.id where l.grant_id = g.grant_id
  ) e where w.person_id = $1`

const entriesSince = (rooms: Lives, person: string, since: bigint): Promise<Row[]> =>
  rooms.db.query<Row>(
    `select e.kind, e.source, e.target, e.amount, e.lot_id, e.grant_id ${OF_PERSON} and e.seq > $2`,
    [person, since],
  )

/** Numbers of entries only go up, so what comes after this is new. */
export async function lastEntry({ db }: Lives): Promise<bigint> {
  const [row] = await db.query<{ seq: bigint }>('select last_value as seq from ledger.entry_seq_seq')
  return row!.seq
}

/** Leavings that were scheduled and whose day has come: previewed before the worker does them, compared after. */
export async function dueLeavings(rooms: Lives, lives: readonly OneLife[]) {
  const now = rooms.world.now()
  const ids = await rooms.people.lives.leavingsDue(rooms.db, dayOf(now), 100_000)
  const due: { life: number; preview: Preview; since: bigint }[] = []
  for (const id of ids) {
    const leaving = await rooms.people.lives.leaving(rooms.db, id)
    if (leaving?.state !== 'scheduled' || startOfDay(leaving.leftOn) > now) continue
    const life = lives.find(({ person }) => person?.id === leaving.person)
    const ask = { person: leaving.person, on: leaving.leftOn, reason: leaving.reason } as LeaveAsk
    const since = await lastEntry(rooms)
    due.push({ life: life?.index ?? -1, preview: await rooms.life.previewLeave(ask), since })
  }
  return due
}
