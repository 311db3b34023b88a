import { refuse, refuseBody, type Ask, type NoAsk } from '../door.ts'
import { messages } from '../anthropic/messages.ts'
import { isNoAsk } from '../fields.ts'
import { readJson, splice, type Cut, type JsonBody } from '../relay/body.ts'
import type { HeaderList } from '../relay/headers.ts'
import { itemsAt, objectAt, type Member } from '../relay/scan.ts'

/** As many as Perq takes: each is a hold of its own. */
export const MOST_CALLS = 10_000

/** One request of a batch: where its parameters stand, and what they ask for. */
export type BatchAsk = {
  readonly customId: string
  readonly params: Member
  readonly body: JsonBody
  readonly ask: Ask
}

export type BatchBody = {
  readonly kind: 'batch'
  readonly body: JsonBody
  readonly asks: readonly BatchAsk[]
}

const NOWHERE = { upstreamPath: '', model: null }
const FIELDS = new Set(['custom_id', 'params'])
const CUSTOM_ID = /^[a-zA-Z0-9_-]{1,64}$/

/** Reads a batch as so many messages; the first request that cannot be metered refuses all, and is named. */
export function readBatch(bytes: Buffer, headers: HeaderList): BatchBody | NoAsk {
  const body = readJson(bytes, new Set(['requests']))
  if (body.kind === 'bad') return refuseBody(body)
  const list = body.members.get('requests')
  const items = (list && itemsAt(bytes, list.valueStart)) ?? []
  if (items.length === 0) return refuse('invalid', '"requests" must name at least one request.', 'requests')
  if (items.length > MOST_CALLS)
    return refuse('invalid', `A batch may hold ${MOST_CALLS} requests at most.`, 'requests')
  const asks: BatchAsk[] = []
  const seen = new Set<string>()
  for (const [n, { from }] of items.entries()) {
    const read = readRequest(bytes, { from, n, headers })
    if (isNoAsk(read)) return read
    if (seen.has(read.customId))
      return refuse('invalid', `The custom_id "${read.customId}" is given twice.`, `requests.${n}.custom_id`)
    seen.add(read.customId)
    asks.push(read)
  }
  return { kind: 'batch', body, asks }
}

function readRequest(
  bytes: Buffer,
  { from, n, headers }: { from: number; n: number; headers: HeaderList },
): BatchAsk | NoAsk {
  const at = `requests.${n}`
  const item = objectAt(bytes, from)
  if (!item) return refuse('invalid', 'A request of a batch must be an object.', at)
  const members = new Map<string, Member>()
  for (const member of item.members) {
    if (!FIELDS.has(member.key) || members.has(member.key))
      return refuse('invalid', `A request has one "custom_id" and one "params", not "${member.key}".`, at)
    members.set(member.key, member)
  }
  const named = members.get('custom_id')
  const customId: unknown = named && JSON.parse(bytes.toString('utf8', named.valueStart, named.valueEnd))
  if (typeof customId !== 'string' || !CUSTOM_ID.test(customId))
    return refuse('invalid', 'A "custom_id" is 1 to 64 letters, digits, "_" or "-".', `${at}.custom_id`)
  const params = members.get('params')
  if (!params) return refuse('invalid', `The request "${customId}" has no "params".`, `${at}.params`)
  const body = readJson(bytes.subarray(params.valueStart, params.valueEnd), messages.guarded)
  const ask = body.kind === 'bad' ? refuseBody(body) : messages.ask(body, NOWHERE, headers)
  if (isNoAsk(ask))
    return { ...ask, message: `The request "${customId}": ${ask.message}`, param: `${at}.params` }
  if (body.kind === 'bad') return refuseBody(body)
  if (ask.stream)
    return refuse('invalid', `The request "${customId}" cannot stream in a batch.`, `${at}.params`)
  return { customId, params, body, ask }
}

/** The client's own bytes with the limits that were held for. */
export function writeBatch(
  { body, asks }: BatchBody,
  limits: readonly { output: number | null; uses: number | null }[],
) {
  const cuts: Cut[] = asks.map(({ params, body: own, ask }, n) => {
    const { output, uses } = limits[n]!
    const text = Buffer.concat(messages.rewrite(own, ask, output, uses)).toString('utf8')
    return { from: params.valueStart, to: params.valueEnd, text }
  })
  return splice(body, new Map(), cuts)
}
