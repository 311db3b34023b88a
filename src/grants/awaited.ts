import type { Json } from '#base/json.ts'
import type { Terms } from './terms.ts'

/** The events that terms wait for: those that something vests by, and those that accelerate. */
export function awaitedEvents({
  statements,
  clauses,
}: Pick<Terms, 'statements' | 'clauses'>): readonly string[] {
  const accelerating = (clauses.acceleration ?? []).flatMap(({ events }) => events)
  return [...new Set([...vestingEvents(statements as Json), ...accelerating])]
}

function vestingEvents(form: Json): readonly string[] {
  if (Array.isArray(form)) return form.flatMap((one) => eventOf(field(one, 'event_condition'), 'event_id'))
  const parts = field(form, 'parts')
  if (Array.isArray(parts)) return parts.flatMap((part) => vestingEvents(field(part, 'statements')))
  const graph = field(form, 'graph')
  if (!Array.isArray(graph)) return []
  // The id of an event is the id of its condition.
  return graph.flatMap((condition) =>
    field(field(condition, 'trigger'), 'type') === 'VESTING_EVENT' ? eventOf(condition, 'id') : [],
  )
}

function eventOf(of: Json, name: string): readonly string[] {
  const id = field(of, name)
  return typeof id === 'string' ? [id] : []
}

const field = (of: Json, name: string): Json =>
  typeof of === 'object' && of !== null && !Array.isArray(of)
    ? ((of as { readonly [key: string]: Json })[name] ?? null)
    : null
