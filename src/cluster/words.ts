import { formatQuantity } from '#base/quantity.ts'
import type { DateText } from '#base/time.ts'
import type { JobFunds } from '#spending/jobs.ts'
import type { Need } from './demand.ts'
import type { GpuAsset } from './types.ts'
import { tierOfAsset } from './whose.ts'

/** What people read at their scheduler when a job is not let go: what is short, by how much, what comes next, whom to ask. */

export type NextVest = { readonly date: DateText; readonly quantity: bigint }

export function shortWords(
  asset: GpuAsset,
  needs: readonly Need[],
  { needed, available, held }: JobFunds & { readonly kind: 'short' },
  next: NextVest | null,
  contact: string,
): string {
  const exact = formatQuantity(asset, needed) === formatQuantity(asset, available)
  const said = (amount: bigint): string => formatQuantity(asset, amount, exact ? 'exact' : 'short')
  const others = held > 0n ? ` (${said(held)} more is held by your other jobs)` : ''
  const vest = next
    ? `${formatQuantity(asset, next.quantity)} vests on ${next.date}`
    : 'no further vest is planned'
  return (
    `Perq holds what a job may use before it runs: this one needs ${said(needed)} of ${nameOf(asset)}${tasksOf(needs)}, and you have ` +
    `${said(available)} for it${others}, ${said(needed - available)} short; ${vest}. ${contact}`
  )
}

export const leftWords = 'Its person has left the company, so nothing of theirs is begun any more.'
export const endedWords = 'Its person has left the company, whose contract ends jobs with it.'
export const unheldWords = 'It runs without a hold: somebody let it go beside Perq. It is charged at its end.'
export const closedWords = (asset: GpuAsset, contact: string): string =>
  `Your GPU time of ${nameOf(asset)} is used up. ${contact}`

export const nameOf = (asset: GpuAsset): string => `${asset.split('/')[1] ?? asset} (${tierOfAsset(asset)})`

function tasksOf(needs: readonly Need[]): string {
  const tasks = needs.reduce((sum, need) => sum + need.tasks, 0)
  return tasks > 1 ? ` for its ${tasks} tasks` : ''
}
