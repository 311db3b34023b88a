import { isUuid } from '#base/id.ts'
import { can, type Permission, type Role } from '#people/access.ts'

/** Who asks: a person with a session, or a program with one of their keys. */
export type Caller = {
  readonly kind: 'session' | 'key'
  readonly id: string
  readonly role: Role
}

/** Whose thing a path names: the person in it, or the person that the call or key in it belongs to. */
export type Owner = 'person' | 'call' | 'key' | 'webhook' | 'grant'

/**
 * What a path needs. `owned`: the owner needs `own`, everybody else `any`; `byKey` lets a program read it with a key
 * of the owner's. Nothing else is open to keys.
 */
export type Rule =
  | { readonly kind: 'public' }
  | { readonly kind: 'signed_in' }
  | { readonly kind: 'role'; readonly permission: Permission }
  | {
      readonly kind: 'owned'
      readonly owner: Owner
      readonly own: Permission | null
      readonly any: Permission | null
      readonly byKey: boolean
    }

const role = (permission: Permission): Rule => ({ kind: 'role', permission })
const read = (what: 'wallet:read' | 'grant:read', owner: Owner): Extract<Rule, { kind: 'owned' }> => ({
  kind: 'owned',
  owner,
  own: `${what}:own`,
  any: `${what}:any`,
  byKey: true,
})

const ownOnly = (permission: Permission, owner: Owner = 'person'): Rule => ({
  kind: 'owned',
  owner,
  own: permission,
  any: null,
  byKey: false,
})

/** Being the owner gives nothing here. */
const anyOnly = (permission: Permission, owner: Owner): Rule => ({
  kind: 'owned',
  owner,
  own: null,
  any: permission,
  byKey: false,
})

