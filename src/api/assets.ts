import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { gzipSync } from 'node:zlib'
import { invariant } from '#base/invariant.ts'

/** A built app is a few dozen files; more means that the path is wrong. */
const FILES_MAX = 2_000
const BYTES_MAX = 64 * 1024 * 1024

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json',
  webmanifest: 'application/manifest+json',
  map: 'application/json',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon',
  woff2: 'font/woff2',
  txt: 'text/plain; charset=utf-8',
}
const COMPRESSED = /^(text|application)\/|svg/

type Asset = {
  readonly body: Uint8Array<ArrayBuffer>
  readonly gzip: Uint8Array<ArrayBuffer> | null
  readonly type: string
  readonly etag: string
  readonly cache: string
}

export type Assets = {
  /** The answer to GET or HEAD of a path, or null when the path is neither a file nor a page of the app. */
  serve(path: string, headers: { ifNoneMatch: string | null; acceptEncoding: string | null }): Response | null
}

/**
 * The built web app, held in memory: a path is looked up among names that were read at start, so no path can lead out
 * of the folder. Unknown paths without a dot are pages of the app and get its index.
 */
export async function loadAssets(folder: string | null): Promise<Assets> {
  const files = folder === null ? new Map<string, Asset>() : await readAll(folder)
  const index = files.get('/index.html')
  return {
    serve(path, headers) {
      const asset = files.get(path)
      if (asset) return answer(asset, headers)
      if (path.slice(path.lastIndexOf('/')).includes('.')) return null
      return index ? answer(index, headers) : missing()
    },
  }
}

function answer(
  asset: Asset,
  headers: { ifNoneMatch: string | null; acceptEncoding: string | null },
): Response {
  const common = { etag: asset.etag, 'cache-control': asset.cache, vary: 'accept-encoding' }
  if (headers.ifNoneMatch?.split(',').some((tag) => tag.trim().replace(/^W\//, '') === asset.etag))
    return new Response(null, { status: 304, headers: common })
  const gzip = asset.gzip && /\bgzip\b/.test(headers.acceptEncoding ?? '') ? asset.gzip : null
  const body = gzip ?? asset.body
  return new Response(body, {
    headers: {
      ...common,
      'content-type': asset.type,
      'content-length': String(body.byteLength),
      ...(gzip ? { 'content-encoding': 'gzip' } : {}),
    },
  })
}

const missing = (): Response =>
  new Response('The web app is not built yet. `npm start` builds it; the API answers under /api/v1.\n', {
    status: 503,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  })

async function readAll(folder: string): Promise<Map<string, Asset>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  })
  const names = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  invariant(
    names.length <= FILES_MAX,
    `a built web app has at most ${FILES_MAX} files, ${folder} has ${names.length}`,
  )
  const files = new Map<string, Asset>()
  let bytes = 0
  for (const name of names) {
    const body = new Uint8Array(await readFile(name))
    bytes += body.byteLength
    invariant(bytes <= BYTES_MAX, `a built web app has at most ${BYTES_MAX} bytes`)
    const path = `/${relative(folder, name).split(sep).join('/')}`
    files.set(path, assetOf(path, body))
  }
  return files
}

function assetOf(path: string, body: Uint8Array<ArrayBuffer>): Asset {
  const type = TYPES[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream'
  const zipped = COMPRESSED.test(type) && body.byteLength > 1_024 ? new Uint8Array(gzipSync(body)) : null
  return {
    body,
    gzip: zipped && zipped.byteLength < body.byteLength ? zipped : null,
    type,
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    // A hashed name never changes its content; every other file is asked for again.
    cache: path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
  }
}
