import { z } from 'zod'
import { iso, type DateText, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'

/** What a leaving means for one asset, in its smallest unit. */
export type LeaverSum = {
  readonly asset: string
  /** Can be used after the day of leaving. */
  readonly usable: bigint
  /** Forfeited, expired early or taken back because of the leaving; what would have expired anyway is not counted. */
  readonly lost: bigint
  /** Goes on vesting. */
  readonly continues: bigint
}

export type LeaverView = {
  readonly id: string
  readonly person: { readonly id: string; readonly name: string; readonly email: string }
  readonly left_on: DateText
  readonly reason: string
  readonly note: string
  readonly state: 'scheduled' | 'done' | 'cancelled'
  /** Calls that run still hold a part. */
  readonly open: boolean
  readonly access_until: DateText | null
  readonly recorded_at: string
  readonly recorded_by: { readonly id: string; readonly name: string } | null
  readonly done_at: string | null
  readonly sums: readonly LeaverSum[]
}

export type LeaversView = { readonly leavers: readonly LeaverView[]; readonly complete: boolean }

/** The plan as it is kept: amounts are text in JSON. */
const amount = z.union([z.string(), z.int()]).transform((text) => BigInt(text))
const kept = z.object({
  access_until: z.string().nullable(),
  grants: z.array(
    z.object({
      asset: z.string(),
      entries: z.array(z.object({ when: z.string(), kind: z.string(), amount })),
      usable: z.array(z.object({ quantity: amount })),
      continues: z.array(z.object({ quantity: amount })),
    }),
  ),
})
type Kept = z.output<typeof kept>

type Row = {
  readonly id: string
  readonly person_id: string
  readonly name: string
  readonly email: string
  readonly left_on: DateText
  readonly reason: string
  readonly note: string
  readonly state: LeaverView['state']
  readonly open: boolean
  readonly recorded_at: Millis
  readonly by_id: string | null
  readonly by_name: string | null
  readonly done_at: Millis | null
  readonly plan: unknown
}

const MAX = 500
const SELECT = `select l.id, l.person_id, p.name, p.email, l.left_on, l.reason, l.note, l.state, l.open, l.recorded_at,
    r.id as by_id, r.name as by_name, l.done_at, l.plan
  from people.leaving l join people.person p on p.id = l.person_id left join people.person r on r.id = l.recorded_by`

/** Who is to leave, soonest first, then who has left, latest first. Index: leaving_day. */
export async function leavers(sql: Sql): Promise<LeaversView> {
  const rows = await sql.query<Row>(
    `${SELECT} where l.state <> 'cancelled'
     order by l.state desc, case when l.state = 'scheduled' then l.left_on end, l.left_on desc, l.id limit ${MAX + 1}`,
  )
  return { leavers: rows.slice(0, MAX).map(view), complete: rows.length <= MAX }
}

/** One leaving with the plan that was confirmed and, once it is done, what was done. */
export async function leaver(
  sql: Sql,
  id: string,
): Promise<(LeaverView & { readonly plan: unknown }) | null> {
  const [row] = await sql.query<Row>(`${SELECT} where l.id = $1`, [id])
  return row ? { ...view(row), plan: row.plan } : null
}

function view(row: Row): LeaverView {
  const plan = kept.parse(row.plan)
  const { id, left_on, reason, note, state, open } = row
  return {
    id,
    person: { id: row.person_id, name: row.name, email: row.email },
    left_on,
    reason,
    note,
    state,
    open,
    access_until: plan.access_until,
    recorded_at: iso(row.recorded_at),
    recorded_by: row.by_id === null ? null : { id: row.by_id, name: row.by_name ?? '' },
    done_at: row.done_at === null ? null : iso(row.done_at),
    sums: sumsOf(plan),
  }
}

const LOSSES = ['forfeit', 'expire', 'revoke']
const total = (parts: readonly bigint[]): bigint => parts.reduce((sum, part) => sum + part, 0n)

function sumsOf({ grants }: Kept): readonly LeaverSum[] {
  return [...new Set(grants.map(({ asset }) => asset))].toSorted().map((asset) => {
    const own = grants.filter((grant) => grant.asset === asset)
    const losses = own.flatMap(({ entries }) =>
      entries.filter(({ when, kind }) => when === 'leaving' && LOSSES.includes(kind)),
    )
    return {
      asset,
      usable: total(own.flatMap(({ usable }) => usable.map(({ quantity }) => quantity))),
      lost: total(losses.map((loss) => loss.amount)),
      continues: total(own.flatMap(({ continues }) => continues.map(({ quantity }) => quantity))),
    }
  })
}
