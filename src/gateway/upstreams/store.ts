import { iso, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'

export type UpstreamRow = {
  readonly id: string
  readonly name: string
  readonly protocol: 'openai' | 'anthropic' | 'gemini'
  readonly base_url: string
  readonly sealed_key: Buffer | null
  readonly enabled: boolean
  readonly priority: number
  readonly models: readonly string[] | null
  readonly stand_in: boolean
  readonly created_at: Millis
  readonly updated_at: Millis
}

const COLUMNS =
  'id, name, protocol, base_url, sealed_key, enabled, priority, models, stand_in, created_at, updated_at'

export const all = (sql: Sql): Promise<UpstreamRow[]> =>
  sql.query<UpstreamRow>(
    `select ${COLUMNS} from gateway.upstream order by priority, created_at, id limit 1000`,
  )

/** Null when the name is taken. */
export async function insert(sql: Sql, row: UpstreamRow): Promise<UpstreamRow | null> {
  const [made] = await sql.query<UpstreamRow>(
    `insert into gateway.upstream (${COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
     on conflict (name) do nothing returning ${COLUMNS}`,
    [
      row.id,
      row.name,
      row.protocol,
      row.base_url,
      row.sealed_key,
      row.enabled,
      row.priority,
      row.models,
      row.stand_in,
      iso(row.created_at),
    ],
  )
  return made ?? null
}

/** Null when there is no such upstream. */
export async function update(sql: Sql, row: UpstreamRow, now: Millis): Promise<UpstreamRow | null> {
  const [made] = await sql.query<UpstreamRow>(
    `update gateway.upstream
        set base_url = $2, sealed_key = $3, enabled = $4, priority = $5, models = $6, stand_in = $7, updated_at = $8
      where id = $1 returning ${COLUMNS}`,
    [row.id, row.base_url, row.sealed_key, row.enabled, row.priority, row.models, row.stand_in, iso(now)],
  )
  return made ?? null
}

export async function lock(sql: Sql, id: string): Promise<UpstreamRow | null> {
  const [row] = await sql.query<UpstreamRow>(
    `select ${COLUMNS} from gateway.upstream where id = $1 for update`,
    [id],
  )
  return row ?? null
}
