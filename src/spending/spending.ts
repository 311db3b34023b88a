import { Fault } from '#base/fault.ts'
import { never } from '#base/invariant.ts'
import { MINUTE, type Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db } from '#db/sql.ts'
import type { Ledger } from '#ledger/ledger.ts'
import type { Exchange } from '#prices/exchanges.ts'
import type { Purpose, SettleResult } from '#ledger/types.ts'
import type { Prices } from '#prices/prices.ts'
import type { Price } from '#prices/types.ts'
import { weightsOf } from '#prices/weights.ts'
import { openKeys } from './keys.ts'
import { openAlerts } from './alerts/alerts.ts'
import { openBehind } from './behind.ts'
import { openBudget } from './alerts/budget.ts'
import { openExchanger } from './exchanger.ts'
import { openGuard } from './guard/guard.ts'
import { openHolding } from './holding.ts'
import {
  allowanceFor,
  DEFAULT_POLICY,
  globMatches,
  guardFloor,
  parsePolicy,
  purposeOf,
  type Allowance,
  type Policy,
} from './policy.ts'
import { openPolicies } from './policies.ts'
import { openPrincipals, type Known } from './principals.ts'
import * as refusals from './refusals.ts'
import { openScopes } from './scopes.ts'
import { secretOf } from './secret.ts'
import * as store from './store.ts'
import type { Admission, Principal, RecordedPolicy, Spending } from './types.ts'
import { openUses } from './uses.ts'

/** Longer than any stream runs. It need not be short: the holds of a process that died lapse without waiting for it. */
export const HOLD_FOR = 60 * MINUTE

export type SpendingOptions = {
  readonly db: Db
  readonly ledger: Pick<
    Ledger,
    | 'hold'
    | 'settle'
    | 'release'
    | 'openWallet'
    | 'scopes'
    | 'setCap'
    | 'capsOf'
    | 'lotsOf'
    | 'lockTogether'
    | 'converted'
  >
  readonly prices: Pick<Prices, 'resolve'>
  /** What lots of other assets are worth in dollars; absent: nothing is exchanged. */
  readonly exchange?: Pick<Exchange, 'rate'>
  readonly world: World
  /** The person's next tranche, for the text of a refusal. */
  readonly nextVest?: (person: string) => Promise<refusals.NextVest | null>
  /** The sentence that ends a refusal: whom to ask. */
  readonly contact?: string
  readonly holdFor?: Millis
  /** False where a history is made up: nobody is stopped and nobody is told. */
  readonly guarded?: boolean
  /** How people reach this server, without a slash at the end; null while that is not known. */
  readonly site?: () => string | null
}

/**
 * Who may spend, on what, and the way into the ledger. Keys are known in memory and forgotten on `NOTIFY
 * perq_spending`; when that channel is silent or lost, an answer is still never older than 0.9 s.
 */
