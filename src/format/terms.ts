import { assetOf, parseAsset, type Denomination } from '#base/asset.ts'
import { Fault } from '#base/fault.ts'
import { invariant } from '#base/invariant.ts'
import type { Json } from '#base/json.ts'
import { decimalQuantity, parseQuantity } from '#base/quantity.ts'
import { parseClauses } from '#grants/clause-shape.ts'
import type { Clauses, Formula, Unit } from '#grants/clauses.ts'
import type { ExpiryRule } from '#grants/expiry.ts'
import { checkTerms, type Statements, type Terms } from '#grants/terms.ts'
import type { Scope } from '#ledger/types.ts'
import { parseForm } from '#vesting/form.ts'
import * as documents from './documents.ts'
import type { TermsDocument } from './documents.ts'
import type { Counts } from './pieces.ts'
import { pointerTo } from './problem.ts'

/** Terms as a document says them, in what people count, and as the rooms keep them, in smallest units; both ways exact. */

const PLAIN_ALLOCATION = 'CUMULATIVE_ROUND_DOWN'
const PLAIN_PRIORITY = 50

/** Throws the Faults of the rooms that check terms: `param` is the field as they call it. */
export function termsFrom(document: TermsDocument): Terms {
  const { denomination, unit } = unitFrom(document.counts)
  const smallest: ToSmallest = (text, ...path) => smallestUnits(denomination, text, pointerTo('', path))
  const terms: Terms = {
    denomination,
    unit,
    statements: statementsFrom(document.vesting, smallest),
    allocation: document.allocation ?? PLAIN_ALLOCATION,
    basis: document.basis ?? { kind: 'total' },
    formula: formulaFrom(document.amount ?? { kind: 'given' }, smallest),
    expiry: expiryFrom(document.expiry ?? { kind: 'never' }, smallest),
    scope: scopeFrom(document.scope ?? {}),
    priority: document.priority ?? PLAIN_PRIORITY,
    clauses: clausesFrom(document.clauses, smallest),
  }
  parseForm(terms.statements)
  checkTerms(terms)
  return terms
}

/** What holds where nothing is said is left out, so that equal terms have equal text. */
export function termsTo(terms: Terms): TermsDocument {
  const { denomination } = terms
  const people = (text: string): string => decimalQuantity(denomination, BigInt(text))
  const amount = formulaTo(terms.formula, people)
  const clauses = clausesTo(terms.clauses, people)
  return documents.terms.parse({
    counts: countsOf(denomination, terms.unit),
    ...(terms.formula.kind === 'given' ? {} : { amount }),
    ...(terms.basis.kind === 'total' ? {} : { basis: terms.basis }),
    vesting: vestingTo(terms.statements, people),
    ...(terms.allocation === PLAIN_ALLOCATION ? {} : { allocation: terms.allocation }),
    ...(terms.expiry.kind === 'never' ? {} : { expiry: expiryTo(terms.expiry, people) }),
    ...(Object.keys(terms.scope).length === 0 ? {} : { scope: terms.scope }),
    ...(terms.priority === PLAIN_PRIORITY ? {} : { priority: terms.priority }),
    ...(Object.keys(clauses).length === 0 ? {} : { clauses }),
  })
}

type Convert = (text: string) => string
/** A quantity, and the way to it from the terms. */
type ToSmallest = (text: string, ...path: readonly (string | number)[]) => string

/** Exact or refused: a part of a cent is fine, a part of the smallest unit is not. */
export function smallestUnits(denomination: Denomination, text: string, param: string): string {
  const exact = parseQuantity(denomination, text)
  if (exact !== null) return String(exact)
  const clock = text.includes(':') ? 'hours, minutes and seconds count only hours; ' : ''
  const message = `${param} is "${text}"; ${clock}give a decimal that is whole in ${FINEST[denomination]}`
  throw new Fault('invalid', message, { param })
}

const FINEST: Readonly<Record<Denomination, string>> = {
  usd: 'billionths of a dollar',
  seat_month: 'months',
  gpu_hour: 'seconds, or "hours:minutes:seconds"',
  node_hour: 'seconds, or "hours:minutes:seconds"',
  exaflop_day: 'billionths of an exaFLOP-day',
  token: 'tokens',
}

export function unitFrom(counts: Counts): { readonly denomination: Denomination; readonly unit: Unit } {
  const { denomination } = counts
  switch (denomination) {
    case 'gpu_hour':
      return { denomination, unit: { accelerator: counts.accelerator, tier: counts.tier } }
    case 'node_hour':
      return {
        denomination,
        unit: { accelerator: counts.accelerator, tier: counts.tier, gpusPerNode: counts.gpus_per_node },
      }
    case 'token':
      return { denomination, unit: { modelClass: counts.model_class } }
    case 'usd':
    case 'exaflop_day':
    case 'seat_month':
      return { denomination, unit: {} }
  }
}

export const assetFrom = (counts: Counts): string => {
  const { denomination, unit } = unitFrom(counts)
  return assetOf(denomination, unit)
}

export const countsOf = (denomination: Denomination, unit: Unit): object => ({
  denomination,
  ...snake({ ...unit }),
})

export function countsOfAsset(asset: string): object {
  const parsed = parseAsset(asset)
  invariant(parsed, `${asset} is an asset`)
  return countsOf(parsed.denomination, parsed.unit)
}

