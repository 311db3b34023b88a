import type { Context } from 'hono'
import { Fault } from '#base/fault.ts'
import { isUuid } from '#base/id.ts'
import { dayOf, iso } from '#base/time.ts'
import type { PostAsk } from '#offers/post.ts'
import { MOST_POSTS } from '#offers/posts.ts'
import { postLd, type PostView } from '#reports/offers/posts.ts'
import { badgeSvg } from '../documents/badge.ts'
import { postDocument } from '../documents/post-document.ts'
import { postPage, postsPage } from '../documents/post-page.ts'
import { escaped } from '#base/html.ts'
import { signedIn } from '../guard.ts'
import type { Env, Parts } from '../parts.ts'
import * as views from '../post-views.ts'
import * as s from '../schemas.ts'
import { wire } from '../wire.ts'
import { answers, body, described, found, once, type App } from './route.ts'
import type { z } from '@hono/zod-openapi'

type Ask = z.output<typeof views.postAsk>

/** Advertised jobs: written and opened by those who promise pay, read by everybody. */
export function postRoutes(app: App, parts: Parts): void {
  const { postCommands, postReports, world } = parts

  app.openapi(
    described('/api/v1/job-posts', {
      method: 'get',
      summary: 'Advertised jobs, newest first',
      responses: answers(200, views.posts, 'At most 500'),
    }),
    async (c) => {
      const all = await postReports.posts({ open: null, limit: MOST_POSTS }, world.now())
      return c.json({ posts: all.map((view) => told(parts, c, view)) }, 200)
    },
  )

  app.openapi(
    described('/api/v1/job-posts', {
      method: 'post',
      summary: 'Writes a job as a draft',
      request: { body: body(views.postAsk) },
      responses: answers(201, views.post, 'The draft'),
    }),
    async (c) => {
      const ask = c.req.valid('json')
      const by = signedIn(c).id
      const done = await once(parts, c, ask, {
        kind: 'once',
        run: async (id) => {
          await postCommands.writePost({ ...askOf(ask), id, by })
          return { status: 201, body: await one(c, id) }
        },
      })
      return c.json(views.post.parse(done), 201)
    },
  )

  app.openapi(
    described('/api/v1/job-posts/preview', {
      method: 'post',
      summary: 'What a job would say, to people and to search engines, and what the law of its place wants',
      request: { body: body(views.postAsk) },
      responses: answers(200, views.postPreview, 'Nothing is written'),
    }),
    async (c) => {
      const by = { id: world.id(), now: world.now() }
      const view = await postReports.previewPost(askOf(c.req.valid('json')), by)
      return c.json(toldOf(parts, c, view), 200)
    },
  )

  app.openapi(
    described('/api/v1/job-posts/{id}', {
      method: 'get',
      summary: 'One advertised job',
      request: { params: s.thingPath },
      responses: answers(200, views.post, 'The job as it stands'),
    }),
    async (c) => c.json(await one(c, c.req.valid('param').id), 200),
  )

  app.openapi(
    described('/api/v1/job-posts/{id}', {
      method: 'patch',
      summary: 'Writes the job anew, whether it is open or not',
      request: { params: s.thingPath, body: body(views.postAsk) },
      responses: answers(200, views.post, 'The job as it then stands'),
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      await postCommands.changePost(id, askOf(c.req.valid('json')))
      return c.json(await one(c, id), 200)
    },
  )

  app.openapi(
    described('/api/v1/job-posts/{id}/open', {
      method: 'post',
      summary: 'Shows the job to everybody',
      request: { params: s.thingPath },
      responses: answers(200, views.post, 'The job as it then stands'),
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      await postCommands.openPost(id)
      return c.json(await one(c, id), 200)
    },
  )

  app.openapi(
    described('/api/v1/job-posts/{id}/close', {
      method: 'post',
      summary: 'Takes the job away from everybody',
      request: { params: s.thingPath },
      responses: answers(200, views.post, 'The job as it then stands'),
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      await postCommands.closePost(id)
      return c.json(await one(c, id), 200)
    },
  )

  const one = async (c: Context<Env>, id: string) =>
    told(parts, c, found(await postReports.post(id, world.now()), 'such post'))

  publicRoutes(app, parts)
}

/** Pages that are the same for everybody, and may be kept for a minute. */
function publicRoutes(app: App, parts: Parts): void {
  const { postReports, config, world } = parts
  const KEPT = 'public, max-age=60'

  /** What is not open is as absent as what never was. */
  const open = async (c: Context<Env>): Promise<PostView> => {
    const id = c.req.param('id') ?? ''
    const view = isUuid(id) ? await postReports.post(id, world.now()) : null
    if (view?.isPublic) return view
    throw new Fault('not_found', 'This job is not open, or never was.')
  }

  app.get('/careers', async (c) => {
    const now = world.now()
    const all = await postReports.posts({ open: dayOf(now), limit: MOST_POSTS }, now)
    return c.html(postsPage(all, config.company), 200, { 'cache-control': KEPT })
  })

  app.get('/careers/:id', async (c) => {
    const view = await open(c)
    const { document, ld } = machine(parts, c, view)
    const page = postPage({
      view,
      company: config.company,
      ld,
      documentUrl: `/careers/${view.post.id}/compute.json`,
      sha256: document.sha256,
    })
    return c.html(page, 200, { 'cache-control': KEPT })
  })

  app.get('/careers/:id/compute.json', async (c) => {
    const { document } = machine(parts, c, await open(c))
    return c.body(document.text, 200, { 'content-type': 'application/json', 'cache-control': KEPT })
  })

  app.get('/careers/:id/badge.svg', async (c) => {
    const view = await open(c)
    return c.body(badgeOf(view), 200, {
      'content-type': 'image/svg+xml',
      'cache-control': KEPT,
      // It is made to stand on other sites.
      'cross-origin-resource-policy': 'cross-origin',
    })
  })
}

const badgeOf = ({ lines }: Pick<PostView, 'lines'>): string =>
  badgeSvg(lines.map(({ quantity }) => quantity))

const origin = ({ config }: Parts, c: Context<Env>): string => config.publicUrl ?? new URL(c.req.url).origin

function machine(parts: Parts, c: Context<Env>, view: PostView) {
  const { id, title, openedAt } = view.post
  const { company } = parts.config
  const base = `${origin(parts, c)}/careers/${id}`
  const document = postDocument({ company, title, lines: view.lines })
  const ld = postLd(view, {
    id,
    company,
    postedOn: dayOf(openedAt ?? parts.world.now()),
    url: base,
    document: view.lines.length === 0 ? null : { url: `${base}/compute.json`, sha256: document.sha256 },
  })
  return { document, ld, base }
}

const toldOf = (parts: Parts, c: Context<Env>, view: PostView) => ({
  lines: view.lines.map((line) => ({
    template_id: line.template,
    least: String(line.least),
    most: String(line.most),
    name: line.name,
    asset: line.asset,
    quantity: line.quantity,
    says: line.says,
    words: [...line.words],
  })),
  findings: view.findings.map((one) => ({ ...one })),
  json_ld: wire(machine(parts, c, view).ld),
})

function told(parts: Parts, c: Context<Env>, view: PostView): z.output<typeof views.post> {
  const { post } = view
  const { base } = machine(parts, c, view)
  const urls = { page: base, badge: `${base}/badge.svg`, document: `${base}/compute.json` }
  return {
    id: post.id,
    status: post.status,
    public: view.isPublic,
    title: post.title,
    level: post.level,
    family: post.family,
    entity: { id: post.entity, name: view.entityName },
    place: { ...post.place },
    employment: post.employment,
    description: post.description,
    salary: post.salary && wire(post.salary),
    incentives: post.incentives,
    benefits: [...post.benefits],
    apply_at: post.applyAt,
    until: post.until,
    ...toldOf(parts, c, view),
    urls,
    embed: `<a href="${urls.page}"><img src="${urls.badge}" alt="${escaped(`Compute of the job ${post.title}`)}"></a>`,
    created_at: iso(post.createdAt),
    changed_at: iso(post.changedAt),
    opened_at: post.openedAt === null ? null : iso(post.openedAt),
  }
}

const askOf = ({ entity_id: entity, apply_at: applyAt, salary, compute, ...ask }: Ask): PostAsk => ({
  ...ask,
  entity,
  applyAt,
  salary: salary && {
    currency: salary.currency,
    least: BigInt(salary.least),
    most: BigInt(salary.most),
  },
  compute: compute.map(({ template_id: template, least, most }) => ({
    template,
    least: BigInt(least),
    most: BigInt(most),
  })),
})
