// Reads a JSON text once, in windows, and writes a far smaller one: see ../skim.ts for what it keeps and what it promises.
// AssemblyScript; `node src/gateway/relay/compile/skimmer.ts` makes skimmer.wasm of it.
//
// It only ever says yes to texts that it understood to the last byte. Everything that is odd, rare or long in the
// wrong place ends with NO, and somebody slower and exact decides.

// Where things lie in memory. The same addresses stand in ../skim.ts.
const TABLES_END: usize = 0x20000
const FRAMES: usize = TABLES_END
const MEMBERS: usize = 0x22000
const HASHES: usize = 0x24000
const KEY: usize = 0x28000
const IN: usize = 0x2a000
const OUT: usize = 0x40000
const OUT_END: usize = 0x80000

const MOST_DEPTH: i32 = 120
const MOST_MEMBERS: i32 = 256
const MOST_KEYS: i32 = 4096
const MOST_KEYS_OF_ONE: i32 = 512
const LONGEST_KEY: usize = 256

/** A string of a field that is read is whole up to here; of a longer one as much as `HEAD` is kept, and its length. */
const WHOLE: usize = 640
const HEAD: usize = 512

const NO: i32 = -1
const GO: i32 = -2

/** What becomes of a value: nothing; its kind alone; what the names say; all of it. TOP is the outermost object. */
const DROP: i32 = 0
const HOLLOW: i32 = 1
const NAMED: i32 = 2
const ALL: i32 = 3
const TOP: i32 = 4

/** Of a name in the table: a field of the outermost object whose inside is skimmed, or one that is kept whole. */
const BULK: u32 = 1
const GUARDED: u32 = 2
/** Inside of those: a field that is kept, and one whose strings are prose. */
const KEPT: u32 = 4
const PROSE: u32 = 8
/** A name that is only looked out for, wherever it stands. */
const MARK: u32 = 16

/** What was seen on the way. */
const SAW_NOT_ASCII: u32 = 1
const SAW_MARK: u32 = 2
const SAW_HOUR: u32 = 4

/** An entry of the table of names: hash, length, flags, the hash it goes by, and the name itself. */
const ENTRY: usize = 48
const SLOTS: u32 = 128

const QUOTE: u32 = 0x22
const BACKSLASH: u32 = 0x5c

/** All ones, then all zeros: a load from `16 - n` keeps n bytes. */
const KEEP = memory.data<u8>([
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
])

// Between two windows.
let table: usize = 0
let keepUnknown: bool = false
let base: usize = 0
let started: bool = false
let inString: bool = false
let stringAt: usize = 0
let stringMode: i32 = 0
let stringProse: bool = false
let outAt: usize = OUT
let savedFirst: bool = false
let savedDepth: i32 = 0
let savedMode: i32 = 0
let savedObject: bool = false
let savedProse: bool = false
let savedFrameKeys: i32 = 0
let savedBloom: u64 = 0
let savedKeys: i32 = 0
let savedMembers: i32 = 0
let seen: u32 = 0
let inside: usize = 0
// Of the string that is being read.
let ranOutAt: usize = 0
let escaped: bool = false
let unicode: bool = false
let notAscii: bool = false

export function begin(names: usize, unknown: bool): void {
  table = names
  keepUnknown = unknown
  base = 0
  started = false
  inString = false
  outAt = OUT
  savedDepth = 0
  savedKeys = 0
  savedMembers = 0
  seen = 0
}

export function written(): usize {
  return outAt - OUT
}
export function memberCount(): i32 {
  return savedMembers
}
export function sights(): u32 {
  return seen
}
export function insideAt(): usize {
  return inside
}

/** Names that differ only in case share a hash. */
export function hashOf(at: usize, length: usize): u32 {
  return hash(at, length)
}

// @ts-ignore: decorator
@inline
function hash(at: usize, length: usize): u32 {
  let x: u64 = (length as u64) * 0x9e3779b97f4a7c15
  let left = length
  let p = at
  const fold = i8x16.splat(0x20)
  while (left > 16) {
    x = mix(x, v128.or(v128.load(p), fold))
    p += 16
    left -= 16
  }
  const mask = v128.load(KEEP + 16 - left)
  x = mix(x, v128.and(v128.or(v128.load(p), fold), mask))
  return ((x >> 32) as u32) | 1
}

