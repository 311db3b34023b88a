import { Fault } from '#base/fault.ts'
import { toJson } from '#base/json.ts'
import { DAY, iso, MINUTE, type Millis } from '#base/time.ts'
import { open, seal } from '#base/vault.ts'
import type { World } from '#base/world.ts'
import type { Db } from '#db/sql.ts'
import { ALERT_KINDS, parseFacts, wordsOf } from '#spending/alerts/alert.ts'
import { offerData, OFFER_TYPES } from './offer.ts'
import { DISABLE_AFTER, nextAttempt } from './schedule.ts'
import { send, type Sent } from './send.ts'
import { secretOf, SECRET_BYTES, signed } from './sign.ts'
import * as store from './store.ts'
import { targetOf } from './target.ts'

export const TEST_TYPE = 'webhook.test'
export const EVENT_TYPES: readonly string[] = ALERT_KINDS.map((kind) => `alert.${kind}`)
/** Offers are the company's own: nobody else hears of them. */
export const eventTypes = (person: string | null): readonly string[] =>
  person === null ? [...EVENT_TYPES, ...OFFER_TYPES] : EVENT_TYPES

/** As people see it: never its secret. */
export type Endpoint = {
  readonly id: string
  readonly person: string | null
  readonly url: string
  readonly types: readonly string[] | null
  readonly createdAt: Millis
  readonly failingSince: Millis | null
  readonly disabledAt: Millis | null
  readonly disabledWhy: string | null
}

export type Webhooks = ReturnType<typeof openWebhooks>

const NONCE_BYTES = 12
const BATCH = 20
/** Longer than an attempt may take. */
const CLAIM_FOR = MINUTE
const ENDPOINTS = 20
const DELIVERIES = 50
const KEEP = 30 * DAY
/** Both secrets sign so long after one was replaced. */
const OLD_SECRET_FOR = DAY

/**
 * Alerts, and what becomes of offers, go out as Standard Webhooks. They are queued in their cause's own transaction; `deliver` sends what is due, and any
 * number of processes may do so at once. `master` seals the secrets; `anywhere` allows receivers in the own network.
 */
