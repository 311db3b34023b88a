import type { ServerResponse } from 'node:http'
import type { Millis } from '#base/time.ts'
import type { Fields } from '../relay/usage.ts'
import type { PromptCache } from './cache.ts'

/** One call to the demo provider. */
export type DemoCall = {
  readonly body: Fields
  readonly res: ServerResponse
  readonly id: string
  /** Unix seconds, as OpenAI writes times. */
  readonly created: number
  readonly now: Millis
  readonly cache: PromptCache
  /** Milliseconds between two events. */
  readonly pace: number
  readonly headers: Record<string, string>
}

/** What the provider answers to a request that it cannot use. */
export type DemoProblem = {
  readonly demo: true
  readonly status: number
  readonly message: string
  readonly param: string | null
}

/** Thrown inside the demo provider and written by its router in the shape of the protocol. */
export function badRequest(message: string, param: string | null = null, status = 400): Error & DemoProblem {
  return Object.assign(new Error(message), { demo: true as const, status, param })
}

export const isDemoProblem = (error: unknown): error is Error & DemoProblem =>
  error instanceof Error && 'demo' in error

export function strict<T>(value: T | null, field: string): T {
  if (value === null || value === '') throw badRequest(`Missing required parameter: '${field}'.`, field)
  return value
}

export function limitIn(body: Fields, field: string): number | null {
  const value = body[field]
  if (value === undefined || value === null) return null
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1)
    throw badRequest(`Invalid value for '${field}': expected an integer above 0.`, field)
  return value
}

export const openaiUsage = (input: number, cached: number, output: number) => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
  prompt_tokens_details: { cached_tokens: Math.min(cached, input), audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: 0,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
})
