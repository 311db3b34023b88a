import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sha256Hex } from '#base/json.ts'
import { addDays, DAY, dayOf, MINUTE } from '#base/time.ts'
import type { Person } from '#people/person.ts'
import { openTestApi, type TestApi } from '../../test/support/api.ts'
import { readPdf, squeezed } from '../../test/support/pdf-text.ts'
import * as views from './offer-link-views.ts'
import * as offerViews from './offer-views.ts'
import * as s from './schemas.ts'

const USD = 1_000_000_000n
let api: TestApi
let author: Person
let template = ''
let entity = ''
before(async () => {
  api = await openTestApi({ seed: 53 })
  author = api.staff.people
  const statements = [
    { order: 1, percentage: '1', schedule: { occurrences: 48, period: 1, period_type: 'MONTHS' } },
  ]
  template = ((await ok('/api/v1/templates', { name: 'Four years', statements })) as { id: string }).id
  entity = ((await ok('/api/v1/entities')) as { entities: { id: string }[] }).entities[0]!.id
})
after(() => api.close())

const post = (body: unknown): RequestInit => ({ method: 'POST', body: JSON.stringify(body) })
async function ok(path: string, body?: unknown, who = author): Promise<unknown> {
  const response = await api.as(who, path, body === undefined ? {} : post(body))
  const answer: unknown = await response.json()
  assert.ok(response.ok, `${path} ${JSON.stringify(answer)}`)
  return answer
}

let asked = 0
async function sent(part: object = {}) {
  const today = dayOf(api.world.now())
  asked += 1
  const ask = {
    candidate: { name: 'Grace Lin', email: `grace${asked}@example.test`, country: 'DE' },
    position: { title: 'Researcher', level: 'IC5', entity_id: entity, starts_on: addDays(today, 30) },
    pay: {
      currency: 'USD',
      salary: String(200_000n * USD),
      compute: [{ template_id: template, quantity: String(40_000n * USD), name: null }],
    },
    expires_on: addDays(today, 14),
    message: 'Come to us.',
    ...part,
  }
  const { id } = offerViews.offer.parse(await ok('/api/v1/offers', ask))
  const path = `/api/v1/offers/${id}`
  const { needed } = offerViews.offer.parse(await ok(`${path}/submit`, {}))
  await ok(`${path}/approve`, {}, api.staff.finance)
  if (needed === 2) await ok(`${path}/approve`, {}, await api.company.hire({ role: 'people' }))
  const { url } = offerViews.sentOffer.parse(await ok(`${path}/send`, {}))
  const token = url!.slice(url!.lastIndexOf('/') + 1)
  return { id, path, token, link: `/api/v1/offer-links/${token}` }
}

/** Somebody without a session; every call from another address would be another count. */
const anybody = (path: string, body?: unknown): Promise<Response> =>
  Promise.resolve(
    api.app.request(
      path,
      body === undefined ? {} : { ...post(body), headers: { 'content-type': 'application/json' } },
    ),
  )
async function read(link: string): Promise<views.CandidateOffer> {
  const response = await anybody(link)
  assert.equal(response.status, 200)
  return views.candidateOffer.parse(await response.json())
}
async function refusal(response: Response) {
  const { error } = s.fault.parse(await response.json())
  const { request_id: _, ...said } = error
  const headers = [...response.headers].filter(([name]) => name !== 'x-request-id')
  return { status: response.status, said, headers }
}

