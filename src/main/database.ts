import { join } from 'node:path'
import { connect } from '#db/connect.ts'
import { startEmbedded } from '#db/embedded.ts'
import { migrate } from '#db/migrate.ts'
import type { Db, Sql } from '#db/sql.ts'
import { archiving } from './backup/archive.ts'
import { dataFolder, setting, type Environment } from './config.ts'

export type Opened = {
  readonly db: Db
  /** A URL by which an operator reaches the same database. */
  readonly url: string
  /** The URL by which a process of this server reaches it. */
  readonly reach: string
  close(): Promise<void>
}

export type OpenOptions = {
  readonly env: Environment
  /** `--data`; then the environment's, then the checkout's. */
  readonly data?: string
  readonly role: 'server' | 'tool'
  readonly log: (line: string) => void
  /** How many at most; a server asks the database first what it has to spare. */
  readonly connections?: number | ((sql: Sql) => Promise<number>)
}

/** DATABASE_URL, or the embedded PostgreSQL of the data folder, migrated and ready. */
export async function openDatabase(options: OpenOptions): Promise<Opened> {
  const { connections: wanted = 10 } = options
  const open = async (url: string): Promise<Db> => {
    const db = await connect(url, { max: typeof wanted === 'number' ? wanted : await askFirst(url, wanted) })
    try {
      await migrate(db)
      return db
    } catch (error) {
      await db.close()
      throw error
    }
  }
  const own = setting(options.env, 'DATABASE_URL')
  if (own && options.data === undefined) {
    const db = await open(own)
    return { db, url: own, reach: own, close: db.close }
  }
  const data = dataFolder(options.env, options.data)
  const server = await startEmbedded({
    dir: join(data, 'postgres'),
    role: options.role,
    log: options.log,
    more: archiving(options.env, data),
  })
  server.onExit((reason) => options.log(`PostgreSQL went away (${reason}); it is being started again`))
  try {
    const db = await open(server.url)
    const close = async (): Promise<void> => {
      await db.close()
      await server.stop()
    }
    return { db, url: server.adminUrl, reach: server.url, close }
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function askFirst(url: string, wanted: (sql: Sql) => Promise<number>): Promise<number> {
  const db = await connect(url, { max: 1 })
  try {
    return await wanted(db)
  } finally {
    await db.close()
  }
}
