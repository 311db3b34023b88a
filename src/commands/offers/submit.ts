import { Fault } from '#base/fault.ts'
import { uuidOf } from '#base/id.ts'
import { invariant } from '#base/invariant.ts'
import { dayOf } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { computeCapUsd } from '#offers/bands.ts'
import { checkAsk, checkOpen } from '#offers/check.ts'
import type { OfferCheck } from '#offers/checks.ts'
import { sealedContent, type OfferContent } from '#offers/content.ts'
import type { Offer, OfferAsk } from '#offers/offer.ts'
import { nextStatus } from '#offers/status.ts'
import { sameAsk } from './draft.ts'
import { standing } from './judge.ts'
import type { OfferParts, OfferPreview, OfferStanding } from './parts.ts'
import { checkNamed, contentFor, judged, planOffer, worthOn, type PlannedOffer } from './plan.ts'
import { tell } from './tell.ts'

/** In place of an offer that nobody has written. */
const UNWRITTEN = uuidOf('offer preview')

/** What `submit` would seal. What it would be refused for is told as a check. */
export async function preview(
  parts: OfferParts,
  { ask: said, offer: id }: { readonly ask: OfferAsk; readonly offer?: string | undefined },
): Promise<OfferPreview> {
  const { db, offers, world } = parts
  const today = dayOf(world.now())
  const standing = id === undefined ? null : await offers.offer(db, id)
  try {
    const ask = checkAsk(said, today)
    const which = { offer: standing?.id ?? UNWRITTEN, version: standing?.version ?? 1 }
    const planned = await db.tx((sql) => planOffer(parts, sql, ask, which))
    const content = contentFor(parts, planned, await worthOn(parts, planned, today))
    const { checks, needed } = await db.tx((sql) => judged(parts, sql, content))
    return { content, needed, checks: [...early(() => checkOpen(ask.expiresOn, today)), ...checks] }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { content: null, needed: 1, checks: [refusal(error)] }
  }
}

/** A refusal as a check, so that a page can show everything else beside it. */
function early(check: () => void): readonly OfferCheck[] {
  try {
    check()
    return []
  } catch (error) {
    if (error instanceof Fault) return [refusal(error)]
    throw error
  }
}

const refusal = ({ message, param }: Fault): OfferCheck => ({
  kind: param?.startsWith('candidate') ? 'candidate' : 'plan',
  severity: 'refuse',
  message,
  param,
  facts: {},
})

/** Between planning and sealing somebody may change the draft; then it is planned again. */
const TRIES = 8

/** draft → pending. Prices are asked outside of the transaction that seals: they come over connections of their own. */
export async function submit(
  parts: OfferParts,
  ask: { readonly offer: string; readonly by: string },
): Promise<OfferStanding> {
  const { db, offers, world } = parts
  for (let tries = 0; tries < TRIES; tries += 1) {
    const draft = await offers.offer(db, ask.offer)
    if (nextStatus('submit', draft.status) === null)
      return db.tx((sql) => standing(parts, sql, ask.offer, true))
    const today = dayOf(world.now())
    const planned = await db.tx((sql) => planOffer(parts, sql, checkAsk(draft, today), of(draft)))
    checkOpen(draft.expiresOn, today)
    const content = contentFor(parts, planned, await worthOn(parts, planned, today))
    const sealed = await db.tx((sql) => seal(parts, sql, { planned, content, by: ask.by }))
    if (sealed) return sealed
  }
  throw new Fault('conflict', 'the offer is being changed by others too; try again', { param: 'offer_id' })
}

const of = ({ id, version }: Offer): { readonly offer: string; readonly version: number } => ({
  offer: id,
  version,
})

/** Null when what was planned is no longer what stands. */
async function seal(
  parts: OfferParts,
  sql: Sql,
  asked: { readonly planned: PlannedOffer; readonly content: OfferContent; readonly by: string },
): Promise<OfferStanding | null> {
  const { offers, world } = parts
  const { planned, content, by } = asked
  const now = world.now()
  const draft = await offers.locked(sql, planned.offer)
  if (draft.status !== 'draft' || draft.version !== planned.version || !sameAsk(draft, planned.ask))
    return null
  await checkNamed(parts, sql, draft)
  await offers.inTurn(sql)
  const { checks, needed } = await judged(parts, sql, content)
  const against = checks.find(({ severity }) => severity === 'refuse')
  if (against)
    throw new Fault('conflict', against.message, { ...(against.param && { param: against.param }) })
  const moved = await offers.move(sql, draft, 'submit', now)
  invariant(moved, 'a draft can be submitted')
  const { text, hash } = sealedContent(content)
  const kept = await offers.keepVersion(sql, {
    offer: draft.id,
    n: draft.version,
    content: text,
    contentHash: hash,
    documentHash: content.document.sha256,
    computeCapUsd: cap(content),
    needed,
    submittedAt: now,
    submittedBy: by,
  })
  invariant(kept, 'a version is submitted once')
  await tell(parts, sql, moved, { kind: 'submitted', by, body: { content_hash: hash } })
  return standing(parts, sql, draft.id, false)
}

const MOST = 2n ** 63n - 1n

function cap({ pay, worth }: OfferContent): bigint {
  const comesTo = computeCapUsd(pay, worth)
  if (comesTo <= MOST) return comesTo
  throw new Fault('invalid', `pay.compute comes to ${comesTo} nano-dollars; offer at most ${MOST}`, {
    param: 'pay.compute',
  })
}
