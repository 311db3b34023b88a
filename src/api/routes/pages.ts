import { setCookie } from 'hono/cookie'
import { nextOf, readMigrations } from '#db/migrate.ts'
import type { Migration } from '#db/migrate.ts'
import type { Db } from '#db/sql.ts'
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
export async function pageRoutes(app: App, parts: Parts, assets: Assets): Promise<void> {
  const { sessions, world, config, metrics, db } = parts
  const migrations = await readMigrations()
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

  app.get('/healthz', (c) => c.json({ status: 'ok' }))

  app.get('/readyz', async (c) => {
    const trouble = config.trouble?.() ?? (await notReady(db, migrations))
    return trouble === null ? c.json({ status: 'ok' }) : c.json({ status: 'not ready', reason: trouble }, 503)
  })

  app.get('/metrics', async (c) =>
    c.body(await metrics.render(), 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }),
  )

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

/**
 * Null when the database answers and has the migrations of this code. It may have more: while a newer Perq takes the place
 * of this one, replica by replica, the older ones go on serving.
 */
async function notReady(db: Db, migrations: readonly Migration[]): Promise<string | null> {
  try {
    const applied = await db.query<{ number: number; name: string; hash: string }>(
      'select number, name, hash from public.perq_migration order by number',
    )
    const missing = nextOf(applied.slice(0, migrations.length), migrations)
    return missing === null ? null : `migration ${missing.name} is not applied`
  } catch (error) {
    return error instanceof Fault ? error.message : 'the database does not answer'
  }
}
