import type { Rational } from '#base/rational.ts'
import { add, ONE, ZERO } from '#base/rational.ts'
import { fieldsOf, isFields, part, refuse } from './fields.ts'
import { parseGraph } from './ocf/checks.ts'
import type { Graph } from './ocf/graph.ts'
import type { Template } from './template.ts'
import { parseTemplate, refuseOverAllocation } from './template.ts'

/** One of the parts that run beside each other, each from the same start; shares are of the whole grant. */
export type Chain = { readonly share: Rational; readonly statements: Template }

/** Chains that run beside each other; a graph is one of OCF v1 conditions. */
export type Form =
  | { readonly kind: 'chains'; readonly chains: readonly Chain[] }
  | { readonly kind: 'graph'; readonly graph: Graph }

const MAX_PARTS = 20

/**
 * A template as it comes from JSON: an array of statements, `{ parts: [{ share, statements }] }` or `{ graph: [...] }`.
 * Throws Fault `invalid`, `over_allocated` or `empty_window`, and for a graph those of `ocf/checks.ts`.
 */
export function parseForm(value: unknown, param = 'template'): Form {
  if (!isFields(value))
    return { kind: 'chains', chains: [{ share: ONE, statements: parseTemplate(value, param) }] }
  if (value.graph !== undefined) {
    return { kind: 'graph', graph: parseGraph(fieldsOf(value, param, ['graph']).graph, `${param}.graph`) }
  }
  if (value.parts === undefined)
    refuse(param, value, 'give an array of statements, or an object with either parts or a graph')
  return { kind: 'chains', chains: parseParts(fieldsOf(value, param, ['parts']).parts, `${param}.parts`) }
}

function parseParts(value: unknown, param: string): Chain[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_PARTS) {
    return refuse(param, value, `give an array of 1 to ${MAX_PARTS} parts`)
  }
  const items: readonly unknown[] = value
  let sum: Rational = ZERO
  const chains = items.map((item, index) => {
    const at = `${param}[${index}]`
    const fields = fieldsOf(item, at, ['share', 'statements'])
    const share = part(fields.share, `${at}.share`)
    sum = add(sum, share)
    return { share, statements: parseTemplate(fields.statements, `${at}.statements`) }
  })
  refuseOverAllocation(sum, param)
  return chains
}
