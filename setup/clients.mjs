import { existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { withLock } from './lock.mjs'
import { npmCi } from './npm.mjs'
import { ROOT } from './paths.mjs'
import { say, Trouble } from './say.mjs'
import { hashOf, isFresh, writeStamp } from './stamp.mjs'
import { runTests } from './test.mjs'

const PROGRAMS = `${ROOT}/test/clients/programs`
const STAMP = `${PROGRAMS}/node_modules/.perq-stamp`
const TESTS = ['test/clients/turns.ts', 'test/clients/cost.ts']

const hash = () =>
  hashOf(
    ['package.json', 'package-lock.json', '.npmrc'].map((name) => `${PROGRAMS}/${name}`),
    process.platform,
    process.arch,
  )

const names = () =>
  Object.entries(JSON.parse(readFileSync(`${PROGRAMS}/package.json`, 'utf8')).dependencies)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')

/** The command-line clients that people really use, exactly the pinned ones; nothing else needs them. */
async function ensurePrograms(node) {
  const isDone = () => isFresh(STAMP, hash()) && existsSync(`${PROGRAMS}/node_modules`)
  if (isDone()) return
  await withLock(async () => {
    if (isDone()) return
    say(`installing ${names()} (once, about 1.2 GB)`)
    try {
      await npmCi(PROGRAMS, dirname(node))
    } catch (error) {
      if (!(error instanceof Trouble)) throw error
      throw new Trouble(`${error.message} Only this command needs these programs; npm test does not.`)
    }
    writeStamp(STAMP, hash())
  })
}

/** The real clients against a real server. With arguments: only those test files. */
export async function testClients(node, args) {
  await ensurePrograms(node)
  return runTests(node, args.length > 0 ? args : TESTS)
}
