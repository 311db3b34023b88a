import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { Sql } from '#db/sql.ts'

/**
 * Calls to and from Parquet. Everything is exact: amounts and counts are 64-bit integers, instants microseconds, ids uuids;
 * on the way they are bigint and text, never a float.
 */

export type Column = { readonly name: string; readonly type: string }
/** Columns of one batch, each with a value for each row. */
export type Value = string | bigint | number | boolean | null
export type Batch = readonly (readonly Value[])[]
export type Sums = { readonly calls: bigint; readonly charged: bigint; readonly absorbed: bigint }

/** What carries a type of the database, in the order: in memory, in the file, and read from it again. */
type Memory = 'VARCHAR' | 'BOOLEAN' | 'INTEGER' | 'BIGINT'
const CARRIED: Readonly<
  Record<string, readonly [memory: Memory, file: string, read: (name: string) => string]>
> = {
  uuid: ['VARCHAR', 'UUID', (name) => `${name}::varchar`],
  'timestamp with time zone': [
    'VARCHAR',
    'TIMESTAMP',
    (name) => `strftime(${name}, '%Y-%m-%dT%H:%M:%S.%fZ')`,
  ],
  text: ['VARCHAR', 'VARCHAR', (name) => name],
  boolean: ['BOOLEAN', 'BOOLEAN', (name) => name],
  integer: ['INTEGER', 'INTEGER', (name) => name],
  bigint: ['BIGINT', 'BIGINT', (name) => name],
}

function carriedAs({ name, type }: Column) {
  const carried = CARRIED[type]
  if (!carried) throw new Error(`column ${name} of ledger.usage is ${type}, which the archive cannot keep`)
  const [memory, file, read] = carried
  return { name: `"${name}"`, memory, file, read: read(`"${name}"`) }
}

/** The columns of a call, as the database has them now. */
export const usageColumns = (sql: Sql): Promise<Column[]> =>
  sql.query<Column>(
    `select attname as name, format_type(atttypid, null) as type from pg_attribute
     where attrelid = 'ledger.usage'::regclass and attnum > 0 and not attisdropped order by attnum`,
  )

/** In a column's own words for the file: instants as text, because the driver cuts them to milliseconds. */
export const asText = ({ name, type }: Column): string =>
  type === 'timestamp with time zone'
    ? `to_char(${name} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') as ${name}`
    : name

/** Loaded only here: nothing else of Perq needs it. A month may be larger than memory, so what is written lies in a file meanwhile. */
async function open(file = ':memory:') {
  const duckdb = await import('@duckdb/node-api')
  const instance = await duckdb.DuckDBInstance.create(file, { memory_limit: '1GB' })
  const connection = await instance.connect()
  return {
    duckdb,
    connection,
    close: (): void => {
      connection.closeSync()
      instance.closeSync()
    },
  }
}

/** Rows that one vector of DuckDB takes. */
const VECTOR = 2_048

/** Writes a file, sorted by wallet and time, compressed. */
export async function writeParquet(
  path: string,
  columns: readonly Column[],
  batches: AsyncIterable<Batch>,
): Promise<void> {
  const scratch = `${path}.duckdb`
  await forget(scratch)
  const { duckdb, connection, close } = await open(scratch)
  try {
    const carried = columns.map(carriedAs)
    await connection.run(
      `create table call (${carried.map(({ name, memory }) => `${name} ${memory}`).join(', ')})`,
    )
    const kinds = {
      VARCHAR: duckdb.VARCHAR,
      BOOLEAN: duckdb.BOOLEAN,
      INTEGER: duckdb.INTEGER,
      BIGINT: duckdb.BIGINT,
    }
    const types = carried.map(({ memory }) => kinds[memory])
    const appender = await connection.createAppender('call')
    for await (const batch of batches) {
      for (let from = 0; from < batch[0]!.length; from += VECTOR) {
        const chunk = duckdb.DuckDBDataChunk.create(types)
        chunk.setColumns(batch.map((column) => column.slice(from, from + VECTOR)))
        appender.appendDataChunk(chunk)
      }
    }
    appender.closeSync()
    const row = carried.map(({ name, file }) => `${name}::${file} as ${name}`).join(', ')
    await connection.run(
      `copy (select ${row} from call order by wallet_id, "at", id) to '${quoted(path)}' (format parquet, compression zstd)`,
    )
  } finally {
    close()
    await forget(scratch)
  }
}

/** Also what a run before that was killed has left. */
async function forget(scratch: string): Promise<void> {
  for (const end of ['', '.wal', '.tmp']) await rm(`${scratch}${end}`, { recursive: true, force: true })
}

/** What a file holds, in batches of the columns asked for; a column that it lacks is an error, one more is left out. */
export async function* readParquet(
  path: string,
  columns: readonly Column[],
): AsyncGenerator<readonly (readonly unknown[])[]> {
  const { connection, close } = await open()
  try {
    const row = columns.map((column) => carriedAs(column).read).join(', ')
    const result = await connection.stream(`select ${row} from read_parquet('${quoted(path)}')`)
    for (;;) {
      const chunk = await result.fetchChunk()
      if (!chunk || chunk.rowCount === 0) return
      yield chunk.getColumns()
    }
  } finally {
    close()
  }
}

/** Counted and added up from the file itself. */
export async function sumsOf(path: string): Promise<Sums> {
  const { connection, close } = await open()
  try {
    const read = await connection.runAndReadAll(
      `select count(*)::bigint as calls, coalesce(sum(charged), 0)::varchar as charged, coalesce(sum(absorbed), 0)::varchar as absorbed
       from read_parquet('${quoted(path)}')`,
    )
    const [calls, charged, absorbed] = read.getRows()[0]!.map(String)
    return { calls: BigInt(calls!), charged: BigInt(charged!), absorbed: BigInt(absorbed!) }
  } finally {
    close()
  }
}

/** DuckDB takes no parameters where it writes a file. */
const quoted = (path: string): string => path.replaceAll("'", "''")

export async function fileHash(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
