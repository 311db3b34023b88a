import type { Denomination } from '#base/asset.ts'
import { Fault } from '#base/fault.ts'
import { uuidOf } from '#base/id.ts'
import { canonicalJson } from '#base/json.ts'
import { parseQuantity } from '#base/quantity.ts'
import type { DateText } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { LeaverReason } from '#grants/clauses.ts'
import type { Template } from '#grants/grant.ts'
import { termsOf, type Terms } from '#grants/terms.ts'
import { assetOf } from '#ledger/assets.ts'
import type { ExchangeAsk } from '#prices/exchange-ask.ts'
import type { Exchange } from '#prices/exchanges.ts'
import { submit } from './approve.ts'
import { draft } from './draft.ts'
import { walletOf } from './hire.ts'
import { issue, issueDirectly, type Issued } from './issue.ts'
import { recordAbsence } from './life/absence.ts'
import { amend } from './life/amend.ts'
import { fire } from './life/fire.ts'
import { confirmLeave } from './life/leave.ts'
import type { LifeParts } from './life/parts.ts'
import { checkAccelerator } from './accelerator.ts'
import { checkPlannable } from './plan.ts'

/** What grants of a file become. `signed`: agreed to elsewhere, so that nobody is asked again. */
export const IMPORT_AS = ['active', 'draft', 'submitted', 'signed'] as const
export type ImportAs = (typeof IMPORT_AS)[number]

/** `at` says where it stands in the file; quantities are in what people count. */
type Placed = { readonly at: string; readonly id: string }
export type ImportAsk = {
  readonly templates: readonly (Placed & { readonly name: string; readonly terms: Terms })[]
  readonly rates: readonly (Placed & ExchangeAsk)[]
  readonly grants: readonly (Placed & {
    readonly email: string
    readonly name: string | null
    readonly template: string
    readonly templateId: string | null
    readonly quantity: string | null
    readonly startDate: DateText
    readonly grantDate: DateText | null
  })[]
  readonly events: readonly EventAsk[]
}

type EventAsk = Placed &
  (
    | { readonly kind: 'fired'; readonly grant: string; readonly event: string; readonly on: DateText }
    | {
        readonly kind: 'leave'
        readonly email: string
        readonly leave: string
        readonly from: DateText
        readonly to: DateText | null
      }
    | {
        readonly kind: 'amended'
        readonly grant: string
        readonly on: DateText
        readonly quantity: string | null
        readonly template: string | null
        readonly reason: string
      }
    | { readonly kind: 'left'; readonly email: string; readonly on: DateText; readonly reason: LeaverReason }
  )

export type Imported = {
  readonly at: string
  readonly kind: (typeof KINDS)[number]
  readonly id: string
  /** What it is, for people. */
  readonly what: string
  /** It stood already. */
  readonly replayed: boolean
}

export type ImportReport = {
  readonly done: readonly Imported[]
  readonly problems: readonly { readonly at: string; readonly fault: Fault }[]
  readonly committed: boolean
}

export type ImportParts = LifeParts & { readonly exchange: Pick<Exchange, 'recordIn' | 'ratesIn'> }

/**
 * Everything that a file asks for in one transaction, or nothing: templates, rates, grants, then events by their days.
 * Each is tried, so that all that is wrong is told at once. With `dryRun` nothing stays.
 */
