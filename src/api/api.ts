import { OpenAPIHono } from '@hono/zod-openapi'
import { bodyLimit } from 'hono/body-limit'
import type { Context } from 'hono'
import { Fault } from '#base/fault.ts'
import { SECOND } from '#base/time.ts'
import { MAX_BYTES } from '#commands/bulk/rows.ts'
import { checkDeclared, ruleFor } from './access.ts'
import { loadAssets } from './assets.ts'
import { envelope, faultOf, headersOf, invalidOf } from './faults.ts'
import { guard } from './guard.ts'
import { protect } from './headers.ts'
import { openFeeds } from './feeds.ts'
import { openIdempotency } from './idempotency.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { openProbes, type Probes } from './probes.ts'
import { document } from './openapi.ts'
import { watchRequests } from './requests.ts'
import type { Env, Parts, Rooms } from './parts.ts'
import { compareRoutes } from './routes/compare.ts'
import { denialRoutes } from './routes/denials.ts'
import { clusterRoutes } from './routes/cluster.ts'
import { slaRoutes } from './routes/sla.ts'
import { agreementRoutes } from './routes/agreements.ts'
import { alertRoutes } from './routes/alerts.ts'
import { grantRoutes } from './routes/grants.ts'
import { contractRoutes } from './routes/contracts.ts'
import { entityRoutes } from './routes/entities.ts'
import { exchangeRoutes } from './routes/exchange.ts'
import { hardwareRoutes } from './routes/hardware.ts'
import { leaverRoutes, leavePreviewRoutes } from './routes/leave-preview.ts'
import { keyRoutes } from './routes/keys.ts'
import { modelRoutes } from './routes/models.ts'
import { offerLinkRoutes } from './routes/offer-links.ts'
import { offerRoutes } from './routes/offers.ts'
import { pageRoutes } from './routes/pages.ts'
import { peopleRoutes } from './routes/people.ts'
import { policyRoutes } from './routes/policy.ts'
import { postRoutes } from './routes/posts.ts'
import { previewRoutes } from './routes/preview.ts'
import { providerRoutes } from './routes/providers.ts'
import { grantLifeRoutes } from './routes/grant-life.ts'
import { lifeRoutes } from './routes/life.ts'
import type { App } from './routes/route.ts'
import { sessionRoutes } from './routes/session.ts'
import { setupRoutes } from './routes/setup.ts'
import { valueRoutes } from './routes/value.ts'
import { walletRoutes } from './routes/wallet.ts'
import { walletsRoutes } from './routes/wallets.ts'
import { webhookRoutes } from './routes/webhooks.ts'
import { openSessions, type Sessions } from './sessions.ts'

const BODY_MAX = 1024 * 1024

export type Api = App

/**
 * The people's door as one Hono app: REST under /api/v1, the OpenAPI document, sign-in links, health, metrics and the
 * web app. It answers everything except the doors of the gateway. `sessions`, `metrics` and `probes` may be shared with main/.
 */
export async function createApi(
  rooms: Rooms & { readonly sessions?: Sessions; readonly metrics?: Metrics; readonly probes?: Probes },
): Promise<Api> {
  const { db, world, config } = rooms
  const metrics = rooms.metrics ?? createMetrics()
  const { health } = rooms.reports
  const parts: Parts = {
    ...rooms,
    sessions: rooms.sessions ?? openSessions({ db, world }),
    feeds: openFeeds({ db, world }),
    metrics,
    probes: rooms.probes ?? (await openProbes({ db, metrics, health, now: world.now, trouble: undefined })),
    idempotent: openIdempotency({ db, world }),
  }
  const app: App = new OpenAPIHono<Env>({
    defaultHook: (result) => {
      if (!result.success)
        throw invalidOf(result.error, result.target, 'data' in result ? result.data : undefined)
    },
  })
  measure(app, parts)
  refuse(app, parts)
  const [usual, ofFiles] = [limitOf(BODY_MAX), limitOf(MAX_BYTES)]
  app.use((c, next) => (c.req.path === BULK ? ofFiles : usual)(c, next))
  app.use(guard(parts))

  sessionRoutes(app, parts)
  peopleRoutes(app, parts)
  entityRoutes(app, parts)
  walletRoutes(app, parts)
  walletsRoutes(app, parts)
  grantRoutes(app, parts)
  contractRoutes(app, parts)
  agreementRoutes(app, parts)
  previewRoutes(app, parts)
  leavePreviewRoutes(app, parts)
  leaverRoutes(app, parts)
  lifeRoutes(app, parts)
  grantLifeRoutes(app, parts)
  keyRoutes(app, parts)
  setupRoutes(app, parts)
  providerRoutes(app, parts)
  denialRoutes(app, parts)
  clusterRoutes(app, parts)
  slaRoutes(app, parts)
  modelRoutes(app, parts)
  exchangeRoutes(app, parts)
  hardwareRoutes(app, parts)
  valueRoutes(app, parts)
  compareRoutes(app, parts)
  offerRoutes(app, parts)
  offerLinkRoutes(app, parts)
  postRoutes(app, parts)
  alertRoutes(app, parts)
  policyRoutes(app, parts)
  webhookRoutes(app, parts)
  document(app)
  pageRoutes(app, parts, await loadAssets(config.webDist))

  // The web app's files are the one thing behind a wildcard: the same for everyone.
  checkDeclared(app.routes.filter(({ method, path }) => method !== 'ALL' && path !== '*' && path !== '/*'))
  return app
}

/** The one path that takes files. */
const BULK = '/api/v1/grants/bulk'
const limitOf = (maxSize: number) =>
  bodyLimit({
    maxSize,
    onError: () => {
      throw new Fault('too_large', `A body has at most ${maxSize} bytes.`, { param: 'body' })
    },
  })

/** Request ids, the headers of every answer, and the counts of /metrics. */
function measure(app: App, { world, metrics, config }: Parts): void {
  const { requests, seconds } = watchRequests(metrics)
  const https = config.publicUrl?.startsWith('https:') ?? false

  app.use(async (c, next) => {
    const started = world.now()
    c.set('requestId', world.id())
    await next()
    protect(c.res.headers, { https, requestId: c.get('requestId') })
    const found = ruleFor(c.req.method, c.req.path)
    const route = found.kind === 'found' ? found.key.slice(found.key.indexOf(' ') + 1) : 'web'
    requests.add({ method: found.kind === 'none' ? '' : c.req.method, route, status: String(c.res.status) })
    seconds.observe((world.now() - started) / SECOND, { route })
  })
}

/** Where the address is the secret, the log has its pattern. */
function pathToLog(c: Context<Env>): string {
  const found = ruleFor(c.req.method, c.req.path)
  return found.kind === 'found' && found.key.includes('{token}') ? found.key : c.req.path
}

/** Everything that is thrown becomes the one envelope. Bugs are logged; their text stays inside. */
function refuse(app: App, { log }: Parts): void {
  const answer = (error: unknown, c: Context<Env>): Response => {
    const fault = faultOf(error)
    const requestId = c.get('requestId')
    if (fault.status >= 500)
      log('error', fault.message, {
        request_id: requestId,
        path: pathToLog(c),
        cause: fault.cause instanceof Error ? (fault.cause.stack ?? fault.cause.message) : null,
      })
    return new Response(JSON.stringify(envelope(fault, requestId)), {
      status: fault.status,
      headers: headersOf(fault),
    })
  }
  app.onError(answer)
  app.notFound((c) => answer(new Fault('not_found', `There is no path ${c.req.path}.`), c))
}
