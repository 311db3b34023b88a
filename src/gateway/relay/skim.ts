import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import type { JsonBody } from './body.ts'

/**
 * What a route's ask reads of a body. Everything else is only checked. Names that nobody reads vanish from `bulk`
 * fields, and prose in them becomes one character, so that JSON.parse sees a few kilobytes of a large body.
 */
export type Shape = {
  /** Fields of the outermost object that may be long. All others are kept as they are. */
  readonly bulk: readonly string[]
  /** Names inside of bulk fields, at any depth, whose values are read: a string up to 640 bytes is whole. */
  readonly reads: readonly string[]
  /** Those of which it is only read whether there is a string, and whether it is empty. */
  readonly prose: readonly string[]
  /** Fields of the outermost object that may not come in another case. */
  readonly guarded: Iterable<string>
  /** Keeps other names, with values that are no more than their kind. */
  readonly others?: boolean
  /** A name to look out for wherever it stands. */
  readonly mark?: string
  /** Spellings that are one name; `known` are all that have more than one. */
  readonly spelled?: { readonly known: readonly string[]; nameOf(name: string): string }
}

export type Skim = (bytes: Buffer) => JsonBody | null

// The same numbers stand in skim/skimmer.as.
const TABLES = 0x10000
const TABLES_END = 0x20000
const KEY = 0x28000
const MEMBERS = 0x22000
const IN = 0x2a000
const OUT = 0x40000
const ENTRY = 48
const SLOTS = 128
const LONGEST_NAME = 32
const FLAG = { bulk: 1, guarded: 2, kept: 4, prose: 8, mark: 16 } as const
const SAW = { notAscii: 1, mark: 2, hour: 4 } as const
/** As much as stays in the nearest cache while it is read. */
const WINDOW = 16 * 1024

// As far as it is used here: the library of types that has it is that of browsers.
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: object }
}

type Skimmer = {
  readonly memory: { readonly buffer: ArrayBuffer }
  begin(table: number, others: number): void
  scan(filled: number, last: number): number
  written(): number
  memberCount(): number
  sights(): number
  insideAt(): number
  hashOf(at: number, length: number): number
}

const compiled = readFileSync(new URL('./skim/skimmer.wasm', import.meta.url))
const skimmer = new WebAssembly.Instance(new WebAssembly.Module(compiled), {
  env: {
    abort() {
      throw new Error('the skimmer gave up')
    },
  },
}).exports as Skimmer
const memory = Buffer.from(skimmer.memory.buffer)
const numbers = new Uint32Array(skimmer.memory.buffer)
const input = memory.subarray(IN, IN + WINDOW)

function hashOf(name: string): number {
  memory.write(name, KEY, 'latin1')
  return skimmer.hashOf(KEY, name.length) >>> 0
}

let tables = TABLES

function tableOf(shape: Shape): number {
  const flags = new Map<string, number>()
  const give = (names: Iterable<string>, flag: number): void => {
    for (const name of names) flags.set(name, (flags.get(name) ?? 0) | flag)
  }
  give(shape.spelled?.known ?? [], 0)
  give(shape.bulk, FLAG.bulk)
  give(shape.guarded, FLAG.guarded)
  give(shape.reads, FLAG.kept)
  give(shape.prose, FLAG.prose)
  give(shape.mark === undefined ? [] : [shape.mark], FLAG.mark)
  const table = tables
  tables += SLOTS * ENTRY
  if (tables > TABLES_END || flags.size > SLOTS / 2) throw new Error('too many names to skim by')
  for (const [name, flag] of flags) {
    if (name.length > LONGEST_NAME) throw new Error(`the name "${name}" is too long to skim by`)
    const hash = hashOf(name)
    let slot = (hash >>> 8) % SLOTS
    while (numbers[(table + slot * ENTRY) / 4] !== 0) {
      if (numbers[(table + slot * ENTRY) / 4] === hash) throw new Error(`"${name}" looks like another name`)
      slot = (slot + 1) % SLOTS
    }
    const at = table + slot * ENTRY
    numbers.set([hash, name.length, flag, hashOf(shape.spelled?.nameOf(name) ?? name)], at / 4)
    memory.write(name, at + 16, 'latin1')
  }
  return table
}

/**
 * Reads bodies of one shape in one pass without making values of them. Gives a body whose `value` is cut to what the
 * shape names, or null when anything about the bytes is odd: then nothing is known of them, and they are to be read in full.
 */
export function skimOf(shape: Shape): Skim {
  const table = tableOf(shape)
  const others = shape.others ? 1 : 0
  return (bytes) => {
    skimmer.begin(table, others)
    const size = bytes.length
    if (size <= WINDOW) {
      input.set(bytes)
      if (skimmer.scan(size, 1) !== 0) return null
    } else {
      let at = 0
      let kept = 0
      while (at < size) {
        const to = Math.min(size, at + WINDOW - kept)
        input.set(bytes.subarray(at, to), kept)
        kept = skimmer.scan(kept + to - at, to === size ? 1 : 0)
        if (kept < 0) return null
        at = to
      }
    }
    const sights = skimmer.sights()
    const plain = (sights & SAW.notAscii) === 0
    if (!plain && !isUtf8(bytes)) return null
    const text = memory.toString(plain ? 'latin1' : 'utf8', OUT, OUT + skimmer.written())
    return {
      kind: 'json',
      bytes,
      value: JSON.parse(text) as JsonBody['value'],
      members: membersOf(bytes, skimmer.memberCount()),
      inside: skimmer.insideAt(),
      skimmed: { mark: (sights & SAW.mark) !== 0, hour: (sights & SAW.hour) !== 0 },
    }
  }
}

/** The places of the top-level members; only those of a wanted length are looked at. */
function membersOf(bytes: Buffer, count: number): JsonBody['members'] {
  const places = numbers.slice(MEMBERS / 4, MEMBERS / 4 + 4 * count)
  return {
    size: count,
    get(key) {
      for (let n = 0; n < places.length; n += 4) {
        const [start, end] = [places[n]!, places[n + 1]!]
        if (end - start === key.length + 2 && bytes.toString('latin1', start + 1, end - 1) === key)
          return { key, start, valueStart: places[n + 2]!, valueEnd: places[n + 3]! }
      }
      return undefined
    },
  }
}

/**
 * How long a string of a body is, in UTF-16 units. In a skimmed one a long string is its start, a NUL, and the length that
 * it had; no string that is whole has a NUL there.
 */
export const lengthIn = ({ skimmed }: JsonBody): ((text: string) => number) =>
  skimmed ? lengthOfCut : lengthOf

const lengthOf = (text: string): number => text.length

function lengthOfCut(text: string): number {
  const end = text.indexOf('\0')
  return end === -1 ? text.length : Number(text.slice(end + 1))
}