// @ts-ignore: decorator
@inline
function mix(x: u64, v: v128): u64 {
  let y = (i64x2.extract_lane(v, 0) ^ x) * 0xff51afd7ed558ccd
  y = (y ^ (y >> 32) ^ rotl<u64>(i64x2.extract_lane(v, 1), 23)) * 0xc4ceb9fe1a85ec53
  return y ^ (y >> 29)
}

// @ts-ignore: decorator
@inline
function copy(to: usize, from: usize, length: usize): void {
  for (let n: usize = 0; n < length; n += 16) v128.store(to + n, v128.load(from + n))
}

// @ts-ignore: decorator
@inline
function skipSpace(at: usize): usize {
  let p = at
  let c = load<u8>(p) as u32
  while (c <= 0x20 && ((0x100002600 as u64) >> c) & 1) c = load<u8>(++p)
  return p
}

// @ts-ignore: decorator
@inline
function same(a: usize, b: usize, length: usize): bool {
  for (let n: usize = 0; n < length; n++) if (load<u8>(a + n) != load<u8>(b + n)) return false
  return true
}

/** The entry whose hash this is, 0 without one. */
// @ts-ignore: decorator
@inline
function entryOf(hash: u32): usize {
  let slot = (hash >> 8) & (SLOTS - 1)
  let entry = table + (slot as usize) * ENTRY
  for (let there = load<u32>(entry); there != hash; there = load<u32>(entry)) {
    if (there == 0) return 0
    slot = (slot + 1) & (SLOTS - 1)
    entry = table + (slot as usize) * ENTRY
  }
  return entry
}

// @ts-ignore: decorator
@inline
function isHex(c: u32): bool {
  return c - 0x30 < 10 || (c | 0x20) - 0x61 < 6
}

// @ts-ignore: decorator
@inline
function bits(a: v128, b: v128, c: v128, d: v128): u64 {
  return (
    (i8x16.bitmask(a) as u32 as u64) |
    ((i8x16.bitmask(b) as u32 as u64) << 16) |
    ((i8x16.bitmask(c) as u32 as u64) << 32) |
    ((i8x16.bitmask(d) as u32 as u64) << 48)
  )
}

/** What may stand behind a backslash beside another one, a quote, `n` and `t`; `u` with its four digits. */
function mayEscape(at: usize): bool {
  const c = load<u8>(at) as u32
  if (c == 0x72 || c == 0x2f || c == 0x62 || c == 0x66) return true
  unicode = true
  return c == 0x75 && isHex(load<u8>(at, 1)) && isHex(load<u8>(at, 2)) && isHex(load<u8>(at, 3)) && isHex(load<u8>(at, 4))
}

// @ts-ignore: decorator
@inline
function isEither(v: v128, a: v128, b: v128): v128 {
  return v128.or(i8x16.eq(v, a), i8x16.eq(v, b))
}

/**
 * Reads a string from `at`, which stands inside it and not behind a backslash, to just behind its closing quote. 0: it
 * is no JSON. 1: the window ends before it; `ranOutAt` says where to go on.
 */
