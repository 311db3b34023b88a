import { SECOND, type Millis } from '#base/time.ts'
import type { CallStatus } from '#ledger/types.ts'
import { openGenAi } from './genai.ts'

type Labels = Readonly<Record<string, string>>

/** Where counts go: what the gateway needs of a registry of metrics. */
export type Registry = {
  counter(name: string, help: string, labels?: readonly string[]): { add(labels?: Labels, by?: number): void }
  gauge(name: string, help: string): { set(value: number): void }
  histogram(
    name: string,
    help: string,
    labels?: readonly string[],
    buckets?: readonly number[],
  ): { observe(value: number, labels?: Labels): void; of(labels: Labels): (value: number) => void }
  collect(read: () => Promise<void>): void
}

type Ended = { readonly door: string; count: number }

/** What can be counted of calls while they run. */
export type Watch = ReturnType<typeof openWatch>

const FAST = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] as const

/** The gateway's metrics. None of their labels comes from a client. */
export function openWatch(registry: Registry, inFlight: () => number) {
  const calls = registry.counter('perq_gateway_calls_total', 'Metered calls by how they ended.', [
    'door',
    'route',
    'status',
  ])
  const refusals = registry.counter('perq_gateway_refusals_total', 'Calls that Perq refused.', ['code'])
  const passedOn = registry.counter('perq_gateway_failovers_total', 'Calls passed on by an upstream.', [
    'upstream',
  ])
  const drained = registry.counter(
    'perq_gateway_drained_total',
    'Replies read on after their client had left, by whether their use came.',
    ['usage'],
  )
  const estimated = registry.counter('perq_gateway_estimated_total', 'Calls charged by an estimate.')
  const absorbed = registry.counter(
    'perq_gateway_absorbed_nano_usd_total',
    'Cost above holds, which the company carries.',
  )
  const settling = registry.histogram('perq_gateway_settle_seconds', 'Time to commit a settlement.', [], FAST)
  const added = registry.histogram(
    'perq_gateway_added_seconds',
    'From the whole request to its sending on: policy and the committed hold.',
    [],
    FAST,
  )
  const running = registry.gauge('perq_gateway_in_flight', 'Calls on their way.')
  const [settle, send] = [settling.of({}), added.of({})]
  const ended = new Map<string, Map<string, Ended>>()
  registry.collect(() => {
    running.set(inFlight())
    for (const [route, byStatus] of ended)
      for (const [status, one] of byStatus) {
        if (one.count > 0) calls.add({ door: one.door, route, status }, one.count)
        one.count = 0
      }
    return Promise.resolve()
  })

  return {
    /** Of every call: counted here, and told to the registry when somebody asks it. Routes have names of their own at each door. */
    ended: (door: string, route: string, status: CallStatus | 'released'): void => {
      const byStatus = ended.get(route) ?? new Map<string, Ended>()
      const one = byStatus.get(status) ?? { door, count: 0 }
      one.count += 1
      if (one.count > 1) return
      ended.set(route, byStatus.set(status, one))
    },
    refused: (code: string): void => refusals.add({ code }),
    passedOn: (upstream: string): void => passedOn.add({ upstream }),
    drained: (usage: 'came' | 'missing'): void => drained.add({ usage }),
    estimated: (): void => estimated.add(),
    absorbed: (nano: bigint): void => absorbed.add({}, Number(nano)),
    settled: (after: Millis): void => settle(after / SECOND),
    sent: (after: Millis): void => send(after / SECOND),
    ...openGenAi(registry),
  }
}

const NOTHING = { add: () => {}, set: () => {}, observe: () => {}, of: () => () => {} }

/** For a gateway whose counts nobody asks for. */
export const NO_REGISTRY: Registry = {
  counter: () => NOTHING,
  gauge: () => NOTHING,
  histogram: () => NOTHING,
  collect: () => {},
}
