import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sha256Hex } from '#base/json.ts'
import { addDays, dayOf } from '#base/time.ts'
import type { Person } from '#people/person.ts'
import { openTestApi, type TestApi } from '../../test/support/api.ts'
import * as views from './offer-views.ts'
import * as s from './schemas.ts'

const USD = 1_000_000_000n

let api: TestApi
let author: Person
let refill = ''
let hours = ''
let entity = ''
let today = ''
before(async () => {
  api = await openTestApi({ seed: 47 })
  author = api.staff.people
  today = dayOf(api.world.now())
  const made = async (ask: object): Promise<string> =>
    ((await ok(author, '/api/v1/templates', ask)) as { id: string }).id
  const statements = [
    { order: 1, percentage: '1', schedule: { occurrences: 4, period: 1, period_type: 'YEARS' } },
  ]
  refill = await made({ name: 'Signing, four years', statements })
  hours = await made({
    name: 'GPU-hours, four years',
    statements,
    denomination: 'gpu_hour',
    unit: { accelerator: 'H100-SXM', tier: 'guaranteed' },
  })
  const { entities } = (await ok(author, '/api/v1/entities')) as { entities: { id: string }[] }
  entity = entities[0]!.id
})
after(() => api.close())

type Ask = { method?: string; headers?: Record<string, string> }
const send = (who: Person, path: string, body?: unknown, { method = 'POST', headers = {} }: Ask = {}) =>
  api.as(who, path, body === undefined ? {} : { method, headers, body: JSON.stringify(body) })
async function ok(who: Person, path: string, body?: unknown, more?: Ask): Promise<unknown> {
  const response = await send(who, path, body, more)
  const answer: unknown = await response.json()
  assert.ok(response.ok, `${path} ${JSON.stringify(answer)}`)
  return answer
}
async function refused(who: Person, path: string, body: unknown, more?: Ask) {
  const response = await send(who, path, body, more)
  const { error } = s.fault.parse(await response.json())
  return [response.status, error.code, error.param]
}

let asked = 0
const askOf = (part: object = {}, pay: object = {}) => ({
  candidate: { name: 'Ada Park', email: `ada${(asked += 1)}@example.test`, country: 'DE' },
  position: { title: 'Researcher', level: 'IC5', entity_id: entity, starts_on: addDays(today, 30) },
  pay: {
    currency: 'USD',
    salary: String(200_000n * USD),
    bonus: { kind: 'share', share: '0.15' },
    compute: [{ template_id: refill, quantity: String(40_000n * USD), name: null }],
    benefits: [{ kind: 'seat', name: 'Claude Max', monthly_usd: String(100n * USD), months: 48 }],
    ...pay,
  },
  expires_on: addDays(today, 14),
  ...part,
})
const drafted = async (part: object = {}, pay: object = {}) =>
  views.offer.parse(await ok(author, '/api/v1/offers', askOf(part, pay)))

async function sent(part: object = {}) {
  const { id } = await drafted(part)
  const path = `/api/v1/offers/${id}`
  const { needed } = views.offer.parse(await ok(author, `${path}/submit`, {}))
  await ok(api.staff.finance, `${path}/approve`, {})
  if (needed === 2) {
    const second = await api.company.hire({ role: 'people' })
    await ok(second, `${path}/approve`, {})
  }
  return views.sentOffer.parse(await ok(author, `${path}/send`, {}))
}

test('an offer is written, seen, approved and sent at the door, and its link is told once', async () => {
  const draft = await drafted()
  const path = `/api/v1/offers/${draft.id}`
  assert.deepEqual([draft.status, draft.version, draft.content], ['draft', 1, null])
  assert.equal(draft.worth?.total.compute_cap, String(40_000n * USD))
  assert.equal(draft.worth?.years[0]?.compute_cap, String(10_000n * USD))
  assert.equal(draft.worth?.total.benefits, String(4_800n * USD))
  assert.deepEqual(draft.steps.toSorted(), ['change', 'submit', 'withdraw'])

  const changed = askOf({}, { salary: String(210_000n * USD) })
  const edited = views.offer.parse(await ok(author, path, changed, { method: 'PATCH' }))
  assert.equal(edited.pay.salary, String(210_000n * USD))

  const pending = views.offer.parse(await ok(author, `${path}/submit`, {}))
  assert.equal(sha256Hex(pending.content!), pending.content_hash)
  assert.deepEqual(pending.worth, edited.worth)
  assert.deepEqual(await refused(author, path, changed, { method: 'PATCH' }), [409, 'frozen', 'status'])

  const approved = views.offer.parse(await ok(api.staff.finance, `${path}/approve`, { note: 'fits' }))
  assert.deepEqual(
    approved.approvals.map(({ person_id: by, note, content_hash: hash }) => [by, note, hash]),
    [[api.staff.finance.id, 'fits', pending.content_hash]],
  )
  const key = { headers: { 'idempotency-key': `send-${draft.id}` } }
  const first = views.sentOffer.parse(await ok(author, `${path}/send`, {}, key))
  assert.match(first.url!, /^http:\/\/localhost\/offer\/[A-Za-z0-9_.-]+$/)
  const again = views.sentOffer.parse(await ok(author, `${path}/send`, {}, key))
  assert.equal(again.url, null)
  const kept = await api.db.query<{ n: number }>(
    `select count(*)::int as n from api.idempotency where response like '%' || $1 || '%'`,
    [first.url!.split('/').at(-1)],
  )
  assert.equal(kept[0]?.n, 0, 'the token is kept nowhere')

  const other = views.sentOffer.parse(await ok(author, `${path}/link`, {}))
  assert.notEqual(other.url, first.url)
  const ended = views.offer.parse(await ok(author, `${path}/revoke`, {}))
  assert.notEqual(ended.link?.revoked_at, null)
})

