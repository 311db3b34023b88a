import { createRoute, type OpenAPIHono, type RouteConfig, type z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { Fault } from '#base/fault.ts'
import { RULES } from '../access.ts'
import { signedIn } from '../guard.ts'
import type { Work } from '../idempotency.ts'
import type { Env, Parts } from '../parts.ts'
import * as s from '../schemas.ts'

export type App = OpenAPIHono<Env>

const REFUSAL = {
  content: { 'application/json': { schema: s.fault } },
  description: 'Refused; the code says why.',
}

/** An answer in JSON of one shape, with the refusals that every path has. */
export const answers = <const Status extends 200 | 201, Schema extends z.ZodType>(
  status: Status,
  schema: Schema,
  description: string,
) => ({ [status]: { content: { 'application/json': { schema } }, description }, default: REFUSAL })

/** A described path: its name in the document and its security come from the rule it has. */
export function described<const Path extends string, Config extends Omit<RouteConfig, 'path'>>(
  path: Path,
  config: Config,
) {
  const rule = RULES[`${config.method.toUpperCase()} ${path}`]
  const byKey = rule?.kind === 'owned' && rule.byKey
  const security = rule?.kind === 'public' ? [] : [{ session: [] }, ...(byKey ? [{ key: [] }] : [])]
  return createRoute({ security, ...config, path })
}

/** The body of a POST: JSON of one shape, and it must be there. */
export const body = <Schema extends z.ZodType>(schema: Schema) => ({
  content: { 'application/json': { schema } },
  required: true as const,
})

/** Runs a POST once for its Idempotency-Key and tells when the answer is a repetition. */
export async function once(parts: Parts, c: Context<Env>, ask: unknown, work: Work): Promise<unknown> {
  const outcome = await parts.idempotent({
    principal: signedIn(c).id,
    key: c.req.header('idempotency-key') ?? null,
    route: `${c.req.method} ${c.req.path}`,
    body: ask,
    work,
  })
  if (outcome.replayed) c.header('idempotent-replayed', 'true')
  return outcome.body
}

/**
 * What would happen (`only` looks), or what was done once for its Idempotency-Key; one shape tells both. `ask` is the body
 * by which a repetition is known.
 */
export async function seenOrDone<Done>(
  parts: Parts,
  c: Context<Env>,
  ask: unknown,
  doing: {
    readonly only: boolean
    readonly status: 200 | 201
    readonly look: () => Promise<Done>
    readonly make: (id: string) => Promise<Done>
    readonly tell: (done: Done) => unknown
  },
): Promise<unknown> {
  const { only, status, look, make, tell } = doing
  if (only) return tell(await look())
  return once(parts, c, ask, {
    kind: 'once',
    run: async (id) => ({ status, body: tell(await make(id)) }),
  })
}

/** What a report found, or the refusal that there is no such thing. */
export function found<T>(view: T | null, what: string): T {
  if (view === null) throw new Fault('not_found', `There is no ${what}.`, { param: 'id' })
  return view
}
