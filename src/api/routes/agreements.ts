import { z } from '@hono/zod-openapi'
import { Fault } from '#base/fault.ts'
import { sha256Hex } from '#base/json.ts'
import { iso } from '#base/time.ts'
import type { BulkReport } from '#commands/bulk/bulk.ts'
import { BULK_AS } from '#commands/bulk/bulk.ts'
import { can } from '#people/access.ts'
import type { Salary } from '#people/salary.ts'
import * as views from '../agreement-views.ts'
import * as contractViews from '../contract-views.ts'
import { signedIn, subject } from '../guard.ts'
import type { Parts } from '../parts.ts'
import * as s from '../schemas.ts'
import { wire } from '../wire.ts'
import { answers, body, described, found, once, type App } from './route.ts'

const path = z.strictObject({ id: s.id })
const reason = z.string().min(1).max(500)
const nothing = z.strictObject({})

const change = z
  .strictObject({
    template_id: s.id.optional(),
    quantity: z
      .string()
      .regex(/^\d{1,19}$/, 'Give a quantity in the smallest unit, as text')
      .nullable()
      .optional()
      .openapi({ description: "As the template's basis counts it; null: as its formula says." }),
    start_date: s.day.optional(),
    grant_date: s.day.optional(),
    name: z.string().optional(),
  })
  .openapi('GrantChange')

