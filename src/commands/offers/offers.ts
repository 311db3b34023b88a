import type { Millis } from '#base/time.ts'
import type { Bands } from '#offers/bands.ts'
import type { Offer, OfferAsk, Question } from '#offers/offer.ts'
import type { KeptBands, OfferLink } from '#offers/offers.ts'
import { accept } from './accept.ts'
import { expireDue, revise, withdraw } from './close.ts'
import { change, draft } from './draft.ts'
import { approve, reject, standing } from './judge.ts'
import { linked, newLink, revoke, send } from './links.ts'
import type {
  OfferAccepted,
  OfferMoved,
  OfferParts,
  OfferPreview,
  OfferSent,
  OfferStanding,
} from './parts.ts'
import { preview, submit } from './submit.ts'
import { answer, ask as askAbout, decline, opened } from './talk.ts'

export type {
  Checked,
  Documented,
  OfferAccepted,
  OfferMoved,
  OfferParts,
  OfferPreview,
  OfferSent,
  OfferStanding,
  PlannedGrant,
  Valued,
} from './parts.ts'

type By = { readonly offer: string; readonly by: string }

/**
 * What is done with offers: each is one transaction, all or nothing; asked again it gives the first answer (`replayed`).
 * Refusals are Faults that name the field. What a candidate does comes by a link's id, of which the caller has proved the
 * signature; a link that does not work is Fault `not_found` with the same words, whatever the reason.
 */
export interface OfferCommands {
  draft(ask: {
    /** The caller's own id makes it repeatable. */
    readonly id?: string | undefined
    readonly ask: OfferAsk
    readonly by: string
  }): Promise<OfferMoved>
  /** The whole ask again. Throws Fault `frozen` for anything but a draft. */
  change(ask: By & { readonly ask: OfferAsk }): Promise<OfferMoved>
  /** What `submit` would seal, by the same checks and arithmetic; nothing is written, and refusals are checks. */
  preview(ask: { readonly ask: OfferAsk; readonly offer?: string | undefined }): Promise<OfferPreview>
  /** draft → pending: planned, valued, documented and sealed as a version. */
  submit(ask: By): Promise<OfferStanding>
  approve(ask: By & { readonly note?: string | undefined }): Promise<OfferStanding>
  /** Back to a draft of the next version. */
  reject(ask: By & { readonly reason: string }): Promise<OfferStanding>
  standing(offer: string): Promise<OfferStanding>
  /** approved → sent. The link is the newest that works, or a new one. */
  send(ask: By): Promise<OfferSent>
  /** A new link; those before it are revoked. Only of what was sent or answered. */
  newLink(ask: By): Promise<OfferSent>
  revoke(ask: By): Promise<OfferMoved>
  withdraw(ask: By & { readonly reason: string }): Promise<OfferMoved>
  /** Back to a draft, of the next version. */
  revise(ask: By): Promise<OfferMoved>
  answer(ask: { readonly question: string; readonly text: string; readonly by: string }): Promise<Question>

  /** The offer behind a link that works. */
  linked(link: string): Promise<{ readonly offer: Offer; readonly link: OfferLink }>
  /** Told at most once a day and version. */
  opened(ask: { readonly link: string }): Promise<OfferMoved>
  ask(ask: {
    readonly link: string
    readonly id?: string | undefined
    readonly text: string
  }): Promise<Question>
  /** sent → accepted: the candidate is a person, with their salary and grants. */
  accept(ask: {
    readonly link: string
    /** Their name as they typed it. */
    readonly typedName: string
    /** Of what they read. */
    readonly contentHash: string
  }): Promise<OfferAccepted>
  decline(ask: { readonly link: string; readonly reason?: string | undefined }): Promise<OfferMoved>

  /** Ends what is past its last day, at most `limit`; returns how many. */
  expireDue(now: Millis, limit?: number): Promise<number>

  setBands(ask: { readonly bands: Bands; readonly by: string }): Promise<KeptBands>
}

const EXPIRE_LIMIT = 10_000

export function openOfferCommands(parts: OfferParts): OfferCommands {
  const { db, offers, world } = parts
  return {
    draft: (ask) => db.tx((sql) => draft(parts, sql, { ...ask, id: ask.id ?? world.id() })),
    change: (ask) => db.tx((sql) => change(parts, sql, ask)),
    preview: (ask) => preview(parts, ask),
    submit: (ask) => submit(parts, ask),
    approve: (ask) => db.tx((sql) => approve(parts, sql, ask)),
    reject: (ask) => db.tx((sql) => reject(parts, sql, ask)),
    standing: (offer) => db.tx((sql) => standing(parts, sql, offer, false)),
    send: (ask) => db.tx((sql) => send(parts, sql, ask)),
    newLink: (ask) => db.tx((sql) => newLink(parts, sql, ask)),
    revoke: (ask) => db.tx((sql) => revoke(parts, sql, ask)),
    withdraw: (ask) => db.tx((sql) => withdraw(parts, sql, ask)),
    revise: (ask) => db.tx((sql) => revise(parts, sql, ask)),
    answer: (ask) => db.tx((sql) => answer(parts, sql, ask)),

    linked: (link) => db.tx((sql) => linked(parts, sql, link, false)),
    opened: (ask) => db.tx((sql) => opened(parts, sql, ask)),
    ask: (ask) => db.tx((sql) => askAbout(parts, sql, { ...ask, id: ask.id ?? world.id() })),
    accept: (ask) => db.tx((sql) => accept(parts, sql, ask)),
    decline: (ask) => db.tx((sql) => decline(parts, sql, ask)),

    expireDue: (now, limit = EXPIRE_LIMIT) => expireDue(parts, now, limit),
    setBands: ({ bands, by }) => db.tx((sql) => offers.setBands(sql, bands, by, world.now())),
  }
}
