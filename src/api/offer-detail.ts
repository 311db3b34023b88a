import { Fault } from '#base/fault.ts'
import { invariant } from '#base/invariant.ts'
import { iso } from '#base/time.ts'
import type { OfferCommands } from '#commands/offers/offers.ts'
import type { OfferCheck } from '#offers/checks.ts'
import { contentOf } from '#offers/content-json.ts'
import type { OfferContent } from '#offers/content.ts'
import type { Offer, OfferAsk } from '#offers/offer.ts'
import type { OfferLinks } from '#offers/link.ts'
import type { OfferRow } from '#offers/offers.ts'
import { mayMove, type OfferMove } from '#offers/status.ts'
import { can } from '#people/access.ts'
import type { Person } from '#people/person.ts'
import { letterOf } from '#reports/offers/letter.ts'
import { snapshot } from '#reports/snapshot.ts'
import type { OFFER_STEPS } from './offer-views.ts'
import { askView, lineView, questionView, worthView, yearView } from './offer-wire.ts'
import type { ApiConfig, Parts } from './parts.ts'

/** An offer as those see it who make and approve it: frozen where it was submitted, as it would be now where it is a draft. */

type Step = (typeof OFFER_STEPS)[number]

/** What it takes to see one: the door has it, and so has the command line. */
export type OfferRooms = Pick<Parts, 'db' | 'world' | 'people' | 'offers' | 'offerReports'> & {
  readonly offering: Pick<OfferCommands, 'preview'>
  readonly config: Pick<ApiConfig, 'company'>
}

/** What the candidate would see, and what stands against it. */
export async function previewView(
  parts: OfferRooms,
  { ask, offer }: { readonly ask: OfferAsk; readonly offer?: string | undefined },
) {
  const { content, checks, needed } = await parts.offering.preview({ ask, offer })
  return { ...(await shownOf(parts, content)), checks: checks.map(checkView), needed }
}

async function shownOf({ offerReports, world }: OfferRooms, content: OfferContent | null) {
  if (content === null) return { worth: null, lines: [], letter: null, examples: [] }
  const { worth, position } = content
  return {
    worth: worthView(worth),
    lines: content.lines.map(lineView),
    letter: letterOf(content),
    examples: await offerReports.examples({
      lines: worth.lines,
      level: position.level,
      now: world.now(),
    }),
  }
}

const checkView = ({ kind, severity, message, param, facts }: OfferCheck) => ({
  kind,
  severity,
  message,
  param,
  facts,
})

/** All that is kept of it, as of one instant. */
const standing = ({ db, offers }: OfferRooms, id: string) =>
  snapshot(db, async (sql) => {
    const offer = await offers.offer(sql, id)
    const [link = null] = await offers.links(sql, id)
    return {
      offer,
      version: offer.status === 'draft' ? null : await offers.version(sql, id, offer.version),
      judged: await offers.approvals(sql, id),
      events: await offers.events(sql, id),
      questions: await offers.questions(sql, id),
      link,
      acceptance: await offers.acceptance(sql, id),
    }
  })

/** The content that letters are made from: frozen, or of the draft as it stands. Throws Fault `conflict` where it has none. */
export async function contentNow(parts: OfferRooms, id: string): Promise<OfferContent> {
  const { offer, version } = await standing(parts, id)
  if (version) return contentOf(version)
  const { content, checks } = await parts.offering.preview({ ask: offer, offer: id })
  if (content) return content
  const why = checks.find(({ severity }) => severity === 'refuse')?.message ?? 'it cannot be planned'
  throw new Fault('conflict', `The draft has no letter yet: ${why}`, { param: 'status' })
}

