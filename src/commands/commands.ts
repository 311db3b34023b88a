import { Fault } from '#base/fault.ts'
import { startOfDay, type Millis } from '#base/time.ts'
import type { Template, TemplateAsk } from '#grants/grant.ts'
import type { PersonAsk } from '#people/person.ts'
import { end, type Ended, type EndAsk } from './end.ts'
import { hire, type Hired } from './hire.ts'
import { activate, issue, type Issued, type IssueAsk } from './issue.ts'
import type { Parts } from './parts.ts'
import { checkPlannable } from './plan.ts'
import { openSandbox, type SandboxAsk } from './sandbox.ts'
import { vestDue } from './vest.ts'

/**
 * Writes that join rooms: each is one transaction, all or nothing, and asked again with the same id it gives the first
 * answer (`replayed`). Refusals are Faults that name the field.
 */
export interface Commands {
  hire(ask: PersonAsk): Promise<Hired>
  /** Refuses terms that no grant could be written with, before they are saved. */
  createTemplate(ask: Omit<TemplateAsk, 'id' | 'createdBy'> & Partial<TemplateAsk>): Promise<Template>
  issueGrant(ask: IssueAsk): Promise<Issued>
  /** Promises what was accepted. */
  activateGrant(id: string): Promise<Issued>
  endGrant(ask: EndAsk): Promise<Ended>
  /** A person's own sandbox of the month, which nobody approves; `policy` null: the company gives none. */
  openSandbox(ask: SandboxAsk): Promise<Issued>
  /** Vests what is due, at most `limit` tranches; returns how many. */
  vestDue(now: Millis, limit?: number): Promise<number>
  /** When there is something to vest next; null when nothing is planned. It may lie in the past. */
  nextWork(): Promise<Millis | null>
}

const VEST_LIMIT = 10_000

export function openCommands(parts: Parts): Commands {
  const { db, grants, world } = parts
  return {
    hire: (ask) => twice('email', () => db.tx((sql) => hire(parts, sql, ask))),

    async createTemplate({ id = world.id(), createdBy = null, ...terms }) {
      checkPlannable(terms)
      return db.tx((sql) => grants.createTemplate(sql, { ...terms, id, createdBy }, world.now()))
    },

    issueGrant(ask) {
      const named = { ...ask, id: ask.id ?? world.id() }
      return twice('id', () => db.tx((sql) => issue(parts, sql, named)))
    },

    activateGrant: (id) => db.tx((sql) => activate(parts, sql, id)),
    endGrant: (ask) => db.tx((sql) => end(parts, sql, ask)),
    openSandbox: (ask) => twice('id', () => db.tx((sql) => openSandbox(parts, sql, ask))),
    vestDue: (now, limit = VEST_LIMIT) => vestDue(parts, now, limit),

    async nextWork() {
      const day = await grants.nextDay(db)
      return day === null ? null : startOfDay(day)
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
