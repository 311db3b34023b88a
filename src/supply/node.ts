import type { Tier } from '#base/asset.ts'
import type { Millis } from '#base/time.ts'

/** GPUs of one accelerator in a node. A node with two kinds of GPUs is two of these. */
export type Seen = { readonly node: string; readonly accelerator: string; readonly gpus: number }

/** A node that stands behind what is promised in some tiers, from one time to another. */
export type Node = Seen & {
  readonly id: string
  readonly cluster: string
  readonly tiers: readonly Tier[]
  readonly from: Millis
  /** Null: it still does. */
  readonly until: Millis | null
}

/** What has to be written so that the nodes which stand are those that were seen. */
export type Changes = { readonly end: readonly Node[]; readonly begin: readonly Seen[] }

const name = ({ node, accelerator }: Seen): string => `${node} ${accelerator}`

/** A node that is gone, or is of another size, ends; what is new begins. One that is down was seen: it is still promised. */
export function changesOf(standing: readonly Node[], seen: readonly Seen[]): Changes {
  const now = new Map(seen.map((one) => [name(one), one]))
  const kept = new Map(
    standing.flatMap((one) => (now.get(name(one))?.gpus === one.gpus ? [[name(one), one] as const] : [])),
  )
  return {
    end: standing.filter((one) => kept.get(name(one)) !== one),
    begin: [...now.values()].filter((one) => !kept.has(name(one))),
  }
}