function statementsFrom(vesting: TermsDocument['vesting'], smallest: ToSmallest): Statements {
  if ('statements' in vesting) return plain(vesting.statements)
  if ('parts' in vesting) return { parts: plain(vesting.parts) }
  return {
    graph: plain(
      vesting.graph.map((one, index) =>
        one.quantity === undefined
          ? one
          : { ...one, quantity: smallest(one.quantity, 'vesting', 'graph', index, 'quantity') },
      ),
    ),
  }
}

/** Lists that came through a schema are JSON; a copy proves it, and leaves out what is not said. */
const plain = (list: readonly object[]): Json[] => JSON.parse(JSON.stringify(list)) as Json[]

function vestingTo(statements: Statements, people: Convert): object {
  if (!('graph' in statements)) return 'parts' in statements ? { parts: statements.parts } : { statements }
  const graph = statements.graph.map((one) => {
    const isObject = typeof one === 'object' && one !== null
    if (!isObject || !('quantity' in one) || typeof one.quantity !== 'string') return one
    return { ...one, quantity: people(one.quantity) }
  })
  return { graph }
}

const scopeFrom = ({ classes, providers, purposes }: NonNullable<TermsDocument['scope']>): Scope => ({
  ...(classes && { classes }),
  ...(providers && { providers }),
  ...(purposes && { purposes }),
})

type AmountDocument = NonNullable<TermsDocument['amount']>

function formulaFrom(amount: AmountDocument, smallest: ToSmallest): Formula {
  switch (amount.kind) {
    case 'fixed':
      return { kind: 'fixed', quantity: smallest(amount.quantity, 'amount', 'quantity') }
    case 'by_level':
      return {
        kind: 'by_level',
        levels: mapped(amount.levels, (text, level) => smallest(text, 'amount', 'levels', level)),
        otherwise: amount.otherwise === null ? null : smallest(amount.otherwise, 'amount', 'otherwise'),
      }
    case 'given':
    case 'salary_share':
      return amount
  }
}

function formulaTo(formula: Formula, people: Convert): object {
  switch (formula.kind) {
    case 'fixed':
      return { kind: 'fixed', quantity: people(formula.quantity) }
    case 'by_level':
      return {
        kind: 'by_level',
        levels: mapped(formula.levels, people),
        otherwise: formula.otherwise === null ? null : people(formula.otherwise),
      }
    case 'given':
    case 'salary_share':
      return formula
  }
}

const mapped = (
  record: Readonly<Record<string, string>>,
  convert: (text: string, key: string) => string,
): Record<string, string> =>
  Object.fromEntries(Object.entries(record).map(([key, text]) => [key, convert(text, key)]))

type ExpiryDocument = NonNullable<TermsDocument['expiry']>

function expiryFrom(expiry: ExpiryDocument, smallest: ToSmallest): ExpiryRule {
  if (expiry.kind === 'never' || expiry.kind === 'on') return expiry
  const { rollover, ...rule } = expiry
  if (rollover === undefined) return rule
  return {
    ...rule,
    rollover: {
      ...rollover,
      cap: rollover.cap === null ? null : smallest(rollover.cap, 'expiry', 'rollover', 'cap'),
    },
  }
}

function expiryTo(expiry: ExpiryRule, people: Convert): object {
  if (expiry.kind === 'never' || expiry.kind === 'on' || expiry.rollover === undefined) return expiry
  const { cap } = expiry.rollover
  return { ...expiry, rollover: { ...expiry.rollover, cap: cap === null ? null : people(cap) } }
}

const AT_REMEDY = ['clauses', 'guarantees', 'remedy'] as const

function clausesFrom(clauses: TermsDocument['clauses'], smallest: ToSmallest): Clauses {
  if (clauses === undefined) return {}
  const { repricing, exchange, guarantees } = clauses
  const remedy = guarantees?.remedy
  return parseClauses(
    camel({
      ...clauses,
      ...(repricing && { repricing: { ...repricing, index: assetFrom(repricing.index) } }),
      ...(exchange && { exchange: exchange.map(assetFrom) }),
      ...(guarantees && {
        guarantees: {
          ...guarantees,
          ...(remedy && {
            remedy: {
              credit: smallest(remedy.credit, ...AT_REMEDY, 'credit'),
              at_most_per_month: smallest(remedy.at_most_per_month, ...AT_REMEDY, 'at_most_per_month'),
            },
          }),
        },
      }),
    }),
  )
}

function clausesTo(clauses: Clauses, people: Convert): object {
  const { repricing, exchange, guarantees } = clauses
  const remedy = guarantees?.remedy
  return snake({
    ...clauses,
    ...(repricing && { repricing: { ...repricing, index: countsOfAsset(repricing.index) } }),
    ...(exchange && { exchange: exchange.map(countsOfAsset) }),
    ...(guarantees && {
      guarantees: {
        ...guarantees,
        ...(remedy && {
          remedy: { credit: people(remedy.credit), atMostPerMonth: people(remedy.atMostPerMonth) },
        }),
      },
    }),
  })
}

/** The rooms write names as code does, documents as the rest of the format does. Reasons in capitals stay as they are. */
const camel = (value: object): object =>
  renamed(value, (key) => key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()))
const snake = (value: object): object =>
  renamed(value, (key) => key.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))

function renamed(value: object, rename: (key: string) => string): object {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [rename(key), inner(item, rename)]))
}

function inner(value: unknown, rename: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => inner(item, rename))
  return typeof value === 'object' && value !== null ? renamed(value, rename) : value
}
