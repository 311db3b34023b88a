import assert from 'node:assert/strict'
import type { Ask, MeteredRoute, NoAsk } from '#gateway/door.ts'
import { isNoAsk } from '#gateway/fields.ts'
import { readJson, type JsonBody } from '#gateway/relay/body.ts'

/** A request as a door reads it. */
export function bodyOf(route: MeteredRoute, value: object): JsonBody {
  const body = readJson(Buffer.from(JSON.stringify(value)), route.guarded)
  assert.equal(body.kind, 'json')
  return body as JsonBody
}

/** These routes read nothing from their path. */
export const NOWHERE = { upstreamPath: '', model: null }

export const asked = (route: MeteredRoute, value: object): Ask | NoAsk =>
  route.ask(bodyOf(route, value), NOWHERE, [])

export function ask(route: MeteredRoute, value: object): Ask {
  const read = asked(route, value)
  assert.ok(!isNoAsk(read), isNoAsk(read) ? read.message : '')
  return read as Ask
}

/** What goes to the provider. */
export const sent = (route: MeteredRoute, value: object, cap: number | null): unknown =>
  JSON.parse(Buffer.concat(route.rewrite(bodyOf(route, value), ask(route, value), cap)).toString())
