/**
 * The one registry of refusals that leave the process. Every wire translates a Fault into its own shape;
 * `code` is stable and documented, `status` is what the people's API answers.
 */
export const FAULTS = {
  invalid: { status: 400, title: 'A field has a value that cannot be used.' },
  unauthenticated: { status: 401, title: 'No valid credential came with the request.' },
  forbidden: { status: 403, title: 'The person may not do this.' },
  not_found: { status: 404, title: 'There is no such thing, or it may not be seen.' },
  method_not_allowed: { status: 405, title: 'The path exists, but not with this method.' },
  conflict: { status: 409, title: 'It collides with what already stands.' },
  idempotency_conflict: { status: 409, title: 'The same Idempotency-Key came with another body.' },
  too_large: { status: 413, title: 'The body is larger than the limit.' },
  unsupported_media_type: { status: 415, title: 'The body is not of a type that this path reads.' },
  rate_limited: { status: 429, title: 'Too many requests in a short time.' },
  unavailable: { status: 503, title: 'A part that is needed cannot be reached now; nothing was done.' },
  internal: { status: 500, title: 'A bug in Perq.' },
  // vesting kernel
  cliff_before_start: { status: 400, title: 'The cliff date falls before its statement starts.' },
  cliff_without_rest: { status: 400, title: 'A cliff below 100 % has no occurrence after it.' },
  over_allocated: { status: 400, title: 'The percentages of the statements sum to more than 1.' },
  // graphs of vesting conditions, and windows of events
  cycle: { status: 400, title: 'Vesting conditions lead back to themselves.' },
  no_root: { status: 400, title: 'No vesting condition is the first: each follows another.' },
  unknown_condition: { status: 400, title: 'A vesting condition refers to one that is not there.' },
  unreachable_condition: { status: 400, title: 'No way leads to a vesting condition.' },
  empty_window: { status: 400, title: 'The time in which an event counts has no day.' },
  impossible_event: { status: 400, title: 'An event can never vest anything.' },
  not_expressible: { status: 400, title: 'The target format has no words for this.' },
  // grants
  frozen: { status: 409, title: 'What was submitted or agreed is not changed.' },
  approval_required: { status: 403, title: 'Another person has to approve it first.' },
  // spending
  unknown_model: { status: 400, title: 'The price book has no price for this model.' },
  model_not_allowed: { status: 400, title: 'Policy does not allow this model for this person or key.' },
  budget_exhausted: { status: 400, title: 'The wallet cannot pay for this call.' },
  route_closed: { status: 400, title: 'The route cannot be metered and is therefore closed.' },
  upstream_unavailable: { status: 502, title: 'The provider cannot be reached.' },
} as const

export type FaultCode = keyof typeof FAULTS

/** An expected refusal. `param` names the field, `message` the value and the remedy. */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly code: FaultCode
  readonly param: string | null
  readonly details: Readonly<Record<string, string>> | null

  constructor(
    code: FaultCode,
    message: string,
    more: { param?: string; details?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.code = code
    this.param = more.param ?? null
    this.details = more.details ?? null
  }

  get status(): number {
    return FAULTS[this.code].status
  }
}

/** What was thrown, in words: of a Fault or of anything else. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown)
