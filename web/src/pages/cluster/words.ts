import type { Overview } from '../../lib/cluster.ts'
import { gpus } from '../../lib/hours.ts'

export type Had = { readonly had: number; readonly promised: number }

/** Of what is promised at once, how much could be had if everybody asked for it now. */
export const hadNow = ({ capacity, lanes }: Pick<Overview, 'capacity' | 'lanes'>): Had => ({
  had: capacity.reduce((sum, one) => sum + Math.min(one.up, one.promised), 0),
  // Also what no cluster has.
  promised: lanes.reduce((sum, lane) => sum + lane.promised_gpus, 0),
})

/** The sentence under the first number. */
export function clusterAnswer(overview: Overview): string {
  const { capacity, starved, borrowing, drift } = overview
  const { had, promised } = hadNow(overview)
  const first =
    capacity.length === 0
      ? 'No cluster has been looked at yet.'
      : promised === 0
        ? 'No contract promises a number of GPUs at once.'
        : had === promised
          ? 'Everything that is promised at once could be had now.'
          : `${gpus(promised - had)} short, were everybody to ask for theirs now.`
  const open = drift.filter(({ repaired_at: repaired }) => repaired === null).length
  const more = [
    starved.length === 0 ? 'Nobody is starved' : `${jobs(starved.length)} longer than promised`,
    borrowing.length > 0 &&
      `${borrowing.length === 1 ? '1 person uses' : `${borrowing.length} people use`} more than is guaranteed`,
    open > 0 && `${open} ${open === 1 ? 'limit was' : 'limits were'} changed by hand`,
  ].filter((one) => typeof one === 'string')
  return `${first} ${more.join(', ')}.`
}

const jobs = (count: number): string => (count === 1 ? '1 job waits' : `${count} jobs wait`)

const PARTS: Readonly<Record<string, string>> = {
  controller: 'The scheduler’s controller',
  accounting: 'Its accounting',
  agent: 'Perq’s own agent',
}
export const partWords = (part: string): string => PARTS[part] ?? part

/** Two states as text, so that what was changed can be read. */
export const stateText = (state: unknown): string =>
  state === null || state === undefined ? 'nothing' : JSON.stringify(state)
