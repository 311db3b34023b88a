import type { Hear } from './alike.ts'
import { carefulTokens, type Reading } from './usage.ts'
import { loadTokenizer, tokenizerIfLoaded } from './tokenizer.ts'

/** Text is kept until so much of it is there to be counted, and no more than that. UTF-16 units. */
const COUNT_AT = 64 * 1024
const KEEP = 1024 * 1024
const FIRST_ROOM = 256
/** Up to this a loop is quicker than a call. */
const SHORT = 32

/** What a model said, kept only as long as it may have to be counted. */
export type Said = {
  add(text: string): void
  /** The same of a text as JSON spells it, of which nothing is decoded before it has to be counted. */
  readonly hear: Hear
  bytes(): number
  pieces(): number
  /** Its tokens, by the tokenizer; what was too much to keep by its bytes. */
  counted(): Promise<number>
}

/** Every piece of text as it goes by. */
export function sayings(): Said {
  let kept: string[] = []
  let size = 0
  let bytes = 0
  let pieces = 0
  let tokens = 0
  /** What came as JSON spells it, after all that is in `kept`. */
  let spelled: Buffer | null = null
  let room = 0

  const decode = (): void => {
    if (spelled === null || room === 0) return
    kept.push(JSON.parse(`"${spelled.toString('utf8', 0, room)}"`) as string)
    room = 0
  }

  const fold = (count: (text: string) => number): void => {
    decode()
    tokens += count(kept.join(''))
    kept = []
    size = 0
  }

  const grow = (length: number): void => {
    const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_ROOM, 2 * (room + length)))
    spelled?.copy(larger, 0, 0, room)
    spelled = larger
  }

  const shrink = (): void => {
    const tokenizer = tokenizerIfLoaded()
    if (tokenizer) fold(tokenizer.count)
    else if (size > KEEP) fold((all) => carefulTokens(Buffer.byteLength(all)))
  }

  return {
    add(text) {
      if (text === '') return
      pieces += 1
      bytes += Buffer.byteLength(text)
      decode()
      kept.push(text)
      size += text.length
      if (size >= COUNT_AT) shrink()
    },
    hear(from, start, end, escapes) {
      const length = end - start
      pieces += 1
      bytes += length - escapes
      if (spelled === null || room + length > spelled.length) grow(length)
      if (length > SHORT) from.copy(spelled!, room, start, end)
      else for (let at = start, to = room; at < end; at += 1, to += 1) spelled![to] = from[at]!
      room += length
      size += length
      if (size >= COUNT_AT) shrink()
    },
    bytes: () => bytes,
    pieces: () => pieces,
    async counted() {
      if (size > 0) {
        const counted = await loadTokenizer().catch(() => null)
        fold(counted ? counted.count : (all) => carefulTokens(Buffer.byteLength(all)))
      }
      return tokens
    },
  }
}

/** What a reading says of what was said, in one reply or in several at once; `exact` where the tokenizer is the model's own. */
export function heard(
  replies: readonly Said[],
  exact: boolean,
): Pick<Reading, 'outputBytes' | 'pieces' | 'counted'> {
  const sum = (of: (said: Said) => number): number => replies.reduce((all, said) => all + of(said), 0)
  const counted = async (): Promise<number> =>
    (await Promise.all(replies.map((said) => said.counted()))).reduce((all, one) => all + one, 0)
  const seen = { outputBytes: sum((said) => said.bytes()), pieces: sum((said) => said.pieces()) }
  return exact ? { ...seen, counted } : seen
}