/** The one table of who may do what at this door. A path that is not in it cannot be registered. */
export const RULES: Readonly<Record<string, Rule>> = {
  'GET /signin': { kind: 'public' },
  'GET /healthz': { kind: 'public' },
  'GET /readyz': { kind: 'public' },
  'GET /metrics': { kind: 'public' },
  'GET /docs/errors': { kind: 'public' },
  'GET /api/openapi.json': { kind: 'public' },
  'GET /api/v1/session': { kind: 'signed_in' },
  'DELETE /api/v1/session': { kind: 'signed_in' },
  'GET /api/v1/setup': { kind: 'signed_in' },
  'GET /api/v1/prices': role('prices:read'),
  'GET /api/v1/models': role('prices:read'),
  'GET /api/v1/exchange': role('prices:read'),
  'POST /api/v1/exchange': role('prices:write'),
  'GET /api/v1/hardware/marks': role('prices:read'),
  'GET /api/v1/hardware/marks/{id}': role('prices:read'),
  'GET /api/v1/hardware/history': role('prices:read'),
  'GET /api/v1/hardware/observations': role('prices:read'),
  'GET /api/v1/hardware/accelerators': role('prices:read'),
  'GET /api/v1/hardware/tokens': role('prices:read'),
  'GET /api/v1/providers': role('provider:read'),
  'POST /api/v1/providers': role('provider:write'),
  'PATCH /api/v1/providers/{id}': role('provider:write'),
  'POST /api/v1/providers/{id}/test': role('provider:write'),
  'GET /api/v1/entities': role('people:read'),
  'GET /api/v1/people': role('people:read'),
  'POST /api/v1/people': role('people:write'),
  'GET /api/v1/people/{id}': {
    kind: 'owned',
    owner: 'person',
    own: 'wallet:read:own',
    any: 'people:read',
    byKey: false,
  },
  'GET /api/v1/people/{id}/wallet': read('wallet:read', 'person'),
  'GET /api/v1/people/{id}/wallets': read('wallet:read', 'person'),
  'GET /api/v1/people/{id}/spend': read('wallet:read', 'person'),
  'GET /api/v1/people/{id}/usage': read('wallet:read', 'person'),
  'GET /api/v1/people/{id}/calls': read('wallet:read', 'person'),
  'GET /api/v1/people/{id}/denials': read('wallet:read', 'person'),
  'GET /api/v1/people/{id}/entries': read('wallet:read', 'person'),
  'GET /api/v1/people/{id}/seats': read('wallet:read', 'person'),
  'GET /api/v1/people/{id}/grants': read('grant:read', 'person'),
  'GET /api/v1/calls/{id}': read('wallet:read', 'call'),
  'GET /api/v1/people/{id}/gpu-jobs': read('wallet:read', 'person'),
  'GET /api/v1/people/{id}/gpu-runs': read('wallet:read', 'person'),
  'GET /api/v1/people/{id}/gpu-balances': read('wallet:read', 'person'),
  'GET /api/v1/people/{id}/gpu-quote': read('wallet:read', 'person'),
  // The person sees the same figures as finance does.
  'GET /api/v1/people/{id}/sla': read('grant:read', 'person'),
  'GET /api/v1/people/{id}/sla/evidence': { ...read('grant:read', 'person'), byKey: false },
  'POST /api/v1/people/{id}/sla/credits': anyOnly('grant:write', 'person'),
  'GET /api/v1/sla': role('report:read'),
  'GET /api/v1/cluster': role('provider:read'),
  'GET /api/v1/templates': role('template:read'),
  'POST /api/v1/templates': role('template:write'),
  'POST /api/v1/templates/preview': role('template:read'),
  'POST /api/v1/grants': role('grant:write'),
  'POST /api/v1/grants/drafts': role('grant:write'),
  'POST /api/v1/grants/preview': role('grant:write'),
  'POST /api/v1/grants/bulk': role('grant:write'),
  'PATCH /api/v1/grants/{id}': anyOnly('grant:write', 'grant'),
  'POST /api/v1/grants/{id}/submit': anyOnly('grant:write', 'grant'),
  'POST /api/v1/grants/{id}/approve': anyOnly('grant:approve', 'grant'),
  'POST /api/v1/grants/{id}/reject': anyOnly('grant:approve', 'grant'),
  'POST /api/v1/grants/{id}/offer': anyOnly('grant:write', 'grant'),
  'POST /api/v1/grants/{id}/withdraw': anyOnly('grant:write', 'grant'),
  'POST /api/v1/grants/{id}/accept': ownOnly('grant:accept:own', 'grant'),
  'POST /api/v1/grants/{id}/decline': ownOnly('grant:accept:own', 'grant'),
  'GET /api/v1/grants/{id}/agreement': { ...read('grant:read', 'grant'), byKey: false },
  'GET /api/v1/grant-policy': role('policy:read'),
  'PUT /api/v1/grant-policy': role('approval:write'),
  'GET /api/v1/people/{id}/salaries': {
    kind: 'owned',
    owner: 'person',
    own: 'wallet:read:own',
    any: 'salary:read:any',
    byKey: false,
  },
  'POST /api/v1/people/{id}/salaries': anyOnly('salary:write', 'person'),
  'GET /api/v1/grants': role('grant:read:any'),
  'GET /api/v1/grants/{id}': read('grant:read', 'grant'),
  'GET /api/v1/grants/{id}/contract.pdf': read('grant:read', 'grant'),
  'GET /api/v1/people/{id}/contracts': read('grant:read', 'person'),
  'GET /api/v1/people/{id}/outlook': read('grant:read', 'person'),
  'GET /api/v1/offers': role('offer:read'),
  'POST /api/v1/offers': role('offer:write'),
  'POST /api/v1/offers/preview': role('offer:write'),
  'GET /api/v1/offers/{id}': role('offer:read'),
  'PATCH /api/v1/offers/{id}': role('offer:write'),
  'POST /api/v1/offers/{id}/submit': role('offer:write'),
  'POST /api/v1/offers/{id}/approve': role('offer:approve'),
  'POST /api/v1/offers/{id}/reject': role('offer:approve'),
  'POST /api/v1/offers/{id}/send': role('offer:write'),
  'POST /api/v1/offers/{id}/link': role('offer:write'),
  'POST /api/v1/offers/{id}/revoke': role('offer:write'),
  'POST /api/v1/offers/{id}/withdraw': role('offer:write'),
  'POST /api/v1/offers/{id}/revise': role('offer:write'),
  'GET /api/v1/offers/{id}/letter.pdf': role('offer:read'),
  'GET /api/v1/offers/{id}/letter.html': role('offer:read'),
  'GET /api/v1/offers/{id}/compute.json': role('offer:read'),
  'POST /api/v1/offer-questions/{id}/answer': role('offer:write'),
  'GET /api/v1/offer-bands': role('offer:read'),
  'PUT /api/v1/offer-bands': role('offer:bands'),
  'GET /api/v1/offer-statistics': role('offer:read'),
  // The address is the secret: a candidate has no session.
  'GET /api/v1/offer-links/{token}': { kind: 'public' },
  'GET /api/v1/offer-links/{token}/letter.pdf': { kind: 'public' },
  'GET /api/v1/offer-links/{token}/letter.html': { kind: 'public' },
  'GET /api/v1/offer-links/{token}/compute.json': { kind: 'public' },
  'POST /api/v1/offer-links/{token}/opened': { kind: 'public' },
  'POST /api/v1/offer-links/{token}/questions': { kind: 'public' },
  'POST /api/v1/offer-links/{token}/accept': { kind: 'public' },
  'POST /api/v1/offer-links/{token}/decline': { kind: 'public' },
  'POST /api/v1/offer-links/{token}/sign-in': { kind: 'public' },
  'GET /api/v1/job-posts': role('offer:read'),
  'POST /api/v1/job-posts': role('offer:write'),
  'POST /api/v1/job-posts/preview': role('offer:write'),
  'GET /api/v1/job-posts/{id}': role('offer:read'),
  'PATCH /api/v1/job-posts/{id}': role('offer:write'),
  'POST /api/v1/job-posts/{id}/open': role('offer:write'),
  'POST /api/v1/job-posts/{id}/close': role('offer:write'),
  // What is advertised is for everybody.
  'GET /careers': { kind: 'public' },
  'GET /careers/{id}': { kind: 'public' },
  'GET /careers/{id}/compute.json': { kind: 'public' },
  'GET /careers/{id}/badge.svg': { kind: 'public' },
  'GET /api/v1/value': role('report:read'),
  'GET /api/v1/value/scenarios': role('report:read'),
  // Nobody's pay: numbers that are typed in, at public prices.
  'GET /api/v1/value/compare': role('prices:read'),
  'GET /api/v1/value/forward': role('prices:read'),
  'GET /api/v1/value/rights': role('prices:read'),
  'GET /api/v1/people/{id}/value': read('grant:read', 'person'),
  'GET /api/v1/people/{id}/value/scenarios': read('grant:read', 'person'),
  'POST /api/v1/people/{id}/leaving': anyOnly('people:write', 'person'),
  'GET /api/v1/people/{id}/life': { ...read('grant:read', 'person'), byKey: false },
  'POST /api/v1/people/{id}/leaves': anyOnly('people:write', 'person'),
  'POST /api/v1/people/{id}/level': anyOnly('people:write', 'person'),
  'POST /api/v1/people/{id}/transfer': anyOnly('people:write', 'person'),
  'POST /api/v1/people/{id}/rehire': anyOnly('people:write', 'person'),
  'PATCH /api/v1/leaves/{id}': role('people:write'),
  'GET /api/v1/leavings': role('people:read'),
  'DELETE /api/v1/leavings/{id}': role('people:write'),
  'POST /api/v1/grants/{id}/amend': anyOnly('grant:write', 'grant'),
  'POST /api/v1/grants/{id}/clawback': anyOnly('grant:write', 'grant'),
  'POST /api/v1/grants/{id}/reprice': anyOnly('grant:write', 'grant'),
  'POST /api/v1/grants/{id}/events': anyOnly('grant:write', 'grant'),
  'GET /api/v1/leavers': role('people:read'),
  'GET /api/v1/leavers/{id}': role('people:read'),
  'GET /api/v1/people/{id}/leave-preview': { ...read('grant:read', 'person'), byKey: false },
  'GET /api/v1/people/{id}/calendar': ownOnly('grant:read:own'),
  'POST /api/v1/people/{id}/calendar': ownOnly('grant:read:own'),
  'DELETE /api/v1/people/{id}/calendar': ownOnly('grant:read:own'),
  // The address is the secret: calendars cannot sign in.
  'GET /calendar/{token}/perq.ics': { kind: 'public' },
  // Numbers that anybody types in, at public prices; what is kept is found by its secret address alone.
  'POST /api/v1/compare': { kind: 'public' },
  'POST /api/v1/compare/read': { kind: 'public' },
  'POST /api/v1/comparisons': { kind: 'public' },
  'GET /api/v1/comparisons/{token}': { kind: 'public' },
  'DELETE /api/v1/comparisons/{token}': { kind: 'public' },
  // Whoever may see the wallet sees what it was warned of; only its owner says that it was them.
  'GET /api/v1/people/{id}/alerts': read('wallet:read', 'person'),
  'POST /api/v1/people/{id}/alerts/seen': ownOnly('wallet:read:own'),
  'GET /api/v1/people/{id}/guard': read('wallet:read', 'person'),
  'POST /api/v1/people/{id}/guard/resume': ownOnly('wallet:read:own'),
  'GET /api/v1/people/{id}/sandbox': read('wallet:read', 'person'),
  'POST /api/v1/people/{id}/sandbox': ownOnly('wallet:read:own'),
  'GET /api/v1/alerts': role('report:read'),
  'GET /api/v1/people/{id}/webhooks': ownOnly('wallet:read:own'),
  'POST /api/v1/people/{id}/webhooks': ownOnly('wallet:read:own'),
  'PATCH /api/v1/webhooks/{id}': ownOnly('wallet:read:own', 'webhook'),
  'DELETE /api/v1/webhooks/{id}': ownOnly('wallet:read:own', 'webhook'),
  'POST /api/v1/webhooks/{id}/test': ownOnly('wallet:read:own', 'webhook'),
  'POST /api/v1/webhooks/{id}/secret': ownOnly('wallet:read:own', 'webhook'),
  'GET /api/v1/webhooks/{id}/deliveries': ownOnly('wallet:read:own', 'webhook'),
  'GET /api/v1/company/webhooks': role('provider:read'),
  'POST /api/v1/company/webhooks': role('provider:write'),
  'PATCH /api/v1/company/webhooks/{id}': role('provider:write'),
  'DELETE /api/v1/company/webhooks/{id}': role('provider:write'),
  'POST /api/v1/company/webhooks/{id}/test': role('provider:write'),
  'POST /api/v1/company/webhooks/{id}/secret': role('provider:write'),
  'GET /api/v1/company/webhooks/{id}/deliveries': role('provider:read'),
  'GET /api/v1/policy': role('policy:read'),
  'PUT /api/v1/policy': role('policy:write'),
  'GET /api/v1/people/{id}/keys': {
    kind: 'owned',
    owner: 'person',
    own: 'key:read:own',
    any: 'key:read:any',
    byKey: false,
  },
  // Nobody makes a key for somebody else: it spends its owner's pay.
  'POST /api/v1/people/{id}/keys': {
    kind: 'owned',
    owner: 'person',
    own: 'key:write:own',
    any: null,
    byKey: false,
  },
  'GET /api/v1/keys/{id}': {
    kind: 'owned',
    owner: 'key',
    own: 'key:read:own',
    any: 'key:read:any',
    byKey: false,
  },
  'PATCH /api/v1/keys/{id}': {
    kind: 'owned',
    owner: 'key',
    own: 'key:write:own',
    any: null,
    byKey: false,
  },
  'DELETE /api/v1/keys/{id}': {
    kind: 'owned',
    owner: 'key',
    own: 'key:write:own',
    any: 'key:revoke:any',
    byKey: false,
  },
}

