import pg from 'pg'
import { markLost } from './lost.ts'

const PING_EVERY = 10_000
const PING_TIMEOUT = 5_000
const FIRST_WAIT = 100
const LONGEST_WAIT = 5_000

/**
 * Payloads of one channel over one connection of its own. The first connection must succeed, or the call throws;
 * later ones are opened again with growing pauses until the caller stops. A ping finds a connection that died
 * without a word, which TCP alone would notice only after minutes.
 */
export async function listen(
  settings: pg.ClientConfig,
  channel: string,
  onMessage: (payload: string) => void,
  onGap: () => void,
): Promise<() => Promise<void>> {
  let stopped = false
  let current: pg.Client | undefined
  let retry: NodeJS.Timeout | undefined
  let wait = FIRST_WAIT

  async function open(): Promise<void> {
    const client = new pg.Client({ ...settings, query_timeout: PING_TIMEOUT })
    let ended = false
    const lost = (): void => {
      if (ended) return
      ended = true
      clearInterval(ping)
      client.end().catch(() => {})
      if (current === client) again()
    }
    const ping = setInterval(() => void client.query('select 1').catch(lost), PING_EVERY)
    client.on('error', lost)
    client.on('end', lost)
    client.on('notification', (message) => {
      if (message.channel === channel) onMessage(message.payload ?? '')
    })
    try {
      await client.connect()
      await client.query(`listen ${client.escapeIdentifier(channel)}`)
    } catch (error) {
      lost()
      throw markLost(error)
    }
    if (stopped || ended) {
      lost()
      if (!stopped) throw markLost(new Error('Connection terminated before it listened'))
      return
    }
    current = client
    wait = FIRST_WAIT
  }

  function again(): void {
    current = undefined
    if (stopped) return
    retry = setTimeout(() => void open().then(afterGap, again), wait)
    wait = Math.min(wait * 2, LONGEST_WAIT)
  }

  function afterGap(): void {
    if (!stopped) onGap()
  }

  await open()
  return async () => {
    stopped = true
    clearTimeout(retry)
    const client = current
    current = undefined
    await client?.end().catch(() => {})
  }
}
