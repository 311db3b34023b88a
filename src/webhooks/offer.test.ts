import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { openStage } from '../../test/support/offers.ts'
import { openWebhooks } from './webhooks.ts'

const stage = await openStage()
const { db, world, commands, author } = stage
const got: { path: string; body: string }[] = []
const receiver = createServer((req, res) => {
  const parts: Buffer[] = []
  req.on('data', (part: Buffer) => parts.push(part))
  req.on('end', () => {
    got.push({ path: req.url ?? '', body: Buffer.concat(parts).toString() })
    res.writeHead(204).end()
  })
})
await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
const { port } = receiver.address() as AddressInfo
const master = world.random(32)
const webhooks = openWebhooks({ db, world, master, anywhere: true, site: () => 'https://perq.example' })
after(async () => {
  receiver.close()
  await stage.close()
})

const url = (path: string): string => `http://127.0.0.1:${port}${path}`
type Told = { readonly type: string; readonly data: Record<string, unknown> }
/** What has come in at a path, by type: several go out at once. */
async function told(path: string): Promise<readonly Told[]> {
  while ((await webhooks.deliver(world.now())) > 0);
  const mine = got
    .filter((one) => one.path === path)
    .map(({ body }) => JSON.parse(body) as Told)
    .toSorted((a, b) => (a.type < b.type ? -1 : 1))
  got.length = 0
  return mine
}

test('the company hears what becomes of an offer, each once, and neither who the candidate is nor what they are paid', async () => {
  await webhooks.create(null, { url: url('/company'), types: null })
  await webhooks.create(null, { url: url('/answers'), types: ['offer.accepted', 'offer.declined'] })
  await webhooks.create(author.id, { url: url('/own'), types: null })

  const out = await stage.sent()
  const [sent, ...more] = await told('/company')
  assert.deepEqual([sent?.type, more], ['offer.sent', []])
  assert.deepEqual(sent?.data['facts'], {
    offer: out.id,
    version: 1,
    status: 'sent',
    title: 'Researcher',
    level: 'IC4',
  })
  assert.equal(sent?.data['link'], `https://perq.example/offers/${out.id}`)
  assert.equal(sent?.data['person'], null)
  const { candidate, pay } = out.offer
  for (const secret of [candidate.name, candidate.email, String(pay.salary), '200,000'])
    assert.ok(!JSON.stringify(sent).includes(secret), secret)

  await commands.opened({ link: out.link })
  await commands.opened({ link: out.link })
  await commands.accept({ link: out.link, typedName: candidate.name, contentHash: out.hash })
  assert.deepEqual(
    (await told('/company')).map(({ type, data }) => [type, (data['facts'] as { status: string }).status]),
    [
      ['offer.accepted', 'accepted'],
      ['offer.viewed', 'sent'],
    ],
  )
})

test('an endpoint hears only of what it asked for, and a person’s of no offer at all', async () => {
  const out = await stage.sent()
  await commands.decline({ link: out.link, reason: 'I stay where I am.' })
  const queued = await db.query<{ type: string; url: string }>(
    `select d.type, e.url from webhooks.delivery d join webhooks.endpoint e on e.id = d.endpoint_id
     where d.state = 'waiting' order by e.url, d.type`,
  )
  assert.deepEqual(
    queued.map((one) => [new URL(one.url).pathname, one.type]),
    [
      ['/answers', 'offer.declined'],
      ['/company', 'offer.declined'],
      ['/company', 'offer.sent'],
    ],
  )
  assert.deepEqual(
    (await told('/answers')).map(({ type, data }) => [type, data['message']]),
    [['offer.declined', 'Version 1 of the offer for Researcher, IC4 was declined.']],
  )
  await assert.rejects(webhooks.create(author.id, { url: url('/mine'), types: ['offer.sent'] }), {
    code: 'invalid',
    param: 'types',
  })
})