function stringEnd(at: usize, end: usize, last: bool): usize {
  const quote = i8x16.splat(0x22)
  const backslash = i8x16.splat(0x5c)
  const n = i8x16.splat(0x6e)
  const t = i8x16.splat(0x74)
  let least = i8x16.splat(-1)
  let any = i8x16.splat(0)
  let carry: u64 = 0
  let p = at
  for (;;) {
    if (p + 72 > end) {
      if (!last) {
        ranOutAt = p - (carry as usize)
        if (v128.any_true(i8x16.lt_u(least, i8x16.splat(0x20)))) return 0
        if (i8x16.bitmask(any)) notAscii = true
        return 1
      }
      if (p >= end) return 0
    }
    const a = v128.load(p)
    const b = v128.load(p, 16)
    const c = v128.load(p, 32)
    const d = v128.load(p, 48)
    const slashes = bits(
      i8x16.eq(a, backslash),
      i8x16.eq(b, backslash),
      i8x16.eq(c, backslash),
      i8x16.eq(d, backslash),
    )
    let quotes = bits(i8x16.eq(a, quote), i8x16.eq(b, quote), i8x16.eq(c, quote), i8x16.eq(d, quote))
    if (slashes | carry) {
      // A run of backslashes escapes what follows it when the run is odd: the borrow carries through the run.
      const oddBits: u64 = 0xaaaaaaaaaaaaaaaa
      const starts = slashes & ~carry
      const ends = (((starts << 1) | oddBits) - starts) ^ oddBits
      const behind = ends ^ (slashes | carry)
      carry = (ends & slashes) >> 63
      const quotesAndEscaped = quotes
      quotes &= ~behind
      let odd = behind & ~(quotesAndEscaped | slashes)
      if (odd) {
        odd &= ~bits(isEither(a, n, t), isEither(b, n, t), isEither(c, n, t), isEither(d, n, t))
        if (quotes) odd &= (quotes & (0 - quotes)) - 1
        for (; odd; odd &= odd - 1) if (!mayEscape(p + (ctz(odd) as usize))) return 0
      }
    }
    if (quotes == 0) {
      if (slashes) escaped = true
      least = i8x16.min_u(least, i8x16.min_u(i8x16.min_u(a, b), i8x16.min_u(c, d)))
      any = v128.or(any, v128.or(v128.or(a, b), v128.or(c, d)))
      p += 64
      continue
    }
    const below = (quotes & (0 - quotes)) - 1
    if (slashes & below) escaped = true
    const space = i8x16.splat(0x20)
    if (below & bits(i8x16.lt_u(a, space), i8x16.lt_u(b, space), i8x16.lt_u(c, space), i8x16.lt_u(d, space)))
      return 0
    if (v128.any_true(i8x16.lt_u(least, space))) return 0
    if (i8x16.bitmask(any) || below & bits(a, b, c, d)) notAscii = true
    return p + (ctz(quotes) as usize) + 1
  }
}

/** Just behind a number, or 0. */
function numberEnd(at: usize): usize {
  let p = at
  if (load<u8>(p) == 0x2d) p++
  let c = load<u8>(p) as u32
  if (c == 0x30) c = load<u8>(++p)
  else {
    if (c - 0x31 > 8) return 0
    while (c - 0x30 < 10) c = load<u8>(++p)
  }
  if (c == 0x2e) {
    c = load<u8>(++p)
    if (c - 0x30 > 9) return 0
    while (c - 0x30 < 10) c = load<u8>(++p)
  }
  if ((c | 0x20) == 0x65) {
    c = load<u8>(++p)
    if (c == 0x2b || c == 0x2d) c = load<u8>(++p)
    if (c - 0x30 > 9) return 0
    while (c - 0x30 < 10) c = load<u8>(++p)
  }
  return p
}

/** Just behind a key that has escapes or other letters, whose plain bytes are then at KEY; or 0. */
let keyLength: usize = 0
function oddKeyEnd(at: usize): usize {
  let p = at
  let n: usize = 0
  for (;;) {
    let c = load<u8>(p++) as u32
    if (c == QUOTE) break
    if (c < 0x20 || n == LONGEST_KEY) return 0
    if (c >= 0x80) seen |= SAW_NOT_ASCII
    if (c == BACKSLASH) {
      c = load<u8>(p++)
      if (c == 0x6e) c = 10
      else if (c == 0x74) c = 9
      else if (c == 0x72) c = 13
      else if (c == 0x62) c = 8
      else if (c == 0x66) c = 12
      else if (c != QUOTE && c != BACKSLASH && c != 0x2f) return 0
    }
    store<u8>(KEY + n++, c)
  }
  keyLength = n
  return p
}

