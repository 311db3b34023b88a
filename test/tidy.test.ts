import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { brokenRules, deadFiles, importsOf, untidyRooms, wrongImports, type Source } from './tidy/rules.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SKIP = new Set([
  'node_modules',
  '.git',
  '.perq',
  '.cache',
  'dist',
  'dist.next',
  'dist.old',
  'package-lock.json',
])
const TEXT = /\.(ts|tsx|mjs|js|json|md|sql|sh|css|html|svg|yaml|yml)$|^(perq|run|\.npmrc|\.gitignore)$/

function readAll(folder = ''): Source[] {
  return readdirSync(`${ROOT}${folder}`, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}${entry.name}`
    if (SKIP.has(entry.name) || entry.name.endsWith('.log')) return []
    if (entry.isDirectory()) return readAll(`${path}/`)
    return entry.isFile() && TEXT.test(entry.name)
      ? [{ path, text: readFileSync(`${ROOT}${path}`, 'utf8') }]
      : []
  })
}

const all = readAll()

test('imports go to the same room or a lower floor, and only db/ knows the driver', () => {
  assert.deepEqual(wrongImports(all), [])
})

test('only main/ reads environment, clock and random; no text names one machine; files stay short', () => {
  assert.deepEqual(brokenRules(all), [])
})

test('every room has its floor and its README', () => {
  assert.deepEqual(untidyRooms(all.map(({ path }) => path)), [])
})

test('every file is reached from a command, a bench or a test', () => {
  // Until the way in stands, nothing behind it can be reached.
  const hasEntry = all.some(({ path }) => path === 'src/main/cli.ts')
  assert.deepEqual(hasEntry ? deadFiles(all) : [], [])
})

const file = (path: string, text: string): Source => ({ path, text })

test('the rules catch what they are for', () => {
  const planted = (from: string, to: string): string[] =>
    wrongImports([file(from, `import { x } from '${to}'`)])
  assert.deepEqual(planted('src/grants/a.ts', '#people/b.ts'), ['src/grants/a.ts -> src/people/b.ts'])
  assert.deepEqual(planted('src/ledger/a.ts', '#spending/b.ts'), ['src/ledger/a.ts -> src/spending/b.ts'])
  assert.deepEqual(planted('src/ledger/a.ts', '../spending/b.ts'), ['src/ledger/a.ts -> src/spending/b.ts'])
  assert.deepEqual(planted('src/gateway/openai/a.ts', '../../api/b.ts'), [
    'src/gateway/openai/a.ts -> src/api/b.ts',
  ])
  assert.deepEqual(planted('src/ledger/a.ts', 'pg'), ['src/ledger/a.ts -> pg'])
  assert.deepEqual(planted('src/attic/a.ts', '#base/b.ts'), ['src/attic/a.ts -> src/base/b.ts'])
  assert.deepEqual(planted('src/api/a.ts', '../../test/support/b.ts'), ['src/api/a.ts -> test/support/b.ts'])
  assert.deepEqual(planted('src/grants/a.ts', '#ledger/b.ts'), [])
  assert.deepEqual(planted('src/db/a.ts', '#base/b.ts'), [])
  assert.deepEqual(planted('src/grants/a.test.ts', '#people/b.ts'), [])
  const forms = `import type { A } from './a.ts'\nimport './b.ts'\nexport * from './c.ts'\nconst d = await import('./d.ts')\nimport {\n  E,\n} from './e.ts'`
  assert.deepEqual(
    importsOf(file('src/api/x.ts', forms)).map(({ to }) => to),
    [...'abcde'].map((name) => `src/api/${name}.ts`),
  )

  const broken = (text: string, path = 'src/ledger/a.ts'): string[] => brokenRules([file(path, text)])
  assert.match(broken('const home = process.env.HOME')[0] ?? '', /reads the environment/)
  assert.match(broken('const at = Date.now()')[0] ?? '', /reads the clock/)
  assert.match(broken('const at = new Date()')[0] ?? '', /reads the clock/)
  assert.match(broken('const n = Math.random()')[0] ?? '', /random/)
  assert.match(broken("import { randomBytes } from 'node:crypto'")[0] ?? '', /random/)
  assert.match(broken('const x = y as any')[0] ?? '', /uses any/)
  assert.match(broken('function f(x: any) {}')[0] ?? '', /uses any/)
  assert.match(broken('export default 1')[0] ?? '', /default export/)
  assert.match(broken('export enum Kind { A }')[0] ?? '', /enum/)
  assert.match(broken('x\n'.repeat(401))[0] ?? '', /401 lines/)
  assert.match(broken(`see ${'/wor'}k/main`, 'README.md')[0] ?? '', /machine/)
  assert.match(broken(`https://regis${'try.npmjs'}.org/x`, 'README.md')[0] ?? '', /registry/)
  assert.deepEqual(broken('// any reader of Date.now() knows\nconst at = new Date(0)'), [])
  assert.deepEqual(broken('const at = Date.now()', 'src/main/world.ts'), [])

  assert.deepEqual(untidyRooms(['src/attic/a.ts']), [
    'src/attic is on no floor',
    'src/attic has no README.md',
  ])
  assert.deepEqual(
    deadFiles([
      file('src/main/cli.ts', "import './a.ts'"),
      file('src/main/a.ts', ''),
      file('src/main/b.ts', ''),
    ]),
    ['src/main/b.ts'],
  )
})
