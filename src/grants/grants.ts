import { Fault } from '#base/fault.ts'
import { invariant } from '#base/invariant.ts'
import { canonicalJson } from '#base/json.ts'
import { dayOf, type DateText, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { agreements, type Agreements } from './agreements.ts'
import { checkSpendable } from './expiry.ts'
import type { DueTranche, Grant, GrantAsk, NextVest, Template, TemplateAsk, Tranche } from './grant.ts'
import * as store from './store.ts'
import { MOVES, moves, type Step } from './status.ts'
import { checkName, checkTerms, MAX_TRANCHES, termsOf } from './terms.ts'

/** Every function works inside the caller's transaction; value moves in the ledger, which the caller asks too. */
export interface Grants extends Agreements {
  /** A new version of its name. The same id with the same terms is a replay; with others a conflict. */
  createTemplate(sql: Sql, ask: TemplateAsk, now: Millis): Promise<Template>
  /** Throws Fault `not_found`. */
  template(sql: Sql, id: string): Promise<Template>
  /** The newest version of each name, by name, at most 500. */
  templates(sql: Sql): Promise<readonly Template[]>
  /** Writes a grant and its planned tranches. Throws Fault `invalid`, or `conflict` when the id is taken. */
  issue(sql: Sql, ask: GrantAsk, now: Millis): Promise<Grant>
  /**
   * One step on its way, with the grant locked. False when it stands there already; throws Fault `conflict` when it may
   * not go there. Who may take the step is the caller's to know.
   */
  move(sql: Sql, id: string, step: Exclude<Step, 'end'>): Promise<boolean>
  /** What has not vested is forfeited. False when it had ended before. */
  end(sql: Sql, id: string, day: DateText, now: Millis): Promise<boolean>
  find(sql: Sql, id: string): Promise<Grant | null>
  /** Throws Fault `not_found`. */
  grant(sql: Sql, id: string): Promise<Grant>
  /** As `grant`, and nobody else changes it before this transaction ends. */
  locked(sql: Sql, id: string): Promise<Grant>
  grantsOf(sql: Sql, person: string): Promise<readonly Grant[]>
  /** Of these grants, by grant and number. */
  tranches(sql: Sql, grants: readonly string[]): Promise<readonly Tranche[]>
  /** Locks and gives tranches whose day has come, soonest first; those in other hands, or `except`ed, are passed over. */
  due(sql: Sql, now: Millis, limit: number, except?: readonly string[]): Promise<readonly DueTranche[]>
  /** All due tranches of one grant, up to and with `day`. */
  dueOf(sql: Sql, id: string, day: DateText): Promise<readonly DueTranche[]>
  markVested(sql: Sql, items: readonly Pick<DueTranche, 'grant' | 'n'>[], now: Millis): Promise<void>
  /** The soonest tranche of dollars that the person is still to vest. */
  nextVest(sql: Sql, person: string): Promise<NextVest | null>
  /** The next tranche of GPU time of one accelerator and tier. */
  nextGpuVest(
    sql: Sql,
    person: string,
    unit: { readonly accelerator: string; readonly tier: string },
  ): Promise<NextVest | null>
  /** The day on which there is something to vest next, anywhere. */
  nextDay(sql: Sql): Promise<DateText | null>
}

const MAX_TEMPLATES = 500
/** Two people may save the same name at once; more than a few in one moment is not a company. */
const VERSION_RACES = 8

export function openGrants(): Grants {
  return {
    ...agreements,

    async createTemplate(sql, ask, now) {
      const checked = { ...ask, name: checkName(ask.name) }
      checkTerms(checked)
      for (let race = 0; race < VERSION_RACES; race += 1) {
        const made = await store.insertTemplate(sql, checked, now)
        if (made) return made
        const standing = await store.template(sql, ask.id)
        if (!standing) continue
        if (bodyOf(standing) === bodyOf(checked)) return standing
        throw new Fault('conflict', `template ${ask.id} already stands with other terms`, { param: 'id' })
      }
      throw new Fault('conflict', `"${checked.name}" is being saved by others too; try again`, {
        param: 'name',
      })
    },

    template,
    templates: (sql) => store.templates(sql, MAX_TEMPLATES),

    async issue(sql, ask, now) {
      const checked = { ...ask, name: checkName(ask.name) }
      const { installments } = checked
      if (installments.length > MAX_TRANCHES) {
        const message = `the grant has ${installments.length} tranches; vest it in at most ${MAX_TRANCHES}`
        throw new Fault('invalid', message, { param: 'template_id' })
      }
      const planned = installments.reduce((sum, { quantity }) => sum + quantity, 0n)
      invariant(planned <= ask.quantity, 'the tranches of a grant sum to at most its quantity')
      checkSpendable(
        ask.template.expiry,
        installments.map(({ date }) => date),
      )
      if (!(await store.insertGrant(sql, checked, now))) {
        throw new Fault('conflict', `grant ${ask.id} already stands`, { param: 'id' })
      }
      await store.insertTranches(sql, ask.id, installments)
      return find(sql, ask.id, false)
    },

    async move(sql, id, step) {
      const { status } = await find(sql, id, true)
      if (!moves(step, status)) return false
      await store.setStatus(sql, id, MOVES[step].to)
      return true
    },

    async end(sql, id, day, now) {
      const { status } = await find(sql, id, true)
      if (!moves('end', status)) return false
      await store.end(sql, id, day, now)
      return true
    },

    find: (sql, id) => store.grant(sql, id, false),

    grant: (sql, id) => find(sql, id, false),
    locked: (sql, id) => find(sql, id, true),

    grantsOf: store.grantsOf,
    tranches: store.tranches,
    due: (sql, now, limit, except = []) => store.due(sql, dayOf(now), limit, except),
    dueOf: store.dueOf,

    async markVested(sql, items, now) {
      if (items.length > 0) await store.markVested(sql, items, now)
    },

    nextVest: store.nextVest,
    nextGpuVest: store.nextGpuVest,
    nextDay: store.nextDay,
  }
}

async function template(sql: Sql, id: string): Promise<Template> {
  const found = await store.template(sql, id)
  if (!found) throw new Fault('not_found', `there is no template ${id}`, { param: 'template_id' })
  return found
}

async function find(sql: Sql, id: string, lock: boolean): Promise<Grant> {
  const found = await store.grant(sql, id, lock)
  if (!found) throw new Fault('not_found', `there is no grant ${id}`, { param: 'grant_id' })
  return found
}

/** What makes two templates the same, whoever wrote them and when. */
const bodyOf = (ask: TemplateAsk): string => canonicalJson({ name: ask.name, ...termsOf(ask) })
