import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from '#db/connect.ts'
import { startEmbedded, type Embedded } from '#db/embedded.ts'
import { migrate } from '#db/migrate.ts'
import { isConnectionLost } from '#db/sql.ts'
import { readPostmaster, workersIn } from '#db/postmaster.ts'
import type { TestDb } from './database.ts'
import { tempFolder } from './perq.ts'

export type OwnPostgres = {
  /** A migrated database; the server ends with its `drop`. */
  readonly db: TestDb
  /** The superuser, by one connection of its own that comes again by itself. */
  admin(text: string): Promise<readonly Record<string, unknown>[]>
  /** As an operator stops it: `SIGINT` fast, `SIGQUIT` at once. It comes back by itself. */
  signal(name: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): void
  /** kill -9 of every process of it. */
  killAll(): void
  /** Which process answers for it now. */
  pid(): number
}

/** A PostgreSQL of its own, durable as in production, for what cannot be done to one that others use. */
export async function ownPostgres({
  dir,
  settings = {},
}: { dir?: string; settings?: Readonly<Record<string, string>> } = {}): Promise<OwnPostgres> {
  const folder = dir === undefined ? tempFolder() : { path: dir, remove: () => {} }
  const server: Embedded = await startEmbedded({
    dir: join(folder.path, 'postgres'),
    role: 'server',
    log: () => {},
    more: { settings, reach: [] },
  })
  const at = realpathSync(join(folder.path, 'postgres'))
  const db = await connect(server.url, { max: 10, mayExit: true })
  await migrate(db)
  return {
    db: {
      ...db,
      url: server.url,
      adminUrl: server.adminUrl,
      drop: async () => {
        await db.close()
        await server.stop()
        folder.remove()
      },
    },
    async admin(text) {
      for (let left = 600; ; left -= 1) {
        try {
          const one = await connect(server.adminUrl, { max: 1, mayExit: true })
          try {
            return await one.query(text)
          } finally {
            await one.close()
          }
        } catch (error) {
          if (!isConnectionLost(error) || left === 0) throw error
          await new Promise((resolve) => setTimeout(resolve, 100))
        }
      }
    },
    signal: (name) => void process.kill(readPostmaster(at)!.pid, name),
    killAll: () => {
      for (const pid of workersIn(at)) {
        try {
          process.kill(pid, 'SIGKILL')
        } catch (error) {
          // It was on its way out already.
          if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
        }
      }
    },
    pid: () => readPostmaster(at)?.pid ?? 0,
  }
}
