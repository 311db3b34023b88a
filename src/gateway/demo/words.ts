import { createHash } from 'node:crypto'

/** Numbers from a text: the same text gives the same numbers on every machine. */
export function numbersFrom(seed: string): () => number {
  let state = createHash('sha256').update(seed).digest().readUInt32LE(0)
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }
}

const OPENINGS = [
  'Short answer:',
  'Here is what I would do.',
  'Good question.',
  'In brief:',
  'Let us take it step by step.',
]
const SENTENCES = [
  'Start with the smallest change that can be measured, and keep the old path until the new one has proved itself.',
  'The numbers point to the write path: most of the time goes into waiting for the disk, not into the query.',
  'I would split this into two functions, one that decides and one that talks to the network.',
  'A test that fails for the right reason is worth more than three that pass by accident.',
  'If the input can be empty, say so in the type and handle it where the value enters the system.',
  'Batching helps here, because many small commits cost far more than one large one.',
  'Two readers of the same file may see different versions, so compare the hashes before you trust the copy.',
  'The error message should name the field, the value that was wrong, and what to do about it.',
  'Keep the index narrow; every extra column makes each write a little slower.',
  'You can roll this out behind a flag and watch the error rate for a day.',
  'Most of the cost comes from the long prompt, so put the part that never changes first.',
  'The simplest fix is to retry once after a short pause, and then to report the failure.',
  'Write down which guarantee the caller relies on before you change the order of these steps.',
  'A queue without a limit only moves the problem to the moment when memory runs out.',
]

/** Whole sentences of at least `count` tokens; a token of the demo models is one word with the space before it. */
export function sayAtLeast(seed: string, count: number): string[] {
  const next = numbersFrom(seed)
  const tokens: string[] = []
  for (let first = true; tokens.length < count; first = false) {
    const list = first ? OPENINGS : SENTENCES
    for (const word of list[next() % list.length]!.split(' '))
      tokens.push(tokens.length === 0 ? word : ` ${word}`)
  }
  return tokens
}

/** Exactly `count` tokens, wherever that ends. */
export const sayTokens = (seed: string, count: number): string[] => sayAtLeast(seed, count).slice(0, count)
