import { parentPort, workerData } from 'node:worker_threads'
import { simulateBlock, type Simulation } from '#valuation/simulate.ts'

/** A share of a simulation's blocks, computed beside the thread that serves. Every `step`-th block from `first` on. */
export type Share = { readonly simulation: Simulation; readonly first: number; readonly step: number }

const { simulation, first, step } = workerData as Share

for (let block = first; block < simulation.blocks; block += step) {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origins
  parentPort?.postMessage({ block, values: simulateBlock(simulation, block) })
}
