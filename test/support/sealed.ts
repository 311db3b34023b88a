import assert from 'node:assert/strict'
import type { Db } from '#db/sql.ts'
import type { Ledger } from '#ledger/ledger.ts'
import { verify } from '#ledger/verify.ts'
import { eventually } from './eventually.ts'

/**
 * Seals until nothing is left. One turn may leave some: nothing is sealed past the oldest transaction that runs on the
 * server, and other tests run theirs on the same one.
 */
export const sealAll = (ledger: Pick<Ledger, 'seal'>, db: Db): Promise<void> =>
  eventually(async () => {
    await ledger.seal()
    const { entries, sealed } = await verify(db)
    assert.equal(sealed, entries)
  }, 30_000)
