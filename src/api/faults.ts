import { HTTPException } from 'hono/http-exception'
import type { ZodError } from 'zod'
import { Fault, FAULTS } from '#base/fault.ts'
import type { FaultCode } from '#base/fault.ts'
import { isConnectionLost } from '#db/sql.ts'

export type Envelope = {
  readonly error: {
    readonly code: FaultCode
    readonly message: string
    readonly param: string | null
    readonly doc: string
    readonly request_id: string
  }
}

/** The one shape in which the people's API refuses. */
export const envelope = (fault: Fault, requestId: string): Envelope => ({
  error: {
    code: fault.code,
    message: fault.message,
    param: fault.param,
    doc: `/docs/errors#${fault.code}`,
    request_id: requestId,
  },
})

/** The headers that belong to a refusal: what the path does answer, when to try again. */
export function headersOf(fault: Fault): Record<string, string> {
  const { allow, retryAfter } = fault.details ?? {}
  return {
    'content-type': 'application/json',
    ...(allow !== undefined && { allow }),
    ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
  }
}

/** Whatever was thrown, as a refusal. What is not a refusal is a bug; its text stays inside, in the log. */
export function faultOf(error: unknown): Fault {
  if (error instanceof Fault) return error
  if (error instanceof HTTPException) return fromHttp(error)
  if (isConnectionLost(error))
    return new Fault('unavailable', 'The database cannot be reached now. Try again in a few seconds.', {
      cause: error,
    })
  return new Fault('internal', 'Perq met a bug. Report the request id; the log has the rest.', {
    cause: error,
  })
}

function fromHttp(error: HTTPException): Fault {
  if (error.status === 415)
    return new Fault('unsupported_media_type', 'This path reads JSON: send content-type: application/json.', {
      param: 'content-type',
    })
  return new Fault('invalid', 'The body is not valid JSON.', { param: 'body' })
}

/** The first issue of a zod error: which field, which value, and what would be right. */
export function invalidOf(error: ZodError, target: string, value: unknown): Fault {
  const issue = error.issues[0]
  const path = issue?.path.map(String) ?? []
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const param =
    (unknown === undefined ? path : [...path, unknown]).join('.') || (target === 'json' ? 'body' : target)
  const had = path.reduce<unknown>((inner, key) => member(inner, key), value)
  const problem = (issue?.message ?? 'It cannot be used').replace(/\.$/, '')
  if (unknown !== undefined)
    return new Fault('invalid', `There is no field ${param} here. Leave it out.`, { param })
  return new Fault('invalid', `${param} is ${shown(had)}. ${problem}.`, { param })
}

const member = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, key)?.value : undefined

/** Long or nested values would drown the sentence. */
function shown(value: unknown): string {
  if (value === undefined) return 'missing'
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

/** The page that `doc` links to: every code, what it means, which status it has. Plain HTML without scripts. */
export function errorsPage(): string {
  const rows = Object.entries(FAULTS).map(
    ([code, { status, title }]) =>
      `<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${title}</td></tr>`,
  )
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Errors of the Perq API</title></head>
<body>
<h1>Errors of the Perq API</h1>
<p>Every refusal is <code>{"error": {"code", "message", "param", "doc", "request_id"}}</code>. The code is stable;
the message names the field, the value and the remedy.</p>
<table>
<thead><tr><th scope="col">code</th><th scope="col">status</th><th scope="col">meaning</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
</body>
</html>
`
}
