import { uuidOf } from '#base/id.ts'
import type { Grant } from './grant.ts'
import type { Terms } from './terms.ts'

/** What was promised and not kept: the contract, the month and which breach of it. */
export type RemedyOf = { readonly grant: string; readonly month: string; readonly breach: string }

/** The grant that makes good one breach: asked again, it is the same. */
export const remedyId = ({ grant, month, breach }: RemedyOf): string => uuidOf('remedy', grant, month, breach)

/** A year, whatever the contract's own hours live: nobody may lose a credit by when it was given. */
const KEPT_DAYS = 365

/**
 * Its terms: as the contract counts and where the contract may be spent, all of it at once. It promises nothing itself, so that no
 * hour is promised twice.
 */
export const remedyTerms = (
  contract: Pick<Grant, 'denomination' | 'unit' | 'scope' | 'priority' | 'clauses'>,
): Terms => ({
  denomination: contract.denomination,
  unit: contract.unit,
  statements: [{ order: 1, percentage: '1', schedule: { occurrences: 1, period: 1, period_type: 'DAYS' } }],
  allocation: 'CUMULATIVE_ROUND_DOWN',
  basis: { kind: 'total' },
  formula: { kind: 'given' },
  expiry: { kind: 'days_after_vest', days: KEPT_DAYS },
  scope: contract.scope,
  priority: contract.priority,
  clauses: contract.clauses.exchange ? { exchange: contract.clauses.exchange } : {},
})
