import type { People } from '#people/people.ts'
import type { Ledger } from '#ledger/ledger.ts'
import type { Spending } from '#spending/types.ts'
import type { Parts } from '../parts.ts'

/** The rooms that the commands of a life join; beside those of all commands, whoever knows keys and running calls. */
export type LifeParts = Omit<Parts, 'ledger' | 'people'> & {
  readonly ledger: Pick<
    Ledger,
    | 'openWallet'
    | 'granted'
    | 'vested'
    | 'unvestedLost'
    | 'raised'
    | 'reduced'
    | 'carried'
    | 'revoked'
    | 'endedEarly'
    | 'expire'
  >
  readonly people: People
  readonly spending: Pick<Spending, 'keys' | 'revokeKeys' | 'endCalls'>
}
