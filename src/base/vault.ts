import { createCipheriv, createDecipheriv } from 'node:crypto'
import { Fault } from './fault.ts'
import { invariant } from './invariant.ts'

const FORMAT = 1
const NONCE = 12
const TAG = 16
const HEAD = 1 + NONCE + TAG

/**
 * A secret at rest: AES-256-GCM as format byte, nonce, tag, ciphertext. `place` (the row's id) is authenticated with
 * it, so that a sealed key cannot be moved to another row. A nonce must never be used twice under one master key.
 */
export function seal(master: Uint8Array, nonce: Uint8Array, place: string, secret: string): Buffer {
  invariant(master.length === 32 && nonce.length === NONCE, 'a master key has 32 bytes and a nonce 12')
  const cipher = createCipheriv('aes-256-gcm', master, nonce).setAAD(Buffer.from(place))
  const body = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
  return Buffer.concat([Buffer.of(FORMAT), nonce, cipher.getAuthTag(), body])
}

/** Throws Fault `unavailable` when the master key is another one or the bytes were changed. */
export function open(master: Uint8Array, place: string, sealed: Uint8Array): string {
  const bytes = Buffer.from(sealed)
  if (bytes.length < HEAD || bytes[0] !== FORMAT) throw unopened()
  const nonce = bytes.subarray(1, 1 + NONCE)
  const decipher = createDecipheriv('aes-256-gcm', master, nonce, { authTagLength: TAG })
    .setAAD(Buffer.from(place))
    .setAuthTag(bytes.subarray(1 + NONCE, HEAD))
  try {
    return decipher.update(bytes.subarray(HEAD), undefined, 'utf8') + decipher.final('utf8')
  } catch {
    throw unopened()
  }
}

const unopened = (): Fault =>
  new Fault('unavailable', 'a secret cannot be opened: it was sealed with another master key; set it again')