/** The decision, once it is known whose thing it is. Everything that is not allowed here is refused. */
export function allows(rule: Rule, caller: Caller | null, owner: string | null): boolean {
  if (rule.kind === 'public') return true
  if (caller === null) return false
  const own = owner === caller.id
  if (caller.kind === 'key')
    return rule.kind === 'owned' && rule.byKey && own && rule.own !== null && can(caller.role, rule.own)
  if (rule.kind === 'signed_in') return true
  if (rule.kind === 'role') return can(caller.role, rule.permission)
  if (rule.any !== null && can(caller.role, rule.any)) return true
  return own && rule.own !== null && can(caller.role, rule.own)
}

export type Found =
  | { readonly kind: 'found'; readonly key: string; readonly rule: Rule; readonly id: string | null }
  | { readonly kind: 'other_method'; readonly allow: readonly string[] }
  | { readonly kind: 'none' }

const PATHS = Object.entries(RULES).map(([key, rule]) => {
  const space = key.indexOf(' ')
  return { key, rule, method: key.slice(0, space), parts: key.slice(space + 1).split('/') }
})

/** The rule for a request. HEAD is asked like GET. */
export function ruleFor(method: string, path: string): Found {
  const asked = method === 'HEAD' ? 'GET' : method
  const parts = path.split('/')
  const here = PATHS.filter(
    (one) =>
      one.parts.length === parts.length &&
      one.parts.every((part, index) => (part.startsWith('{') ? parts[index] !== '' : part === parts[index])),
  )
  const match = here.find((one) => one.method === asked)
  if (match) {
    const at = match.parts.indexOf('{id}')
    return { kind: 'found', key: match.key, rule: match.rule, id: at < 0 ? null : (parts[at] ?? null) }
  }
  return here.length > 0 ? { kind: 'other_method', allow: here.map((one) => one.method) } : { kind: 'none' }
}

/** Throws for a path without a rule and for a rule without a path: neither can be reached by mistake. */
export function checkDeclared(registered: readonly { method: string; path: string }[]): void {
  const keys = new Set(
    registered.map(({ method, path }) => `${method.toUpperCase()} ${path.replaceAll(/:([a-z]+)/g, '{$1}')}`),
  )
  const undeclared = [...keys].filter((key) => !Object.hasOwn(RULES, key))
  const unserved = Object.keys(RULES).filter((key) => !keys.has(key))
  if (undeclared.length > 0) throw new Error(`no rule in api/access.ts for ${undeclared.join(', ')}`)
  if (unserved.length > 0)
    throw new Error(`api/access.ts has rules that nothing serves: ${unserved.join(', ')}`)
}

/** The person a path names: `me` is the caller. Null when the text is no id. */
export function personIn(id: string | null, caller: Caller): string | null {
  if (id === 'me') return caller.id
  return id !== null && isUuid(id) ? id : null
}
