import type { Ear } from './alike.ts'
import { carefulTokens, type Reading } from './usage.ts'
import { loadTokenizer, tokenizerIfLoaded } from './tokenizer.ts'

/** Text is kept until so much of it is there to be counted, and no more than that. UTF-16 units. */
const COUNT_AT = 64 * 1024
const KEEP = 1024 * 1024
const FIRST_ROOM = 256
/** Up to this a loop is quicker than a call. */
const SHORT = 32

/** What a model said, kept only as long as it may have to be counted. What is heard is not decoded before that. */
export type Said = Ear & {
  add(text: string): void
  bytes(): number
  pieces(): number
  /** Its tokens, by the tokenizer; what was too much to keep by its bytes. */
  counted(): Promise<number>
}

/** It stands for as long as its stream: its functions are the same for all of them. */
type Own = Said & {
  kept: string[]
  size: number
  allBytes: number
  allPieces: number
  tokens: number
  /** What came as JSON spells it, after all that is in `kept`. */
  spelled: Buffer
  room: number
}

const NOTHING = Buffer.alloc(0)
/** Nothing is put into it. */
const NONE: string[] = []

/** Every piece of text as it goes by. */
export function sayings(): Said {
  const own: Own = {
    kept: NONE,
    size: 0,
    allBytes: 0,
    allPieces: 0,
    tokens: 0,
    spelled: NOTHING,
    room: 0,
    add,
    hear,
    bytes,
    pieces,
    counted,
  }
  return own
}

function decode(own: Own): void {
  if (own.room === 0) return
  keep(own, JSON.parse(`"${own.spelled.toString('utf8', 0, own.room)}"`) as string)
  own.room = 0
}

/** Often there is one text and no other: a list that grew would be mostly empty. */
function keep(own: Own, text: string): void {
  if (own.kept.length === 0) own.kept = [text]
  else own.kept.push(text)
}

function fold(own: Own, count: (text: string) => number): void {
  decode(own)
  own.tokens += count(own.kept.join(''))
  own.kept = NONE
  own.size = 0
}

function grow(own: Own, length: number): void {
  const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_ROOM, 2 * (own.room + length)))
  own.spelled.copy(larger, 0, 0, own.room)
  own.spelled = larger
}

function shrink(own: Own): void {
  const tokenizer = tokenizerIfLoaded()
  if (tokenizer) fold(own, tokenizer.count)
  else if (own.size > KEEP) fold(own, (all) => carefulTokens(Buffer.byteLength(all)))
}

function add(this: Own, text: string): void {
  if (text === '') return
  this.allPieces += 1
  this.allBytes += Buffer.byteLength(text)
  decode(this)
  keep(this, text)
  this.size += text.length
  if (this.size >= COUNT_AT) shrink(this)
}

function hear(this: Own, from: Buffer, start: number, end: number, escapes: number): void {
  const length = end - start
  this.allPieces += 1
  this.allBytes += length - escapes
  if (this.room + length > this.spelled.length) grow(this, length)
  const { spelled, room } = this
  if (length > SHORT) from.copy(spelled, room, start, end)
  else for (let at = start, to = room; at < end; at += 1, to += 1) spelled[to] = from[at]!
  this.room += length
  this.size += length
  if (this.size >= COUNT_AT) shrink(this)
}

function bytes(this: Own): number {
  return this.allBytes
}

function pieces(this: Own): number {
  return this.allPieces
}

async function counted(this: Own): Promise<number> {
  if (this.size > 0) {
    const tokenizer = await loadTokenizer().catch(() => null)
    fold(this, tokenizer ? tokenizer.count : (all) => carefulTokens(Buffer.byteLength(all)))
  }
  return this.tokens
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
