import type { HeaderList } from '../relay/headers.ts'

/**
 * The grammar that both directions share (RFC 9112 §5, RFC 9110 §5), as strict as it is written: no folded lines, no
 * bare CR or LF, no NUL, no space before a colon. Texts are latin1, one character for each byte.
 */
export const MAX_FIELDS = 128
/** A length of more digits than this is an attack or a mistake, and less than 2⁵³ either way. */
export const MAX_DIGITS = 15

export const CR = 0x0d
export const LF = 0x0a
const TAB = 0x09
const SPACE = 0x20
const COLON = 0x3a

/** The blank line that ends every head. */
export const HEAD_END = Buffer.from('\r\n\r\n')

const table = (is: (code: number) => boolean): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, code) => +is(code))
const TOKEN = table((code) => /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(code)))
const TEXT = table((code) => code === TAB || (code >= SPACE && code !== 0x7f))

/** May a header have this name? */
export function isToken(name: string): boolean {
  for (let at = 0; at < name.length; at += 1) if (TOKEN[name.charCodeAt(at)] !== 1) return false
  return name !== ''
}

/** May a header have this value, or a status line this reason? */
export function isText(value: string): boolean {
  for (let at = 0; at < value.length; at += 1) if (TEXT[value.charCodeAt(at)] !== 1) return false
  return true
}

const isSpace = (code: number): boolean => code === SPACE || code === TAB

/** The header lines from `from` to the blank line that ends `text`; null when one of them is not exactly as it should be. */
export function readFields(text: string, from: number): string[] | null {
  const fields: string[] = []
  let at = from
  while (text.charCodeAt(at) !== CR) {
    const start = at
    while (TOKEN[text.charCodeAt(at)] === 1) at += 1
    if (at === start || text.charCodeAt(at) !== COLON) return null
    const name = text.slice(start, at)
    at += 1
    while (isSpace(text.charCodeAt(at))) at += 1
    const valueAt = at
    while (TEXT[text.charCodeAt(at)] === 1) at += 1
    if (text.charCodeAt(at) !== CR || text.charCodeAt(at + 1) !== LF) return null
    let end = at
    while (end > valueAt && text.charCodeAt(end - 1) === SPACE) end -= 1
    // Some readers take a tab at the end of a value for a part of it, others not.
    if (end > valueAt && text.charCodeAt(end - 1) === TAB) return null
    fields.push(name, text.slice(valueAt, end))
    if (fields.length > 2 * MAX_FIELDS) return null
    at += 2
  }
  return at + 2 === text.length && text.charCodeAt(at + 1) === LF ? fields : null
}

/** Digits only, and few enough to be exact; null otherwise. */
export function lengthOf(value: string): number | null {
  if (value === '' || value.length > MAX_DIGITS) return null
  let length = 0
  for (let at = 0; at < value.length; at += 1) {
    const digit = value.charCodeAt(at) - 0x30
    if (!(digit >= 0 && digit <= 9)) return null
    length = length * 10 + digit
  }
  return length
}

/** What a head says about its connection and where its body ends, each said at most once. */
export type FieldsSaid = {
  readonly length: string | null
  readonly transfer: string | null
  readonly host: boolean
  /** Lower case. */
  readonly connection: string | null
  readonly keepAlive: string | null
  /** One of the fields that make a message more than a plain one. */
  readonly odd: boolean
}

/** Null when a field that may come once comes twice. */
export function saidBy(fields: HeaderList): FieldsSaid | null {
  let length: string | null = null
  let transfer: string | null = null
  let connection: string | null = null
  let keepAlive: string | null = null
  let host = false
  let odd = false
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]!
    // Few names have the length of one that counts, so few are made lower case.
    switch (name.length) {
      case 4:
        if (name.toLowerCase() !== 'host') break
        if (host) return null
        host = true
        break
      case 6:
        odd ||= name.toLowerCase() === 'expect'
        break
      case 7:
        odd ||= /^(upgrade|trailer)$/i.test(name)
        break
      case 10: {
        const lower = name.toLowerCase()
        if (lower === 'keep-alive') keepAlive = fields[at + 1]!
        if (lower !== 'connection') break
        if (connection !== null) return null
        connection = fields[at + 1]!.toLowerCase()
        break
      }
      case 14:
        if (name.toLowerCase() !== 'content-length') break
        if (length !== null) return null
        length = fields[at + 1]!
        break
      case 16:
        odd ||= name.toLowerCase() === 'proxy-connection'
        break
      case 17:
        if (name.toLowerCase() !== 'transfer-encoding') break
        if (transfer !== null) return null
        transfer = fields[at + 1]!
        break
    }
  }
  return { length, transfer, host, connection, keepAlive, odd }
}

/** Has a line ended with a line feed alone? Such a head would never be seen to end. */
export function hasBareLineFeed(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, at + 1))
    if (at === 0 || bytes[at - 1] !== CR) return true
  return false
}
