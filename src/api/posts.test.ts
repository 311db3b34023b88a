import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { monthlyRefill } from '#grants/shapes.ts'
import { openTestApi, type TestApi } from '../../test/support/api.ts'
import { vocabularyProblems } from '../../test/support/schema-org.ts'
import * as views from './post-views.ts'

let api: TestApi
let ask: Record<string, unknown>
before(async () => {
  api = await openTestApi()
  const template = await api.company.commands.createTemplate({
    ...monthlyRefill({ months: 48 }),
    name: 'Work compute',
  })
  ask = {
    title: 'Research engineer <b>',
    level: 'IC5',
    family: 'Research',
    entity_id: api.staff.people.entity,
    place: { country: 'us', region: 'co', locality: 'Denver', remote: false },
    employment: 'FULL_TIME',
    description: 'You train models.\n\nYou measure them </script><script>alert(1)</script>.',
    salary: { currency: 'USD', least: '180000000000000', most: '220000000000000' },
    incentives: 'Bonus of 15% at target.',
    benefits: ['Health insurance'],
    compute: [{ template_id: template.id, least: '500000000000', most: '700000000000' }],
    apply_at: 'mailto:jobs@example.com',
    until: '2030-01-31',
  }
})
after(() => api.close())

const send = (path: string, body: unknown = {}, method = 'POST'): Promise<Response> =>
  api.as(api.staff.people, path, {
    method,
    body: JSON.stringify(body),
    headers: {
      'content-type': 'application/json',
      'idempotency-key': `posts-${path.length}-${JSON.stringify(body).length}`,
    },
  })
const seen = (path: string): Promise<Response> => Promise.resolve(api.app.request(path))

test('a job is seen by everybody from when it is opened until it is closed, and says the same to people and machines', async () => {
  const made = await send('/api/v1/job-posts', ask)
  assert.equal(made.status, 201, await made.clone().text())
  const post = views.post.parse(await made.json())
  assert.equal(post.lines[0]?.quantity, '$24,000 to $33,600')
  assert.equal((await seen(`/careers/${post.id}`)).status, 404)

  assert.equal((await send(`/api/v1/job-posts/${post.id}/open`)).status, 200)
  const page = await seen(`/careers/${post.id}`)
  assert.equal(page.status, 200)
  const html = await page.text()
  assert.ok(html.includes('$24,000 to $33,600'))
  assert.ok(html.includes('$180,000 to $220,000 a year'))
  // Whatever somebody wrote stays text.
  assert.ok(!html.includes('<script>alert'))
  const data = /<script type="application\/ld\+json">(.*?)<\/script>/s.exec(html)?.[1]
  assert.ok(data)
  const ld = JSON.parse(data)
  assert.deepEqual(vocabularyProblems(ld), [])
  assert.deepEqual(ld, post.json_ld)

  const machine = await seen(`/careers/${post.id}/compute.json`)
  const text = await machine.text()
  const sha256 = createHash('sha256').update(text).digest('hex')
  assert.ok(JSON.stringify(ld['subjectOf']).includes(sha256))
  assert.ok(html.includes(sha256))
  assert.deepEqual(
    JSON.parse(text).compute.map((line: { least: string; most: string }) => [line.least, line.most]),
    [['500', '700']],
  )

  const badge = await seen(`/careers/${post.id}/badge.svg`)
  assert.equal(badge.headers.get('cross-origin-resource-policy'), 'cross-origin')
  assert.match(await badge.text(), /AI compute: \$24,000 to \$33,600/)
  assert.ok((await (await seen('/careers')).text()).includes(post.id))

  assert.equal((await send(`/api/v1/job-posts/${post.id}/close`)).status, 200)
  for (const path of ['', '/compute.json', '/badge.svg'])
    assert.equal((await seen(`/careers/${post.id}${path}`)).status, 404)
  assert.ok(!(await (await seen('/careers')).text()).includes(post.id))
})

test('a post that is changed is told anew, and what it names has to stand', async () => {
  const made = await send('/api/v1/job-posts', { ...ask, title: 'Another job' })
  const { id } = views.post.parse(await made.json())
  const changed = await send(
    `/api/v1/job-posts/${id}`,
    { ...ask, title: 'Yet another', salary: null },
    'PATCH',
  )
  const post = views.post.parse(await changed.json())
  assert.equal(post.title, 'Yet another')
  assert.deepEqual(
    post.findings.filter(({ state }) => state === 'missing').map(({ place, param }) => [place, param]),
    [['Colorado', 'salary']],
  )
  const [line] = post.lines
  const nowhere = { ...line, template_id: id }
  const refused = await send(
    `/api/v1/job-posts/${id}`,
    { ...ask, compute: [{ template_id: nowhere.template_id, least: '1', most: '2' }] },
    'PATCH',
  )
  assert.equal(refused.status, 404)
  const { error } = JSON.parse(await refused.text())
  assert.equal(error.param, 'compute[0].template_id')
  const past = await send(`/api/v1/job-posts/${id}`, { ...ask, until: '2020-01-01' }, 'PATCH')
  assert.equal(past.status, 200)
  assert.equal((await send(`/api/v1/job-posts/${id}/open`)).status, 400)
})
