import { z } from '@hono/zod-openapi'
import { Fault } from '#base/fault.ts'
import { dayOf } from '#base/time.ts'
import { parseClauses, parseUnit } from '#grants/clause-shape.ts'
import { reckon, type Reckoned } from '#grants/formula.ts'
import { checkTerms, type Terms } from '#grants/terms.ts'
import { signedIn } from '../guard.ts'
import type { Parts } from '../parts.ts'
import { atStatements, previewOf } from '../preview.ts'
import * as views from '../preview-views.ts'
import * as s from '../schemas.ts'
import { askOf, expiryOf, newGrant, newTemplate, scopeOf } from './grants.ts'
import { answers, body, described, type App } from './route.ts'

const natural = z.string().regex(/^\d{1,19}$/, 'Give the smallest unit as a decimal string without a sign')

const sample = z
  .strictObject({
    quantity: natural.optional().openapi({ description: "As the basis counts it. Absent: the formula's." }),
    level: z.string().max(40).optional(),
    salary: natural.optional().openapi({ description: 'Of a year, in nano-dollars.' }),
    start_date: s.day,
    grant_date: s.day.optional(),
  })
  .openapi('SampleGrant')
type Sample = z.output<typeof sample>

/** A template as far as it is written: it may have no name yet. */
const templateDraft = newTemplate
  .extend({ name: z.string().max(200).default(''), sample })
  .openapi('TemplateDraft')

/** What a template or a grant would say and plan; nothing is written. */
export function previewRoutes(app: App, { commands, world }: Parts): void {
  app.openapi(
    described('/api/v1/templates/preview', {
      method: 'post',
      summary: 'What terms make of a sample grant: its schedule, its words, and what is wrong or odd',
      request: { body: body(templateDraft) },
      responses: answers(200, views.templatePreview, 'The preview'),
    }),
    (c) => {
      const { name, sample: facts, ...ask } = c.req.valid('json')
      const today = dayOf(world.now())
      const preview = asWritten(() => {
        const terms: Terms = {
          ...ask,
          unit: parseUnit(ask.unit),
          expiry: expiryOf(ask.expiry),
          scope: scopeOf(ask.scope),
          clauses: parseClauses(ask.clauses),
        }
        checkTerms(terms)
        const { quantity: counted, reckoning } = ofSample(terms, facts)
        const { start_date: startDate, grant_date: grantDate = facts.start_date } = facts
        const shown = name.trim() === '' ? 'New template' : name.trim()
        return previewOf(terms, { name: shown, counted, reckoning, startDate, grantDate, today })
      })
      return c.json(views.templatePreview.parse(preview), 200)
    },
  )

  app.openapi(
    described('/api/v1/grants/preview', {
      method: 'post',
      summary: 'What a grant to a person would say and plan, and who would have to agree',
      request: { body: body(newGrant) },
      responses: answers(200, views.grantPreview, 'The preview'),
    }),
    async (c) => {
      const ask = c.req.valid('json')
      const { template, ...facts } = await commands.previewGrant(askOf(ask))
      const direct = facts.approvalsNeeded === 1 && ask.person_id !== signedIn(c).id
      const preview = asWritten(() => previewOf(template, { ...facts, today: dayOf(world.now()) }))
      const answer = {
        ...preview,
        name: facts.name,
        template_id: template.id,
        person_id: ask.person_id,
        approvals_needed: facts.approvalsNeeded,
        direct,
      }
      return c.json(views.grantPreview.parse(answer), 200)
    },
  )
}

/** A refusal names the field as whoever writes it knows it. */
function asWritten<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw atStatements(error)
  }
}

/** The sample's quantity, or what the formula makes of the sample's level and salary. */
function ofSample(terms: Terms, { quantity, level, salary, start_date: effectiveOn }: Sample): Reckoned {
  const first = terms.formula.kind === 'by_level' ? Object.keys(terms.formula.levels)[0] : undefined
  try {
    return reckon(terms, quantity === undefined ? null : BigInt(quantity), {
      level: level ?? first ?? '',
      salary: salary === undefined ? null : { amount: BigInt(salary), currency: 'USD', effectiveOn },
      rate: null,
    })
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    throw new Fault(error.code, error.message, { param: `sample.${error.param ?? 'quantity'}` })
  }
}
