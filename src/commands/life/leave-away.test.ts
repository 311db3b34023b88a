import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { addDays, dayOf } from '#base/time.ts'
import type { LeavePolicy, LeavingRule } from '#grants/clauses.ts'
import { monthlyRefill } from '#grants/shapes.ts'
import { verify } from '#ledger/verify.ts'
import { testDb } from '../../../test/support/database.ts'
import { openLives } from '../../../test/support/life.ts'
import { testWorld } from '../../../test/support/world.ts'
import { planView } from './leave-record.ts'

const db = await testDb()
const world = testWorld({ now: Date.UTC(2026, 0, 1, 6) })
const lives = await openLives(db, world)
after(async () => {
  await lives.close()
  assert.deepEqual((await verify(db)).findings, [])
  await db.drop()
})
const { life } = lives

type Row = { kind: string; source: string; target: string; amount: bigint; lot_id: string | null }
const told = (rows: readonly Row[]): readonly string[] =>
  rows
    .map(({ kind, source, target, amount, lot_id: lot }) => [kind, source, target, amount, lot].join(' '))
    .toSorted()

const written = (person: string, since: bigint): Promise<Row[]> =>
  db.query<Row>(
    `select e.kind, e.source, e.target, e.amount, e.lot_id from ledger.entry e left join ledger.lot l on l.id = e.lot_id
     join ledger.grant_book g on g.grant_id = coalesce(e.grant_id, l.grant_id)
     join ledger.wallet w on w.id = g.wallet_id where w.person_id = $1 and e.seq > $2`,
    [person, since],
  )

/** Somebody with a refill of a hundred a month, who goes on leave after ten days. */
async function away(policy: LeavePolicy, unvested: LeavingRule['unvested'], days: number | null) {
  const person = await lives.hire()
  const leave = [{ leave: '*', policy, graceDays: 25 }]
  const rule = { unvested, vested: { kind: 'keep' }, held: 'finish' } as const
  const terms = monthlyRefill({ months: 12 })
  const clauses = { leave, leaving: { VOLUNTARY_OTHER: rule } }
  await lives.grant(person, { ...terms, expiry: { kind: 'never' }, clauses }, 100n)
  const from = addDays(dayOf(world.now()), 10)
  const to = days === null ? null : addDays(from, days)
  await life.recordAbsence({ person: person.id, kind: 'unpaid', from, to })
  return person.id
}

/** Whether a worker came every day or only on the last one. */
const WORKERS = { daily: 1, once: 200 } as const

for (const [worker, step] of Object.entries(WORKERS)) {
  describe(`leaving after a leave of absence, with a worker that comes ${worker}`, () => {
    const cases = [
      ['pause_forfeit', 'accelerate', 60],
      ['pause_forfeit', 'forfeit', 60],
      ['pause_forfeit', 'continue', null],
      ['pause_forfeit', 'accelerate', null],
      ['pause_extend', 'continue', null],
      ['pause_extend', 'accelerate', 60],
    ] as const
    for (const [policy, unvested, days] of cases) {
      const over = days === null ? 'goes on' : 'is over by then'
      test(`does what was previewed: ${policy}, which ${over}; ${unvested}`, async () => {
        const person = await away(policy, unvested, days)
        const on = addDays(dayOf(world.now()), 97)
        const ask = { person, on, reason: 'VOLUNTARY_OTHER' } as const
        const { plan } = await life.previewLeave(ask)
        const [{ seq: since } = { seq: 0n }] = await db.query<{ seq: bigint }>(
          'select max(seq)::bigint as seq from ledger.entry',
        )
        await life.confirmLeave({ ...ask, expect: plan.hash })
        for (let day = dayOf(world.now()); day < on;) {
          const next = addDays(day, step)
          day = next < on ? next : on
          await lives.go(day)
        }
        await lives.tick()
        const entries = planView(plan).grants.flatMap((grant) => grant.entries)
        assert.deepEqual(told(await written(person, since)), told(entries))
        const lost = entries.filter(({ kind, when }) => kind === 'forfeit' && when === 'by_then')
        assert.equal(lost.length, policy === 'pause_forfeit' ? 1 : 0)
      })
    }
  })
}
