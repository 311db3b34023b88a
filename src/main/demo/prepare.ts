import { Fault } from '#base/fault.ts'
import type { World } from '#base/world.ts'
import { migrate } from '#db/migrate.ts'
import type { Db } from '#db/sql.ts'
import { openPeople } from '#people/people.ts'
import { setting, wholeNumber, type Environment } from '../config.ts'
import { demoState, makeDemo } from './make.ts'

/**
 * The demo company, made when there is none. One that was interrupted while it was being made is taken away and made anew:
 * nobody has used it yet. A company that is not the demo's is never touched.
 */
export async function prepareDemo(options: {
  db: Db
  env: Environment
  world: World
  master: Uint8Array
  log: (line: string) => void
}): Promise<void> {
  const { db, env, world, master, log } = options
  const state = await demoState({ people: openPeople({ db, world }) })
  if (state === 'made') return
  if (state === 'other') {
    const message =
      'this database holds a company already; start without --demo, or with another --data folder'
    throw new Fault('conflict', message)
  }
  if (state === 'unfinished') {
    log('the demo company was interrupted while it was being made; it is made anew')
    await clear(db)
  }
  const days = wholeNumber('PERQ_DEMO_DAYS', setting(env, 'PERQ_DEMO_DAYS'), [0, 365])
  log(`making the demo company with ${days} days of history`)
  await makeDemo({ db, world, master, days, log })
}

/** Every room's schema, and then the migrations from the first. */
async function clear(db: Db): Promise<void> {
  await db.tx(async (sql) => {
    await sql.query(
      'drop schema offers, supply, cluster, webhooks, telemetry, api, gateway, grants, spending, people, prices, ledger cascade',
    )
    await sql.query('drop table public.perq_migration')
  })
  await migrate(db)
}
