import { setImmediate as turn } from 'node:timers/promises'
import { DOORS } from '#gateway/doors.ts'
import { readJson } from '#gateway/relay/body.ts'
import type { BenchOptions } from './run.ts'
import { openPath, type Path } from './path-gateway.ts'
import { PATH_SHAPES, type PathShape } from './path-shapes.ts'
import { openServer } from './server.ts'

/** Calls between two turns of the event loop, as they come from sockets that were read at once. */
const AT_ONCE = 64
const WARM_UP = 4_000

type Row = {
  readonly call: string
  readonly callMicros: number
  readonly bodyMicros: number
  readonly pathMicros: number
  readonly jsonMicros: number
  /** What Perq's own code costs beside reading the body, over parsing and writing the same bytes as JSON. */
  readonly pathPerJson: number
  readonly eventMicros: number | null
}

/**
 * The processor time of one call between its request being read and its reply being sent: everything but sockets and the
 * ledger's commits, which are answered from memory here. Keys, policy, scopes, the guard and the trail are the real ones
 * on a real database.
 */
export async function run({ seconds, rounds, log }: BenchOptions): Promise<object> {
  const server = await openServer(() => {})
  try {
    const path = await openPath(server.db)
    for (const shape of PATH_SHAPES) await calls(path, shape, WARM_UP)
    const rows: Row[][] = PATH_SHAPES.map(() => [])
    for (let round = 0; round < rounds; round += 1)
      for (const [index, shape] of PATH_SHAPES.entries()) {
        const row = await measure(path, shape, seconds)
        rows[index]!.push(row)
        log(
          `${shape.name}: ${row.callMicros.toFixed(1)} µs a call, ${row.pathMicros.toFixed(1)} without its body`,
        )
      }
    await path.close()
    return { node: process.version, people: path.people, results: rows.map(median) }
  } finally {
    await server.stop()
  }
}

async function measure(path: Path, shape: PathShape, seconds: number): Promise<Row> {
  const callMicros = await timed(seconds, (count) => calls(path, shape, count))
  const bodyMicros = await timed(seconds / 4, (count) => bodies(shape, count))
  const jsonMicros = await timed(seconds / 4, (count) => plainJson(shape, count))
  const pathMicros = callMicros - bodyMicros
  return {
    call: shape.name,
    callMicros,
    bodyMicros,
    pathMicros,
    jsonMicros,
    pathPerJson: pathMicros / jsonMicros,
    eventMicros: shape.events === 0 ? null : pathMicros / shape.events,
  }
}

/** Processor time of this whole process for one of them, in µs. */
async function timed(seconds: number, work: (count: number) => unknown): Promise<number> {
  const until = performance.now() + seconds * 1_000
  const before = process.cpuUsage()
  let count = 0
  while (performance.now() < until) {
    await work(AT_ONCE)
    count += AT_ONCE
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}

async function calls(path: Path, shape: PathShape, count: number): Promise<void> {
  for (let done = 0; done < count; done += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => path.call(shape, done + index)))
    await turn()
  }
}

/** What the door makes of a body, which is read by others than this path. */
function bodies({ door, path, body }: PathShape, count: number): void {
  const { route, place } = routeOf(door, path)
  for (let done = 0; done < count; done += 1) {
    const json = readJson(body, route.guarded)
    if (json.kind === 'bad') throw new Error(json.message)
    const ask = route.ask(json, place, [])
    if (ask.kind === 'refused') throw new Error(ask.message)
    route.rewrite(json, ask, null)
  }
}

function routeOf(protocol: PathShape['door'], path: string) {
  const door = DOORS.find((one) => one.protocol === protocol)!
  const at = path.slice(door.prefix.length)
  for (const route of door.metered) {
    const place = route.place(at, '')
    if (place) return { route, place }
  }
  throw new Error(`no route of ${protocol} takes ${path}`)
}

/** The bytes of both ways, parsed and written again. */
function plainJson({ body, json }: PathShape, count: number): void {
  for (let done = 0; done < count; done += 1)
    for (const bytes of [body, ...json]) JSON.stringify(JSON.parse(bytes.toString('utf8')))
}

function median(rows: readonly Row[]): Row {
  const middle = rows.toSorted((a, b) => a.pathMicros - b.pathMicros)[rows.length >> 1]!
  const short = (value: number): number => Math.round(value * 100) / 100
  return {
    ...middle,
    callMicros: short(middle.callMicros),
    bodyMicros: short(middle.bodyMicros),
    pathMicros: short(middle.pathMicros),
    jsonMicros: short(middle.jsonMicros),
    pathPerJson: short(middle.pathPerJson),
    eventMicros: middle.eventMicros === null ? null : short(middle.eventMicros),
  }
}