/** The way of a contract: changed, submitted, approved or sent back, offered, answered, taken back. */
export function agreementRoutes(app: App, parts: Parts): void {
  const { commands, reports, world } = parts

  const contract = async (id: string) => wire(found(await reports.contract(id, world.now()), 'such grant'))

  app.openapi(
    described('/api/v1/grants/{id}', {
      method: 'patch',
      summary: 'Changes a draft; anything else is frozen',
      request: { params: path, body: body(change) },
      responses: answers(200, contractViews.contract, 'The grant'),
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      const ask = c.req.valid('json')
      await commands.changeDraft({
        grant: id,
        by: signedIn(c).id,
        template: ask.template_id,
        quantity: ask.quantity == null ? ask.quantity : BigInt(ask.quantity),
        startDate: ask.start_date,
        grantDate: ask.grant_date,
        name: ask.name,
      })
      return c.json(await contract(id), 200)
    },
  )

  /** One step by whoever is signed in: the answer is the grant as it then is. */
  const step = <const Step extends string, Schema extends z.ZodType>(
    name: Step,
    summary: string,
    schema: Schema,
    run: (grant: string, by: string, ask: z.output<Schema>) => Promise<unknown>,
  ): void => {
    app.openapi(
      described(`/api/v1/grants/{id}/${name}`, {
        method: 'post',
        summary,
        request: { params: path, body: body(schema) },
        responses: answers(200, contractViews.contract, 'The grant as it then is'),
      }),
      async (c) => {
        // Checked by the route already; its generic type says nothing of either.
        const { id } = path.parse(c.req.param())
        const ask = schema.parse(await c.req.json())
        const by = signedIn(c).id
        const answer = await once(parts, c, ask, {
          kind: 'once',
          run: async () => {
            await run(id, by, ask)
            return { status: 200, body: await contract(id) }
          },
        })
        return c.json(contractViews.contract.parse(answer), 200)
      },
    )
  }

  step('submit', 'Gives a draft to those who approve it; it is frozen from then on', nothing, (grant, by) =>
    commands.submitGrant({ grant, by }),
  )
  step(
    'approve',
    'Approves it; above the threshold of the policy a second person has to as well',
    z.strictObject({ note: z.string().max(500).optional() }),
    (grant, by, { note }) => commands.approveGrant({ grant, by, note }),
  )
  step('reject', 'Sends it back to be a draft', z.strictObject({ reason }), (grant, by, ask) =>
    commands.rejectGrant({ grant, by, ...ask }),
  )
  step('offer', 'Offers it to its person', nothing, (grant, by) => commands.offerGrant({ grant, by }))
  step(
    'withdraw',
    'Takes back what its person has not accepted',
    z.strictObject({ reason }),
    (grant, by, ask) => commands.withdrawGrant({ grant, by, ...ask }),
  )
  step(
    'accept',
    'Accepts it, by its person: their typed name, and the hash of what they read',
    z.strictObject({ typed_name: z.string().min(1).max(200), content_hash: views.hash }),
    (grant, person, { typed_name: typedName, content_hash: contentHash }) =>
      commands.acceptGrant({ grant, person, typedName, contentHash }),
  )
  step(
    'decline',
    'Declines it, by its person',
    z.strictObject({ reason: z.string().max(500).optional() }),
    (grant, person, ask) => commands.declineGrant({ grant, person, reason: ask.reason }),
  )
  readRoutes(app, parts)
  bulkRoutes(app, parts)
  salaryRoutes(app, parts)
}

function readRoutes(app: App, { db, grants, commands, reports, world }: Parts): void {
  app.openapi(
    described('/api/v1/grants/{id}/agreement', {
      method: 'get',
      summary: 'What is agreed to, to the byte, and who has agreed',
      request: { params: path },
      responses: answers(200, views.agreement, 'The agreement'),
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      const told = can(signedIn(c).role, 'grant:read:any') || (await reports.isTold(id))
      if (!told) throw new Fault('not_found', 'There is no such grant.', { param: 'id' })
      const { grant, needed, approvals, content } = await commands.agreement(id)
      const acceptance = (await grants.acceptances(db, id)).at(-1)
      const answer = {
        grant_id: id,
        status: grant.status,
        version: grant.version,
        content: content.text,
        content_hash: content.hash,
        approvals_needed: needed,
        approvals: approvals.map((one) => ({
          person_id: one.recordedBy,
          at: iso(one.recordedAt),
          note: one.note,
          content_hash: one.contentHash,
        })),
        acceptance: acceptance
          ? {
              version: acceptance.version,
              typed_name: acceptance.typedName,
              content_hash: acceptance.contentHash,
              at: iso(acceptance.acceptedAt),
            }
          : null,
      }
      return c.json(answer, 200)
    },
  )

  const policyView = async () => {
    const { policy, version } = await grants.policy(db)
    const two_above = Object.fromEntries(
      Object.entries(policy.twoAbove).map(([key, most]) => [key, String(most)] as const),
    )
    return views.grantPolicy.parse({ two_above, version })
  }
  app.openapi(
    described('/api/v1/grant-policy', {
      method: 'get',
      summary: 'How many must agree to a grant',
      responses: answers(200, views.grantPolicy, 'The policy'),
    }),
    async (c) => c.json(await policyView(), 200),
  )
  app.openapi(
    described('/api/v1/grant-policy', {
      method: 'put',
      summary: 'Records how many must agree to a grant, as a new version',
      request: { body: body(views.grantPolicy.pick({ two_above: true })) },
      responses: answers(200, views.grantPolicy, 'The policy'),
    }),
    async (c) => {
      const { two_above: twoAbove } = c.req.valid('json')
      const by = signedIn(c).id
      await db.tx((sql) => grants.setPolicy(sql, { twoAbove }, by, world.now()))
      return c.json(await policyView(), 200)
    },
  )
}

function bulkRoutes(app: App, parts: Parts): void {
  const { commands } = parts
  app.openapi(
    described('/api/v1/grants/bulk', {
      method: 'post',
      summary: 'Grants from a file: a preview with ?preview=1, else all of it or nothing',
      request: {
        query: z.strictObject({
          preview: z.enum(['0', '1']).optional(),
          as: z.enum(BULK_AS).optional().openapi({
            description: 'What the grants become: drafts (usual), submitted drafts, or promised at once.',
          }),
        }),
        body: { content: { 'text/csv': { schema: z.string().openapi({ description: BULK_HELP }) } } },
      },
      responses: answers(
        200,
        views.bulkReport,
        'Row by row what it does; errors with row, column and remedy',
      ),
    }),
    async (c) => {
      const { preview, as = 'draft' } = c.req.valid('query')
      if (!/^text\/csv\b/.test(c.req.header('content-type') ?? '')) {
        throw new Fault('unsupported_media_type', 'This path reads CSV: send content-type: text/csv.', {
          param: 'content-type',
        })
      }
      const csv = await c.req.text()
      const ask = { csv, as, by: signedIn(c).id }
      if (preview === '1') return c.json(bulkView(await commands.previewBulk(ask)), 200)
      const answer = await once(
        parts,
        c,
        { file: sha256Hex(csv), as },
        {
          kind: 'once',
          run: async () => ({ status: 200, body: bulkView(await commands.commitBulk(ask)) }),
        },
      )
      return c.json(views.bulkReport.parse(answer), 200)
    },
  )
}

const BULK_HELP =
  'Columns in any order: email, template (its name), start_date; and, where they are needed, quantity (dollars, hours, ' +
  'exaFLOP-days, tokens or months, as the template counts), grant_date, name. At most 10,000 rows and 5 MB.'

const bulkView = (report: BulkReport): z.output<typeof views.bulkReport> => ({
  file_hash: report.fileHash,
  rows: report.rows,
  committed: report.committed,
  replayed: report.replayed,
  errors: report.errors.map(({ row, column, value, remedy }) => ({ row, column, value, remedy })),
  totals: report.totals.map(({ asset, grants, quantity }) => ({ asset, grants, quantity: String(quantity) })),
  grants: report.grants.map((one) => ({
    row: one.row,
    id: one.id,
    person_id: one.person,
    email: one.email,
    template: one.template,
    name: one.name,
    denomination: one.denomination,
    asset: one.asset,
    quantity: String(one.quantity),
    start_date: one.startDate,
    grant_date: one.grantDate,
    tranches: one.tranches,
    first_vest: one.firstVest,
    last_vest: one.lastVest,
    approvals_needed: one.approvalsNeeded,
  })),
})

function salaryRoutes(app: App, parts: Parts): void {
  const { people } = parts
  app.openapi(
    described('/api/v1/people/{id}/salaries', {
      method: 'get',
      summary: 'Base salaries, each from a day on, newest first',
      request: { params: s.personPath },
      responses: answers(200, views.salaries, 'The salaries'),
    }),
    async (c) => c.json({ salaries: (await people.salaries(subject(c))).map(salaryView) }, 200),
  )
  app.openapi(
    described('/api/v1/people/{id}/salaries', {
      method: 'post',
      summary: 'Records a base salary from a day on',
      request: { params: s.personPath, body: body(views.newSalary) },
      responses: answers(201, views.salary, 'The salary'),
    }),
    async (c) => {
      const ask = c.req.valid('json')
      const [person, by] = [subject(c), signedIn(c).id]
      if (person === by)
        throw new Fault('forbidden', 'Nobody records their own salary; ask a colleague.', { param: 'id' })
      const answer = await once(parts, c, ask, {
        kind: 'once',
        run: async (id) => {
          const { effective_on: effectiveOn, currency } = ask
          const amount = BigInt(ask.amount)
          const made = await people.setSalary({ id, person, effectiveOn, amount, currency, by })
          return { status: 201, body: salaryView(made) }
        },
      })
      return c.json(views.salary.parse(answer), 201)
    },
  )
}

const salaryView = (salary: Salary): z.output<typeof views.salary> => ({
  id: salary.id,
  person_id: salary.person,
  effective_on: salary.effectiveOn,
  amount: String(salary.amount),
  currency: salary.currency,
  recorded_at: iso(salary.recordedAt),
})