export function openSpending({
  db,
  ledger,
  prices,
  exchange,
  world,
  nextVest = () => Promise.resolve(null),
  contact = 'Ask your people team.',
  holdFor = HOLD_FOR,
  guarded = true,
  site = () => null,
}: SpendingOptions): Spending {
  const keys = openKeys({ db, ledger, world })
  const uses = openUses((batch) => store.recordUses(db, batch))
  const scopes = openScopes({ read: () => ledger.scopes(db), now: world.now })
  const principals = openPrincipals({ load, now: world.now })
  let recordedLast: { readonly version: number; readonly policy: Policy } | null = null
  const policies = openPolicies({
    read: async () => {
      const row = await store.policy(db)
      if (!row) return DEFAULT_POLICY
      // What is recorded never changes, and what was worked out from it stays right with it.
      if (recordedLast?.version !== row.version)
        recordedLast = { version: row.version, policy: parsePolicy(row.body) }
      return recordedLast.policy
    },
    now: world.now,
  })
  const alerts = openAlerts({ db, world })
  const budget = openBudget({ db, world, alerts })
  /** As the last reading of a key had it: nobody gets to a hold without one. */
  let standing: Policy = DEFAULT_POLICY
  const behind = openBehind()
  const exchanger = exchange
    ? openExchanger({ db, ledger, world, rateOf: (asset, at) => exchange.rate(asset, 'USD', at) })
    : null
  const guard = openGuard({
    db,
    world,
    alerts,
    behind,
    floor: () => (guarded ? guardFloor(standing) : null),
    place: () => (site() === null ? 'the Alerts page of Perq' : `${site()}/alerts`),
  })

  /** Whom to ask, and where to see what there is. */
  const whom = (): string => (site() === null ? contact : `${contact} See ${site()}/`)

  async function load(hashes: readonly string[]): Promise<Map<string, Known>> {
    const [rows, policy] = await Promise.all([store.principals(db, hashes), policies.now()])
    standing = policy
    const allowances = new Map<string, Allowance>()
    const allowanceOf = (level: string): Allowance => {
      const known = allowances.get(level) ?? allowanceFor(policy, level)
      allowances.set(level, known)
      return known
    }
    return new Map(
      rows.map((row) => [
        row.hash,
        {
          principal: {
            key: { id: row.id, name: row.name, purpose: row.purpose, models: row.models },
            person: { id: row.person, email: row.email, name: row.personName, level: row.level },
            wallet: row.wallet,
            classes: allowanceOf(row.level),
          },
          expiresAt: row.expiresAt,
          leftOn: row.leftOn,
          accessUntil: row.accessUntil,
          createdAt: row.createdAt,
        },
      ]),
    )
  }

  const endings = new Set<(person: string) => void>()
  let listening: Promise<(() => Promise<void>) | null> | null = null
  let closed = false

  /** Begun with the first key, and begun again with a later one when the database could not be reached. */
  function listen(): void {
    if (closed) return
    listening ??= db
      .listen('perq_spending', heard, () => {
        forgetAll()
        guard.heard(null)
      })
      .catch(() => {
        listening = null
        return null
      })
  }

  function heard(payload: string): void {
    const [kind, id = ''] = payload.split(':')
    if (kind === 'key') principals.forget({ key: id })
    else if (kind === 'person') principals.forget({ person: id })
    else if (kind === 'velocity') guard.heard(id)
    else if (kind === 'ended') for (const then of endings) then(id)
    else forgetAll()
  }

  function forgetAll(): void {
    policies.forget()
    principals.forget('all')
  }

  const hold = openHolding({
    guard,
    ledger,
    scopes,
    exchanger,
    budget: guarded ? budget : null,
    world,
    holdFor,
    nextVest,
    whom,
  })

  function used(principal: Principal | null, at: Millis): Principal | null {
    if (principal) uses.used(principal.key.id, at)
    return principal
  }

  /** The provider charged more than was held: the company pays, and the person and finance hear of it, once. */
  function tellAbsorbed(call: string, amounts: { cost: bigint; absorbed: bigint }): void {
    const at = world.now()
    void behind.write(() =>
      db.tx(async (tx) => {
        const person = await store.personOfCall(tx, call)
        const facts = { kind: 'absorbed', call, ...amounts } as const
        await alerts.record(tx, { person, at, facts, cause: `absorbed:${call}` })
      }),
    )
  }

  function settled(id: string, cost: bigint, result: SettleResult) {
    switch (result.kind) {
      case 'settled':
      case 'late': {
        const { charged, absorbed } = result
        const whose = guard.settled(id, charged)
        if (whose && guarded) budget.touched(whose.wallet, whose.person)
        if (absorbed > 0n && guarded) tellAbsorbed(id, { cost, absorbed })
        return { charged, absorbed }
      }
      case 'unknown_hold':
        throw new Fault('not_found', `There is no hold for the call ${id}.`, { param: 'id' })
      case 'conflict':
        throw new Fault('conflict', `The call ${id} was already ended in another way.`, { param: 'id' })
      default:
        return never(result)
    }
  }

  async function recorded(): Promise<RecordedPolicy> {
    const row = await store.policy(db)
    if (!row) return { version: 0, recordedAt: null, recordedBy: null, policy: DEFAULT_POLICY }
    const { version, recordedAt, recordedBy, body } = row
    return { version, recordedAt, recordedBy, policy: parsePolicy(body) }
  }

  const floorOf = async () => (guarded ? guardFloor((await recorded()).policy) : null)

  return {
    authenticate(secret) {
      const known = typeof secret === 'string' ? secretOf(secret) : secret
      if (known === null) return null
      listen()
      const at = world.now()
      const found = principals.find(known.hash, at)
      return found instanceof Promise ? found.then((later) => used(later, world.now())) : used(found, at)
    },

    admit(who, { provider, model, purpose: asked }) {
      const purpose = purposeOf(who.key.purpose, asked)
      if (purpose === null) return refusals.unknownPurpose(asked ?? '')
      const at = world.now()
      const price = prices.resolve(provider, model, at)
      if (!price) return refusals.unknownModel(provider, model)
      if (!who.classes[weightsOf(price)].includes(price.class))
        return refusals.classNotAllowed(who, price, whom())
      const named = who.key.models?.some((glob) => globMatches(glob, model) || globMatches(glob, price.model))
      if (named === false) return refusals.keyNotAllowed(who, model)
      const ids = scopes.admitting({ class: price.class, provider, purpose }, at)
      if (ids instanceof Promise) return ids.then(admitting(price, purpose))
      return { kind: 'admitted', price, purpose, scopes: ids }
    },

    hold,

    settle: (request) =>
      ledger.settle(request, world.now()).then((result) => settled(request.id, request.cost, result)),

    async release(id, reason) {
      const result = await ledger.release({ id, reason }, world.now())
      guard.released(id)
      switch (result.kind) {
        case 'released':
          return
        case 'unknown_hold':
          throw new Fault('not_found', `There is no hold for the call ${id}.`, { param: 'id' })
        case 'conflict':
          throw new Fault('conflict', `The call ${id} was already ended in another way.`, { param: 'id' })
        default:
          return never(result)
      }
    },

    foresee: (who, total, classes) => guard.foresee(who, total, classes),
    alerts,
    guard: async (person) => guard.of(person, await floorOf()),
    resume: async (person) => guard.resume(person, await floorOf()),

    createKey: keys.create,
    changeKey: keys.change,
    setLimit: (id, limit, sql) => keys.change(id, { limit }, sql),
    keys: keys.list,
    key: keys.find,

    async revokeKey(id, sql) {
      const key = await keys.revoke(id, sql)
      principals.forget({ key: id })
      return key
    },

    async revokeKeys(person, sql) {
      const count = await keys.revokeAll(person, sql)
      principals.forget({ person })
      return count
    },

    endCalls: async (person, sql) => void (await store.announce(sql, `ended:${person}`)),
    onEnded(then) {
      endings.add(then)
      return () => void endings.delete(then)
    },

    policy: recorded,

    async setPolicy(value, by) {
      const policy = parsePolicy(value)
      const recordedAt = world.now()
      const version = await db.tx(async (tx) => {
        const number = await store.insertPolicy(tx, { recordedAt, recordedBy: by, body: policy })
        await store.announce(tx, 'policy')
        return number
      })
      forgetAll()
      return { version, recordedAt, recordedBy: by, policy }
    },

    async close() {
      closed = true
      const stop = await listening
      listening = null
      await stop?.()
      guard.close()
      await Promise.all([uses.close(), budget.close(), behind.close()])
    },
  }
}

/** On its own, because a function makes room on every call for what another one within it keeps. */
const admitting =
  (price: Price, purpose: Purpose) =>
  (scopes: readonly number[]): Admission => ({ kind: 'admitted', price, purpose, scopes })
