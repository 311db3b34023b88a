import { need } from './check.ts'

/**
 * A stream of random numbers: the four words of xoshiro128++ (Blackman and Vigna 2019). Deterministic; never for secrets. What draws
 * from a stream changes its words.
 */
export type Stream = Int32Array

/** What the draws are for. Each purpose has streams of its own, so that a changed assumption leaves the others' draws as they were. */
export const PURPOSES = ['short', 'long', 'jumps', 'equity', 'demand', 'glut', 'promise'] as const
export type Purpose = (typeof PURPOSES)[number]

/** Mixes a word so that each bit of it changes half of the bits that come out (the finish of MurmurHash3). */
function mixed(word: number): number {
  const a = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  const b = Math.imul(a ^ (a >>> 13), 0xc2b2ae35)
  return b ^ (b >>> 16)
}

/**
 * The stream of a block of paths: the same for the same (seed, block, purpose) whoever computes it, with nothing in common with any
 * other. `seed` is a safe integer from 0.
 */
export function streamOf(seed: number, block: number, purpose: Purpose): Stream {
  need('notNegative', { seed, block })
  const keys = [seed % 2 ** 32, Math.floor(seed / 2 ** 32), block, PURPOSES.indexOf(purpose) + 1]
  const stream = new Int32Array(4)
  let word = 0x9e3779b9
  // Twice over the keys, so that each of them is in every word.
  for (let i = 0; i < 8; i += 1) {
    word = mixed((word + Math.imul(keys[i & 3]! | 0, 0x9e3779b1) + i) | 0)
    stream[i & 3] = stream[i & 3]! ^ word
  }
  // The one state that never leaves itself.
  if (stream.every((part) => part === 0)) stream[0] = 1
  return stream
}

/** The next 32 bits, signed. */
export function nextWord(stream: Stream): number {
  const sum = (stream[0]! + stream[3]!) | 0
  const word = (((sum << 7) | (sum >>> 25)) + stream[0]!) | 0
  const shifted = stream[1]! << 9
  stream[2]! ^= stream[0]!
  stream[3]! ^= stream[1]!
  stream[1]! ^= stream[2]!
  stream[0]! ^= stream[3]!
  stream[2]! ^= shifted
  stream[3] = (stream[3]! << 11) | (stream[3]! >>> 21)
  return word
}

/** A number between 0 and 1, never either: the middle of one of 2³² equal parts. */
export const uniform = (stream: Stream): number => ((nextWord(stream) >>> 0) + 0.5) / 2 ** 32
