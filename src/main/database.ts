import { join } from 'node:path'
import { connect } from '#db/connect.ts'
import { startEmbedded } from '#db/embedded.ts'
import { migrate } from '#db/migrate.ts'
import type { Db } from '#db/sql.ts'
import { dataFolder, setting, type Environment } from './config.ts'

export type Opened = {
  readonly db: Db
  /** A URL by which an operator reaches the same database. */
  readonly url: string
  close(): Promise<void>
}

export type OpenOptions = {
  readonly env: Environment
  /** `--data`; then the environment's, then the checkout's. */
  readonly data?: string
  readonly role: 'server' | 'tool'
  readonly log: (line: string) => void
  readonly connections?: number
}

/** DATABASE_URL, or the embedded PostgreSQL of the data folder, migrated and ready. */
export async function openDatabase(options: OpenOptions): Promise<Opened> {
  const max = options.connections ?? 10
  const own = setting(options.env, 'DATABASE_URL')
  if (own && options.data === undefined) {
    const db = await connect(own, { max })
    await migrate(db)
    return { db, url: own, close: db.close }
  }
  const server = await startEmbedded({
    dir: join(dataFolder(options.env, options.data), 'postgres'),
    role: options.role,
    log: options.log,
  })
  server.onExit((reason) => options.log(`PostgreSQL went away (${reason}); it is being started again`))
  try {
    const db = await connect(server.url, { max })
    await migrate(db)
    const close = async (): Promise<void> => {
      await db.close()
      await server.stop()
    }
    return { db, url: server.adminUrl, close }
  } catch (error) {
    await server.stop()
    throw error
  }
}
