import { assetOf } from '#base/asset.ts'
import { Fault } from '#base/fault.ts'
import { formatQuantity } from '#base/quantity.ts'
import { iso, type DateText } from '#base/time.ts'
import { planOf } from '#commands/plan.ts'
import { checkSpendable, expiresAt } from '#grants/expiry.ts'
import type { Reckoning } from '#grants/grant.ts'
import { MAX_TRANCHES, type Statements, type Terms } from '#grants/terms.ts'
import { contractWords } from '#reports/words/contract.ts'
import { reckoningWords } from '#reports/words/reckoning.ts'
import { timelineFromJson } from '#vesting/life.ts'
import { wire } from './wire.ts'

export type PreviewFacts = {
  readonly name: string
  /** As the terms' basis counts it. */
  readonly counted: bigint
  readonly reckoning: Reckoning | null
  readonly startDate: DateText
  readonly grantDate: DateText
  readonly today: DateText
}

/** What terms make of a quantity and two dates: the plan that a grant of them gets, told as its contract tells it. */
export function previewOf(terms: Terms, facts: PreviewFacts) {
  const { counted, startDate, grantDate, today } = facts
  const asset = assetOf(terms.denomination, terms.unit)
  checkSize(terms.statements)
  const { quantity, installments } = planOf(terms, { quantity: counted, startDate, grantDate })
  checkSpendable(
    terms.expiry,
    installments.map(({ date }) => date),
  )
  const { fold, acceleration } = terms.clauses
  const timeline = timelineFromJson(
    {
      template: terms.statements,
      quantity,
      runtime: { startDate, grantDate },
      allocation: terms.allocation,
      clauses: { fold, acceleration },
    },
    today,
  )
  const amount = (text: string): string =>
    /^\d{1,30}$/.test(text) ? formatQuantity(asset, BigInt(text)) : text
  const expiry = (date: DateText | null): string | null => {
    const at = date === null ? null : expiresAt(terms.expiry, date)
    return at === null ? null : iso(at)
  }
  return wire({
    asset,
    denomination: terms.denomination,
    quantity,
    counted,
    as_of: today,
    start_date: startDate,
    grant_date: grantDate,
    reckoning: facts.reckoning,
    tranches: timeline.tranches.map(({ date, quantity: part, state, cause }, index) => ({
      n: index + 1,
      date,
      quantity: part,
      state,
      cause,
      expires_at: expiry(date),
    })),
    storable: { total: timeline.storable.total, tranches: timeline.storable.installments.length },
    resolves_to: { total: timeline.resolvesTo.total, tranches: timeline.resolvesTo.installments.length },
    unresolved: timeline.unresolved,
    impossible: timeline.impossible,
    blockers: timeline.blockers,
    words: contractWords({
      name: facts.name,
      quantity: formatQuantity(asset, quantity),
      reckoning: reckoningWords(facts.reckoning),
      startDate,
      grantDate,
      // Checked above by the kernel that reads them.
      statements: terms.statements,
      expiry: terms.expiry,
      scope: terms.scope,
      clauses: terms.clauses,
      amount,
    }),
    warnings: warningsOf(terms),
  })
}

export type Warning = { readonly param: string; readonly message: string }

/** What can be granted, but is seldom meant. */
export function warningsOf({ scope, clauses }: Pick<Terms, 'scope' | 'clauses'>): readonly Warning[] {
  const { portability, guarantees, leaving } = clauses
  const barred =
    portability?.purposes.filter((one) => scope.purposes?.some((other) => other === one) === false) ?? []
  const promised = Object.keys(guarantees ?? {}).filter((key) => key !== 'remedy')
  return [
    ...(barred.length === 0
      ? []
      : [
          {
            param: 'clauses.portability.purposes',
            message: `The grant cannot be spent for ${barred.map((one) => one.replaceAll('_', ' ')).join(', ')} while its person works here either: see its scope.`,
          },
        ]),
    ...(promised.length === 0 || guarantees?.remedy
      ? []
      : [
          {
            param: 'clauses.guarantees.remedy',
            message: 'Something is guaranteed, but nothing says what a breach is worth.',
          },
        ]),
    ...(leaving && Object.keys(leaving).length > 0 && !leaving.VOLUNTARY_RETIREMENT
      ? [
          {
            param: 'clauses.leaving.VOLUNTARY_RETIREMENT',
            message: 'Retirement is not spoken of and counts as resigning: plans differ here, so say it.',
          },
        ]
      : []),
  ]
}

/** Counted before it is computed: whoever types a schedule must not be able to keep the server busy with it. */
function checkSize(statements: Statements): void {
  const count = occurrencesIn(statements)
  if (count <= MAX_TRANCHES) return
  throw new Fault(
    'invalid',
    `statements make ${count} installments; vest it in at most ${MAX_TRANCHES} in all`,
    { param: 'statements' },
  )
}

function occurrencesIn(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + occurrencesIn(one), 0)
  if (typeof value !== 'object' || value === null) return 0
  return Object.entries(value).reduce(
    (sum, [key, inner]) =>
      key === 'occurrences' && typeof inner === 'number' ? sum + inner : sum + occurrencesIn(inner),
    0,
  )
}

/** The kernel speaks of a template; whoever writes one speaks of its statements. */
export function atStatements(error: unknown): unknown {
  if (!(error instanceof Fault) || error.param === null || !/^template\b/.test(error.param)) return error
  const moved = (text: string): string => text.replaceAll(/\btemplate(?=[[.]|$| )/g, 'statements')
  return new Fault(error.code, moved(error.message), { param: moved(error.param) })
}
