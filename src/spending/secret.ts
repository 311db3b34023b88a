import { hash } from 'node:crypto'

/** 62 signs that survive every shell, URL and double click. */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const BYTES = 32
/** 62^43 is the first power above 2^256. */
const LENGTH = 43
const MARK = 'pq_live_'
const SHAPE = /^pq_live_[0-9A-Za-z]{43}$/

/** A new secret of 256 random bits. The mark lets scanners find a leaked one. */
export function newSecret(random: (bytes: number) => Uint8Array): string {
  let value = BigInt(`0x${Buffer.from(random(BYTES)).toString('hex')}`)
  let text = ''
  for (let n = 0; n < LENGTH; n++) {
    text = DIGITS[Number(value % 62n)] + text
    value /= 62n
  }
  return MARK + text
}

/**
 * What is kept of a secret. A plain hash is right for 256 random bits: there is nothing to guess slowly. Looking up by
 * it also keeps timing silent, because nobody can choose a secret by how its hash begins.
 */
export const hashSecret = (secret: string): string => hash('sha256', secret, 'hex')

/** A secret as it is looked up. */
export type Secret = { readonly hash: string }

/** Null for what cannot be a secret: it never reaches the database. */
export const secretOf = (text: string): Secret | null =>
  SHAPE.test(text) ? { hash: hashSecret(text) } : null

/** Enough to recognise a key by, far too little to use it. */
export const prefixOf = (secret: string): string => secret.slice(0, MARK.length + 4)