/** `viewer`: whose steps are told; null: nobody's. */
export async function offerView(parts: OfferRooms, id: string, viewer: Person | null) {
  const { people } = parts
  const { offer, version, judged, events, questions, link, acceptance } = await standing(parts, id)
  const content = version && contentOf(version)
  const approvals = judged.filter((one) => one.verdict === 'approved' && one.version === offer.version)
  const names = new Map<string, string>()
  for (const one of new Set([offer.createdBy, ...[...judged, ...events].flatMap(({ by }) => by ?? [])]))
    names.set(one, (await people.find(one))?.name ?? one)
  // Prices and promises go on moving: whoever approves sees what speaks against it today.
  const live = ['draft', 'pending'].includes(offer.status)
    ? await parts.offering.preview({ ask: offer, offer: id })
    : null
  const shown = await shownOf(parts, content ?? live?.content ?? null)
  const steps = stepsOf(offer, viewer, {
    approved: judged.some((one) => one.by === viewer?.id && one.version === offer.version),
    asked: questions.some(({ answer }) => answer === null),
  })
  return {
    id,
    status: offer.status,
    version: offer.version,
    person_id: offer.person,
    created_by: offer.createdBy,
    created_by_name: names.get(offer.createdBy)!,
    created_at: iso(offer.createdAt),
    changed_at: iso(offer.changedAt),
    ...askView(offer),
    ...(await madeBy(parts, offer, content ?? live?.content ?? null)),
    content: version?.content ?? null,
    content_hash: version?.contentHash ?? null,
    document_sha256: version?.documentHash ?? null,
    ...shown,
    checks: (live?.checks ?? []).map(checkView),
    needed: version?.needed ?? live?.needed ?? 1,
    approvals: approvals.map(({ by, at, note, contentHash }) => ({
      person_id: by,
      name: names.get(by)!,
      at: iso(at),
      note,
      content_hash: contentHash,
    })),
    events: events.map(({ id: event, version: n, kind, at, by, body }) => ({
      id: event,
      version: n,
      kind,
      at: iso(at),
      by,
      by_name: by === null ? null : names.get(by)!,
      body,
    })),
    questions: questions.map(questionView),
    link: link
      ? {
          expires_at: iso(link.expiresAt),
          created_at: iso(link.createdAt),
          revoked_at: link.revokedAt === null ? null : iso(link.revokedAt),
        }
      : null,
    acceptance: acceptance && {
      version: acceptance.version,
      typed_name: acceptance.typedName,
      at: iso(acceptance.acceptedAt),
      content_hash: acceptance.contentHash,
    },
    steps,
  }
}

/** Who offers: as the content says, or as it would. */
async function madeBy({ people, config }: OfferRooms, { position }: Offer, content: OfferContent | null) {
  if (content) {
    const { company, entityName, managerName } = content
    return { company, entity_name: entityName, manager_name: managerName }
  }
  const entity = await people.entity(position.entity)
  const manager = position.managerId === null ? null : await people.find(position.managerId)
  return {
    company: config.company,
    entity_name: entity?.name ?? position.entity,
    manager_name: manager?.name ?? null,
  }
}

/** Every step of the API, and what it needs: a permission, and a state. */
function stepsOf(
  { status }: Offer,
  viewer: Person | null,
  { approved, asked }: { readonly approved: boolean; readonly asked: boolean },
): Step[] {
  if (viewer === null) return []
  const { role } = viewer
  const moves = (['submit', 'send', 'withdraw', 'revise'] as const satisfies readonly OfferMove[]).filter(
    (move) => mayMove(move, status),
  )
  const write: Step[] = [
    ...(status === 'draft' ? (['change'] as const) : []),
    ...moves,
    ...(status === 'sent' ? (['link'] as const) : []),
    ...(asked ? (['answer'] as const) : []),
  ]
  const judge: Step[] = status === 'pending' && !approved ? ['approve', 'reject'] : []
  return [...(can(role, 'offer:write') ? write : []), ...(can(role, 'offer:approve') ? judge : [])]
}

export function rowView(row: OfferRow) {
  const { candidate, position, submitted } = row
  return {
    id: row.id,
    status: row.status,
    version: row.version,
    person_id: row.person,
    created_by: row.createdBy,
    created_at: iso(row.createdAt),
    changed_at: iso(row.changedAt),
    candidate: { name: candidate.name, email: candidate.email, country: candidate.country },
    title: position.title,
    level: position.level,
    family: position.family,
    starts_on: position.startsOn,
    expires_on: row.expiresOn,
    currency: row.pay.currency,
    total: submitted && yearView(submitted.worth.total),
    viewed_at: row.viewedAt === null ? null : iso(row.viewedAt),
    open_questions: row.openQuestions,
  }
}

/** Where the candidate answers. */
export function linkUrl(
  offerLinks: Pick<OfferLinks, 'sign'>,
  link: { readonly id: string; readonly expiresAt: number } | null,
  site: string,
): string {
  invariant(link, 'what was sent has a link')
  return `${site}/offer/${offerLinks.sign(link)}`
}
