import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { getRequestListener } from '@hono/node-server'
import { openTestApi, type TestApi } from '../../test/support/api.ts'

let api: TestApi
let dist = ''
before(async () => {
  api = await openTestApi({ seed: 31 })
  dist = await mkdtemp(join(tmpdir(), 'perq-door-'))
  await mkdir(join(dist, 'assets'))
  await writeFile(join(dist, 'index.html'), '<!doctype html><title>Perq</title>')
  await writeFile(join(dist, 'assets/app-1.js'), 'app()')
})
after(async () => {
  await rm(dist, { recursive: true })
  await api.close()
})

const signin = async (): Promise<Response> =>
  api.app.request(`/signin?token=${await api.sessions.link(api.staff.employee.id)}`)

test('a link signs in once, with a cookie that no script reads and no other site sends', async () => {
  const token = await api.sessions.link(api.staff.employee.id)
  // A program that looks at links first does not use it up.
  await api.app.request(`/signin?token=${token}`, { method: 'HEAD' })
  const first = await api.app.request(`/signin?token=${token}`)
  assert.deepEqual([first.status, first.headers.get('location')], [303, '/'])
  const cookie = first.headers.get('set-cookie') ?? ''
  for (const part of [/^perq_session=[\w-]{43};/, /HttpOnly/, /SameSite=Lax/, /Path=\//])
    assert.match(cookie, part)
  assert.doesNotMatch(cookie, /Secure/)
  const again = await api.app.request(`/signin?token=${token}`)
  assert.deepEqual([again.status, again.headers.get('location')], [303, '/signed-out?reason=link'])
  assert.equal(again.headers.get('set-cookie'), null)
  const session = await api.app.request('/api/v1/session', { headers: { cookie: cookie.split(';')[0]! } })
  assert.equal(session.status, 200)
})

test('behind https the cookie is Secure and browsers are told to stay there', async () => {
  const secure = await api.reopen({ publicUrl: 'https://perq.example.com' })
  const response = await secure.request(`/signin?token=${await api.sessions.link(api.staff.employee.id)}`)
  assert.match(response.headers.get('set-cookie') ?? '', /Secure/)
  assert.match(response.headers.get('strict-transport-security') ?? '', /max-age=31536000/)
  assert.equal((await signin()).headers.get('strict-transport-security'), null)
})

test('after sign-out the session is gone, on the server and in the browser', async () => {
  const cookie = await api.cookie(api.staff.employee)
  const out = await api.app.request('/api/v1/session', {
    method: 'DELETE',
    headers: { cookie, 'x-perq-csrf': '1' },
  })
  assert.equal(out.status, 204)
  assert.match(out.headers.get('set-cookie') ?? '', /perq_session=;.*Max-Age=0/)
  assert.equal((await api.app.request('/api/v1/session', { headers: { cookie } })).status, 401)
})

test('a write with a session needs the header that no foreign page can send, and an origin of its own', async () => {
  const cookie = await api.cookie(api.staff.employee)
  const write = async (headers: Record<string, string>): Promise<number> =>
    (
      await api.app.request('http://127.0.0.1:4100/api/v1/people/me/keys', {
        method: 'POST',
        body: JSON.stringify({ name: 'k', purpose: 'work' }),
        headers: { cookie, host: '127.0.0.1:4100', 'content-type': 'application/json', ...headers },
      })
    ).status
  assert.equal(await write({}), 403)
  assert.equal(await write({ 'x-perq-csrf': '1', origin: 'https://evil.example' }), 403)
  assert.equal(await write({ 'x-perq-csrf': '1', origin: 'null' }), 403)
  assert.equal(await write({ 'x-perq-csrf': '1', origin: 'http://127.0.0.1:4100' }), 201)
  assert.equal(await write({ 'x-perq-csrf': '1' }), 201)
})

test('every answer, good or bad, carries the headers that protect it', async () => {
  const app = await api.reopen({ webDist: dist })
  for (const path of ['/', '/assets/app-1.js', '/api/v1/session', '/api/v1/nothing', '/healthz', '/signin']) {
    const { headers } = await app.request(path)
    const policy = headers.get('content-security-policy') ?? ''
    assert.match(policy, /default-src 'none'/, path)
    assert.match(policy, /frame-ancestors 'none'/)
    assert.doesNotMatch(policy, /unsafe|https?:|\*/)
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.equal(headers.get('referrer-policy'), 'same-origin')
    assert.match(headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/)
    assert.ok(headers.get('cache-control'), path)
  }
  assert.equal((await app.request('/api/v1/session')).headers.get('cache-control'), 'no-store')
})

test('the web app is served beside the API, and says plainly when it is not built', async () => {
  const app = await api.reopen({ webDist: dist })
  assert.match(await (await app.request('/people/x/entries?account=spent')).text(), /<title>Perq/)
  assert.match((await app.request('/assets/app-1.js')).headers.get('cache-control') ?? '', /immutable/)
  assert.equal((await api.app.request('/')).status, 503)
})

test('a flood of sign-ins from one address is slowed down, and other addresses are not', async () => {
  const app = await api.reopen({})
  const from = (remoteAddress: string): Promise<Response> =>
    Promise.resolve(app.request('/signin?token=guess', {}, { incoming: { socket: { remoteAddress } } }))
  const statuses: number[] = []
  for (let n = 0; n < 70; n += 1) statuses.push((await from('10.0.0.1')).status)
  assert.equal(statuses.filter((status) => status === 303).length, 60)
  const slowed = await from('10.0.0.1')
  assert.deepEqual([slowed.status, slowed.headers.get('retry-after')], [429, '60'])
  assert.equal((await from('10.0.0.2')).status, 303)
})

test('health tells that the process lives, readiness that the database fits the code', async () => {
  assert.equal((await api.app.request('/healthz')).status, 200)
  assert.equal((await api.app.request('/readyz')).status, 200)
  await api.db.query(`update public.perq_migration set hash = 'x' || hash where name = 'api'`)
  const response = await api.app.request('/readyz')
  assert.equal(response.status, 503)
  assert.match(await response.text(), /000007_api/)
  await api.db.query(`update public.perq_migration set hash = substr(hash, 2) where name = 'api'`)
  // A newer replica has come already; this one serves until its turn to be replaced.
  await api.db.query(`insert into public.perq_migration values (999999, 'next', 'x', now())`)
  assert.equal((await api.app.request('/readyz')).status, 200)
  await api.db.query('delete from public.perq_migration where number = 999999')
})

test('metrics count requests by route, never by id, and read what is held and unsealed', async () => {
  await api.as(api.staff.employee, `/api/v1/people/${api.staff.employee.id}/wallet`)
  const response = await api.app.request('/metrics')
  assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
  const text = await response.text()
  assert.match(
    text,
    /perq_http_requests_total\{method="GET",route="\/api\/v1\/people\/\{id\}\/wallet",status="200"\} 1/,
  )
  assert.match(text, /^perq_holds_open 0$/m)
  assert.match(text, /^perq_entries_unsealed \d+$/m)
  assert.doesNotMatch(text, new RegExp(api.staff.employee.id))
})

test('over a socket, beside another handler on the same port, it answers as it does in memory', async () => {
  const people = getRequestListener(api.app.fetch)
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/openai/')) response.end('gateway')
    else void people(request, response)
  })
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  const base = `http://127.0.0.1:${port}`
  try {
    assert.equal(await (await fetch(`${base}/openai/v1/models`)).text(), 'gateway')
    const token = await api.sessions.link(api.staff.employee.id)
    const entered = await fetch(`${base}/signin?token=${token}`, { redirect: 'manual' })
    const cookie = (entered.headers.get('set-cookie') ?? '').split(';')[0]!
    const setup: unknown = await (await fetch(`${base}/api/v1/setup`, { headers: { cookie } })).json()
    assert.ok(JSON.stringify(setup).includes(`"openai_base_url":"${base}/openai/v1"`))
    const write = (body: string): Promise<Response> =>
      fetch(`${base}/api/v1/people/me/keys`, {
        method: 'POST',
        body,
        headers: { cookie, origin: base, 'x-perq-csrf': '1', 'content-type': 'application/json' },
      })
    assert.equal((await write(JSON.stringify({ name: 'k', purpose: 'work' }))).status, 201)
    assert.equal((await write(JSON.stringify({ name: 'x'.repeat(2_000_000), purpose: 'work' }))).status, 413)
  } finally {
    server.closeAllConnections()
    await new Promise((done) => void server.close(done))
  }
})
