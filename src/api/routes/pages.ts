import { setCookie } from 'hono/cookie'
import { Fault } from '#base/fault.ts'
import { MINUTE, SECOND } from '#base/time.ts'
import type { Assets } from '../assets.ts'
import { errorsPage } from '../faults.ts'
import { COOKIE } from '../guard.ts'
import { createLimiter } from '../limiter.ts'
import type { Parts } from '../parts.ts'
import { SESSION_MS } from '../sessions.ts'
import type { App } from './route.ts'

const SIGNIN_MAX = 60

/** What is not JSON of the API: signing in, health, metrics, the page about errors, the web app. */
export function pageRoutes(app: App, parts: Parts, assets: Assets): void {
  const { sessions, world, config, probes } = parts
  const attempts = createLimiter({ max: SIGNIN_MAX, windowMs: MINUTE, keysMax: 10_000, now: world.now })

  app.get('/signin', async (c) => {
    // Programs that look at links before people do must not use them up.
    if (c.req.method === 'HEAD') return c.body(null, 204)
    if (!attempts.take(c.env?.incoming?.socket?.remoteAddress ?? 'unknown'))
      throw new Fault('rate_limited', 'Too many sign-ins from this address. Wait a minute.', {
        details: { retryAfter: String(MINUTE / SECOND) },
      })
    const session = await sessions.signIn(c.req.query('token') ?? '')
    if (!session) return c.redirect('/signed-out?reason=link', 303)
    setCookie(c, COOKIE, session.secret, {
      path: '/',
      httpOnly: true,
      sameSite: 'Lax',
      secure: config.publicUrl?.startsWith('https:') ?? false,
      maxAge: SESSION_MS / SECOND,
    })
    return c.redirect('/', 303)
  })

  for (const path of ['/healthz', '/readyz', '/metrics'] as const)
    app.get(path, async (c) => {
      const { status, type, body } = await probes[path]()
      return c.body(body, status, { 'content-type': type })
    })

  const errors = errorsPage()
  app.get('/docs/errors', (c) => c.html(errors))

  app.get('*', (c) => {
    const served = assets.serve(c.req.path, {
      ifNoneMatch: c.req.header('if-none-match') ?? null,
      acceptEncoding: c.req.header('accept-encoding') ?? null,
    })
    if (!served) throw new Fault('not_found', `There is no file ${c.req.path}.`)
    return served
  })
}
