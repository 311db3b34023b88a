import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'

/** In a process of its own: what Node has read of itself and of us when everything is there that serves calls. */
const LOOK = `
  import { registerHooks } from 'node:module'
  const files = []
  registerHooks({ load: (url, context, next) => (files.push(url), next(url, context)) })
  await import('#main/replica.ts')
  await import('#main/cli/serve.ts')
  console.log(JSON.stringify({ files, own: process.moduleLoadList }))
`

test('a process that serves calls reads nothing that only others need: no pages, no command but its own, no fetch, no TLS', () => {
  const cwd = new URL('..', import.meta.url)
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', LOOK], { cwd, encoding: 'utf8' })
  const { files, own } = JSON.parse(said) as { files: readonly string[]; own: readonly string[] }
  const reads = (what: RegExp): readonly string[] => [...files, ...own].filter((each) => what.test(each))
  assert.ok(reads(/\/gateway\/call\.ts$/).length === 1)
  assert.deepEqual(reads(/\/api\/(api|routes\/.*)\.ts$/), [])
  assert.deepEqual(
    reads(/node_modules\/(hono\/dist\/hono|@hono|pdfkit|@duckdb|gpt-tokenizer|undici|ical-generator)\//),
    [],
  )
  assert.deepEqual(reads(/\/main\/(demo\/make|crew\/crew|cli\/(?!serve|output)[\w-]+)\.ts$/), [])
  assert.deepEqual(reads(/NativeModule (internal\/deps\/undici|tls$|https$|http2$)/), [])
})
