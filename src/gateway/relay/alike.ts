import { itemsAt, objectAt } from './scan.ts'

/** Hears a text as it is spelled in JSON, without its quotes; `escapes` of two characters stand in it, none of another length. */
export type Ear = { hear(bytes: Buffer, from: number, to: number, escapes: number): void }

/** What an event told that told one text and nothing else. */
export type Told = {
  /** Where in its data the text stands. */
  readonly path: readonly (string | number)[]
  /** The data's own fields that decide anything; a string or a whole number in another may be any. */
  readonly read: ReadonlySet<string>
  readonly ear: Ear
}

/**
 * The events of a stream are alike but for what the model says. Once one of them has been parsed, those that follow and
 * differ from it only in that text, and in strings and numbers that nobody reads, mean the same: they need no parsing.
 */
export type Alike = {
  /** Where the row of known events that begins at `from` ends; `text` is `chunk` as Latin-1. Their texts are heard. */
  skip(chunk: Buffer, text: string, from: number): number
}

type Hole = { readonly kind: 'text' | 'string' | 'number'; readonly from: number; readonly to: number }

const LONGEST = 4_096
const QUOTE = 0x22
const BACKSLASH = 0x5c
const ZERO = 0x30
const NINE = 0x39
const SPACE = 0x20
const MOST_DIGITS = 15
/** What may follow a backslash in an escape of two characters. */
const SHORT_ESCAPES = new Set([...'"\\/bfnrt'].map((each) => each.charCodeAt(0)))

/** Null where one cannot say in which bytes an event may differ from this one. */
export function alikeTo(event: Buffer, data: string, { path, read, ear }: Told): Alike | null {
  if (event.length > LONGEST) return null
  const text = event.toString('latin1')
  // Behind another end of a line it is not sure that the event is over.
  if (!text.endsWith('\n\n') && !text.endsWith('\r\n\r\n')) return null
  const open = text.indexOf('{')
  const close = text.lastIndexOf('}') + 1
  if (open === -1 || event.toString('utf8', open, close) !== data) return null
  const holes = holesIn(event, open, path, read)
  if (!holes) return null
  const literals = holes.map(({ from }, n) => text.slice(n === 0 ? 0 : holes[n - 1]!.to, from))
  const last = text.slice(holes.at(-1)!.to)
  const kinds = holes.map(({ kind }) => kind)
  const own: Pattern = { literals, kinds, last, ear, skip }
  return own
}

/** The places in which an event may differ, in order; null unless each name on the way to the text stands once. */
function holesIn(
  event: Buffer,
  open: number,
  path: Told['path'],
  read: Told['read'],
): readonly Hole[] | null {
  const outer = objectAt(event, open)
  if (!outer) return null
  const told = placeOf(event, open, path)
  if (told === null || event[told.from] !== QUOTE) return null
  const holes: Hole[] = [{ kind: 'text', from: told.from + 1, to: told.to - 1 }]
  for (const { key, valueStart: from, valueEnd: to } of outer.members) {
    if (read.has(key)) continue
    if (event[from] === QUOTE) holes.push({ kind: 'string', from: from + 1, to: to - 1 })
    else if (isWhole(event, from, to)) holes.push({ kind: 'number', from, to })
  }
  return holes.sort((a, b) => a.from - b.from)
}

function placeOf(
  event: Buffer,
  open: number,
  path: Told['path'],
): { readonly from: number; readonly to: number } | null {
  let place = { from: open, to: event.length }
  for (const step of path) {
    if (typeof step === 'number') {
      const item = itemsAt(event, place.from)?.[step]
      if (!item) return null
      place = item
    } else {
      const members = objectAt(event, place.from)?.members.filter(({ key }) => key === step)
      const member = members?.[0]
      if (!member || members.length > 1) return null
      place = { from: member.valueStart, to: member.valueEnd }
    }
  }
  return place
}

function isWhole(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (bytes[at]! < ZERO || bytes[at]! > NINE) return false
  return to > from
}

type Pattern = Alike & {
  /** Each stands before the hole of the same place; `last` behind all of them. */
  readonly literals: readonly string[]
  readonly kinds: readonly Hole['kind'][]
  readonly last: string
  readonly ear: Ear
}

function skip(this: Pattern, chunk: Buffer, text: string, from: number): number {
  const { literals, kinds, last, ear } = this
  for (let begun = from; ;) {
    let at = begun
    let saidFrom = 0
    let saidTo = 0
    let saidEscapes = 0
    for (let n = 0; n < kinds.length; n += 1) {
      const literal = literals[n]!
      if (text.slice(at, at + literal.length) !== literal) return begun
      at += literal.length
      const start = at
      if (kinds[n] === 'number') {
        while (text.charCodeAt(at) >= ZERO && text.charCodeAt(at) <= NINE) at += 1
        const digits = at - start
        if (digits === 0 || digits > MOST_DIGITS || (digits > 1 && text.charCodeAt(start) === ZERO))
          return begun
        continue
      }
      let escapes = 0
      for (let code = text.charCodeAt(at); code !== QUOTE; code = text.charCodeAt(at)) {
        if (code === BACKSLASH) {
          if (!SHORT_ESCAPES.has(text.charCodeAt(at + 1))) return begun
          escapes += 1
          at += 2
          // Not a number behind the end of the chunk.
        } else if (code >= SPACE) at += 1
        else return begun
      }
      if (kinds[n] === 'text') [saidFrom, saidTo, saidEscapes] = [start, at, escapes]
    }
    if (text.slice(at, at + last.length) !== last) return begun
    if (saidTo > saidFrom) ear.hear(chunk, saidFrom, saidTo, saidEscapes)
    begun = at + last.length
  }
}
