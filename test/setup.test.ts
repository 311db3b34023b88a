import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const RUN = fileURLToPath(new URL('../setup/run.mjs', import.meta.url))

type Ended = { code: number | null; out: string; err: string }

function run(
  args: readonly string[],
  onOut: (kill: (signal: NodeJS.Signals) => void) => void = () => {},
): Promise<Ended> {
  const child = spawn(process.execPath, [RUN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended: Ended = { code: null, out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => {
    ended.out += chunk.toString()
    onOut((signal) => void child.kill(signal))
  })
  child.stderr.on('data', (chunk: Buffer) => (ended.err += chunk.toString()))
  return new Promise((done) => child.on('close', (code) => done({ ...ended, code })))
}

test('with nothing to do, set-up says nothing and the job runs under Node 24 or newer', async () => {
  const { code, out, err } = await run(['exec', 'node', '-p', 'process.versions.node'])
  assert.equal(code, 0)
  assert.ok(Number(out.split('.')[0]) >= 24, out)
  assert.doesNotMatch(err, /perq:/)
})

test('the exit code of the job is that of the command', async () => {
  assert.equal((await run(['exec', 'node', '-e', 'process.exit(7)'])).code, 7)
  assert.equal((await run(['exec', 'node', '-e', 'process.kill(process.pid, "SIGKILL")'])).code, 137)
})

test('SIGTERM reaches the job, which may end in its own way', async () => {
  const job = `process.on('SIGTERM', () => process.exit(5)); console.log('up'); setInterval(() => {}, 1000)`
  assert.equal((await run(['exec', 'node', '-e', job], (kill) => kill('SIGTERM'))).code, 5)
})

test('an unknown job is bad usage and names the ones there are', async () => {
  const { code, out, err } = await run(['dance'])
  assert.equal(code, 2)
  assert.equal(out, '')
  assert.match(err, /start\|.*test\|/)
})

test('a program that is not installed is named, without a stack', async () => {
  const { code, err } = await run(['exec', 'no-such-program'])
  assert.equal(code, 1)
  assert.match(err, /no-such-program/)
  assert.doesNotMatch(err, /\n\s+at /)
})
