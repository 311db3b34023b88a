import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { invariant } from '#base/invariant.ts'
import { SECOND, type Millis } from '#base/time.ts'

/**
 * The token of a candidate's link: base64url of 16 bytes of id, 6 of the second on which it ends and their HMAC-SHA256.
 * Whoever cannot sign never reaches the database; what a signature says can still have been revoked there.
 */
export type OfferLinks = {
  /** `expiresAt` is a whole second. */
  sign(link: { readonly id: string; readonly expiresAt: Millis }): string
  /** Null for whatever was not signed here, to the bit, or has ended. */
  verify(token: string, now: Millis): { readonly id: string; readonly expiresAt: Millis } | null
}

const ID = 16
const END = 6
/** 54 bytes are 72 characters with no bit to spare: each text is other bytes. */
const TOKEN = /^[A-Za-z0-9_-]{72}$/

/** The key of links is a part of the server's secret that opens nothing else. */
export function openOfferLinks(secret: Uint8Array): OfferLinks {
  const key = new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), 'perq offer link', 32))
  const signed = (payload: Buffer): string =>
    Buffer.concat([payload, createHmac('sha256', key).update(payload).digest()]).toString('base64url')

  return {
    sign({ id, expiresAt }) {
      const payload = Buffer.alloc(ID + END)
      const bytes = Buffer.from(id.replaceAll('-', ''), 'hex')
      invariant(
        bytes.length === ID && expiresAt % SECOND === 0,
        'a link has a uuid and ends on a whole second',
      )
      bytes.copy(payload)
      payload.writeUIntBE(expiresAt / SECOND, ID, END)
      return signed(payload)
    },

    verify(token, now) {
      if (!TOKEN.test(token)) return null
      const payload = Buffer.from(token, 'base64url').subarray(0, ID + END)
      if (!timingSafeEqual(Buffer.from(token), Buffer.from(signed(payload)))) return null
      const expiresAt = payload.readUIntBE(ID, END) * SECOND
      return expiresAt > now ? { id: uuidText(payload.subarray(0, ID)), expiresAt } : null
    },
  }
}

const uuidText = (bytes: Buffer): string =>
  bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
