import { need } from './check.ts'
import { onePlusW0 } from './lambert.ts'

/**
 * How a job fails and saves itself, all in one unit of time: mean time between failures M, the time a checkpoint takes, the time
 * a restart takes.
 */
export type Failures = { readonly meantime: number; readonly checkpoint: number; readonly restart: number }

function checked({ meantime, checkpoint, restart }: Failures): void {
  need('positive', { meantime })
  need('notNegative', { checkpoint, restart })
}

/** Mean time between failures of a job on `size` accelerators, any of which stops it: M / n. */
export function gangMeantime(meantime: number, size: number): number {
  need('positive', { meantime })
  need('count', { size })
  return meantime / size
}

/**
 * Share of the time that is work, when a checkpoint is made every `interval` of work: τ / [M e^(R/M) (e^((τ + C)/M) - 1)].
 * Exponential failures, which also come while saving and restarting. Daly 2006.
 */
export function checkpointEfficiency(failures: Failures, interval: number): number {
  checked(failures)
  need('notNegative', { interval })
  const { meantime, checkpoint, restart } = failures
  // Saving all the time, when saving takes none.
  if (interval + checkpoint === 0) return Math.exp(-restart / meantime)
  return interval / (meantime * Math.exp(restart / meantime) * Math.expm1((interval + checkpoint) / meantime))
}

/** The interval with the highest efficiency: M (1 + W0(-e^(-C/M - 1))). Daly 2006, in closed form. */
export function bestInterval(failures: Failures): number {
  checked(failures)
  return failures.meantime * onePlusW0(failures.checkpoint / failures.meantime)
}

/** Young's first-order approximation of it, 1974: √(2CM). Good while a checkpoint is short beside M. */
export function youngInterval(failures: Failures): number {
  checked(failures)
  return Math.sqrt(2 * failures.checkpoint * failures.meantime)
}

/** The efficiency at the best interval. */
export const bestEfficiency = (failures: Failures): number =>
  checkpointEfficiency(failures, bestInterval(failures))
