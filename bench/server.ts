import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { connect } from '#db/connect.ts'
import { startEmbedded } from '#db/embedded.ts'
import { migrate } from '#db/migrate.ts'
import { readPostmaster } from '#db/postmaster.ts'
import type { Db } from '#db/sql.ts'

export type BenchServer = {
  /** Migrated, as the application has it. */
  readonly db: Db
  readonly version: string
  /** As the application connects. */
  readonly url: string
  /** The process that all its others come from. */
  readonly postmaster: number
  /** As superuser, to a database of that name on the same server. */
  adminUrl(database: string): string
  stop(): Promise<void>
}

/**
 * An embedded PostgreSQL of its own in a temporary folder, with the settings of production (fsync on). More
 * connections than usual are allowed, because the reference needs one for each of its clients.
 */
export async function openServer(log: (line: string) => void): Promise<BenchServer> {
  const folder = mkdtempSync(`${tmpdir()}/perq-bench-`)
  const start = () => startEmbedded({ dir: `${folder}/postgres`, role: 'server', log })
  const remove = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)
  const first = await start()
  const setUp = await connect(first.adminUrl, { max: 1 })
  await setUp.query('alter system set max_connections = 300')
  await setUp.close()
  await first.stop()

  const server = await start()
  const db = await connect(server.url)
  await migrate(db)
  const [row] = await db.query<{ server_version: string }>('show server_version')
  return {
    db,
    version: row!.server_version,
    url: server.url,
    postmaster: readPostmaster(`${folder}/postgres`)?.pid ?? 0,
    adminUrl: (database) => server.adminUrl.replace('/perq?', `/${database}?`),
    stop: async () => {
      await db.close()
      await server.stop()
      remove()
    },
  }
}