/** Is this hash among the keys of the object whose first is `from`? */
function hasKey(hash: u32, from: i32, to: i32): bool {
  for (let n = from; n < to; n++) if (load<u32>(HASHES + ((n as usize) << 2)) == hash) return true
  return false
}

/** Writes a string of a value that is kept, of which all is in the window. Gives where to write on, 0 for NO. */
function keepString(mode: i32, prose: bool, from: usize, to: usize, out: usize): usize {
  const length = to - from - 2
  if (mode == ALL) {
    if (out + length + 64 > OUT_END) return 0
    copy(out, from, length + 2)
    return out + length + 2
  }
  if (mode == HOLLOW || prose) return keepProse(length, out)
  // What is read must not hold the mark of what was cut.
  if (unicode) return 0
  if (length <= WHOLE) {
    copy(out, from, length + 2)
    return out + length + 2
  }
  copy(out, from, HEAD + 1)
  return keepLength(length, out + HEAD + 1)
}

/** Prose is only ever asked whether there is any. */
// @ts-ignore: decorator
@inline
function keepProse(length: usize, out: usize): usize {
  if (length == 0) {
    store<u16>(out, 0x2222)
    return out + 2
  }
  store<u32>(out, 0x227f22)
  return out + 3
}

/** Ends a string that was cut: a NUL, which no other kept string can hold, and how long it was. */
function keepLength(length: usize, at: usize): usize {
  if (escaped || notAscii) return 0
  store<u16>(at, 0x755c)
  store<u32>(at + 2, 0x30303030)
  let out = at + 6
  let unit: usize = 1
  while (unit * 10 <= length) unit *= 10
  for (; unit > 0; unit /= 10) store<u8>(out++, 0x30 + (((length / unit) % 10) as u32))
  store<u8>(out, QUOTE)
  return out + 1
}

/** Leaves what is not yet read at the front of the window, and says how much that is. */
function shift(from: usize, end: usize): i32 {
  base += from - IN
  memory.copy(IN, from, end - from)
  return (end - from) as i32
}

/**
 * Reads on: `filled` bytes stand at IN. The number of bytes that are still to be read, which then stand at the front
 * and are to be followed by more; 0 behind the last window; NO.
 */
