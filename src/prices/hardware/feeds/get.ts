import { Fault, messageOf } from '#base/fault.ts'
import { MINUTE, type Millis } from '#base/time.ts'
import type { Get } from './feed.ts'

export type Limits = { readonly most: number; readonly within: Millis }

const USUAL: Limits = { most: 64 * 1_024 * 1_024, within: MINUTE }

/** Fetches over HTTP, so many bytes and so much time for one address, no more; not at all once `stop` is told. Throws Fault `unavailable`, `too_large`. */
export const openGet = ({ most, within }: Limits = USUAL, stop?: AbortSignal): Get =>
  async function get(url, { post } = {}) {
    const host = new URL(url).host
    try {
      const response = await fetch(url, {
        signal: AbortSignal.any([AbortSignal.timeout(within), ...(stop ? [stop] : [])]),
        headers: {
          'user-agent': 'Perq-Prices/1',
          ...(post === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(post === undefined ? {} : { method: 'POST', body: post }),
      })
      if (!response.ok) {
        await response.body?.cancel()
        throw new Fault('unavailable', `${host} answered ${response.status}`)
      }
      return await bounded(response, most, host)
    } catch (error) {
      if (error instanceof Fault) throw error
      const cause = error instanceof Error && error.cause !== undefined ? `: ${messageOf(error.cause)}` : ''
      throw new Fault('unavailable', `${host} cannot be read: ${messageOf(error)}${cause}`, { cause: error })
    }
  }

async function bounded(response: Response, most: number, host: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > most) throw new Fault('too_large', `${host} sends more than ${most} bytes, which is not read`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
