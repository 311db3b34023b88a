import assert from 'node:assert/strict'
import { messages } from '#gateway/anthropic/messages.ts'
import type { MeteredRoute } from '#gateway/door.ts'
import { isNoAsk } from '#gateway/fields.ts'
import { generateContent } from '#gateway/gemini/generate.ts'
import { chat } from '#gateway/openai/chat.ts'
import { responses } from '#gateway/openai/responses.ts'
import { readAsk } from '#gateway/read.ts'
import { readJson } from '#gateway/relay/body.ts'
import { agentBody, type Kind } from '../test/support/bodies.ts'
import type { BenchOptions } from './run.ts'

const ROUTES: readonly (readonly [Kind, MeteredRoute])[] = [
  ['chat', chat],
  ['responses', responses],
  ['messages', messages],
  ['generateContent', generateContent],
]
const SIZES = [
  { size: '1 KB', bytes: 1_024, pictures: 0 },
  { size: '16 KB', bytes: 16_384, pictures: 0 },
  { size: '126 KB', bytes: 126_000, pictures: 0 },
  { size: '1 MB', bytes: 1_000_000, pictures: 2 },
]
const PLACE = { upstreamPath: '', model: 'gemini-3-pro' }
const LIMIT = 1_000
/** As much as stays in the nearest cache. */
const WINDOW = 16 * 1024
const window = Buffer.alloc(WINDOW)

/** Microseconds of this thread's own time for one call: what runs beside it does not count. */
function costOf(work: () => unknown, milliseconds: number): number {
  const from = process.threadCpuUsage()
  let calls = 0
  let spent = 0
  for (let batch = 4; spent < milliseconds * 1_000; calls += batch) {
    // Asking for the time costs some, so it is asked about once in a millisecond.
    if (calls > 0) batch = Math.max(4, Math.ceil((calls * 1_000) / Math.max(spent, 1)))
    for (let n = 0; n < batch; n += 1) work()
    const { user, system } = process.threadCpuUsage(from)
    spent = user + system
  }
  return spent / calls
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1]!
}

function waysOf(
  route: MeteredRoute,
  bytes: Buffer,
): Record<'parse' | 'full' | 'skim' | 'copy', () => unknown> {
  const send = (read: ReturnType<typeof readAsk>): readonly Buffer[] => {
    if (isNoAsk(read)) throw new Error(read.message)
    return route.rewrite(read.body, read.ask, LIMIT)
  }
  const { skim: _, ...slow } = route
  return {
    parse: () => JSON.parse(bytes.toString('utf8')),
    full: () => send(readAsk(slow, bytes, PLACE, [])),
    skim: () => send(readAsk(route, bytes, PLACE, [])),
    /** The least that reading every byte of it can cost: a copy through the nearest cache. */
    copy() {
      for (let at = 0; at < bytes.length; at += WINDOW) bytes.copy(window, 0, at, at + WINDOW)
    },
  }
}

/**
 * What it costs to read a body, to know what it asks, and to write a limit into it: by a full parse and by skimming, beside
 * JSON.parse alone and a bare copy of the same bytes.
 */
export async function run({ seconds, rounds, log }: BenchOptions): Promise<object> {
  const cells = ROUTES.flatMap(([kind, route]) =>
    SIZES.map(({ size, bytes, pictures }) => {
      const body = agentBody(kind, bytes, { pictures })
      const ways = waysOf(route, body)
      assert.deepEqual(Buffer.concat(ways.skim() as Buffer[]), Buffer.concat(ways.full() as Buffer[]))
      assert.ok(readJson(body, route.guarded).kind === 'json' && route.skim?.(body))
      return {
        kind,
        size,
        bytes: body.length,
        ways,
        took: { parse: [], full: [], skim: [], copy: [] } as Took,
      }
    }),
  )
  for (let round = 0; round <= rounds; round += 1) {
    log(round === 0 ? 'warming up' : `round ${round} of ${rounds}`)
    for (const { ways, took } of cells)
      for (const way of ['copy', 'skim', 'parse', 'full'] as const) {
        const cost = costOf(ways[way], seconds * 10)
        if (round > 0) took[way].push(cost)
      }
  }
  return {
    unit: 'microseconds of CPU for one body; ratios within the run',
    bodies: cells.map(({ kind, size, bytes, took }) => {
      const [parse, full, skim, copy] = [took.parse, took.full, took.skim, took.copy].map(median) as Four
      return {
        kind,
        size,
        bytes,
        copy: rounded(copy),
        skim: rounded(skim),
        parse: rounded(parse),
        full: rounded(full),
        parsePerSkim: rounded(parse / skim),
        fullPerSkim: rounded(full / skim),
        skimPerCopy: rounded(skim / copy),
        gigabytesPerSecond: rounded(bytes / skim / 1_000),
      }
    }),
  }
}

type Took = Record<'parse' | 'full' | 'skim' | 'copy', number[]>
type Four = [number, number, number, number]

const rounded = (value: number): number => Math.round(value * 100) / 100