export function scan(filled: usize, last: bool): i32 {
  const end = IN + filled
  if (last) memory.fill(end, 0, 128)
  let p = IN
  let out = outAt
  // The innermost loop works on these; what stays from window to window is put back at its end.
  let depth = savedDepth
  let frameMode = savedMode
  let frameObject = savedObject
  let frameProse = savedProse
  let frameKeys = savedFrameKeys
  let bloom = savedBloom
  let keys = savedKeys
  let members = savedMembers
  let first = savedFirst
  let answer = GO
  if (!started) {
    p = skipSpace(p)
    if (load<u8>(p) != 0x7b) return NO
    inside = ++p - IN
    store<u8>(out++, 0x7b)
    started = true
    first = true
    depth = 1
    frameMode = TOP
    frameObject = true
    frameProse = false
    frameKeys = 0
    bloom = 0
  }
  let resumed = inString
  inString = false
  let mode = stringMode
  let prose = stringProse
  let from = stringAt
  while (depth > 0) {
    let long = resumed
    const at = p
    const outBefore = out
    const keysBefore = keys
    const membersBefore = members
    const bloomBefore = bloom
    const firstBefore = first
    let good = false
    do {
      if (!resumed) {
        if (!last && p + 256 >= end) {
          answer = shift(p, end)
          break
        }
        if (out + 4096 > OUT_END) break
        p = skipSpace(p)
        let c = load<u8>(p) as u32
        // The end of an object or array.
        if (c == (frameObject ? 0x7d : 0x5d)) {
          if (p >= end) break
          if (frameMode >= NAMED) store<u8>(out++, c)
          p++
          depth--
          keys = frameKeys
          const frame = FRAMES + ((depth as usize) << 5)
          frameMode = load<i32>(frame)
          frameObject = load<bool>(frame, 4)
          frameProse = load<bool>(frame, 5)
          first = false
          frameKeys = load<i32>(frame, 8)
          bloom = load<u64>(frame, 16)
          if (depth == 1) store<u32>(MEMBERS + (((members - 1) as usize) << 4), (p - IN + base) as u32, 12)
          good = true
          break
        }
        if (first) first = false
        else {
          if (c != 0x2c) break
          p = skipSpace(p + 1)
          c = load<u8>(p)
        }
        mode = frameMode
        prose = frameProse
        if (frameObject) {
          if (c != QUOTE) break
          const key = p + 1
          // Printable ASCII lies at the bottom once it is moved there; all else is looked at by hand.
          let length: usize = 0
          let odd = false
          for (;;) {
            const v = v128.load(key + length)
            const stop = i8x16.bitmask(
              v128.or(
                v128.or(i8x16.eq(v, i8x16.splat(0x22)), i8x16.eq(v, i8x16.splat(0x5c))),
                i8x16.gt_s(i8x16.add(v, i8x16.splat(0x60)), i8x16.splat(-34)),
              ),
            )
            if (stop == 0) {
              length += 16
              if (length > LONGEST_KEY) break
              continue
            }
            length += ctz(stop)
            odd = load<u8>(key + length) != QUOTE
            break
          }
          if (length > LONGEST_KEY) break
          let sum: u32
          if (odd) {
            if (mode == TOP || mode == NAMED) break
            p = oddKeyEnd(key)
            if (p == 0) break
            sum = hashOf(KEY, keyLength)
          } else {
            p = key + length + 1
            sum = hash(key, length)
          }
          const entry = entryOf(sum)
          let kind: u32 = 0
          if (entry != 0) {
            const exact = !odd && load<u32>(entry, 4) == (length as u32) && same(entry + 16, key, length)
            const flags = load<u32>(entry, 8)
            if (exact) {
              kind = flags
              sum = load<u32>(entry, 12)
              if (flags & MARK) seen |= SAW_MARK
            } else if (mode == TOP ? flags & (BULK | GUARDED) : mode == NAMED ? flags & (KEPT | PROSE) : 0) break
          }
          const bit: u64 = (1 as u64) << (sum >> 26)
          if (bloom & bit && hasKey(sum, frameKeys, keys)) break
          bloom |= bit
          if (keys == MOST_KEYS || keys - frameKeys == MOST_KEYS_OF_ONE) break
          store<u32>(HASHES + ((keys as usize) << 2), sum)
          keys++
          const behind = p
          p = skipSpace(p)
          if (load<u8>(p) != 0x3a) break
          p = skipSpace(p + 1)
          c = load<u8>(p)
          if (mode == TOP) {
            if (members == MOST_MEMBERS) break
            const member = MEMBERS + ((members as usize) << 4)
            store<u32>(member, (key - 1 - IN + base) as u32)
            store<u32>(member, (behind - IN + base) as u32, 4)
            store<u32>(member, (p - IN + base) as u32, 8)
            members++
            mode = kind & BULK ? NAMED : ALL
            prose = true
          } else if (mode == NAMED) {
            prose = (kind & PROSE) != 0
            if (!(kind & (KEPT | PROSE))) mode = keepUnknown ? HOLLOW : DROP
          }
          if (mode != DROP) {
            if (load<u8>(out - 1) != 0x7b) store<u8>(out++, 0x2c)
            const whole = behind - key + 1
            copy(out, key - 1, whole)
            out += whole
            store<u8>(out++, 0x3a)
          }
        } else if (mode >= NAMED && load<u8>(out - 1) != 0x5b) store<u8>(out++, 0x2c)

        if (c == QUOTE) {
          const v = v128.load(p + 1)
          const stop = i8x16.bitmask(
            v128.or(
              v128.or(i8x16.eq(v, i8x16.splat(0x22)), i8x16.eq(v, i8x16.splat(0x5c))),
              i8x16.lt_s(v, i8x16.splat(0x20)),
            ),
          )
          const length: usize = ctz(stop)
          if (stop != 0 && load<u8>(p + 1 + length) == QUOTE) {
            if (length == 2 && load<u16>(p, 1) == 0x6831) seen |= SAW_HOUR
            const quote = p
            p += length + 2
            if (mode != DROP) {
              unicode = false
              out = keepString(mode, prose, quote, p, out)
              if (out == 0) break
            }
          } else {
            from = p++
            long = true
            escaped = false
            unicode = false
            notAscii = false
          }
        } else if (c == 0x7b || c == 0x5b) {
          if (depth == MOST_DEPTH || p >= end) break
          const frame = FRAMES + ((depth as usize) << 5)
          store<i32>(frame, frameMode)
          store<bool>(frame, frameObject, 4)
          store<bool>(frame, frameProse, 5)
          store<i32>(frame, frameKeys, 8)
          store<u64>(frame, bloom, 16)
          depth++
          frameObject = c == 0x7b
          frameMode = mode == HOLLOW ? DROP : mode
          frameProse = prose
          frameKeys = keys
          bloom = 0
          first = true
          p++
          if (mode == HOLLOW) {
            store<u16>(out, c == 0x7b ? 0x7d7b : 0x5d5b)
            out += 2
          } else if (mode != DROP) store<u8>(out++, c)
          good = true
          break
        } else {
          const token = p
          if (c == 0x74 && load<u32>(p) == 0x65757274) p += 4
          else if (c == 0x66 && load<u32>(p, 1) == 0x65736c61) p += 5
          else if (c == 0x6e && load<u32>(p) == 0x6c6c756e) p += 4
          else p = numberEnd(p)
          if (p == 0) break
          if (mode != DROP) {
            if (out + (p - token) + 64 > OUT_END) break
            copy(out, token, p - token)
            out += p - token
          }
        }
      }
      if (long) {
        p = stringEnd(p, end, last)
        if (p == 0) break
        if (p == 1) {
          // Enough of it must be there to know what becomes of it.
          if (!resumed && ranOutAt - from < WHOLE + 64) break
          if (mode == ALL) {
            const start = resumed ? IN : from
            if (out + (ranOutAt - start) + 64 > OUT_END) {
              answer = NO
              break
            }
            copy(out, start, ranOutAt - start)
            out += ranOutAt - start
          } else if (mode == NAMED && !prose && !resumed) {
            copy(out, from, HEAD + 1)
            out += HEAD + 1
          }
          stringAt = resumed ? from : from - IN + base
          inString = true
          stringMode = mode
          stringProse = prose
          answer = shift(ranOutAt, end)
          break
        }
        if (notAscii) seen |= SAW_NOT_ASCII
        if (resumed) {
          resumed = false
          if (mode == ALL) {
            if (out + (p - IN) + 64 > OUT_END) return NO
            copy(out, IN, p - IN)
            out += p - IN
          } else if (mode == HOLLOW || (mode == NAMED && prose)) out = keepProse(1, out)
          else if (mode == NAMED) {
            if (unicode) return NO
            out = keepLength(p - IN + base - from - 2, out)
            if (out == 0) return NO
          }
        } else {
          const length = p - from - 2
          // Two letters, one or both of them spelled by number, could be the hour.
          if (unicode && (length == 7 || length == 12)) return NO
          if (mode != DROP) {
            out = keepString(mode, prose, from, p, out)
            if (out == 0) break
          }
        }
      }
      if (depth == 1) store<u32>(MEMBERS + (((members - 1) as usize) << 4), (p - IN + base) as u32, 12)
      good = true
    } while (false)
    if (answer != GO) break
    if (good && (last || p <= end)) continue
    // It may only look wrong because the window ends here.
    if (last || resumed || end - at > 2048) return NO
    keys = keysBefore
    members = membersBefore
    bloom = bloomBefore
    out = outBefore
    first = firstBefore
    answer = shift(at, end)
    break
  }
  outAt = out
  savedDepth = depth
  savedMode = frameMode
  savedObject = frameObject
  savedProse = frameProse
  savedFrameKeys = frameKeys
  savedBloom = bloom
  savedKeys = keys
  savedMembers = members
  savedFirst = first
  if (answer != GO) return answer
  return skipSpace(p) == end && last ? 0 : NO
}
