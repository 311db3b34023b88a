import { spawn } from 'node:child_process'
import { check } from './check.mjs'
import { jobEnv, runChild } from './child.mjs'
import { ROOT } from './paths.mjs'
import { fail, say, Trouble } from './say.mjs'

const ALL = ['src/**/*.test.ts', 'test/**/*.test.ts', 'web/**/*.test.ts']

/** Types, lint, then every test against one database server. With arguments: only those test files. */
export async function runTests(node, args) {
  const checked = args.length > 0 ? 0 : await check(node)
  const server = await startTestServer(node)
  try {
    say('tests')
    const tested = await runChild(
      node,
      ['--test', '--test-concurrency=2', '--test-reporter=spec', ...(args.length > 0 ? args : ALL)],
      { env: jobEnv(node, { PERQ_TEST_SERVER: server.url }) },
    )
    if (checked !== 0) fail('types or lint failed; see the top of this output')
    return checked || tested
  } finally {
    await server.stop()
  }
}

/** Lives as long as its standard input is open: it ends with us, however we end. */
function startTestServer(node) {
  const child = spawn(node, [`${ROOT}/test/support/server.ts`, '--stay'], {
    cwd: ROOT,
    env: jobEnv(node),
    // Its own group: Ctrl-C is for the tests, which still need it while they end.
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = new Promise((done) => child.once('close', done))
  return new Promise((resolve, reject) => {
    child.stdin.on('error', () => {})
    child.stdout.once('data', (line) =>
      resolve({
        url: String(line).trim(),
        stop: () => {
          child.stdin.end()
          return ended
        },
      }),
    )
    void ended.then(() => reject(new Trouble('The test database did not start; the reason is above.')))
  })
}