export async function importAll(
  parts: ImportParts,
  ask: ImportAsk,
  how: { readonly as: ImportAs; readonly dryRun: boolean; readonly by: string | null },
): Promise<ImportReport> {
  const done: Imported[] = []
  const problems: { at: string; fault: Fault }[] = []
  try {
    await parts.db.tx(async (sql) => {
      const run = runIn(sql, { parts, as: how.as, by: how.by, done, problems, templates: new Map() })
      await run(ask)
      if (problems.length > 0 || how.dryRun) throw UNDO
    })
  } catch (error) {
    if (error !== UNDO) throw error
  }
  return {
    done: done.toSorted((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || placeOf(a) - placeOf(b)),
    problems: problems.toSorted((a, b) => placeOf(a) - placeOf(b)),
    committed: problems.length === 0 && !how.dryRun,
  }
}

const KINDS = ['template', 'rate', 'grant', 'event'] as const
const placeOf = ({ at }: { readonly at: string }): number => Number(/\d+/.exec(at)?.[0] ?? 0)

/** Takes a transaction back without being an error. */
const UNDO = Symbol('undo')

type Running = {
  readonly parts: ImportParts
  readonly as: ImportAs
  readonly by: string | null
  readonly done: Imported[]
  readonly problems: { at: string; fault: Fault }[]
  /** Of this file, by the id that it has there. */
  readonly templates: Map<string, Template>
}

function runIn(sql: Sql, running: Running): (ask: ImportAsk) => Promise<void> {
  const { parts, done, problems, templates } = running
  const attempt = async ({ at }: Placed, work: () => Promise<Omit<Imported, 'at'> | void>): Promise<void> => {
    await sql.query('savepoint item')
    try {
      const imported = await work()
      if (imported) done.push({ at, ...imported })
      await sql.query('release savepoint item')
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      await sql.query('rollback to savepoint item')
      problems.push({ at, fault: error })
    }
  }
  return async (ask) => {
    for (const one of ask.templates) {
      const at = one.at.endsWith('/terms') ? one.at : `${one.at}/terms`
      await attempt({ ...one, at }, () => saveTemplate(running, sql, one))
    }
    for (const one of ask.rates) await attempt(one, () => saveRate(running, sql, one))
    // Those of this file are known to its grants.
    const rates = await parts.exchange.ratesIn(sql)
    const within: Running = { ...running, parts: { ...parts, rates } }
    const found: Found[] = []
    for (const one of ask.grants) {
      // Its template's problem is told already.
      if (one.templateId !== null && !templates.has(one.templateId)) continue
      await attempt(one, async () => void found.push(await findGrant(within, sql, one)))
    }
    // Wallets are locked in the order in which everybody locks them.
    for (const one of found.toSorted((x, y) => (x.wallet < y.wallet ? -1 : 1))) {
      await attempt(one.ask, () => saveGrant(within, sql, one))
    }
    for (const one of ask.events.toSorted(byDay)) await attempt(one, () => saveEvent(within, sql, one))
  }
}

const dayOf = (one: EventAsk): DateText => (one.kind === 'leave' ? one.from : one.on)
const byDay = (a: EventAsk, b: EventAsk): number => (dayOf(a) < dayOf(b) ? -1 : dayOf(a) > dayOf(b) ? 1 : 0)

async function saveTemplate(
  { parts, by, templates }: Running,
  sql: Sql,
  { id, name, terms }: ImportAsk['templates'][number],
): Promise<Omit<Imported, 'at'>> {
  checkPlannable(terms)
  checkAccelerator(parts.rates, terms, parts.world.now())
  const newest = (await parts.grants.templates(sql)).find((one) => one.name === name)
  const stands = newest !== undefined && canonicalJson(termsOf(newest)) === canonicalJson(termsOf(terms))
  const now = parts.world.now()
  const template = stands
    ? newest
    : await parts.grants.createTemplate(sql, { ...terms, id, name, createdBy: by }, now)
  templates.set(id, template)
  const what = `${name}, version ${template.version}`
  return { kind: 'template', id: template.id, what, replayed: stands || template.createdAt < now }
}

async function saveRate(
  { parts, by }: Running,
  sql: Sql,
  { at: _at, ...ask }: ImportAsk['rates'][number],
): Promise<Omit<Imported, 'at'>> {
  const before = parts.world.now()
  const row = await parts.exchange.recordIn(sql, ask, by ?? 'import')
  const what = ask.kind === 'rate' ? `${ask.from} in ${ask.to}` : `MFU of ${ask.accelerator ?? 'all others'}`
  return { kind: 'rate', id: row.id, what, replayed: row.recordedAt < before }
}

/** A grant of the file with what it names. */
type Found = {
  readonly ask: ImportAsk['grants'][number]
  readonly person: string
  readonly template: Template
  readonly wallet: string
}

async function findGrant({ parts, templates }: Running, sql: Sql, ask: Found['ask']): Promise<Found> {
  const template =
    ask.templateId === null ? await templateNamed(parts, sql, ask.template) : templates.get(ask.templateId)!
  const { id: person } = await personOf(parts, sql, ask.email)
  const wallet = await walletOf(parts, sql, person, assetOf(template.denomination, template.unit))
  return { ask, person, template, wallet }
}

async function saveGrant(
  { parts, as, by }: Running,
  sql: Sql,
  { ask: one, person, template }: Found,
): Promise<Omit<Imported, 'at'>> {
  const standing = await parts.grants.find(sql, one.id)
  // It came with an earlier import and has been changed since: what it says now is not this file's to undo.
  if (standing && standing.person === person && standing.version > 1) {
    return { kind: 'grant', id: one.id, what: `${standing.name} for ${one.email}`, replayed: true }
  }
  const ask = {
    id: one.id,
    person,
    template: template.id,
    quantity: one.quantity === null ? undefined : smallest(template.denomination, one.quantity),
    startDate: one.startDate,
    grantDate: one.grantDate ?? undefined,
    name: one.name ?? undefined,
    createdBy: by,
  }
  const { grant, tranches, replayed } = await written(parts, sql, { ask, as, by })
  return {
    kind: 'grant',
    id: grant.id,
    what: `${grant.name} for ${one.email}, ${tranches.length} tranches`,
    replayed,
  }
}

async function written(
  parts: ImportParts,
  sql: Sql,
  {
    ask,
    as,
    by,
  }: { readonly ask: Parameters<typeof issue>[2]; readonly as: ImportAs; readonly by: string | null },
): Promise<Issued> {
  switch (as) {
    case 'active':
      return issueDirectly(parts, sql, ask)
    case 'signed':
      return issue(parts, sql, ask)
    case 'draft':
      return draft(parts, sql, ask)
    case 'submitted': {
      const drafted = await draft(parts, sql, ask)
      if (!drafted.replayed) await submit(parts, sql, { grant: ask.id, by })
      return drafted
    }
  }
}

async function saveEvent({ parts, by }: Running, sql: Sql, one: EventAsk): Promise<Omit<Imported, 'at'>> {
  const { id, kind } = one
  if (await isTold(parts, sql, one))
    return { kind: 'event', id, what: `${kind}, told already`, replayed: true }
  switch (kind) {
    case 'fired': {
      const { replayed } = await fire(parts, sql, { id, grant: one.grant, event: one.event, on: one.on, by })
      return { kind: 'event', id, what: `"${one.event}" fired on ${one.on}`, replayed }
    }
    case 'leave': {
      const person = await personOf(parts, sql, one.email)
      const { leave, from, to } = one
      const { replayed } = await recordAbsence(parts, sql, {
        id,
        person: person.id,
        kind: leave,
        from,
        to,
        by,
      })
      return { kind: 'event', id, what: `${leave} leave of ${one.email} from ${from}`, replayed }
    }
    case 'amended': {
      const grant = await parts.grants.find(sql, one.grant)
      if (!grant)
        throw new Fault('not_found', `grant is ${one.grant}; there is no such grant`, { param: 'grant' })
      const quantity = one.quantity === null ? undefined : smallest(grant.denomination, one.quantity)
      const template = one.template === null ? undefined : (await templateNamed(parts, sql, one.template)).id
      const amendment = { id, grant: grant.id, from: one.on, quantity, template, reason: one.reason, by }
      const { replayed } = await amend(parts, sql, amendment)
      return { kind: 'event', id, what: `${grant.name} amended from ${one.on}`, replayed }
    }
    case 'left': {
      const person = await personOf(parts, sql, one.email)
      const order = { id, person: person.id, on: one.on, reason: one.reason, by }
      const { replayed } = await confirmLeave(parts, sql, order)
      return { kind: 'event', id, what: `${one.email} leaves on ${one.on}`, replayed }
    }
  }
}

/** An event that stands is not asked for again: later ones may have made it impossible by now. */
async function isTold({ grants, people }: ImportParts, sql: Sql, one: EventAsk): Promise<boolean> {
  switch (one.kind) {
    case 'fired':
    case 'amended': {
      const id = uuidOf(one.kind, one.id, one.grant)
      return (await grants.events(sql, one.grant)).some((event) => event.id === id)
    }
    case 'leave': {
      const person = await people.findByEmail(one.email, sql)
      return person !== null && (await people.lives.leaves(sql, person.id)).some(({ id }) => id === one.id)
    }
    case 'left':
      return (await people.lives.leaving(sql, one.id)) !== null
  }
}

async function templateNamed({ grants }: ImportParts, sql: Sql, name: string): Promise<Template> {
  const found = (await grants.templates(sql)).find((one) => one.name === name)
  if (found) return found
  throw new Fault('not_found', `template is "${name}"; no template has that name: add it to the bundle`, {
    param: 'template',
  })
}

async function personOf({ people }: ImportParts, sql: Sql, email: string): Promise<{ readonly id: string }> {
  const person = await people.findByEmail(email, sql)
  if (person) return person
  throw new Fault('not_found', `person is "${email}"; nobody here has it: hire them first`, {
    param: 'person',
  })
}

function smallest(denomination: Denomination, text: string): bigint {
  const quantity = parseQuantity(denomination, text)
  if (quantity !== null) return quantity
  throw new Fault(
    'invalid',
    `quantity is "${text}"; it is finer than what a grant of ${denomination} counts`,
    {
      param: 'quantity',
    },
  )
}
