import { z } from '@hono/zod-openapi'
import { invariant } from '#base/invariant.ts'
import { iso } from '#base/time.ts'
import type { IssueAsk } from '#commands/issue.ts'
import { clausesShape, formulaShape, parseClauses, parseUnit, unitShape } from '#grants/clause-shape.ts'
import type { ExpiryRule } from '#grants/expiry.ts'
import type { Template } from '#grants/grant.ts'
import { vestingWords } from '#reports/words/vesting.ts'
import * as contractViews from '../contract-views.ts'
import { signedIn } from '../guard.ts'
import type { Parts } from '../parts.ts'
import * as s from '../schemas.ts'
import * as views from '../views.ts'
import { wire } from '../wire.ts'
import { answers, body, described, found, once, type App } from './route.ts'

const json = z.json().openapi({ type: 'object' })

export const newTemplate = z
  .strictObject({
    name: z.string(),
    denomination: s.denomination.default('usd').openapi({
      description: 'What a quantity counts: nano-dollars, or months of a seat.',
    }),
    unit: unitShape.default({}).openapi({ description: 'Which accelerator, nodes or tokens are counted.' }),
    // The type is told because the generator cannot follow a schema that contains itself.
    statements: z
      .union([
        z.array(json),
        z.strictObject({ parts: z.array(json) }),
        z.strictObject({ graph: z.array(json) }),
      ])
      .openapi({
        description:
          'OCF v2 vesting statements in a chain; or parts side by side; or a graph of OCF v1 conditions.',
        example: [
          { order: 1, percentage: '1', schedule: { occurrences: 12, period: 1, period_type: 'MONTHS' } },
        ],
      }),
    allocation: z.string().default('CUMULATIVE_ROUND_DOWN'),
    basis: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('total') }),
        z.strictObject({ kind: z.literal('per_installment'), installments: z.int() }),
      ])
      .default({ kind: 'total' })
      .openapi({ description: 'What a quantity counts: the whole grant, or one of so many installments.' }),
    formula: formulaShape
      .default({ kind: 'given' })
      .openapi({ description: 'How much is granted when no quantity is said.' }),
    expiry: s.expiry.default({ kind: 'never' }),
    scope: s.scope.default({}),
    priority: z.int().default(50).openapi({ description: '0 is drawn first, at most 100.' }),
    clauses: clausesShape
      .default({})
      .openapi({ description: 'How life changes it, and what is guaranteed.' }),
  })
  .openapi('NewTemplate')

export const newGrant = z
  .strictObject({
    person_id: s.id,
    template_id: s.id,
    quantity: z
      .string()
      .regex(
        /^\d{1,19}$/,
        'Give the smallest unit (nano-dollars, GPU-seconds, …) as a decimal string without a sign',
      )
      .optional()
      .openapi({
        description:
          "In the smallest unit, as the template denominates and its basis counts it. Absent: as the template's formula says.",
        example: '500000000000',
      }),
    denomination: s.denomination
      .optional()
      .openapi({ description: 'What the quantity is taken for; refused when the template says otherwise.' }),
    start_date: s.day,
    grant_date: s.day.optional(),
    name: z.string().optional(),
  })
  .openapi('NewGrant')

export function grantRoutes(app: App, parts: Parts): void {
  const { db, grants, commands, reports, world } = parts

  app.openapi(
    described('/api/v1/templates', {
      method: 'get',
      summary: 'The newest version of each grant template',
      responses: answers(200, views.templates, 'The templates, by name'),
    }),
    async (c) => {
      const use = await reports.templateUse()
      const templates = (await grants.templates(db)).map((template) => ({
        ...templateView(template),
        says: vestingWords(template.statements).join(' '),
        grants: use.get(template.name.toLowerCase()) ?? 0,
      }))
      return c.json(wire({ templates }), 200)
    },
  )

  app.openapi(
    described('/api/v1/templates', {
      method: 'post',
      summary: 'Saves a template, as a new version when the name stands',
      request: { body: body(newTemplate) },
      responses: answers(201, views.template, 'The template'),
    }),
    async (c) => {
      const ask = c.req.valid('json')
      const createdBy = signedIn(c).id
      const answer = await once(parts, c, ask, {
        kind: 'once',
        run: async (id) => {
          const made = await commands.createTemplate({
            ...ask,
            unit: parseUnit(ask.unit),
            expiry: expiryOf(ask.expiry),
            scope: scopeOf(ask.scope),
            clauses: parseClauses(ask.clauses),
            id,
            createdBy,
          })
          return { status: 201, body: templateView(made) }
        },
      })
      return c.json(views.template.parse(answer), 201)
    },
  )

  app.openapi(
    described('/api/v1/grants', {
      method: 'post',
      summary: 'Promises a grant to a person at once, where nobody else has to approve it',
      request: { body: body(newGrant) },
      responses: answers(201, views.grant, 'The grant with its planned tranches'),
    }),
    async (c) => {
      const ask = c.req.valid('json')
      const answer = await once(parts, c, ask, {
        kind: 'once',
        run: async (id) => {
          await commands.issueGrant({ id, ...askOf(ask), createdBy: signedIn(c).id })
          const list = found(await reports.grants(ask.person_id, world.now()), 'such person')
          const made = list.grants.find((grant) => grant.id === id)
          invariant(made, 'a grant that was issued is seen')
          return { status: 201, body: made }
        },
      })
      return c.json(views.grant.parse(answer), 201)
    },
  )

  app.openapi(
    described('/api/v1/grants/drafts', {
      method: 'post',
      summary: 'Writes a grant that is still to be approved, offered and accepted',
      request: { body: body(newGrant) },
      responses: answers(201, contractViews.contract, 'The draft'),
    }),
    async (c) => {
      const ask = c.req.valid('json')
      const answer = await once(parts, c, ask, {
        kind: 'once',
        run: async (id) => {
          await commands.draftGrant({ id, ...askOf(ask), createdBy: signedIn(c).id })
          return { status: 201, body: found(await reports.contract(id, world.now()), 'such grant') }
        },
      })
      return c.json(contractViews.contract.parse(answer), 201)
    },
  )
}

export const askOf = (ask: z.output<typeof newGrant>): IssueAsk => ({
  person: ask.person_id,
  template: ask.template_id,
  quantity: ask.quantity === undefined ? undefined : BigInt(ask.quantity),
  denomination: ask.denomination,
  startDate: ask.start_date,
  grantDate: ask.grant_date,
  name: ask.name,
})

export function expiryOf(rule: z.output<typeof s.expiry>): ExpiryRule {
  if (rule.kind === 'never' || rule.kind === 'on') return rule
  const { rollover, ...rest } = rule
  return rollover === undefined ? rest : { ...rest, rollover }
}

/** An absent list and an undefined one mean the same here and nowhere else. */
export const scopeOf = ({ classes, providers, purposes }: z.output<typeof s.scope>) => ({
  ...(classes && { classes }),
  ...(providers && { providers }),
  ...(purposes && { purposes }),
})

const templateView = (template: Template) => ({
  id: template.id,
  name: template.name,
  version: template.version,
  denomination: template.denomination,
  unit: template.unit,
  statements: template.statements,
  allocation: template.allocation,
  basis: template.basis,
  formula: template.formula,
  expiry: template.expiry,
  scope: template.scope,
  priority: template.priority,
  clauses: template.clauses,
  created_at: iso(template.createdAt),
})
