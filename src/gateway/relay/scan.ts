/** One `"key": value` of the outermost object: where it stands in the bytes. Offsets are half open. */
export type Member = {
  readonly key: string
  readonly start: number
  readonly valueStart: number
  readonly valueEnd: number
}

export type TopLevel = {
  readonly members: readonly Member[]
  /** Offset just behind the opening brace: where a new member may be put. */
  readonly inside: number
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Offset just behind the string that opens at `open`, or -1 when it never ends. */
function stringEnd(bytes: Buffer, open: number): number {
  for (let at = bytes.indexOf(QUOTE, open + 1); at !== -1; at = bytes.indexOf(QUOTE, at + 1)) {
    let escapes = 0
    while (bytes[at - 1 - escapes] === BACKSLASH) escapes += 1
    if (escapes % 2 === 0) return at + 1
  }
  return -1
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from
  for (
    let byte = bytes[at];
    byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
    byte = bytes[at]
  )
    at += 1
  return at
}

/** Offset just behind the value that starts at `from`, or -1. Brackets are counted, not matched by kind. */
function valueEnd(bytes: Buffer, from: number): number {
  const first = bytes[from]
  if (first === QUOTE) return stringEnd(bytes, from)
  if (first !== 0x7b && first !== 0x5b) {
    let at = from
    for (let byte = bytes[at]; byte !== undefined; byte = bytes[++at]) {
      if (byte === 0x2c || byte === 0x7d || byte <= 0x20) break
    }
    return at === from ? -1 : at
  }
  let depth = 0
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at]!
    if (byte === QUOTE) {
      at = stringEnd(bytes, at) - 1
      if (at < 0) return -1
    } else if (byte === 0x7b || byte === 0x5b) depth += 1
    else if (byte === 0x7d || byte === 0x5d) {
      depth -= 1
      if (depth === 0) return at + 1
    }
  }
  return -1
}

function keyOf(bytes: Buffer, start: number, end: number): string | null {
  try {
    const key: unknown = JSON.parse(bytes.toString('utf8', start, end))
    return typeof key === 'string' ? key : null
  } catch {
    return null
  }
}

/**
 * The members of the outermost JSON object with their places, or null when the bytes are no object. It finds
 * structure only: whether the values are JSON is for JSON.parse to say. Duplicates are listed as they come.
 */
export function topLevel(bytes: Buffer): TopLevel | null {
  const found = objectAt(bytes, skipSpace(bytes, 0))
  return found && skipSpace(bytes, found.end) === bytes.length ? found : null
}

/** The members of the object that opens at `open`, and the offset just behind it. */
export function objectAt(bytes: Buffer, open: number): (TopLevel & { readonly end: number }) | null {
  let at = open
  if (bytes[at] !== 0x7b) return null
  const inside = at + 1
  const members: Member[] = []
  at = skipSpace(bytes, inside)
  if (bytes[at] === 0x7d) return { members, inside, end: at + 1 }
  for (;;) {
    if (bytes[at] !== QUOTE) return null
    const start = at
    const keyEnd = stringEnd(bytes, start)
    if (keyEnd === -1) return null
    const key = keyOf(bytes, start, keyEnd)
    const colon = skipSpace(bytes, keyEnd)
    if (key === null || bytes[colon] !== 0x3a) return null
    const valueStart = skipSpace(bytes, colon + 1)
    const end = valueEnd(bytes, valueStart)
    if (end === -1) return null
    members.push({ key, start, valueStart, valueEnd: end })
    at = skipSpace(bytes, end)
    if (bytes[at] === 0x7d) return { members, inside, end: at + 1 }
    if (bytes[at] !== 0x2c) return null
    at = skipSpace(bytes, at + 1)
  }
}

/** Where the items of the array that opens at `open` begin and end, or null when there is no array. */
export function itemsAt(bytes: Buffer, open: number): { from: number; to: number }[] | null {
  if (bytes[open] !== 0x5b) return null
  const items: { from: number; to: number }[] = []
  let at = skipSpace(bytes, open + 1)
  if (bytes[at] === 0x5d) return items
  for (;;) {
    const to = valueEnd(bytes, at)
    if (to === -1) return null
    items.push({ from: at, to })
    at = skipSpace(bytes, to)
    if (bytes[at] === 0x5d) return items
    if (bytes[at] !== 0x2c) return null
    at = skipSpace(bytes, at + 1)
  }
}

/** Whether `name` is a member of any object in these bytes, which are JSON, and whether `value` is a string in it. */
export function sightsIn(bytes: Buffer, name: string, value: string): { mark: boolean; hour: boolean } {
  let mark = false
  let hour = false
  for (let at = bytes.indexOf(QUOTE); at !== -1; at = bytes.indexOf(QUOTE, at)) {
    const end = stringEnd(bytes, at)
    if (end === -1) break
    const isName = bytes[skipSpace(bytes, end)] === 0x3a
    const wanted = isName ? name : value
    // A letter takes six bytes at most.
    if (end - at - 2 <= 6 * wanted.length && (plainKey(bytes, at, end) ?? keyOf(bytes, at, end)) === wanted) {
      if (isName) mark = true
      else hour = true
    }
    at = end
  }
  return { mark, hour }
}

/** A name of ASCII without escapes, which nearly all are; null for another. */
function plainKey(bytes: Buffer, start: number, end: number): string | null {
  for (let at = start + 1; at < end - 1; at += 1) {
    const byte = bytes[at]!
    if (byte === BACKSLASH || byte > 0x7e) return null
  }
  return bytes.toString('latin1', start + 1, end - 1)
}

/** Deeper than any prompt or schema; what a parser of the provider makes of more is its own affair. */
const MAX_DEPTH = 200

/** A name that one object has twice, or nesting deeper than anybody needs. */
export type Oddity = { readonly kind: 'repeated'; readonly name: string } | { readonly kind: 'deep' }

/**
 * Looks through every object of a JSON text, at any depth, for two members of one name: parsers disagree on which of
 * them counts. `nameOf` says which spellings are one name. The bytes must be JSON.
 */
export function oddity(bytes: Buffer, nameOf: (key: string) => string): Oddity | null {
  /** The names seen in each object that is open; null for an array. */
  const open: (Set<string> | null)[] = []
  let atKey = false
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]!
    if (byte === QUOTE) {
      const end = stringEnd(bytes, at)
      if (end === -1) return null
      const names = open.at(-1)
      if (atKey && names) {
        const name = nameOf(plainKey(bytes, at, end) ?? keyOf(bytes, at, end) ?? '')
        if (names.has(name)) return { kind: 'repeated', name }
        names.add(name)
        atKey = false
      }
      at = end - 1
    } else if (byte === 0x7b || byte === 0x5b) {
      if (open.length === MAX_DEPTH) return { kind: 'deep' }
      open.push(byte === 0x7b ? new Set() : null)
      atKey = byte === 0x7b
    } else if (byte === 0x7d || byte === 0x5d) {
      open.pop()
      atKey = false
    } else if (byte === 0x2c) atKey = Boolean(open.at(-1))
  }
  return null
}
