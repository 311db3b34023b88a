import { denominationOf } from '#base/asset.ts'
import { Fault } from '#base/fault.ts'
import type { DateText } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { checkSpendable } from '#grants/expiry.ts'
import { reckon, type FormulaFacts } from '#grants/formula.ts'
import { approvalsNeeded } from '#grants/policy.ts'
import { checkName, MAX_TRANCHES, termsOf } from '#grants/terms.ts'
import { assetOf } from '#ledger/assets.ts'
import { bandChecks, isOutside } from '#offers/bands.ts'
import type { OfferCheck } from '#offers/checks.ts'
import { grantOf, type OfferContent } from '#offers/content.ts'
import type { OfferAsk } from '#offers/offer.ts'
import { rateOf, type Worth } from '#offers/worth.ts'
import { planOf } from '../plan.ts'
import type { OfferParts, PlannedGrant } from './parts.ts'

/** An ask with what it names looked up, and its grants planned. */
export type PlannedOffer = {
  readonly ask: OfferAsk
  readonly offer: string
  readonly version: number
  readonly lines: readonly PlannedGrant[]
  readonly entityName: string
  readonly managerName: string | null
}

type Which = { readonly offer: string; readonly version: number }

/** Refused as the grants would be, with the field of the offer. */
export async function planOffer(
  parts: OfferParts,
  sql: Sql,
  ask: OfferAsk,
  which: Which,
): Promise<PlannedOffer> {
  const named = await checkNamed(parts, sql, ask)
  const lines: PlannedGrant[] = []
  for (const index of ask.pay.compute.keys()) lines.push(await planLine(parts, sql, ask, { ...which, index }))
  return { ask, ...which, lines, ...named }
}

/** What an offer names has to stand, and its candidate has to be nobody who works here. */
export async function checkNamed(
  { people }: Pick<OfferParts, 'people'>,
  sql: Sql,
  { candidate, position }: OfferAsk,
): Promise<Pick<PlannedOffer, 'entityName' | 'managerName'>> {
  const entity = await people.entity(position.entity, sql)
  if (!entity)
    throw new Fault('not_found', `there is no legal entity ${position.entity}`, {
      param: 'position.entity_id',
    })
  const manager = position.managerId === null ? null : await people.find(position.managerId, sql)
  if (position.managerId !== null && !manager)
    throw new Fault('not_found', `there is no person ${position.managerId}`, { param: 'position.manager_id' })
  if (manager && manager.leftOn !== null && manager.leftOn <= position.startsOn) {
    const message = `${manager.name} leaves on ${manager.leftOn}; name a manager who is here on ${position.startsOn}`
    throw new Fault('conflict', message, { param: 'position.manager_id' })
  }
  if (await people.findByEmail(candidate.email, sql)) {
    const message = `candidate.email is ${candidate.email}, which is a person's here already; grant to them directly`
    throw new Fault('conflict', message, { param: 'candidate.email' })
  }
  return { entityName: entity.name, managerName: manager?.name ?? null }
}

async function planLine(
  { grants }: OfferParts,
  sql: Sql,
  ask: OfferAsk,
  { offer, version, index }: Which & { readonly index: number },
): Promise<PlannedGrant> {
  const said = ask.pay.compute[index]!
  const { startsOn } = ask.position
  const n = index + 1
  try {
    const template = await grants.template(sql, said.template)
    const reckoned = reckon(template, said.quantity, factsOf(ask))
    const { quantity, installments } = planOf(template, {
      quantity: reckoned.quantity,
      startDate: startsOn,
      grantDate: startsOn,
    })
    if (installments.length > MAX_TRANCHES) {
      const message = `the grant has ${installments.length} tranches; vest it in at most ${MAX_TRANCHES}`
      throw new Fault('invalid', message, { param: 'template_id' })
    }
    checkSpendable(
      template.expiry,
      installments.map(({ date }) => date),
    )
    return {
      n,
      grant: grantOf(offer, version, n),
      name: checkName(said.name ?? template.name),
      asset: assetOf(template.denomination, template.unit),
      quantity,
      tranches: installments.map((one) => ({ date: one.date, quantity: one.quantity })),
      template: { id: template.id, name: template.name, version: template.version },
      terms: termsOf(template),
      reckoning: reckoned.reckoning,
    }
  } catch (error) {
    throw ofLine(error, index)
  }
}

/** The salary of the offer is the salary of the grant date, at the rate that the offer states. */
function factsOf({ position, pay }: OfferAsk): FormulaFacts {
  return {
    level: position.level,
    salary: { amount: pay.salary, currency: pay.currency, effectiveOn: position.startsOn },
    rate: pay.rate && {
      rate: rateOf(pay),
      basis: `as the offer states: ${pay.rate.source}, ${pay.rate.on}`,
    },
  }
}

/** Which fields of a grant an offer has under names of its own. */
const FIELDS: Readonly<Record<string, string>> = { quantity: 'quantity', name: 'name' }

function ofLine(error: unknown, index: number): unknown {
  if (!(error instanceof Fault)) return error
  const { code, message, param } = error
  if (param === 'salary') return new Fault(code, message, { param: 'pay.salary' })
  return new Fault(code, message, {
    param: `pay.compute[${index}].${FIELDS[param ?? ''] ?? 'template_id'}`,
    cause: error,
  })
}

/** Everything that is sealed. */
export function contentFor(
  { company, documented }: Pick<OfferParts, 'company' | 'documented'>,
  { ask, offer, version, lines, entityName, managerName }: PlannedOffer,
  worth: Worth,
): OfferContent {
  return {
    ...ask,
    format: 'perq.offer.1',
    offer,
    version,
    company: company() || entityName,
    entityName,
    managerName,
    lines,
    worth,
    document: documented({ lines, email: ask.candidate.email, startsOn: ask.position.startsOn }),
  }
}

/** What an offer is worth by the prices of a day. */
export const worthOn = ({ valued }: OfferParts, { ask, lines }: PlannedOffer, on: DateText): Promise<Worth> =>
  valued({
    pay: ask.pay,
    lines: lines.map(({ n, name, asset, quantity, tranches }) => ({ n, name, asset, quantity, tranches })),
    startsOn: ask.position.startsOn,
    level: ask.position.level,
    basis: ask.basis,
    on,
  })

/** Whether it fits, and how many have to agree to it: two where the grants' policy says so of a grant, or a band is left. */
export async function judged(
  { grants, offers, checked, world }: OfferParts,
  sql: Sql,
  content: OfferContent,
): Promise<{ readonly checks: readonly OfferCheck[]; readonly needed: 1 | 2 }> {
  const bands = await offers.bands(sql)
  const ofBands = bandChecks(bands, content.position, content.pay, content.worth)
  const { policy } = await grants.policy(sql)
  const large = content.lines.some(
    ({ asset, quantity }) => approvalsNeeded(policy, { denomination: denominationOf(asset), quantity }) === 2,
  )
  const others = (await checked?.(sql, { content, bands, now: world.now() })) ?? []
  return { checks: [...ofBands, ...others], needed: large || ofBands.some(isOutside) ? 2 : 1 }
}
