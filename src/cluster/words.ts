import type { DateText } from '#base/time.ts'
import type { JobFunds } from '#spending/jobs.ts'
import type { Need } from './demand.ts'
import type { GpuAsset } from './types.ts'
import { tierOfAsset } from './whose.ts'

/** What people read at their scheduler when a job is not let go: what is short, by how much, what comes next, whom to ask. */

/** Ends what is said to somebody who cannot help themselves. */
export const WHOM = 'Ask your people team.'

export type NextVest = { readonly date: DateText; readonly quantity: bigint }

export function shortWords(
  asset: GpuAsset,
  needs: readonly Need[],
  { needed, available, held }: JobFunds & { readonly kind: 'short' },
  next: NextVest | null,
): string {
  const others = held > 0n ? ` (${hours(held, 'up')} more held by your other jobs)` : ''
  const vest = next ? `${hours(next.quantity, 'down')} vests on ${next.date}` : 'no further vest is planned'
  return (
    `Perq holds what a job may use before it runs: this one needs ${hours(needed, 'up')} GPU-hours of ${nameOf(asset)}${tasksOf(needs)}, ` +
    `and you have ${hours(available, 'down')} for it${others}, ${hours(needed - available, 'up')} short; ${vest}. ${WHOM}`
  )
}

export const againWords = 'It began anew; it goes on once what it used before is settled.'
export const leftWords = 'Its person has left the company, so nothing of theirs is begun any more.'
export const endedWords = 'Its person has left the company, whose contract ends jobs with it.'
export const unheldWords = 'It runs without a hold: somebody let it go beside Perq. It is charged at its end.'
export const closedWords = (asset: GpuAsset): string =>
  `Your GPU time of ${nameOf(asset)} is used up. ${WHOM}`

export const nameOf = (asset: GpuAsset): string => `${asset.split('/')[1] ?? asset} (${tierOfAsset(asset)})`

const SECONDS = 3_600n

/** GPU-seconds as hours with at most two places, rounded so that nobody reads that they have enough. */
export function hours(seconds: bigint, way: 'up' | 'down'): string {
  const hundredths = (seconds * 100n + (way === 'up' ? SECONDS - 1n : 0n)) / SECONDS
  const places = String(hundredths % 100n)
    .padStart(2, '0')
    .replace(/0+$/, '')
  return places === '' ? String(hundredths / 100n) : `${hundredths / 100n}.${places}`
}

function tasksOf(needs: readonly Need[]): string {
  const tasks = needs.reduce((sum, need) => sum + need.tasks, 0)
  return tasks > 1 ? ` for its ${tasks} tasks` : ''
}
