import { objectAt, itemsAt, type Member } from './scan.ts'
import type { BadBody, Cut, JsonBody } from './body.ts'

/** One tool of a request: its fields as they stand in the bytes. */
export type ToolPlace = { readonly members: ReadonlyMap<string, Member>; readonly inside: number }

const MAX_DEPTH = 8

/** Why the tools of a request could mean two things; a body that was skimmed was looked through already. */
export function oddTools(body: JsonBody, guarded: ReadonlySet<string>): BadBody | null {
  const places = body.skimmed ? [] : toolPlaces(body, guarded)
  return 'kind' in places ? places : null
}

/**
 * Where the tools of a request and their fields stand. A field that is given twice, or in another case, would let one
 * tool be priced and another run, so it is refused: `guarded` are the names (in lower case) that decide what runs.
 */
export function toolPlaces(body: JsonBody, guarded: ReadonlySet<string>): readonly ToolPlace[] | BadBody {
  const member = body.members.get('tools')
  if (!member) return []
  return placesAt(body.bytes, member.valueStart, guarded, 0) ?? []
}

function placesAt(
  bytes: Buffer,
  open: number,
  guarded: ReadonlySet<string>,
  depth: number,
): readonly ToolPlace[] | BadBody | null {
  const places: ToolPlace[] = []
  for (const { from } of itemsAt(bytes, open) ?? []) {
    const tool = objectAt(bytes, from)
    if (!tool) continue
    const members = new Map<string, Member>()
    for (const member of tool.members) {
      const fold = member.key.toLowerCase()
      // Some parsers fold letters outside ASCII into those inside.
      const plain = /^[\x20-\x7e]*$/.test(member.key)
      if (!plain || members.has(fold) || (fold !== member.key && guarded.has(fold)))
        return {
          kind: 'bad',
          message: `A tool's field ${JSON.stringify(fold.slice(0, 80))} is given twice or in another case; Perq would not know which one runs.`,
          param: 'tools',
        }
      members.set(fold, member)
    }
    places.push({ members, inside: tool.inside })
    // A tool may hold tools of its own.
    const inner = members.get('tools')
    const deeper = inner && depth < MAX_DEPTH ? placesAt(bytes, inner.valueStart, guarded, depth + 1) : null
    if (deeper && 'kind' in deeper) return deeper
  }
  return places
}

/** Writes a field of a tool: in the place of the client's own value, or as a new first field. */
export function toolCut({ members, inside }: ToolPlace, field: string, json: string): Cut {
  const member = members.get(field)
  if (member) return { from: member.valueStart, to: member.valueEnd, text: json }
  const rest = members.size === 0 ? '' : ','
  return { from: inside, to: inside, text: `${JSON.stringify(field)}:${json}${rest}` }
}