test('a candidate reads what was sealed: page, letter, files and hashes are of one content', async () => {
  const { id, link } = await sent()
  const view = await read(link)
  const { offer } = view
  assert.ok(offer)
  assert.deepEqual([view.status, view.accepted, offer.message], ['open', null, 'Come to us.'])
  const inside = offerViews.offer.parse(await ok(`/api/v1/offers/${id}`))
  assert.equal(offer.content_hash, inside.content_hash)
  assert.deepEqual(offer.worth, inside.worth)
  assert.deepEqual(offer.letter, inside.letter)
  const grants = await (await anybody(`${link}/compute.json`)).text()
  assert.equal(sha256Hex(grants), offer.document_sha256)
  const pdf = readPdf(Buffer.from(await (await anybody(`${link}/letter.pdf`)).arrayBuffer()))
  assert.equal(pdf.files.get('compute.json')?.toString(), grants)
  const said = squeezed(pdf.pieces.join(''))
  const html = await anybody(`${link}/letter.html`)
  const page = await html.text()
  for (const text of [offer.content_hash, '$200,000.00', 'Four years']) {
    assert.ok(said.includes(squeezed(text)))
    assert.ok(page.includes(text))
  }
  assert.match(html.headers.get('content-security-policy') ?? '', /^default-src 'none'; style-src 'sha256-/)
})

test('whatever is no working link is the same refusal with the same headers, and says nothing of any offer', async () => {
  const [good, revoked, withdrawn] = [await sent(), await sent(), await sent()]
  await ok(`${revoked.path}/revoke`, {})
  await ok(`${withdrawn.path}/withdraw`, { reason: 'the place is gone' })
  const flip = (text: string, at: number): string =>
    text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)
  const links = [
    'x',
    'A'.repeat(72),
    flip(good.token, 3),
    flip(good.token, 25),
    flip(good.token, 60),
    revoked.token,
    withdrawn.token,
  ]
  const expected = await refusal(await anybody('/api/v1/offer-links/none'))
  assert.equal(expected.status, 404)
  assert.equal(expected.said.message, 'This link does not work. Ask whoever sent it for a new one.')
  for (const token of links) {
    const link = `/api/v1/offer-links/${token}`
    for (const path of ['', '/letter.pdf', '/letter.html', '/compute.json'])
      assert.deepEqual(await refusal(await anybody(link + path)), expected, `${token}${path}`)
    const accept = { typed_name: 'Grace Lin', content_hash: 'ab'.repeat(32) }
    for (const [path, body] of [
      ['/opened', {}],
      ['/questions', { text: 'Why?' }],
      ['/accept', accept],
      ['/decline', {}],
      ['/sign-in', {}],
    ] as const)
      assert.deepEqual(await refusal(await anybody(link + path, body)), expected, `${token}${path}`)
  }
  const headers = Object.fromEntries(expected.headers)
  assert.equal(headers['cache-control'], 'no-store')
  assert.equal(headers['referrer-policy'], 'no-referrer')
  assert.match(headers['x-robots-tag'] ?? '', /noindex/)
  api.world.advance(MINUTE)
  const found = await anybody(good.link)
  for (const name of ['cache-control', 'referrer-policy', 'x-robots-tag', 'content-security-policy'])
    assert.equal(found.headers.get(name), headers[name], name)
  api.world.advance(MINUTE)
})

test('what happened to an offer that was seen is said, and nothing more of it', async () => {
  const [gone, anew, no] = [await sent(), await sent(), await sent()]
  for (const { link } of [gone, anew, no]) assert.equal((await anybody(`${link}/opened`, {})).status, 204)
  await ok(`${gone.path}/withdraw`, { reason: 'the place is gone' })
  await ok(`${anew.path}/revise`, {})
  assert.equal((await anybody(`${no.link}/decline`, { reason: 'Too far' })).status, 200)
  for (const [{ link }, status] of [
    [gone, 'withdrawn'],
    [anew, 'revising'],
    [no, 'declined'],
  ] as const) {
    const view = await read(link)
    assert.deepEqual([view.status, view.offer, view.accepted], [status, null, null])
    assert.equal((await anybody(`${link}/letter.html`)).status, 404)
  }
})

