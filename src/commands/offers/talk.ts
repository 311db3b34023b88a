import { Fault } from '#base/fault.ts'
import { isUuid, uuidOf } from '#base/id.ts'
import { invariant } from '#base/invariant.ts'
import { dayOf } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { checkReason } from '#grants/agreements.ts'
import type { Question } from '#offers/offer.ts'
import { checkAnswerable, statusOn } from '#offers/over.ts'
import { linked } from './links.ts'
import type { OfferMoved, OfferParts } from './parts.ts'
import { tell } from './tell.ts'

export const MOST_QUESTIONS = 20
const MOST_TEXT = 2_000

/** A candidate reads it: told once a day and version, and only while it can be answered. */
export async function opened(
  parts: OfferParts,
  sql: Sql,
  { link }: { readonly link: string },
): Promise<OfferMoved> {
  const { offer } = await linked(parts, sql, link, false)
  const today = dayOf(parts.world.now())
  if (statusOn(offer, today) !== 'sent') return { offer, replayed: true }
  const id = uuidOf('offer viewed', offer.id, String(offer.version), today)
  const told = await tell(parts, sql, offer, { id, kind: 'viewed', by: null })
  return { offer, replayed: !told }
}

/** A question of the candidate; at most so many of one offer. */
export async function ask(
  parts: OfferParts,
  sql: Sql,
  said: { readonly link: string; readonly id: string; readonly text: string },
): Promise<Question> {
  const { offers, world } = parts
  if (!isUuid(said.id)) throw new Fault('invalid', `id is "${said.id}"; give a uuid`, { param: 'id' })
  const { offer } = await linked(parts, sql, said.link, true)
  const text = checkText(said.text)
  const standing = await offers.question(sql, said.id)
  if (standing) {
    if (standing.offer === offer.id && standing.text === text) return standing
    throw new Fault('conflict', `question ${said.id} already stands with another text`, { param: 'id' })
  }
  if (offer.status !== 'sent') {
    const message = `the offer is ${offer.status}; questions are asked while it can be answered`
    throw new Fault('conflict', message, { param: 'status' })
  }
  checkAnswerable(offer, dayOf(world.now()))
  if ((await offers.questions(sql, offer.id)).length >= MOST_QUESTIONS) {
    const message = `there are ${MOST_QUESTIONS} questions already; write to whoever sent you the offer`
    throw new Fault('conflict', message, { param: 'text' })
  }
  const made = await offers.ask(sql, { id: said.id, offer: offer.id, text, askedAt: world.now() })
  invariant(made, 'a new question has a new id')
  await tell(parts, sql, offer, { kind: 'asked', by: null, body: { question: said.id } })
  return found(parts, sql, said.id)
}

/** The answer to a question, once: the candidate may have read it. */
export async function answer(
  parts: OfferParts,
  sql: Sql,
  said: { readonly question: string; readonly text: string; readonly by: string },
): Promise<Question> {
  const { offers, world } = parts
  const question = await found(parts, sql, said.question)
  const text = checkText(said.text)
  const offer = await offers.locked(sql, question.offer)
  const made = await offers.answer(sql, { question: question.id, text, at: world.now(), by: said.by })
  if (made) await tell(parts, sql, offer, { kind: 'answered', by: said.by, body: { question: question.id } })
  const answered = await found(parts, sql, question.id)
  if (answered.answer === text) return answered
  throw new Fault('conflict', 'the question is answered already; what was read is not changed', {
    param: 'text',
  })
}

/** sent → declined, by the candidate. */
export async function decline(
  parts: OfferParts,
  sql: Sql,
  said: { readonly link: string; readonly reason?: string | undefined },
): Promise<OfferMoved> {
  const { offers, world } = parts
  const now = world.now()
  const given = (said.reason ?? '').trim()
  const reason = given === '' ? '' : checkReason(given)
  const { offer } = await linked(parts, sql, said.link, true)
  checkAnswerable(offer, dayOf(now))
  const moved = await offers.move(sql, offer, 'decline', now)
  if (!moved) return { offer, replayed: true }
  await tell(parts, sql, moved, { kind: 'declined', by: null, body: { reason } })
  return { offer: moved, replayed: false }
}

async function found({ offers }: OfferParts, sql: Sql, id: string): Promise<Question> {
  const question = await offers.question(sql, id)
  if (question) return question
  throw new Fault('not_found', `there is no question ${id}`, { param: 'question_id' })
}

function checkText(value: string): string {
  const trimmed = value.replaceAll('\r\n', '\n').trim()
  if (trimmed !== '' && trimmed.length <= MOST_TEXT && !/[^\P{Cc}\n\t]/u.test(trimmed)) return trimmed
  throw new Fault(
    'invalid',
    `text has ${trimmed.length} characters; give 1 to ${MOST_TEXT}, all of them visible`,
    {
      param: 'text',
    },
  )
}
