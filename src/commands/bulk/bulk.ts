import type { Asset, Denomination } from '#base/asset.ts'
import { Fault } from '#base/fault.ts'
import { uuidOf } from '#base/id.ts'
import { sha256Hex } from '#base/json.ts'
import { parseQuantity } from '#base/quantity.ts'
import { dayOf, type DateText } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { checkSpendable } from '#grants/expiry.ts'
import type { Template } from '#grants/grant.ts'
import { approvalsNeeded, type GrantPolicy } from '#grants/policy.ts'
import { SMALLEST } from '#grants/quantity.ts'
import { checkName } from '#grants/terms.ts'
import { assetOf } from '#ledger/assets.ts'
import type { Person } from '#people/person.ts'
import { submit } from '../approve.ts'
import { draft } from '../draft.ts'
import { walletId } from '../hire.ts'
import { checkDates, employed, issueDirectly, type IssueAsk } from '../issue.ts'
import type { Parts } from '../parts.ts'
import { planOf } from '../plan.ts'
import { quantityFor } from '../quantity.ts'
import { readTable, type Cells, type RowError } from './rows.ts'

/** What the grants of a file become: drafts, drafts that are submitted, or promised at once where the policy allows it. */
export const BULK_AS = ['draft', 'submitted', 'active'] as const
export type BulkAs = (typeof BULK_AS)[number]

export type BulkAsk = { readonly csv: string; readonly as: BulkAs; readonly by: string | null }

export type BulkGrant = {
  readonly row: number
  readonly id: string
  readonly person: string
  readonly email: string
  readonly template: string
  readonly name: string
  readonly denomination: Denomination
  readonly asset: Asset
  /** Of the whole grant, in the smallest unit. */
  readonly quantity: bigint
  readonly startDate: DateText
  readonly grantDate: DateText
  readonly tranches: number
  readonly firstVest: DateText | null
  readonly lastVest: DateText | null
  readonly approvalsNeeded: 1 | 2
}

export type BulkReport = {
  /** Of the file: committed once. */
  readonly fileHash: string
  /** Below the header, as far as the file could be read. */
  readonly rows: number
  readonly grants: readonly BulkGrant[]
  readonly errors: readonly RowError[]
  readonly totals: readonly { readonly asset: Asset; readonly grants: number; readonly quantity: bigint }[]
  readonly committed: boolean
  /** The same file was committed before; nothing was done. */
  readonly replayed: boolean
}

/** What the file would do, row by row, without doing any of it. */
export async function previewBulk(parts: Parts, sql: Sql, ask: BulkAsk): Promise<BulkReport> {
  return (await look(parts, sql, ask)).report
}

/** All grants of the file or none. The same file again does nothing and says so. */
export async function commitBulk(parts: Parts, sql: Sql, ask: BulkAsk): Promise<BulkReport> {
  const { grants, world } = parts
  const fileHash = sha256Hex(ask.csv)
  const id = uuidOf('bulk', fileHash, ask.as)
  const { report, asks } = await look(parts, sql, ask)
  const row = { id, fileHash, rows: Math.max(1, report.rows), recordedAt: world.now(), recordedBy: ask.by }
  if (!(await grants.bulk(sql, row))) return { ...report, errors: [], committed: true, replayed: true }
  const [first] = report.errors
  if (first) {
    const { errors } = report
    const place = `row ${first.row}${first.column ? `, ${first.column}` : ''}`
    const message = `${errors.length} places of the file cannot be used, and nothing was granted; ${place}: ${first.remedy}`
    throw new Fault('invalid', message, { param: 'file' })
  }
  for (const one of inLockOrder(asks, report)) {
    if (ask.as === 'active') await issueDirectly(parts, sql, one)
    else await draft(parts, sql, one)
    if (ask.as === 'submitted') await submit(parts, sql, { grant: one.id, by: ask.by })
  }
  return { ...report, committed: true }
}

/** Wallets are locked in the order in which everybody locks them: calls that settle meanwhile wait, and never in a circle. */
function inLockOrder(asks: readonly Named[], { grants }: BulkReport): readonly Named[] {
  const wallets = new Map(grants.map(({ id, person, asset }) => [id, walletId(person, asset)]))
  const order = (one: Named): string => wallets.get(one.id)!
  return asks.toSorted((a, b) => (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : 0))
}

/** What is promised keeps its wallets locked until all of it is: nobody's calls should wait longer than seconds. */
const MAX_ACTIVE = 1_000

type Named = IssueAsk & { readonly id: string }
type Looked = { readonly report: BulkReport; readonly asks: readonly Named[] }

async function look(parts: Parts, sql: Sql, ask: BulkAsk): Promise<Looked> {
  const fileHash = sha256Hex(ask.csv)
  const table = readTable(ask.csv)
  const errors = [...table.errors]
  if (ask.as === 'active' && table.rows.length > MAX_ACTIVE) {
    const remedy = `commit it as drafts, or in files of at most ${MAX_ACTIVE} rows`
    errors.push({ row: 1, column: '', value: String(table.rows.length), remedy })
  }
  const templates = new Map((await parts.grants.templates(sql)).map((one) => [one.name.toLowerCase(), one]))
  const { policy } = await parts.grants.policy(sql)
  const known = new Map<string, Person | null>()
  const twins = new Map<string, number>()
  const made: { readonly grant: BulkGrant; readonly ask: Named }[] = []
  for (const cells of table.rows) {
    const id = uuidOf('bulk grant', fileHash, ask.as, String(cells.row))
    const looked = await lookAt(parts, sql, { cells, id, ask, templates, policy, known, twins })
    if ('remedy' in looked) errors.push(looked)
    else made.push(looked)
  }
  const totals = new Map<Asset, { asset: Asset; grants: number; quantity: bigint }>()
  for (const { grant } of made) {
    const { asset, quantity } = grant
    const sum = totals.get(asset) ?? { asset, grants: 0, quantity: 0n }
    totals.set(asset, { asset, grants: sum.grants + 1, quantity: sum.quantity + quantity })
  }
  return {
    report: {
      fileHash,
      rows: table.rows.length + new Set(table.errors.map(({ row }) => row)).size,
      grants: made.map(({ grant }) => grant),
      errors: errors.toSorted((a, b) => a.row - b.row),
      totals: [...totals.values()].toSorted((a, b) => (a.asset < b.asset ? -1 : 1)),
      committed: false,
      replayed: false,
    },
    asks: made.map((one) => one.ask),
  }
}

