import { Fault } from '#base/fault.ts'
import type { Sql } from '#db/sql.ts'

/** What the database gives out, and what others have of it now. */
export type Allowed = { readonly most: number; readonly used: number }

/** How many connections each process's pool may open. */
export type Budget = { readonly pool: number; readonly primary: number }

/** Beside its pool a process has one connection for notifications. */
const BESIDE = 1
const USUAL_POOL = 12
const LEAST_POOL = 3
/** As many as a command has: it makes the demo, and looks for people. */
const PRIMARY_POOL = 4
/** Of what is free: the rest is for other replicas, commands and whoever looks into the database. */
const SHARE_PERCENT = 80

/** As this role may connect to this database: the least of what the server, the database and the role allow. */
export async function allowed(sql: Sql): Promise<Allowed> {
  const [row] = await sql.query<Allowed>(
    `select least(
         current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
           - coalesce(current_setting('reserved_connections', true)::int, 0),
         (select case when datconnlimit < 0 then 100000 else datconnlimit end
            from pg_database where datname = current_database()),
         (select case when rolconnlimit < 0 then 100000 else rolconnlimit end
            from pg_roles where rolname = current_user)) as most,
       (select count(*)::int from pg_stat_activity
          where backend_type = 'client backend' and pid <> pg_backend_pid()) as used`,
  )
  return row!
}

/**
 * Shares the connections out between the processes of one server; one more process than `workers` runs while they are
 * replaced one by one. `asked` null: as many as are usual, or as the database has to spare. Throws Fault `unavailable`
 * with what is too little and the remedy.
 */
export function shareOut({ most, used }: Allowed, asked: number | null, workers: number): Budget {
  const processes = workers === 1 ? 1 : workers + 1
  const primary = workers === 1 ? 0 : PRIMARY_POOL + BESIDE
  const needs = (pool: number): number => processes * (pool + BESIDE) + primary
  const least = needs(LEAST_POOL)
  const who = workers === 1 ? 'one process' : `${workers} processes, one more while they are replaced,`
  if (asked !== null && asked < least)
    throw tooFew(`PERQ_CONNECTIONS is ${asked}, and ${who} need ${least}: raise it, or lower PERQ_WORKERS`)
  if (asked !== null && asked > most)
    throw tooFew(
      `PERQ_CONNECTIONS is ${asked}, and the database gives out ${most} to this role: raise its max_connections (or the limit of the role or of the database), or lower PERQ_CONNECTIONS`,
    )
  const free = most - used
  if (free < least)
    throw tooFew(
      `the database gives out ${most} connections, ${used} are in use, and ${who} need ${least}: raise its max_connections, lower PERQ_WORKERS, or end what else is connected`,
    )
  const total =
    asked ?? Math.max(least, Math.min(needs(USUAL_POOL), Math.floor((free * SHARE_PERCENT) / 100)))
  return { pool: Math.floor((total - primary) / processes) - BESIDE, primary: PRIMARY_POOL }
}

const tooFew = (message: string): Fault => new Fault('unavailable', message, { param: 'PERQ_CONNECTIONS' })
