import { ensureSlurm } from './slurm.mjs'
import { runTests } from './test.mjs'

const TESTS = ['test/cluster/findings.ts', 'test/cluster/kills.ts', 'test/cluster/walk.ts']

/** Against a real Slurm. With arguments: only those test files. */
export async function testCluster(node, args) {
  await ensureSlurm()
  return runTests(node, args.length > 0 ? args : TESTS)
}
