import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { sha256Hex } from '#base/json.ts'
import { addDays, dayOf } from '#base/time.ts'
import * as views from '#api/offer-views.ts'
import { openOfferLinks } from '#offers/link.ts'
import { openPeople } from '#people/people.ts'
import { testDb, type TestDb } from '../support/database.ts'
import { perq, tempFolder } from '../support/perq.ts'
import { testWorld } from '../support/world.ts'

const SECRET = '17'.repeat(32)
const USD = 1_000_000_000n
const folder = tempFolder()

let db: TestDb
let stay = async (): Promise<void> => {}
before(async () => {
  db = await testDb()
  // A server of tests that nobody is connected to ends, and commands come one after the other.
  stay = await db.listen(
    'perq_test',
    () => {},
    () => {},
  )
})
after(async () => {
  await stay()
  await db.drop()
  folder.remove()
})

const run = (args: readonly string[], input = '') =>
  perq([...args, '--json'], { env: { DATABASE_URL: db.url, PERQ_SECRET: SECRET }, input })
async function told(args: readonly string[], input = ''): Promise<unknown> {
  const { code, out, err } = await run(args, input)
  assert.equal(code, 0, `perq ${args.join(' ')}: ${err}`)
  return JSON.parse(out)
}

test('an offer goes its way on the command line, in the words of the API', async () => {
  const people = openPeople({ db, world: testWorld() })
  const entity = await people.createEntity({ name: 'Perq GmbH', country: 'DE', currency: 'EUR' })
  const [tony, finn] = ['tony@perq.test', 'finn@perq.test']
  for (const [email, role] of [
    [tony, 'people'],
    [finn, 'finance'],
  ] as const) {
    const facts = { level: 'IC3', entity: entity.id, country: 'DE', hiredOn: '2024-01-01' }
    await people.create({ email, role, name: 'Ada Lovelace', ...facts })
  }
  const template = (await told(['grant', 'template', 'add', 'Signing'])) as { id: string }
  const today = dayOf(Date.now())
  const ask = {
    candidate: { name: 'Grace Hopper', email: 'grace@example.test', country: 'US' },
    position: {
      title: 'Researcher',
      level: 'IC5',
      entity_id: entity.id,
      starts_on: addDays(today, 30),
    },
    pay: {
      currency: 'USD',
      salary: String(200_000n * USD),
      compute: [{ template_id: template.id, quantity: String(48_000n * USD), name: null }],
    },
    expires_on: addDays(today, 20),
  }
  const file = JSON.stringify(ask)

  const bands = { bands: [], budget: [{ year: 2099, compute: '1' }] }
  const kept = await told(['offer', 'bands', 'set', '--file', '-', '--by', tony], JSON.stringify(bands))
  assert.deepEqual(views.bands.parse(kept), { ...bands, version: 1 })

  const preview = views.offerPreview.parse(await told(['offer', 'preview', '--file', '-'], file))
  assert.equal(preview.worth?.total.compute_cap, String(48_000n * USD))
  const draft = views.offer.parse(await told(['offer', 'new', '--file', '-', '--by', tony], file))
  assert.deepEqual(draft.worth, preview.worth)
  const bad = await run(
    ['offer', 'new', '--file', '-', '--by', tony],
    JSON.stringify({ ...ask, basis: 'hope' }),
  )
  assert.deepEqual([bad.code, bad.out], [1, ''])
  assert.match(bad.err, /basis/)

  const { id } = draft
  const pending = views.offer.parse(await told(['offer', 'submit', id, '--by', tony]))
  assert.equal(pending.status, 'pending')
  const approve = ['offer', 'approve', id, '--note', 'fits']
  assert.equal(
    views.offer.parse(await told([...approve, '--by', finn])).status,
    pending.needed === 1 ? 'approved' : 'pending',
  )
  const sent = views.sentOffer.parse(
    await told(['offer', 'send', id, '--by', tony, '--url', 'https://perq.example/']),
  )
  const [site, token = ''] = sent.url?.split('/offer/') ?? []
  assert.equal(site, 'https://perq.example')
  const links = openOfferLinks(Buffer.from(SECRET, 'hex'))
  assert.ok(links.verify(token, Date.now()), 'the server of the same secret takes it')

  const out = join(folder.path, 'grants.json')
  await told(['offer', 'letter', id, '--out', out])
  assert.equal(sha256Hex(readFileSync(out, 'utf8')), sent.offer.document_sha256)

  const list = views.offers.parse(await told(['offer', 'list']))
  assert.deepEqual(
    list.offers.map((one) => one.id),
    [id],
  )
  const back = views.offer.parse(
    await told(['offer', 'withdraw', id, '--by', tony, '--reason', 'The position is closed.']),
  )
  assert.equal(back.status, 'withdrawn')
})
