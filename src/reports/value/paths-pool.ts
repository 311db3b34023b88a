import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { invariant } from '#base/invariant.ts'
import { type BlockValues, type Simulated, type Simulation, summarize } from '#valuation/simulate.ts'
import type { Share } from './paths-worker.ts'

/**
 * Runs a simulation on threads of its own, for what is too long for a request: 1,000,000 paths. Blocks are put together by their
 * number, so that the figures are the same to the bit for any number of threads. A Fault of the simulation comes back as it is thrown
 * there, as an Error with its message.
 */
export async function simulateOnThreads(simulation: Simulation, threads: number): Promise<Simulated> {
  const blocks: BlockValues[] = []
  await Promise.all(
    Array.from({ length: threads }, async (_, first) => {
      const share: Share = { simulation, first, step: threads }
      const worker = new Worker(new URL('./paths-worker.ts', import.meta.url), { workerData: share })
      worker.on('message', ({ block, values }: { block: number; values: BlockValues }) => {
        blocks[block] = values
      })
      // Rejects when the thread throws.
      await once(worker, 'exit')
    }),
  )
  invariant(
    Object.keys(blocks).length === simulation.blocks,
    'every block of a simulation comes back from its thread',
  )
  return summarize(simulation, blocks)
}
