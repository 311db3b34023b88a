import assert from 'node:assert/strict'
import type { Db } from '#db/sql.ts'
import type { Ledger } from '#ledger/ledger.ts'
import { verify } from '#ledger/verify.ts'
import { eventually } from './eventually.ts'
import { sealAll } from './sealed.ts'

/** No hold is left, every entry is sealed, and all that the ledger can prove of itself holds. */
export async function proveAll(ledger: Pick<Ledger, 'seal'>, db: Db): Promise<void> {
  await eventually(async () => assert.deepEqual(await db.query('select id from ledger.hold'), []), 30_000)
  await sealAll(ledger, db)
  const { ok, findings } = await verify(db)
  assert.ok(ok, JSON.stringify(findings))
}
