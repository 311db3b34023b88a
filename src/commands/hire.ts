import { Fault } from '#base/fault.ts'
import { uuidOf } from '#base/id.ts'
import type { Sql } from '#db/sql.ts'
import type { Asset } from '#ledger/types.ts'
import type { Person, PersonAsk } from '#people/person.ts'
import type { Parts } from './parts.ts'

export type Hired = { readonly person: Person; readonly wallet: string; readonly replayed: boolean }

/** A person and their wallet, both or neither. A replay needs the caller's own id for the person. */
export async function hire(parts: Parts, sql: Sql, ask: PersonAsk): Promise<Hired> {
  const standing = ask.id === undefined ? null : await parts.people.find(ask.id, sql)
  if (standing && standing.email.toLowerCase() !== ask.email.trim().toLowerCase()) {
    throw new Fault('conflict', `person ${standing.id} already stands with another email`, { param: 'id' })
  }
  const person = standing ?? (await parts.people.create(ask, sql))
  return { person, wallet: await walletOf(parts, sql, person.id), replayed: standing !== null }
}

/** Opening a wallet that stands changes nothing, so every command may ask for it. */
export const walletOf = (
  { ledger }: Parts,
  sql: Sql,
  person: string,
  asset: Asset = 'USD',
): Promise<string> => ledger.openWallet(sql, { id: walletId(person, asset), person, asset })

/** Known before it is opened: whoever locks several wallets takes them in the order of their ids. */
export const walletId = (person: string, asset: Asset): string => uuidOf('wallet', person, asset)
