import { check } from './check.mjs'
import { jobEnv, runChild } from './child.mjs'
import { testClients } from './clients.mjs'
import { testCluster } from './cluster.mjs'
import { ROOT } from './paths.mjs'
import { Trouble } from './say.mjs'
import { runTests } from './test.mjs'

const CLI = `${ROOT}/src/main/cli.ts`

/** `--help` and the like need no pages; a server does. */
const serves = ([command]) => command === 'serve'

const node =
  (file, more = []) =>
  ({ node }, args) =>
    runChild(node, [file, ...more, ...args], { env: jobEnv(node) })

export const JOBS = {
  start: { web: () => true, run: node(CLI, ['serve', '--demo']) },
  perq: { web: serves, run: inCallersFolder },
  test: { web: () => true, run: ({ node }, args) => runTests(node, args) },
  'test:clients': { web: () => false, run: ({ node }, args) => testClients(node, args) },
  'test:cluster': { web: () => false, run: ({ node }, args) => testCluster(node, args) },
  bench: { web: () => false, run: node(`${ROOT}/bench/run.ts`) },
  simulate: { web: () => false, run: node(`${ROOT}/test/sim/simulate.ts`) },
  lives: { web: () => false, run: node(`${ROOT}/test/sim/lives/main.ts`) },
  check: { web: () => false, run: ({ node }) => check(node) },
  exec: { web: () => false, run: exec },
  prepare: { web: serves, run: async () => 0 },
}

function inCallersFolder({ node }, args) {
  return runChild(node, [CLI, ...args], { env: jobEnv(node), cwd: process.cwd() })
}

async function exec({ node }, [name, ...args]) {
  if (!name) throw new Trouble('exec needs the name of a program, for example: npm run format -- src')
  return runChild(name, args, { env: jobEnv(node) })
}
