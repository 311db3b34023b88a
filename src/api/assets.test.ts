import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { loadAssets } from './assets.ts'
import type { Assets } from './assets.ts'

const NONE: { ifNoneMatch: string | null; acceptEncoding: string | null } = {
  ifNoneMatch: null,
  acceptEncoding: null,
}
const script = 'console.log("perq");\n'.repeat(200)
let root = ''
let assets: Assets

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'perq-assets-'))
  await writeFile(join(root, 'secret.txt'), 'outside')
  await mkdir(join(root, 'dist/assets'), { recursive: true })
  await writeFile(join(root, 'dist/index.html'), '<!doctype html><title>Perq</title>')
  await writeFile(join(root, 'dist/assets/app-1a2b3c.js'), script)
  assets = await loadAssets(join(root, 'dist'))
})
after(() => rm(root, { recursive: true }))

const get = (path: string, headers = NONE): Response => {
  const response = assets.serve(path, headers)
  assert.ok(response, `${path} is answered`)
  return response
}

test('a hashed asset may be kept for ever, the index is always asked for again', async () => {
  const asset = get('/assets/app-1a2b3c.js')
  assert.equal(asset.headers.get('cache-control'), 'public, max-age=31536000, immutable')
  assert.equal(asset.headers.get('content-type'), 'text/javascript; charset=utf-8')
  assert.equal(await asset.text(), script)
  assert.equal(get('/').headers.get('cache-control'), 'no-cache')
})

test('every page of the app gets the index, a missing file gets nothing', async () => {
  for (const path of ['/', '/wallet', '/people/0192/grants'])
    assert.match(await get(path).text(), /<title>Perq/)
  for (const path of ['/assets/gone.js', '/favicon.ico']) assert.equal(assets.serve(path, NONE), null)
})

test('no path leads out of the folder', async () => {
  for (const path of [
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '//secret.txt',
  ]) {
    const response = assets.serve(path, NONE)
    if (response) assert.doesNotMatch(await response.text(), /outside/)
  }
})

test('what the browser has is not sent again, and what it can unpack is sent packed', async () => {
  const path = '/assets/app-1a2b3c.js'
  const etag = get(path).headers.get('etag')
  assert.ok(etag)
  const again = get(path, { ifNoneMatch: `W/"other", ${etag}`, acceptEncoding: null })
  assert.equal(again.status, 304)
  assert.equal(await again.text(), '')
  const packed = get(path, { ifNoneMatch: null, acceptEncoding: 'br, gzip' })
  assert.equal(packed.headers.get('content-encoding'), 'gzip')
  assert.equal(gunzipSync(new Uint8Array(await packed.arrayBuffer())).toString(), script)
})

test('without a build the pages say so plainly', async () => {
  const none = await loadAssets(join(root, 'nowhere'))
  const response = none.serve('/', NONE)
  assert.equal(response?.status, 503)
  assert.match((await response?.text()) ?? '', /not built/)
})
