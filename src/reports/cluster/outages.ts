import type { Millis } from '#base/time.ts'
import { knownUntil, type Outage, type Period, type PromisedNode } from './facts.ts'

/** In milliseconds of a GPU, so that nothing is rounded. What was up is `promised` less the other two. */
export type Uptime = {
  readonly promised: bigint
  /** Maintenance that was told before. */
  readonly planned: bigint
  readonly down: bigint
}

type Span = readonly [from: Millis, until: Millis]

/**
 * What the nodes that were promised could be used for. Time that is both planned and not is planned; outages of one node that
 * overlap count once.
 */
export function uptime(nodes: readonly PromisedNode[], outages: readonly Outage[], period: Period): Uptime {
  const now = knownUntil(period)
  const total = { promised: 0n, planned: 0n, down: 0n }
  for (const { node, gpus, from, until } of nodes) {
    for (const whole of clipped([from, until ?? now], [period.from, now])) {
      const own = outages.filter((outage) => outage.node === node)
      const length = (of: readonly Outage[]): Millis =>
        lengthOf(of.flatMap((outage) => clipped([outage.from, outage.until ?? now], whole)))
      const planned = length(own.filter((outage) => outage.planned))
      total.promised += BigInt(gpus) * BigInt(whole[1] - whole[0])
      total.planned += BigInt(gpus) * BigInt(planned)
      total.down += BigInt(gpus) * BigInt(length(own) - planned)
    }
  }
  return total
}

/** The part of a span that lies in another: one span or none. */
function clipped([from, until]: Span, [first, last]: Span): readonly Span[] {
  const span: Span = [Math.max(from, first), Math.min(until, last)]
  return span[0] < span[1] ? [span] : []
}

/** How long at least one of the spans lasts. */
function lengthOf(spans: readonly Span[]): Millis {
  let [length, end] = [0, Number.NEGATIVE_INFINITY]
  for (const [from, until] of spans.toSorted((a, b) => a[0] - b[0])) {
    if (until <= end) continue
    length += until - Math.max(from, end)
    end = until
  }
  return length
}
