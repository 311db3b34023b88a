import { invariant } from '#base/invariant.ts'
import { uuidOf } from '#base/id.ts'
import { dayOf, startOfDay, DAY, type DateText, type Millis } from '#base/time.ts'
import { walletId } from '#commands/hire.ts'
import { connect } from '#db/connect.ts'
import type { Db } from '#db/sql.ts'
import { openGrants } from '#grants/grants.ts'
import { scopeNumbers } from '#ledger/store.ts'
import { openPeople } from '#people/people.ts'
import { openPrices, type Prices } from '#prices/prices.ts'
import type { Price } from '#prices/types.ts'
import { canonicalJson } from '#base/json.ts'
import { testDb } from '../../support/database.ts'
import { testWorld } from '../../support/world.ts'
import { startReplica, type Clock, type Replica, type Straggler, type Wires } from './replica.ts'
import { emptyModel, type Model } from './model.ts'
import { REPLICAS, type Single } from './script.ts'
import { CONTRACTS, SCOPE_NAMES, SCOPES, type ScopeName } from './terms.ts'

const BEGIN: Millis = startOfDay('2026-01-05') + 9 * 3_600_000

/** A database that many seeds go through, one after another: what they share is made once, the rest is emptied for each. */
export type Slot = {
  readonly db: Db
  readonly entity: string
  readonly templates: readonly string[]
  readonly scopes: ReadonlyMap<number, ScopeName>
  readonly prices: Prices
  readonly models: Readonly<Record<'small' | 'standard', Price>>
  empty(): Promise<void>
  close(): Promise<void>
}

const RENEW = 16
/** Tables of what all seeds share. */
const SHARED = /^(public\.|prices\.|ledger\.scope$|grants\.template$|people\.legal_entity$)/

export async function openSlot(plant: (db: Db) => Promise<void> = () => Promise.resolve()): Promise<Slot> {
  const db = await testDb({ max: 2 * REPLICAS + 4 })
  const admin = await connect(db.adminUrl, { max: 1, name: 'perq simulation', mayExit: true })
  const [row] = await admin.query<{ name: string }>('select current_database() as name')
  await admin.query(`alter database ${row!.name} set synchronous_commit = off`)
  const world = testWorld({ now: BEGIN })
  const prices = openPrices({ db: { ...db, listen: () => Promise.resolve(() => Promise.resolve()) }, world })
  await prices.load()
  const people = openPeople({ db, world })
  const entity = await people.createEntity({ name: 'Perq', country: 'DE', currency: 'EUR' })
  const grants = openGrants()
  const templates: string[] = []
  for (const { name, terms } of CONTRACTS) {
    const id = world.id()
    await db.tx((sql) => grants.createTemplate(sql, { ...terms, id, name, createdBy: null }, world.now()))
    templates.push(id)
  }
  const bodies = SCOPE_NAMES.map((name) => canonicalJson(SCOPES[name]))
  const numbers = await db.tx((sql) => scopeNumbers(sql, bodies))
  const known = prices.models('openai')
  const named = (cls: 'small' | 'standard'): Price => {
    const found = known.find((price) => price.class === cls && price.variant === undefined)
    invariant(found, `the price book has a ${cls} model`)
    return found
  }
  await plant(db)
  const tables = await admin.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^(pg_|information_schema)' order by 1`,
  )
  const emptied = tables.map(({ name }) => name).filter((name) => !SHARED.test(name))
  // Where a new database has rows of its own, as the head of the chain, those come back.
  const first: { readonly name: string; readonly rows: unknown }[] = []
  for (const name of emptied) {
    const [kept] = await admin.query<{ rows: unknown }>(
      `select jsonb_agg(to_jsonb(t))::text as rows from ${name} t`,
    )
    if (kept!.rows !== null) first.push({ name, rows: kept!.rows })
  }
  // Rows that refer to each other go together; no trigger has a say, and no rule of append-only tables.
  const removal = `set session_replication_role = replica; ${emptied.map((name) => `delete from ${name}`).join(';')}`
  let emptyings = 0
  return {
    db,
    entity: entity.id,
    templates,
    scopes: new Map(bodies.map((body, index) => [numbers.get(body)!, SCOPE_NAMES[index]!])),
    prices,
    models: { small: named('small'), standard: named('standard') },
    empty: async () => {
      emptyings += 1
      // Removing rows costs a tenth of new files for every table; now and then the files are made new.
      const how = emptyings % RENEW === 0 ? `truncate ${emptied.join()}` : removal
      await admin.query(how)
      for (const { name, rows } of first)
        await admin.query(
          `insert into ${name} select * from jsonb_populate_recordset(null::${name}, $1::jsonb)`,
          [rows],
        )
    },
    close: async () => {
      await admin.close()
      await prices.close()
      await db.drop()
    },
  }
}

/** Changes to rooms and statements by which a bug is planted; none where the product is simulated as it is. */
export type Planted = {
  readonly rewrite: (text: string) => string
  readonly replica: (replica: Replica) => Replica
}
export const NOTHING_PLANTED: Planted = { rewrite: (text) => text, replica: (replica) => replica }

/** A company for one seed: its processes, its clock, what its clients know, and what must stand. */
export type Company = {
  readonly seed: number
  readonly slot: Slot
  readonly clock: Clock
  readonly wires: Wires
  readonly replicas: Replica[]
  model: Model
  /** The first day that each grant was asked for with. */
  readonly starts: Map<number, DateText>
  /** On their way from processes that are dead. */
  readonly stragglers: { readonly command: Single; readonly what: Straggler; readonly from: Sender }[]
  starting: (n: number) => Promise<void>
}
/** What of a process decides about its commands. */
export type Sender = {
  readonly now: Millis
  readonly owner: string
  /** Another command ran beside it: what came in after a sweep had looked is left to the next one. */
  readonly beside: boolean
}

export async function openCompany(slot: Slot, seed: number, planted: Planted): Promise<Company> {
  const clock: Clock = { base: BEGIN + (seed % 20) * DAY, skews: [0, 2_000, -3_000] }
  const wires: Wires = { db: slot.db, rewrite: planted.rewrite, listeners: new Map() }
  const model = emptyModel()
  const replicas: Replica[] = []
  let incarnations = 0
  const starting = async (n: number): Promise<void> => {
    const gone = replicas[n]
    if (gone) company.model.alive.delete(gone.owner)
    const { prices } = slot
    const started = await startReplica(wires, { seed, n, life: (incarnations += 1), clock, prices })
    replicas[n] = planted.replica(started)
    company.model.alive.add(started.owner)
  }
  const company: Company = {
    seed,
    slot,
    clock,
    wires,
    replicas,
    model,
    starts: new Map(),
    stragglers: [],
    starting,
  }
  for (let n = 0; n < REPLICAS; n += 1) await starting(n)
  return company
}

const idOf = (what: string, { seed }: Company, n: number): string =>
  uuidOf('simulated', what, String(seed), String(n))
export const callId = (company: Company, n: number): string => idOf('call', company, n)
export const personId = (company: Company, n: number): string => idOf('person', company, n)
export const grantId = (company: Company, n: number): string => idOf('grant', company, n)
export const leavingId = (company: Company, n: number): string => idOf('leaving', company, n)
export const walletOf = (company: Company, person: number): string =>
  walletId(personId(company, person), 'USD')
export const today = (replica: Replica): DateText => dayOf(replica.world.now())
