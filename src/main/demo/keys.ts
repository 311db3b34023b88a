import { createHmac } from 'node:crypto'
import { newSecret } from '#spending/secret.ts'

/**
 * The demo people's keys come from the installation's secret, so that each start can print them again although only
 * their hashes are stored. Nobody else's key is made like this.
 */
export const demoBytes = (master: Uint8Array, person: string, count: number): Uint8Array =>
  createHmac('sha256', master).update(`demo key ${person}`).digest().subarray(0, count)

export const demoSecret = (master: Uint8Array, person: string): string =>
  newSecret((count) => demoBytes(master, person, count))
