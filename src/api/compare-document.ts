import { z } from 'zod'
import { assetOf } from '#base/asset.ts'
import { Fault, messageOf } from '#base/fault.ts'
import { PER_UNIT } from '#base/quantity.ts'
import { planOf } from '#commands/plan.ts'
import { readBundle, type GrantAsk, type TemplateAsk } from '#format/bundle.ts'
import { FORMAT } from '#format/documents.ts'
import { smallestUnits } from '#format/terms.ts'
import type { ComputeItem, SideAsk } from '#offers/compare/ask.ts'
import { fractionText, handedSide } from '#offers/compare/handed.ts'
import type { ReadDocument } from '#offers/read/read.ts'
import { ask, side } from './compare-views.ts'
import { candidateOffer } from './offer-link-views.ts'

/** What a document says of compute: a bundle of grants, an offer of Perq as its candidate has it, or one side of a comparison. */

const MOST_GRANTS = 20
const YEARS = [1, 2, 3, 4]

export const compareDocument: ReadDocument = (value) => {
  const own = side.safeParse(value)
  if (own.success) return { offer: own.data, notes: [] }
  const several = ask.safeParse(value)
  if (several.success)
    return { offer: several.data.offers[0]!, notes: ['the file compares several offers: the first was read'] }
  const handed = candidateOffer.safeParse(value)
  if (handed.success) {
    const { company, offer } = handed.data
    if (offer === null) return { why: 'the offer is over: there is nothing to compare' }
    return { offer: handedSide({ company, offer }), notes: [] }
  }
  if (z.object({ format: z.literal(FORMAT) }).safeParse(value).success) return bundleSide(value)
  return {
    why: `it is no document that is known: give one of ${FORMAT}, an offer of Perq, or an offer in words`,
  }
}

function bundleSide(value: unknown): ReturnType<ReadDocument> {
  const read = readBundle(value)
  if (read.kind === 'problems') {
    const [first] = read.problems
    return { why: `the document is not in order: ${first?.message ?? ''}` }
  }
  const { grants, templates } = read.value
  const missing: string[] = []
  const compute = grants.slice(0, MOST_GRANTS).flatMap((grant): ComputeItem[] => {
    const template = templates.find(({ id }) => id === grant.templateId)
    const name = grant.name ?? grant.template
    if (!template || grant.quantity === null) {
      missing.push(
        `${name}: ${template ? 'its quantity follows from a formula' : 'its terms are not in the document'}`,
      )
      return []
    }
    try {
      return itemOf(name, grant, template)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      missing.push(`${name}: ${messageOf(error)}`)
      return []
    }
  })
  if (grants.length > MOST_GRANTS) missing.push(`${grants.length - MOST_GRANTS} more grants`)
  const offer: SideAsk = { name: 'Other offer', compute }
  const notes = ['the document tells compute alone: type salary, bonus and shares beside it']
  return { offer, notes, not_understood: missing }
}

/** What a grant vests in each of four years from its start, exact. */
function itemOf(name: string, grant: GrantAsk, { terms }: TemplateAsk): ComputeItem[] {
  const { startDate } = grant
  const { quantity, installments } = planOf(terms, {
    quantity: BigInt(smallestUnits(terms.denomination, grant.quantity!, 'quantity')),
    startDate,
    grantDate: grant.grantDate ?? startDate,
  })
  const end = (year: number): string => `${Number(startDate.slice(0, 4)) + year}${startDate.slice(4)}`
  const years = YEARS.map((year) =>
    installments
      .filter(({ date }) => date <= end(year) && (year === 1 || date > end(year - 1)))
      .reduce((sum, one) => sum + one.quantity, 0n),
  )
  const shared = {
    name: name.slice(0, 120),
    per: 'all',
    standing: 'right',
    years: years.map((amount) => fractionText(amount, quantity)),
  } as const
  const { denomination, unit } = terms
  const whole = fractionText(quantity, PER_UNIT[denomination])
  const { accelerator, tier, gpusPerNode = 1 } = unit
  // Throws where the unit is none.
  assetOf(denomination, unit)
  switch (denomination) {
    case 'usd':
      return [{ kind: 'usd', quantity: whole, ...shared }]
    case 'gpu_hour':
    case 'node_hour':
      return [
        {
          kind: 'gpu_hours',
          quantity: fractionText(quantity * BigInt(gpusPerNode), PER_UNIT[denomination]),
          accelerator,
          tier,
          ...shared,
        },
      ]
    case 'exaflop_day':
      return [{ kind: 'exaflop_days', quantity: whole, ...shared }]
    case 'seat_month':
      return [{ kind: 'seats', quantity: whole, ...shared }]
    case 'token':
      return [{ kind: 'tokens', quantity: fractionText(quantity, 1_000_000n), ...shared }]
  }
}