type Looking = {
  readonly cells: Cells
  readonly id: string
  readonly ask: BulkAsk
  readonly templates: ReadonlyMap<string, Template>
  readonly policy: GrantPolicy
  /** People by email: a file names the same ones again. */
  readonly known: Map<string, Person | null>
  /** Rows by what they grant, to find those that are there twice. */
  readonly twins: Map<string, number>
}

async function lookAt(
  parts: Parts,
  sql: Sql,
  looking: Looking,
): Promise<RowError | { readonly grant: BulkGrant; readonly ask: Named }> {
  const { cells, ask, known, twins } = looking
  const error = (column: string, value: string | null, remedy: string): RowError => ({
    row: cells.row,
    column,
    value: value ?? '',
    remedy,
  })
  const email = cells.email ?? ''
  const template = looking.templates.get((cells.template ?? '').toLowerCase())
  if (!template) return error('template', cells.template, 'give the name of a template that stands')
  const quantity = cells.quantity === null ? null : parseQuantity(template.denomination, cells.quantity)
  if (cells.quantity !== null && (quantity === null || quantity <= 0n)) {
    const remedy = `give ${WORDS[template.denomination]} above 0, exact to one of ${SMALLEST[template.denomination]}`
    return error('quantity', cells.quantity, remedy)
  }
  if (!known.has(email)) known.set(email, await parts.people.findByEmail(email, sql))
  const person = known.get(email)
  if (!person) return error('email', email, 'nobody here has it; hire the person first, or correct it')
  if (ask.as === 'active' && person.id === ask.by)
    return error('email', email, 'nobody grants to themself; let a colleague do it')
  try {
    const found = await planned(parts, sql, { ...looking, template, person, quantity })
    const twin = JSON.stringify([person.id, template.id, cells.start_date, cells.name])
    const before = twins.get(twin)
    if (before !== undefined)
      return error('email', email, `is the same as row ${before}; give it another name`)
    twins.set(twin, cells.row)
    return found
  } catch (refusal) {
    if (!(refusal instanceof Fault)) throw refusal
    const column = COLUMN_OF[refusal.param ?? ''] ?? 'template'
    return error(column, cells[column], refusal.message)
  }
}

async function planned(
  parts: Parts,
  sql: Sql,
  ask: Looking & { readonly template: Template; readonly person: Person; readonly quantity: bigint | null },
): Promise<{ readonly grant: BulkGrant; readonly ask: Named }> {
  const { cells, id, template, policy } = ask
  const today = dayOf(parts.world.now())
  const startDate = cells.start_date ?? ''
  const grantDate = cells.grant_date ?? today
  checkDates(startDate, grantDate)
  const person = await employed(parts, sql, ask.person.id, today)
  const reckoned = await quantityFor(parts, sql, {
    terms: template,
    said: ask.quantity,
    person,
    on: grantDate,
  })
  const { quantity, installments } = planOf(template, { quantity: reckoned.quantity, startDate, grantDate })
  const dates = installments.map(({ date }) => date)
  checkSpendable(template.expiry, dates)
  const name = checkName(cells.name ?? template.name)
  const { denomination } = template
  const needed = approvalsNeeded(policy, { denomination, quantity })
  if (ask.ask.as === 'active' && needed === 2) {
    const message = 'two persons must approve so much: commit the file as drafts'
    throw new Fault('approval_required', message, { param: 'quantity' })
  }
  return {
    grant: {
      row: cells.row,
      id,
      person: person.id,
      email: person.email,
      template: template.name,
      name,
      denomination,
      asset: assetOf(denomination, template.unit),
      quantity,
      startDate,
      grantDate,
      tranches: installments.length,
      firstVest: dates[0] ?? null,
      lastVest: dates.at(-1) ?? null,
      approvalsNeeded: needed,
    },
    ask: {
      id,
      person: person.id,
      template: template.id,
      quantity: ask.quantity ?? undefined,
      startDate,
      grantDate,
      name,
      createdBy: ask.ask.by,
    },
  }
}

const COLUMN_OF: Readonly<Record<string, 'email' | 'quantity' | 'start_date' | 'grant_date' | 'name'>> = {
  person_id: 'email',
  quantity: 'quantity',
  salary: 'quantity',
  start_date: 'start_date',
  grant_date: 'grant_date',
  name: 'name',
}

const WORDS: Readonly<Record<Denomination, string>> = {
  usd: 'dollars',
  seat_month: 'months of a seat',
  gpu_hour: 'GPU-hours',
  node_hour: 'node-hours',
  exaflop_day: 'exaFLOP-days',
  token: 'tokens',
}
