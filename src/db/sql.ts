/**
 * What a room may do with the database. int8 arrives as bigint, timestamptz as epoch milliseconds (number), date as
 * `YYYY-MM-DD`, numeric as bigint when whole and as text otherwise, jsonb parsed. Times go in as ISO text.
 */
export interface Sql {
  query<R extends object = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<R[]>
}

export type Turn = {
  /** True while this process has it, as far as it can know. */
  readonly mine: () => boolean
  stop(): void
}

export interface Db extends Sql {
  /**
   * As `query`, over one or two connections that nothing else uses, where there are enough: for a statement that is asked without end.
   * The server processes behind them do nothing else, and keep what that needs at hand.
   */
  readonly steady: Sql
  /** One transaction, READ COMMITTED; rolled back when `work` throws. */
  tx<T>(work: (sql: Sql) => Promise<T>): Promise<T>
  /**
   * Payloads of NOTIFY on a channel, over one connection for all channels that reconnects by itself. `onGap` runs after
   * every reconnect, because notifications may have been lost meanwhile. Returns the way to stop.
   */
  listen(
    channel: string,
    onMessage: (payload: string) => void,
    onGap: () => void,
  ): Promise<() => Promise<void>>
  /**
   * One process at a time has the turn of that number; the database gives it on within a second or two when that
   * process stops, dies or loses its connection. For work that is safe, but wasteful, to do in several places.
   */
  turn(lock: number): Turn
  close(): Promise<void>
}

/**
 * True for errors that are about the database and not about what was asked, and pass: the connection went away before the
 * answer came, or the server can take nothing now. They say nothing about the outcome.
 */
export const CONNECTION_LOST = Symbol.for('perq.connection_lost')
export const isConnectionLost = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && CONNECTION_LOST in error
