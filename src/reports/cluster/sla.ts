import type { Asset } from '#base/asset.ts'
import type { DateText, Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { remedyId } from '#grants/remedy.ts'
import type { Breach } from './breaches.ts'
import { daysOf, periodOf, type MonthText } from './month.ts'
import { statementOf, type Facts, type Statement } from './statement.ts'
import * as store from './store.ts'
import { creditKey, viewOf, type Credit, type StatementView } from './views.ts'

/** Statements that one page shows: people times lanes. */
const MOST = 500

export type SlaView = { readonly month: MonthText; readonly statements: readonly StatementView[] }

export type CompanySlaView = {
  readonly month: MonthText
  readonly statements: readonly (StatementView & {
    readonly person: { readonly id: string; readonly name: string; readonly email: string }
  })[]
  /** False: there are more, and only the first are here. */
  readonly complete: boolean
}

/** A person's statements of one month, one for each accelerator and tier of which something was promised. */
export async function sla(sql: Sql, person: string, month: MonthText, now: Millis): Promise<SlaView> {
  const audits = await auditsOf(sql, { person, month, now, only: null })
  return { month, statements: audits.map(({ view }) => view) }
}

/** Everybody's, with all that each was computed from. */
export const companyAudits = (sql: Sql, month: MonthText, now: Millis): Promise<readonly Audit[]> =>
  auditsOf(sql, { person: null, month, now, only: null })

/** Everybody's, those with breaches first. */
export async function companySla(sql: Sql, month: MonthText, now: Millis): Promise<CompanySlaView> {
  const audits = await companyAudits(sql, month, now)
  const people = await sql.query<{ id: string; name: string; email: string }>(
    'select id, name, email from people.person where id = any ($1)',
    [audits.map(({ lane }) => lane.person)],
  )
  const by = new Map(people.map((one) => [one.id, one]))
  const statements = audits
    .map(({ lane, view }) => ({ ...view, person: by.get(lane.person)! }))
    .toSorted(
      (a, b) =>
        b.breaches.length - a.breaches.length ||
        (a.person.name < b.person.name ? -1 : a.person.name > b.person.name ? 1 : a.asset < b.asset ? -1 : 1),
    )
  return { month, statements: statements.slice(0, MOST), complete: statements.length <= MOST }
}

/** One statement with all that it was computed from; null: nothing was promised there. */
export async function audit(
  sql: Sql,
  lane: store.Lane,
  month: MonthText,
  now: Millis,
): Promise<{ readonly facts: Facts; readonly statement: Statement; readonly view: StatementView } | null> {
  const [found] = await auditsOf(sql, { person: lane.person, month, now, only: lane.asset })
  return found ?? null
}

export type Audit = {
  readonly lane: store.Lane
  readonly facts: Facts
  readonly statement: Statement
  readonly view: StatementView
}

async function auditsOf(
  sql: Sql,
  ask: { person: string | null; month: MonthText; now: Millis; only: Asset | null },
): Promise<readonly Audit[]> {
  const days = daysOf(ask.month)
  const month = periodOf(ask.month, ask.now)
  const pledged = await store.pledges(sql, { person: ask.person, ...days })
  const lanes = new Map<string, store.Lane & { promises: store.Pledged['pledge'][] }>()
  for (const { person, asset, pledge } of pledged) {
    if (ask.only !== null && ask.only !== asset) continue
    const key = `${person} ${asset}`
    const lane = lanes.get(key) ?? { person, asset, promises: [] }
    lane.promises.push(pledge)
    lanes.set(key, lane)
  }
  const capacities = new Map<Asset, Awaited<ReturnType<typeof store.capacity>>>()
  const audits: Audit[] = []
  for (const { promises, ...lane } of lanes.values()) {
    const { asset } = lane
    const capacity = capacities.get(asset) ?? (await store.capacity(sql, asset, month))
    capacities.set(asset, capacity)
    const facts: Facts = { asset, promises, runs: await store.runs(sql, lane, month), ...capacity, month }
    const statement = statementOf(facts)
    if (!statement) continue
    const credits = await creditsOf(sql, statement.breaches, ask.month)
    audits.push({ lane, facts, statement, view: viewOf(statement, { asset, month: ask.month, credits }) })
  }
  return audits
}

/** Which breaches have been made good. Index: grant's key. */
async function creditsOf(
  sql: Sql,
  breaches: readonly Breach[],
  month: MonthText,
): Promise<ReadonlyMap<string, Credit>> {
  const ids = new Map(
    breaches.map((breach) => [
      remedyId({ grant: breach.grant, month, breach: breach.key }),
      creditKey(breach),
    ]),
  )
  if (ids.size === 0) return new Map()
  const rows = await sql.query<{ id: string; on: DateText; quantity: bigint; gpus: bigint }>(
    `select id, grant_date as on, quantity, coalesce((unit ->> 'gpusPerNode')::bigint, 1) as gpus
     from grants.grant where id = any ($1)`,
    [[...ids.keys()]],
  )
  return new Map(
    rows.map((row) => [
      ids.get(row.id)!,
      { grant_id: row.id, on: row.on, quantity: row.quantity * row.gpus },
    ]),
  )
}
