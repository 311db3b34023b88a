import { Fault } from '#base/fault.ts'
import { startOfDay, type Millis } from '#base/time.ts'
import type { Template, TemplateAsk } from '#grants/grant.ts'
import type { Content } from '#grants/version.ts'
import type { PersonAsk } from '#people/person.ts'
import {
  approve,
  contentNow,
  reject,
  standing as standingOf,
  submit,
  type Approved,
  type Judged,
} from './approve.ts'
import { commitBulk, previewBulk, type BulkAsk, type BulkReport } from './bulk/bulk.ts'
import { changeDraft, draft, type DraftChange } from './draft.ts'
import { end, type Ended, type EndAsk } from './end.ts'
import { hire, type Hired } from './hire.ts'
import { issueDirectly, type Issued, type IssueAsk } from './issue.ts'
import {
  accept,
  begin,
  beginDue,
  decline,
  offer,
  withdraw,
  type AcceptAsk,
  type Accepted,
  type Moved,
} from './offer.ts'
import type { Parts } from './parts.ts'
import { checkAccelerator } from './accelerator.ts'
import { checkPlannable } from './plan.ts'
import { previewGrant, type GrantPreview } from './preview.ts'
import { remedy, type RemedyAsk } from './remedy.ts'
import { openSandbox, type SandboxAsk } from './sandbox.ts'
import { vestDue } from './vest.ts'

type By = { readonly grant: string; readonly by: string | null }

/**
 * Writes that join rooms: each is one transaction, all or nothing, and asked again with the same id it gives the first
 * answer (`replayed`). Refusals are Faults that name the field.
 */
export interface Commands {
  hire(ask: PersonAsk): Promise<Hired>
  /** Refuses terms that no grant could be written with, before they are saved. */
  createTemplate(ask: Omit<TemplateAsk, 'id' | 'createdBy'> & Partial<TemplateAsk>): Promise<Template>
  /** Promised at once, without anybody's approval: refused (`approval_required`) above the policy's threshold. */
  issueGrant(ask: IssueAsk): Promise<Issued>
  /** What `draftGrant` would write, without writing it. */
  previewGrant(ask: IssueAsk): Promise<GrantPreview>
  /** The way of a contract: written, submitted, approved by one or two, offered, accepted, and active on its start. */
  draftGrant(ask: IssueAsk): Promise<Issued>
  /** Throws Fault `frozen` for anything but a draft. */
  changeDraft(change: DraftChange): Promise<Issued>
  submitGrant(ask: By): Promise<Approved>
  approveGrant(ask: Judged): Promise<Approved>
  /** The contract as it reads now, and who has agreed to it. */
  agreement(grant: string): Promise<Approved & { readonly content: Content }>
  /** Back to a draft. */
  rejectGrant(ask: {
    readonly grant: string
    readonly by: string
    readonly reason: string
  }): Promise<Approved>
  offerGrant(ask: By): Promise<Moved>
  acceptGrant(ask: AcceptAsk): Promise<Accepted>
  declineGrant(ask: {
    readonly grant: string
    readonly person: string
    readonly reason?: string | undefined
  }): Promise<Moved>
  withdrawGrant(ask: By & { readonly reason: string }): Promise<Moved>
  /** Begins an accepted grant now, whatever its start; `vestDue` does it on its start. False when it is active. */
  beginGrant(id: string): Promise<boolean>
  /** What a file of grants would do, row by row; then all of it or nothing, once. */
  previewBulk(ask: BulkAsk): Promise<BulkReport>
  commitBulk(ask: BulkAsk): Promise<BulkReport>
  endGrant(ask: EndAsk): Promise<Ended>
  /** A person's own sandbox of the month, which nobody approves; `policy` null: the company gives none. */
  openSandbox(ask: SandboxAsk): Promise<Issued>
  /** Makes good one promise that was not kept: a grant of its own, as its contract says, once. */
  creditBreach(ask: RemedyAsk): Promise<Issued>
  /** Begins what was accepted and starts by now, and vests what is due, at most `limit` tranches; returns how many. */
  vestDue(now: Millis, limit?: number): Promise<number>
  /** When there is something to begin or to vest next; null when nothing is planned. It may lie in the past. */
  nextWork(): Promise<Millis | null>
}

const VEST_LIMIT = 10_000

export function openCommands(parts: Parts): Commands {
  const { db, grants, world } = parts
  return {
    hire: (ask) => twice('email', () => db.tx((sql) => hire(parts, sql, ask))),

    async createTemplate({ id = world.id(), createdBy = null, ...terms }) {
      checkPlannable(terms)
      checkAccelerator(parts.rates, terms, world.now())
      return db.tx((sql) => grants.createTemplate(sql, { ...terms, id, createdBy }, world.now()))
    },

    issueGrant(ask) {
      const named = { ...ask, id: ask.id ?? world.id() }
      return twice('id', () => db.tx((sql) => issueDirectly(parts, sql, named)))
    },

    previewGrant: (ask) => db.tx((sql) => previewGrant(parts, sql, ask)),

    draftGrant(ask) {
      const named = { ...ask, id: ask.id ?? world.id() }
      return twice('id', () => db.tx((sql) => draft(parts, sql, named)))
    },

    changeDraft: (change) => db.tx((sql) => changeDraft(parts, sql, change)),
    submitGrant: (ask) => db.tx((sql) => submit(parts, sql, ask)),
    approveGrant: (ask) => db.tx((sql) => approve(parts, sql, ask)),
    agreement: (grant) =>
      db.tx(async (sql) => {
        const standing = await standingOf(parts, sql, grant, false)
        return { ...standing, content: await contentNow(parts, sql, standing.grant) }
      }),
    rejectGrant: (ask) => db.tx((sql) => reject(parts, sql, ask)),
    offerGrant: (ask) => db.tx((sql) => offer(parts, sql, ask)),
    acceptGrant: (ask) => db.tx((sql) => accept(parts, sql, ask)),
    declineGrant: (ask) => db.tx((sql) => decline(parts, sql, ask)),
    withdrawGrant: (ask) => db.tx((sql) => withdraw(parts, sql, ask)),
    beginGrant: (id) => db.tx((sql) => begin(parts, sql, id, world.now())),
    previewBulk: (ask) => db.tx((sql) => previewBulk(parts, sql, ask)),
    commitBulk: (ask) => db.tx((sql) => commitBulk(parts, sql, ask)),
    endGrant: (ask) => db.tx((sql) => end(parts, sql, ask)),
    openSandbox: (ask) => twice('id', () => db.tx((sql) => openSandbox(parts, sql, ask))),
    creditBreach: (ask) => twice('id', () => db.tx((sql) => remedy(parts, sql, ask))),

    async vestDue(now, limit = VEST_LIMIT) {
      const refused = await beginDue(parts, now, limit)
      const vested = await vestDue(parts, now, limit)
      const [first] = refused
      if (!first) return vested
      const message = `${refused.length} grants could not begin; ${first.grant}: ${first.reason}`
      throw new Fault('conflict', message, { param: 'grant_id' })
    },

    async nextWork() {
      const days = [await grants.nextDay(db), await grants.nextStart(db)].filter((day) => day !== null)
      const [soonest] = days.toSorted()
      return soonest === undefined ? null : startOfDay(soonest)
    },
  }
}

/**
 * When the same command ran at the same moment and won, the loser collides with what it made. Asked again it can see
 * that, and gives it as its answer; a collision with something else is refused again.
 */
async function twice<T>(param: string, attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt()
  } catch (error) {
    if (error instanceof Fault && error.code === 'conflict' && error.param === param) return attempt()
    throw error
  }
}