test('a question is asked once for its key, and its answer is read with the same link; who answered is not told', async () => {
  const { link } = await sent()
  const ask = (): Promise<Response> =>
    Promise.resolve(
      api.app.request(`${link}/questions`, {
        ...post({ text: ' May I work from Oslo? ' }),
        headers: { 'content-type': 'application/json', 'idempotency-key': 'one' },
      }),
    )
  const first = views.asked.parse(await (await ask()).json())
  assert.deepEqual(views.asked.parse(await (await ask()).json()), first)
  await ok(`/api/v1/offer-questions/${first.id}/answer`, { text: 'Yes.' })
  const { offer } = await read(link)
  assert.deepEqual(
    offer?.questions.map(({ text, answer }) => [text, answer]),
    [['May I work from Oslo?', 'Yes.']],
  )
  assert.ok(!JSON.stringify(offer).includes(author.id))
})

test('an acceptance is the typed name and the hash of what was read; then the way in is open until it was used', async () => {
  const { link } = await sent()
  const { offer } = await read(link)
  const accept = (typed_name: string, content_hash: string) =>
    anybody(`${link}/accept`, { typed_name, content_hash })
  const hash = offer!.content_hash
  assert.equal((await anybody(`${link}/sign-in`, {})).status, 409)
  assert.equal((await refusal(await accept('Somebody Else', hash))).status, 400)
  assert.equal((await refusal(await accept('Grace Lin', 'ab'.repeat(32)))).said.param, 'content_hash')
  const done = views.candidateOffer.parse(await (await accept('grace lin', hash)).json())
  assert.deepEqual([done.status, done.accepted?.signed_in], ['accepted', false])
  // Accepted again it is what it was; the letter now says who accepted it.
  assert.deepEqual(
    views.candidateOffer.parse(await (await accept('grace lin', hash)).json()).accepted,
    done.accepted,
  )
  assert.match(await (await anybody(`${link}/letter.html`)).text(), /accepted version 1 of this offer/)
  const { url } = views.signIn.parse(await (await anybody(`${link}/sign-in`, {})).json())
  const entered = await api.app.request(new URL(url).pathname + new URL(url).search)
  assert.equal(entered.status, 303)
  const cookie = entered.headers.get('set-cookie')!.split(';', 1)[0]!
  const session = await api.app.request('/api/v1/session', { headers: { cookie } })
  assert.match(await session.text(), /"name":"Grace Lin"/)
  assert.equal((await read(link)).accepted?.signed_in, true)
  assert.equal((await refusal(await anybody(`${link}/sign-in`, {}))).said.param, 'signed_in')
})

test('guessing, and a link in too many hands, is slowed down', async () => {
  const { link } = await sent()
  const refusals = async (path: string, body: unknown, most: number): Promise<Response> => {
    for (let tries = 0; tries < most; tries += 1) {
      const response = await anybody(path, body)
      if (response.status === 429) return response
    }
    return assert.fail(`${path} is never refused`)
  }
  api.world.advance(MINUTE)
  const doing = await refusals(`${link}/opened`, {}, 30)
  assert.equal(doing.headers.get('retry-after'), '60')
  api.world.advance(MINUTE)
  await refusals('/api/v1/offer-links/none', undefined, 400)
  assert.equal((await anybody(link)).status, 429)
  api.world.advance(MINUTE)
  assert.equal((await anybody(link)).status, 200)
})

// Last: sessions end, too, while the clock goes so far.
test('a link that has ended is one that never was; it lives longer than the offer, which says that it has expired', async () => {
  const { link } = await sent()
  await anybody(`${link}/opened`, {})
  api.world.advance(15 * DAY)
  const view = await read(link)
  assert.deepEqual([view.status, view.offer, view.accepted], ['expired', null, null])
  for (const path of ['letter.pdf', 'letter.html', 'compute.json'])
    assert.equal((await anybody(`${link}/${path}`)).status, 404)
  api.world.advance(60 * DAY)
  assert.equal((await anybody(link)).status, 404)
})
