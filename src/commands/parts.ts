import type { Exchangeable } from '#base/asset.ts'
import type { Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db } from '#db/sql.ts'
import type { RateFact } from '#grants/formula.ts'
import type { Grants } from '#grants/grants.ts'
import type { Ledger } from '#ledger/ledger.ts'
import type { People } from '#people/people.ts'

/** The rooms that commands join. Only the ledger's cold templates are used: they run in the command's transaction. */
export type Parts = {
  readonly db: Db
  readonly world: World
  readonly ledger: Pick<Ledger, 'openWallet' | 'granted' | 'vested' | 'unvestedLost'>
  readonly people: Pick<People, 'create' | 'find' | 'kept' | 'findByEmail' | 'salaryOn'>
  readonly grants: Grants
  /** Absent: no rate is known, and only salaries in dollars are granted from. */
  readonly rates?: {
    rate(from: Exchangeable, to: Exchangeable, at: Millis): RateFact | null
    /** The reference table, by the names that grants give; absent: names are taken as they come. */
    readonly accelerators?: ReadonlyMap<string, unknown>
  }
}