export function openWebhooks({
  db,
  world,
  master,
  anywhere = false,
  site = () => null,
}: {
  db: Db
  world: World
  master: Uint8Array
  anywhere?: boolean
  site?: () => string | null
}) {
  const sealed = (id: string, secret: string): Buffer =>
    seal(master, world.random(NONCE_BYTES), `webhook ${id}`, secret)
  const opened = (id: string, bytes: Uint8Array): string => open(master, `webhook ${id}`, bytes)

  function checkTypes(types: readonly string[] | null, person: string | null): string[] | null {
    if (types === null) return null
    const known = eventTypes(person)
    const bad = types.find((type) => !known.includes(type))
    if (bad === undefined && types.length > 0) return [...new Set(types)]
    throw new Fault(
      'invalid',
      `types names "${(bad ?? '').slice(0, 60)}"; give some of ${known.join(', ')}`,
      {
        param: 'types',
      },
    )
  }

  const change = async (id: string, to: (row: store.EndpointRow) => store.EndpointRow): Promise<Endpoint> =>
    db.tx(async (tx) => {
      const row = await store.locked(tx, id)
      if (!row) throw absent(id)
      const changed = to(row)
      await store.put(tx, changed)
      return view(changed)
    })

  async function attempt(claimed: store.Claimed): Promise<void> {
    const row = await store.endpoint(db, claimed.endpoint)
    if (!row) return
    const sent = await post(row, claimed)
    await record(row, claimed, sent)
  }

  function post(row: store.EndpointRow, claimed: store.Claimed): Promise<Sent> {
    const now = world.now()
    const body = bodyOf(claimed, row.person_id === null, site())
    const old = row.old_secret !== null && (row.old_until ?? 0) > now ? [row.old_secret] : []
    const secrets = [row.secret, ...old].map((bytes) => opened(row.id, bytes))
    return send(row.url, { headers: signed({ id: claimed.event, at: now, body, secrets }), body, anywhere })
  }

  async function record(row: store.EndpointRow, claimed: store.Claimed, sent: Sent): Promise<void> {
    const now = world.now()
    const { endpoint, event, attempts } = claimed
    const { status, error, retryAfter } = sent
    if (sent.ok) {
      await store.finish(db, { endpoint, event, state: 'delivered', nextAt: now, status, error })
      await store.succeeded(db, endpoint)
      return
    }
    const gone = status === 410
    const [jitter = 0] = world.random(1)
    const nextAt = gone ? null : nextAttempt({ attempts, now, retryAfter, jitter })
    const long = now - (row.failing_since ?? now) >= DISABLE_AFTER
    const disable = gone
      ? 'The receiver said that it is gone (410).'
      : long && nextAt === null
        ? `Every sending has failed since ${iso(row.failing_since ?? now).slice(0, 10)}.`
        : null
    const state = nextAt === null ? 'failed' : 'waiting'
    await db.tx(async (tx) => {
      await store.finish(tx, { endpoint, event, state, nextAt: nextAt ?? now, status, error })
      await store.failed(tx, { id: endpoint, now, disable })
    })
  }

  return {
    types: eventTypes,

    list: async (person: string | null): Promise<readonly Endpoint[]> =>
      (await store.endpoints(db, person, ENDPOINTS)).map(view),

    find: async (id: string): Promise<Endpoint | null> => {
      const row = await store.endpoint(db, id)
      return row && view(row)
    },

    /** The secret is given here and never again. `person` null: the company's. Throws Fault `invalid`, `conflict`. */
    async create(
      person: string | null,
      ask: { url: string; types: readonly string[] | null },
    ): Promise<{ endpoint: Endpoint; secret: string }> {
      targetOf(ask.url, { anywhere })
      const types = checkTypes(ask.types, person)
      if ((await store.endpoints(db, person, ENDPOINTS)).length >= ENDPOINTS)
        throw new Fault('conflict', `There are ${ENDPOINTS} endpoints already: remove one first.`)
      const id = world.id()
      const secret = secretOf(world.random(SECRET_BYTES))
      const row: store.EndpointRow = {
        id,
        person_id: person,
        url: ask.url,
        types,
        secret: sealed(id, secret),
        old_secret: null,
        old_until: null,
        created_at: world.now(),
        failing_since: null,
        disabled_at: null,
        disabled_why: null,
      }
      await store.put(db, row)
      return { endpoint: view(row), secret }
    },

    /** What is left out stays. Enabling forgets past failures. Throws Fault `invalid`, `not_found`. */
    async change(
      id: string,
      ask: {
        url?: string | undefined
        types?: readonly string[] | null | undefined
        enabled?: boolean | undefined
      },
    ): Promise<Endpoint> {
      if (ask.url !== undefined) targetOf(ask.url, { anywhere })
      return change(id, (row) => ({
        ...row,
        url: ask.url ?? row.url,
        types: ask.types === undefined ? row.types : checkTypes(ask.types, row.person_id),
        ...(ask.enabled === true ? { disabled_at: null, disabled_why: null, failing_since: null } : {}),
        ...(ask.enabled === false && row.disabled_at === null
          ? { disabled_at: world.now(), disabled_why: 'Switched off.' }
          : {}),
      }))
    },

    /** Another secret; for a day both sign, so that the receiver can change in peace. */
    async replaceSecret(id: string): Promise<{ endpoint: Endpoint; secret: string }> {
      const secret = secretOf(world.random(SECRET_BYTES))
      const endpoint = await change(id, (row) => ({
        ...row,
        secret: sealed(id, secret),
        old_secret: row.secret,
        old_until: world.now() + OLD_SECRET_FOR,
      }))
      return { endpoint, secret }
    },

    async remove(id: string): Promise<void> {
      if (!(await store.remove(db, id))) throw absent(id)
    },

    /** Queues an event `webhook.test`; its id names it among the deliveries. */
    async test(id: string): Promise<string> {
      const row = await store.endpoint(db, id)
      if (!row) throw absent(id)
      if (row.disabled_at !== null)
        throw new Fault('conflict', `The endpoint is off: ${row.disabled_why} Enable it first.`, {
          param: 'enabled',
        })
      const event = world.id()
      await store.insertTest(db, { endpoint: id, event, now: world.now() })
      return event
    },

    /** Newest first, the last fifty. */
    deliveries: (id: string): Promise<readonly store.DeliveryRow[]> => store.deliveries(db, id, DELIVERIES),

    /** Sends what is due; returns how many attempts were made. */
    async deliver(now: Millis): Promise<number> {
      const due = await store.claim(db, { now, until: now + CLAIM_FOR, limit: BATCH })
      // One that fails in an unforeseen way comes back when its claim ends.
      const done = await Promise.allSettled(due.map(attempt))
      const bug = done.find((each) => each.status === 'rejected')
      if (bug) throw bug.reason
      return due.length
    },

    /** Forgets deliveries that ended a month ago. */
    sweep: (now: Millis): Promise<number> => store.sweep(db, now - KEEP),
  }
}

const absent = (id: string): Fault =>
  new Fault('not_found', `There is no webhook endpoint ${id}.`, { param: 'id' })

const view = (row: store.EndpointRow): Endpoint => ({
  id: row.id,
  person: row.person_id,
  url: row.url,
  types: row.types,
  createdAt: row.created_at,
  failingSince: row.failing_since,
  disabledAt: row.disabled_at,
  disabledWhy: row.disabled_why,
})

/** The payload: type, timestamp of the event, data. Amounts are decimal text, nano-dollars. */
function bodyOf(claimed: store.Claimed, company: boolean, site: string | null): string {
  const { type, at, event, person } = claimed
  const head = { type, timestamp: iso(at) }
  if (type === TEST_TYPE) {
    const message = 'This is a test: Perq reaches this endpoint.'
    return toJson({ ...head, data: { id: event, title: 'Test', message } })
  }
  const place = (link: string): string => (site === null ? link : `${site}${link}`)
  const offer = offerData(type, claimed.body)
  if (offer) return toJson({ ...head, data: { id: event, person, ...offer, link: place(offer.link) } })
  const { kind, ...facts } = parseFacts(type.replace(/^alert\./, ''), claimed.body)
  const { title, message, link } = wordsOf(parseFacts(kind, claimed.body), !company)
  const page = company && person ? `/people/${person.id}${link === '/' ? '' : link}` : link
  return toJson({ ...head, data: { id: event, person, title, message, link: place(page), facts } })
}