test('what the preview shows is what the draft shows, and what was submitted stays as it was', async () => {
  const ask = askOf()
  const preview = views.offerPreview.parse(await ok(author, '/api/v1/offers/preview', ask))
  const draft = views.offer.parse(await ok(author, '/api/v1/offers', ask))
  const same = views.offerPreview.parse(
    await ok(author, '/api/v1/offers/preview', { ...ask, offer_id: draft.id }),
  )
  assert.deepEqual(same, {
    worth: draft.worth,
    lines: draft.lines,
    checks: draft.checks,
    letter: draft.letter,
    examples: draft.examples,
    needed: draft.needed,
  })
  assert.deepEqual(preview.worth, draft.worth)
  assert.deepEqual(preview.examples, draft.examples)
  assert.ok(preview.checks.some(({ kind }) => kind === 'budget'))
  assert.ok(preview.letter?.sections.some(({ id }) => id === 'welcome'))
})

test('a letter on paper, as a page and the grants as data come from the same content', async () => {
  const { offer } = await sent()
  const path = `/api/v1/offers/${offer.id}`
  const pdf = await api.as(author, `${path}/letter.pdf`)
  assert.equal(pdf.headers.get('content-type'), 'application/pdf')
  assert.equal(
    Buffer.from(await pdf.arrayBuffer())
      .subarray(0, 5)
      .toString(),
    '%PDF-',
  )
  const page = await api.as(author, `${path}/letter.html`)
  assert.match(page.headers.get('content-security-policy')!, /style-src 'sha256-/)
  assert.match(await page.text(), new RegExp(offer.document_sha256!))
  const grants = await api.as(author, `${path}/compute.json`)
  assert.equal(sha256Hex(await grants.text()), offer.document_sha256)
})

test('hours are held against the nodes: none known, too few for what is promised, enough', async () => {
  const compute = (gpuHours: bigint) => ({
    compute: [{ template_id: hours, quantity: String(gpuHours * 3_600n), name: null }],
  })
  const coverage = async (gpuHours: bigint) => {
    const ask = askOf({}, compute(gpuHours))
    const { checks } = views.offerPreview.parse(await ok(author, '/api/v1/offers/preview', ask))
    return checks.filter(({ kind }) => kind === 'coverage').map(({ severity }) => severity)
  }
  assert.deepEqual(await coverage(1_000n), ['warn'])
  await api.db.query(
    `insert into supply.node (id, cluster, node, accelerator, gpus, tiers, from_at)
     values ($1, 'main', 'n1', 'H100-SXM', 8, array['guaranteed'], $2)`,
    [api.world.id(), new Date(api.world.now()).toISOString()],
  )
  assert.deepEqual(await coverage(1_000n), ['ok'])
  assert.deepEqual(await coverage(40_000n), ['warn'])
  assert.deepEqual(await coverage(4_000_000n), ['refuse'])
  assert.deepEqual(
    await refused(author, `/api/v1/offers/${(await drafted({}, compute(4_000_000n))).id}/submit`, {}),
    [409, 'conflict', 'pay.compute'],
  )
})

test('a budget counts what other offers of its year promise, and refuses what is over it', async () => {
  const year = Number(today.slice(0, 4)) + 2
  const startsOn = `${year}-03-01`
  const part = {
    position: { title: 'Researcher', level: 'IC5', entity_id: entity, starts_on: startsOn },
  }
  const bands = { bands: [], budget: [{ year, compute: String(70_000n * USD) }] }
  const kept = views.bands.parse(await ok(author, '/api/v1/offer-bands', bands, { method: 'PUT' }))
  assert.deepEqual(kept.budget, bands.budget)
  assert.deepEqual(views.bands.parse(await ok(api.staff.finance, '/api/v1/offer-bands')), kept)
  await sent(part)
  const { checks } = views.offerPreview.parse(await ok(author, '/api/v1/offers/preview', askOf(part)))
  const budget = checks.find(({ kind }) => kind === 'budget')
  assert.equal(budget?.severity, 'refuse')
  assert.deepEqual(
    [budget?.facts['others'], budget?.facts['own'], budget?.facts['left']],
    [40_000n * USD, 40_000n * USD, -10_000n * USD].map(String),
  )
})

test('the list is read page by page, and by status', async () => {
  const mine: string[] = []
  let cursor: string | undefined
  do {
    const query = `?limit=2${cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`}`
    const page = views.offers.parse(await ok(api.staff.finance, `/api/v1/offers${query}`))
    mine.push(...page.offers.map(({ id }) => id))
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  assert.equal(new Set(mine).size, mine.length)
  const open = views.offers.parse(await ok(author, '/api/v1/offers?status=sent'))
  assert.ok(open.offers.length > 0 && open.offers.every(({ status }) => status === 'sent'))
  assert.ok(open.offers.every(({ total }) => total !== null))
})

test('how few offers were answered is told to nobody', async () => {
  const told = views.statistics.parse(await ok(api.staff.finance, '/api/v1/offer-statistics'))
  assert.equal(told.least, 5)
  for (const band of told.bands) assert.ok(band.sent === null || band.sent === 0)
  assert.equal(told.total.sent, null)
})

test('what is not an offer is refused by the name of its field', async () => {
  const bad = async (part: object, pay: object = {}) =>
    (await refused(author, '/api/v1/offers', askOf(part, pay)))[2]
  assert.equal(await bad({ basis: 'hope' }), 'basis')
  assert.equal(await bad({}, { salary: '-1' }), 'pay.salary')
  assert.equal(await bad({ expires_on: '2026-02-30' }), 'expires_on')
  assert.equal((await refused(author, '/api/v1/offers', {}))[0], 400)
})
