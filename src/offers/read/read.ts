import type { SideAsk } from '../compare/ask.ts'
import { openReading } from './clause.ts'
import { clausesOf, type Found } from './span.ts'

export type ReadOffer = {
  readonly offer: SideAsk
  readonly found: readonly Found[]
  readonly not_understood: readonly string[]
  readonly notes: readonly string[]
}

/** What JSON says, where it is a document that is known; words say why it is not. */
export type ReadDocument = (
  value: unknown,
) =>
  | (Pick<ReadOffer, 'offer' | 'notes'> & { readonly not_understood?: readonly string[] })
  | { readonly why: string }

const MOST_TEXT = 64 * 1024
const MOST_TOLD = 40

/**
 * An offer out of whatever somebody pasted: words, or a document as JSON. Never throws. Every number of the offer is one of the text, and what
 * was not understood is told instead of guessed.
 */
export function readOffer(
  text: string,
  { name, document }: { readonly name?: string | undefined; readonly document: ReadDocument },
): ReadOffer {
  const called = name?.trim().slice(0, 80) || 'Other offer'
  const nothing = { offer: { name: called }, found: [], notes: [] }
  if (text.length > MOST_TEXT)
    return { ...nothing, not_understood: [`the text is longer than ${MOST_TEXT} characters`] }
  if (text.trimStart().startsWith('{')) {
    const read = documentOf(text, document)
    if ('why' in read) return { ...nothing, not_understood: [read.why] }
    const offer = name === undefined ? read.offer : { ...read.offer, name: called }
    return { offer, found: [], notes: read.notes, not_understood: read.not_understood ?? [] }
  }
  const reading = openReading()
  for (const clause of clausesOf(text)) reading.read(clause)
  const { offer, found, missed, notes } = reading.done(text)
  const titled =
    /^\s*(?:[Oo]ffer\s+(?:from|by|of)|[Cc]ompany\s*:)\s*([A-Z][\w&.' -]{0,60}?)\s*(?:[:\n,]|$)/.exec(
      text,
    )?.[1]
  return {
    offer: { name: name === undefined && titled !== undefined ? titled : called, ...offer },
    found,
    not_understood: missed.slice(0, MOST_TOLD),
    notes,
  }
}

function documentOf(text: string, document: ReadDocument): ReturnType<ReadDocument> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { why: 'it begins as JSON does, but is none' }
  }
  return document(value)
}
