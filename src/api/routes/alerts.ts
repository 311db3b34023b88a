import { z } from '@hono/zod-openapi'
import { iso, type Millis } from '#base/time.ts'
import { wordsOf, type Alert } from '#spending/alerts/alert.ts'
import type { GuardView } from '#spending/guard/view.ts'
import { subject } from '../guard.ts'
import type { Parts } from '../parts.ts'
import * as s from '../schemas.ts'
import * as views from '../guard-views.ts'
import { wire } from '../wire.ts'
import { answers, body, described, once, type App } from './route.ts'

const page = z.strictObject({ limit: s.limit(20, 100), cursor: s.cursor })
const seen = z
  .strictObject({
    ids: z.array(s.id).min(1).max(500).nullable().default(null).openapi({
      description: 'Which alerts were seen; absent or null: all of them.',
    }),
  })
  .openapi('AlertsSeenRequest')

/** What people are told, and the guard that asks them whether it is they who spend so fast. */
export function alertRoutes(app: App, parts: Parts): void {
  const { spending } = parts

  app.openapi(
    described('/api/v1/people/{id}/alerts', {
      method: 'get',
      summary: 'Alerts, newest first',
      request: { params: s.personPath, query: page },
      responses: answers(200, views.alerts, 'A page of alerts, and how many were not seen'),
    }),
    async (c) => {
      const person = subject(c)
      const { limit, cursor } = c.req.valid('query')
      const [{ alerts, next }, unseen] = await Promise.all([
        spending.alerts.list(person, { limit, cursor }),
        spending.alerts.unseen(person),
      ])
      const own = c.get('caller')?.id === person
      return c.json({ alerts: alerts.map((alert) => alertView(alert, own)), unseen, next }, 200)
    },
  )

  app.openapi(
    described('/api/v1/people/{id}/alerts/seen', {
      method: 'post',
      summary: 'Says that alerts were seen',
      request: { params: s.personPath, body: body(seen) },
      responses: answers(200, views.alertsSeen, 'How many are left'),
    }),
    async (c) => {
      const ask = c.req.valid('json')
      const person = subject(c)
      const answer = await once(parts, c, ask, {
        kind: 'once',
        run: async () => {
          await spending.alerts.markSeen(person, ask.ids)
          return { status: 200, body: { unseen: await spending.alerts.unseen(person) } }
        },
      })
      return c.json(views.alertsSeen.parse(answer), 200)
    },
  )

  app.openapi(
    described('/api/v1/alerts', {
      method: 'get',
      summary: "Everybody's alerts, newest first",
      request: { query: page },
      responses: answers(200, views.companyAlerts, 'A page of alerts'),
    }),
    async (c) => {
      const { limit, cursor } = c.req.valid('query')
      const { alerts, next } = await spending.alerts.list(null, { limit, cursor })
      return c.json({ alerts: alerts.map((alert) => alertView(alert, false)), next }, 200)
    },
  )

  app.openapi(
    described('/api/v1/people/{id}/guard', {
      method: 'get',
      summary: 'How the velocity guard stands: what was spent in each window, and what is usual',
      request: { params: s.personPath },
      responses: answers(200, views.guard, 'The guard'),
    }),
    async (c) => c.json(guardView(await spending.guard(subject(c))), 200),
  )

  app.openapi(
    described('/api/v1/people/{id}/guard/resume', {
      method: 'post',
      summary: 'The person confirms that it is them: calls go on at once',
      description:
        'Ends a pause and raises every limit for 24 hours. With nothing slowed it changes nothing.',
      request: { params: s.personPath },
      responses: answers(200, views.guard, 'The guard, open again'),
    }),
    async (c) => {
      const answer = await once(parts, c, null, {
        kind: 'once',
        run: async () => ({ status: 200, body: guardView(await spending.resume(subject(c))) }),
      })
      return c.json(views.guard.parse(answer), 200)
    },
  )
}

/** Others read it in other words, and are led to the person. */
function alertView({ id, at, person, facts, seenAt }: Alert, own: boolean) {
  const { title, message, link } = wordsOf(facts, own)
  return {
    id,
    at: iso(at),
    kind: facts.kind,
    title,
    message,
    seen_at: isoOrNull(seenAt),
    link: own || person === null ? link : `/people/${person.id}${link === '/' ? '' : link}`,
    person,
  }
}

const guardView = ({ since, raised, windows, ...rest }: GuardView) =>
  wire({
    ...rest,
    since: isoOrNull(since),
    raised: raised && { times: raised.times, until: iso(raised.until) },
    windows: windows.map(({ window, spent, baseline, notifyAt, slowAt, pauseAt }) => ({
      window,
      spent,
      baseline,
      notify_at: notifyAt,
      slow_at: slowAt,
      pause_at: pauseAt,
    })),
  })

const isoOrNull = (at: Millis | null): string | null => (at === null ? null : iso(at))
