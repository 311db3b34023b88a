import { isUtf8 } from 'node:buffer'
import { oddity, topLevel, type Member } from './scan.ts'

/** A request body, parsed once, with the places of its top-level members. */
export type JsonBody = {
  readonly kind: 'json'
  readonly bytes: Buffer
  readonly value: Readonly<Record<string, unknown>>
  readonly members: Pick<ReadonlyMap<string, Member>, 'get' | 'size'>
  readonly inside: number
  /**
   * Set where `value` is only what a route's ask reads (`skim.ts`): then no object of the body has a name twice, or one
   * that only looks like one that is read. What was looked out for on the way.
   */
  readonly skimmed?: Sights
}

/** Whether a name stands anywhere in a body, and whether a string is a cache's hour (`"1h"`). */
export type Sights = { readonly mark: boolean; readonly hour: boolean }

export type BadBody = { readonly kind: 'bad'; readonly message: string; readonly param: string | null }

const bad = (message: string, param: string | null = null): BadBody => ({ kind: 'bad', message, param })

/**
 * `guarded` are the fields (in lower case) that decide what runs and what it costs; they may not come in another case.
 *
 * Parses a body so that nobody behind us can read it differently: two members of one name, and names that some
 * parsers fold together (`Model`, `mod\u0065l`, a Kelvin sign for a k), would let one model be priced and another run.
 */
export function readJson(bytes: Buffer, guarded: ReadonlySet<string>): JsonBody | BadBody {
  if (!isUtf8(bytes)) return bad('The body is not valid UTF-8.')
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch {
    return bad('The body is not valid JSON.')
  }
  const outer = topLevel(bytes)
  if (!outer || typeof value !== 'object' || value === null || Array.isArray(value))
    return bad('The body must be a JSON object.')
  const members = new Map<string, Member>()
  const folded = new Set<string>()
  for (const member of outer.members) {
    if (!/^[\x20-\x7e]*$/.test(member.key))
      return bad(`The top-level field ${JSON.stringify(member.key)} has characters that no field name has.`)
    const fold = member.key.toLowerCase()
    if (folded.has(fold))
      return bad(`The field "${fold}" is given twice; Perq would not know which one runs.`, fold)
    if (fold !== member.key && guarded.has(fold))
      return bad(`The field "${member.key}" must be written "${fold}".`, member.key)
    folded.add(fold)
    members.set(member.key, member)
    const odd = guarded.has(fold) ? oddIn(bytes, member) : null
    if (odd !== null) return odd
  }
  return { kind: 'json', bytes, value: value as Record<string, unknown>, members, inside: outer.inside }
}

/** Why the value of a guarded field could mean two things: some object in it gives a name twice. */
function oddIn(bytes: Buffer, { key, valueStart, valueEnd }: Member): BadBody | null {
  const odd = oddity(bytes.subarray(valueStart, valueEnd), (name) => name)
  if (odd?.kind === 'deep') return bad(`The field "${key}" is nested too deeply.`, key)
  if (odd)
    return bad(
      `The field "${key}" names ${JSON.stringify(odd.name.slice(0, 80))} twice; Perq would not know which one runs.`,
      key,
    )
  return null
}

/** The value of a body with all that it holds, also where only a part of it was read. */
export const wholeOf = ({ bytes, value, skimmed }: JsonBody): JsonBody['value'] =>
  skimmed ? (JSON.parse(bytes.toString('utf8')) as JsonBody['value']) : value

/** New values of top-level fields, each named once. */
export type Edits = Iterable<readonly [field: string, json: string]>

/** Bytes to replace, and by what. */
export type Cut = { readonly from: number; readonly to: number; readonly text: string }

/**
 * Puts new values for top-level fields into the client's own bytes: everything else keeps its order, its formatting
 * and its digits. They are not copied: what comes back are pieces of them, and the edits between. `json` must be JSON
 * text. `deeper` are replacements inside values that no edit replaces.
 */
export function splice(body: JsonBody, edits: Edits, deeper: readonly Cut[] = []): readonly Buffer[] {
  const cuts: Cut[] = deeper.length === 0 ? [] : [...deeper]
  let added = ''
  for (const [key, json] of edits) {
    const member = body.members.get(key)
    if (member) cuts.push({ from: member.valueStart, to: member.valueEnd, text: json })
    else added += `${added === '' ? '' : ','}${JSON.stringify(key)}:${json}`
  }
  if (cuts.length === 0 && added === '') return [body.bytes]
  if (added !== '')
    cuts.push({ from: body.inside, to: body.inside, text: body.members.size === 0 ? added : `${added},` })
  if (cuts.length > 1) cuts.sort((a, b) => a.from - b.from)
  const parts: Buffer[] = []
  let at = 0
  for (const cut of cuts) {
    if (cut.from > at) parts.push(body.bytes.subarray(at, cut.from))
    if (cut.text !== '') parts.push(Buffer.from(cut.text))
    at = cut.to
  }
  if (at < body.bytes.length) parts.push(body.bytes.subarray(at))
  return parts
}

/**
 * The object under a top-level field as a body of its own, or null when there is no object. Its bytes are the body's
 * own: spliced into `body` again, everything around an edit stays as it was.
 */
export function within(body: JsonBody, key: string): JsonBody | null {
  const member = body.members.get(key)
  const value = body.value[key]
  if (!member || typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const bytes = body.bytes.subarray(member.valueStart, member.valueEnd)
  const inner = topLevel(bytes)
  if (!inner) return null
  const members = new Map(inner.members.map((each) => [each.key, each]))
  return { kind: 'json', bytes, value: value as Record<string, unknown>, members, inside: inner.inside }
}
