import type { Context, MiddlewareHandler } from 'hono'
import { getCookie } from 'hono/cookie'
import { Fault } from '#base/fault.ts'
import { isUuid } from '#base/id.ts'
import { invariant, never } from '#base/invariant.ts'
import { dayOf } from '#base/time.ts'
import { maySignIn, type Person } from '#people/person.ts'
import { allows, personIn, ruleFor, type Caller, type Owner, type Rule } from './access.ts'
import type { Env, Parts } from './parts.ts'

export const COOKIE = 'perq_session'
const SAFE = new Set(['GET', 'HEAD'])

/** Who asks, and whether they may: before every handler, and before the body is read. Denies what no rule allows. */
export function guard(parts: Parts): MiddlewareHandler<Env> {
  return async (c, next) => {
    c.set('caller', null)
    c.set('person', null)
    c.set('subject', null)
    const found = ruleFor(c.req.method, c.req.path)
    if (found.kind === 'other_method') throw otherMethod(c, found.allow)
    if (found.kind === 'none') {
      // Everything outside the API is a page or a file of the web app, which is the same for everyone.
      if (c.req.path.startsWith('/api/')) throw new Fault('not_found', `There is no path ${c.req.path}.`)
      if (!SAFE.has(c.req.method)) throw otherMethod(c, ['GET'])
      return next()
    }
    if (found.rule.kind === 'public') return next()

    const who = await identify(parts, c)
    if (who === null)
      throw new Fault('unauthenticated', 'Sign in with a link, or send a key as Authorization: Bearer pq_….')
    c.set('caller', who.caller)
    c.set('person', who.person)
    refuseForgery(parts, c, who.caller)
    const subject = await subjectOf(parts, found.rule, found.id, who.caller)
    if (!allows(found.rule, who.caller, subject)) throw refusal(found.rule, who.caller)
    c.set('subject', subject)
    return next()
  }
}

async function identify(parts: Parts, c: Context<Env>): Promise<{ caller: Caller; person: Person } | null> {
  const bearer = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
  const kind = bearer === undefined ? 'session' : 'key'
  const id = bearer === undefined ? await sessionOf(parts, c) : await keyOf(parts, bearer)
  const person = id === null ? null : await parts.people.find(id)
  // Someone hired for a later day may look at what was promised; a leaver comes in while something stays usable.
  if (!person || !maySignIn(person, dayOf(parts.world.now()))) return null
  return { caller: { kind, id: person.id, role: person.role }, person }
}

async function sessionOf(parts: Parts, c: Context<Env>): Promise<string | null> {
  const secret = getCookie(c, COOKIE)
  return secret === undefined ? null : parts.sessions.personOf(secret)
}

const keyOf = async (parts: Parts, secret: string): Promise<string | null> =>
  (await parts.spending.authenticate(secret))?.person.id ?? null

/** A cookie travels by itself, so a write must also carry what no foreign page can send. */
function refuseForgery(parts: Parts, c: Context<Env>, caller: Caller): void {
  if (SAFE.has(c.req.method) || caller.kind !== 'session') return
  if (c.req.header('x-perq-csrf') !== '1')
    throw new Fault('forbidden', 'A write with a session needs the header x-perq-csrf: 1.', {
      param: 'x-perq-csrf',
    })
  const origin = c.req.header('origin')
  const own = [parts.config.publicUrl, new URL(c.req.url).origin]
  const host = c.req.header('host')
  if (host !== undefined) own.push(`http://${host}`, `https://${host}`)
  if (origin !== undefined && !own.includes(origin))
    throw new Fault('forbidden', `A page of ${origin} may not write here.`, { param: 'origin' })
}

/** Null for rules that concern nobody in particular. A call or key of somebody else is as absent as an unknown one. */
async function subjectOf(
  parts: Parts,
  rule: Rule,
  id: string | null,
  caller: Caller,
): Promise<string | null> {
  if (rule.kind !== 'owned') return null
  if (rule.owner === 'person') {
    const person = personIn(id, caller)
    if (person === null)
      throw new Fault('invalid', `id is ${JSON.stringify(id)}. Give a person's id, or me.`, { param: 'id' })
    return person
  }
  if (id === null || !isUuid(id))
    throw new Fault('invalid', `id is ${JSON.stringify(id)}. Give the id of a ${rule.owner}.`, {
      param: 'id',
    })
  const owner = await ownerOf(parts, rule.owner, id)
  if (owner === null || !allows(rule, caller, owner))
    throw new Fault('not_found', `There is no ${rule.owner} ${id}.`)
  return owner
}

async function ownerOf(parts: Parts, what: Exclude<Owner, 'person'>, id: string): Promise<string | null> {
  switch (what) {
    case 'call':
      return parts.reports.personOfCall(id)
    case 'key':
      return (await parts.spending.key(id))?.person ?? null
    case 'grant':
      return parts.reports.personOfGrant(id)
    case 'webhook':
      return (await parts.webhooks.find(id))?.person ?? null
    default:
      return never(what)
  }
}

const refusal = (rule: Rule, caller: Caller): Fault => {
  if (caller.kind === 'key')
    return new Fault(
      'forbidden',
      'A key reads the wallet of its own person and nothing else. Sign in for this.',
    )
  const needed = rule.kind === 'role' ? rule.permission : rule.kind === 'owned' ? rule.any : null
  return new Fault(
    'forbidden',
    needed === null
      ? 'Only the person themself may do this.'
      : `This needs the permission ${needed}, which the role ${caller.role} does not have.`,
  )
}

function otherMethod(c: Context<Env>, allow: readonly string[]): Fault {
  const list = allow.join(', ')
  return new Fault('method_not_allowed', `${c.req.path} answers ${list}, not ${c.req.method}.`, {
    details: { allow: list },
  })
}

/** The person who asks; only behind a rule that needs one. */
export function signedIn(c: Context<Env>): Person {
  const person = c.get('person')
  invariant(person, 'the guard lets nobody unknown to this path')
  return person
}

/** The person whose thing the path names; only behind an `owned` rule. */
export function subject(c: Context<Env>): string {
  const id = c.get('subject')
  invariant(id, 'the guard knows whose thing this path names')
  return id
}
