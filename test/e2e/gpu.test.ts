import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import * as views from '#api/cluster-views.ts'
import { formatQuantity } from '#base/quantity.ts'
import { addDays, dayOf } from '#base/time.ts'
import { violations } from '../support/accessibility.ts'
import { openBrowser } from '../support/browser.ts'
import { testDb, type TestDb } from '../support/database.ts'
import { GPU, seedGpuMonth } from '../support/gpu-month.ts'
import { perq, servePerq, type Served } from '../support/perq.ts'
import { signIn, type Visitor } from '../support/visitor.ts'

type Amounts = Record<'available' | 'held' | 'spent', string>
type Statement = {
  hours: { delivered: string; charged: string }
  preemptions: { count: number }
  breaches: { key: string; kind: string; remedy: string; credited: { grant_id: string } | null }[]
  remedy: { due: string; credited: string }
}

const WIDTH = 'document.documentElement.scrollWidth'
const NOW = Date.now()
let db: TestDb
let server: Served
let browser: Browser
let seeded: Awaited<ReturnType<typeof seedGpuMonth>>
let ada: Visitor
let tomas: Visitor
let ravi: Visitor

before(async () => {
  db = await testDb()
  seeded = await seedGpuMonth(db, NOW)
  ;[server, browser] = await Promise.all([
    servePerq({ args: ['--demo-provider'], env: { DATABASE_URL: db.url, PERQ_SECRET: '5a'.repeat(32) } }),
    openBrowser(),
  ])
  ada = await enter('ada@perq.test')
  tomas = await enter('tomas@perq.test')
  ravi = await enter('ravi@perq.test')
})
after(async () => {
  await browser?.close()
  await server?.stop()
  await db?.drop()
})

const env = (): Record<string, string> => ({ DATABASE_URL: db.url })

async function enter(email: string): Promise<Visitor> {
  const { code, out, err } = await perq(['signin', email, '--url', server.url, '--json'], { env: env() })
  assert.equal(code, 0, err)
  return signIn(browser, server.url, (JSON.parse(out) as { url: string }).url)
}

const bare = (seconds: string): string => formatQuantity(GPU, BigInt(seconds)).split(' ')[0] ?? ''
const statement = async (who: Visitor, path: string): Promise<Statement> =>
  (await who.get<{ statements: Statement[] }>(`/api/v1/${path}?month=${seeded.month}`)).statements[0]!
const balances = async (): Promise<Amounts> =>
  (await ada.get<{ balances: Amounts[] }>('/api/v1/people/me/gpu-balances')).balances[0]!

test('the figures of GPU jobs are the API’s, and each opens the entries that sum to it', async () => {
  const { page } = ada
  await ada.open('/jobs')
  const jobs = page.getByRole('region', { name: 'Jobs that run or wait' })
  await jobs.getByText('train', { exact: true }).waitFor()
  await jobs.getByText('queued').waitFor()
  await page.getByText('records read from a file').first().waitFor()
  const lines = page.getByRole('region', { name: 'GPU-hours by accelerator and tier' })
  const { available, held, spent } = await balances()
  for (const [account, amount] of Object.entries({ available, held, spent })) {
    assert.ok(BigInt(amount) > 0n, account)
    await ada.open('/jobs')
    await lines.getByRole('link', { name: bare(amount), exact: true }).click()
    await page.getByRole('heading', { name: 'Entries', level: 1 }).waitFor()
    const { searchParams } = new URL(page.url())
    assert.equal(searchParams.get('account'), account)
    assert.equal(searchParams.get('asset'), GPU)
    const { sum } = await ada.get<{ sum: string }>(`/api/v1/people/me/entries${new URL(page.url()).search}`)
    assert.equal(sum, amount, account)
  }
})

test('every answer about GPUs is what the API’s own document says, to the last field', async () => {
  const { month, people } = seeded
  const answers = [
    [ada, '/people/me/gpu-jobs', views.gpuJobs],
    [ada, '/people/me/gpu-runs?limit=3', views.gpuRuns],
    [ada, '/people/me/gpu-runs?state=preempted', views.gpuRuns],
    [ada, '/people/me/gpu-balances', views.gpuBalances],
    [ada, '/people/me/gpu-quote?type=h100&gpus=2&time_limit_seconds=60', views.gpuQuote],
    [ada, '/people/me/gpu-quote?gpus=2', views.gpuQuote],
    [tomas, `/people/${people.ada.id}/sla?month=${month}`, views.sla],
    [ravi, '/sla', views.companySla],
    [ravi, '/cluster', views.overview],
  ] as const
  for (const [who, path, shape] of answers) {
    const { error } = shape.safeParse(await who.get(`/api/v1${path}`))
    assert.equal(error, undefined, `${path}: ${error?.message}`)
  }
  // Pages are walked to the end, and each run comes once.
  const seen: string[] = []
  let cursor = ''
  for (let pages = 0; pages < 9; pages += 1) {
    const query = `limit=2${cursor && `&cursor=${encodeURIComponent(cursor)}`}`
    const page = views.gpuRuns.parse(await ada.get(`/api/v1/people/me/gpu-runs?${query}`))
    seen.push(...page.runs.map(({ id }) => id))
    assert.equal(page.count, 7)
    if (page.next === null) break
    cursor = page.next
  }
  assert.equal(new Set(seen).size, 7)
  assert.equal(seen.length, 7)
})

test('a job is opened without a mouse, and says what it holds and why it waits', async () => {
  const { page } = ada
  await ada.open('/')
  await page.keyboard.press('g')
  await page.keyboard.press('j')
  await page.getByRole('heading', { name: 'GPU jobs', level: 1 }).waitFor()
  await page.getByRole('button', { name: 'evaluate' }).focus()
  await page.keyboard.press('Enter')
  const panel = page.getByRole('dialog')
  await panel.getByText('QOSMaxGRESPerUser').waitFor()
  await panel.getByText('about', { exact: false }).first().waitFor()
  await page.keyboard.press('Escape')
  await panel.waitFor({ state: 'detached' })
})

test('the next job is quoted as it will be decided, on the page and on the command line alike', async () => {
  const { page } = ada
  await ada.open('/jobs')
  const card = page.getByRole('region', { name: 'What will the next job cost?' })
  await card.getByLabel('GPUs').fill('4')
  await card.getByLabel('Time limit').fill('3')
  await card.getByText('12', { exact: true }).waitFor()
  await card.getByText('it fits').waitFor()
  await card.getByLabel('GPUs').fill('9000')
  await card.getByText('it is short').waitFor()

  const key = await ada.context.request.post(`${server.url}/api/v1/people/me/keys`, {
    headers: { 'x-perq-csrf': '1' },
    data: { name: 'login node', purpose: 'work' },
  })
  const { secret } = (await key.json()) as { secret: string }
  const own = { PERQ_URL: server.url, PERQ_KEY: secret }
  const command = (...args: string[]) => perq(['gpu', ...args], { env: own })
  const fits = await command('submit', '--dry-run', '--json', '--', '--gpus=h100:4', '--time=180', 'job.sh')
  assert.equal(fits.code, 0, fits.err)
  assert.equal((JSON.parse(fits.out) as { quote: { most: string } }).quote.most, String(4 * 3 * 3_600))
  // What would be refused is never handed on.
  const short = await command('submit', '--sbatch', 'false', '--', '--gpus=h100:9000', '--time=180', 'job.sh')
  assert.equal(short.code, 1)
  assert.match(short.err, /the job holds .* too few/)
  const untyped = await command('submit', '--dry-run', '--', '--gpus=4', '--time=180', 'job.sh')
  assert.equal(untyped.code, 1)
  assert.match(untyped.err, /without saying which/)
  const handed = await command('submit', '--sbatch', 'echo', '--', '--gpus=h100:4', '--time=180', 'job.sh')
  assert.deepEqual([handed.code, handed.out.trim()], [0, '--gpus=h100:4 --time=180 job.sh'])
  assert.match(handed.err, /costs at most 12 H100-SXM GPU-hours/)
  const told = await command('balance', '--json')
  assert.equal(
    (JSON.parse(told.out) as { balances: Amounts[] }).balances[0]!.available,
    (await balances()).available,
  )
  const jobs = await command('jobs')
  assert.match(jobs.out, /901 +train +running +8/)
  const nobody = await perq(['gpu', 'jobs'], { env: { PERQ_URL: '', PERQ_KEY: '' } })
  assert.equal(nobody.code, 2)
})

test('the report is the same for its person and for the company, and its breaches have their jobs', async () => {
  const own = await statement(ada, 'people/me/sla')
  const { person: _, ...company } = (await statement(ravi, 'sla')) as Statement & { person: unknown }
  const still = (one: Statement): object => ({ ...one, as_of: null })
  assert.deepEqual(still(company), still(own))
  assert.equal(own.preemptions.count, 3)
  assert.deepEqual(own.breaches.map(({ kind }) => kind).toSorted(), [
    'preemption',
    'preemption',
    'queue_wait',
    'uptime',
  ])
  await ada.open(`/sla?month=${seeded.month}`)
  const { page } = ada
  await page.getByText(bare(own.hours.delivered), { exact: true }).first().waitFor()
  await page.getByRole('cell', { name: 'lab 703', exact: true }).waitFor()
  assert.equal(await page.getByRole('button', { name: /^Credit / }).count(), 0, 'nobody credits themself')
  // The evidence is a file whose hash stands in it and above it.
  const path = `/api/v1/people/me/sla/evidence?month=${seeded.month}&asset=${encodeURIComponent(GPU)}`
  const evidence = await ada.context.request.get(`${server.url}${path}`)
  const { sha256, records } = (await evidence.json()) as { sha256: string; records: object[] }
  assert.equal(evidence.headers()['x-perq-sha256'], sha256)
  assert.equal(records.length, 7)
})

test('a breach is credited once, as the contract says, by entries that the page has shown before', async () => {
  const { page } = tomas
  const before = await balances()
  await tomas.open(`/people/${seeded.people.ada.id}/sla?month=${seeded.month}`)
  await page.getByRole('button', { name: 'Credit 10 h' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('promised → unvested').waitFor()
  await dialog.getByRole('button', { name: 'Credit 10 hours' }).click()
  await dialog.waitFor({ state: 'detached' })
  await page
    .getByText(/^credited /)
    .first()
    .waitFor()
  const told = await statement(tomas, `people/${seeded.people.ada.id}/sla`)
  assert.equal(told.remedy.credited, '36000')
  assert.equal(BigInt((await balances()).available) - BigInt(before.available), 36_000n)
  const done = told.breaches.find(({ credited }) => credited !== null)!
  const again = await tomas.context.request.post(
    `${server.url}/api/v1/people/${seeded.people.ada.id}/sla/credits`,
    {
      headers: { 'x-perq-csrf': '1' },
      data: { month: seeded.month, asset: GPU, grant_id: seeded.grant, breach: done.key },
    },
  )
  assert.equal(((await again.json()) as { grant_id: string }).grant_id, done.credited?.grant_id)
  assert.equal(BigInt((await balances()).available) - BigInt(before.available), 36_000n)
})

test('the cluster page tells what is promised and there, and the page is closed to those whom it does not concern', async () => {
  const overview = await ravi.get<{
    lanes: { delivered: string }[]
    capacity: { up: number; promised: number }[]
  }>('/api/v1/cluster')
  assert.deepEqual(
    overview.capacity.map(({ up, promised }) => [up, promised]),
    [[16, 8]],
  )
  await ravi.open('/cluster')
  await ravi.page.getByText('Everything that is promised at once could be had now').waitFor()
  await ravi.page.getByRole('region', { name: 'Promised and delivered, by accelerator and tier' }).waitFor()
  await ada.open('/cluster')
  await ada.page.getByText('You may not see this').waitFor()
  await ada.open('/jobs')
  assert.equal(await ada.page.getByRole('link', { name: 'Cluster' }).count(), 0)
})

test('no page of GPUs has a serious accessibility violation, in light or in dark, and none scrolls sideways', async () => {
  const views: readonly (readonly [Visitor, string])[] = [
    [ada, '/jobs'],
    [ada, '/jobs?job=lab/902'],
    [ada, `/sla?month=${seeded.month}`],
    [ravi, '/cluster'],
    [ravi, `/sla?month=${seeded.month}`],
    [tomas, `/people/${seeded.people.ada.id}/sla?month=${seeded.month}`],
    [tomas, `/people/${seeded.people.ada.id}/jobs`],
    // Of somebody who has nothing, and of a month in which nothing was promised.
    [ravi, '/jobs'],
    [ravi, `/sla?month=${addDays(dayOf(NOW), -200).slice(0, 7)}`],
  ]
  for (const [who, path] of views) {
    const { page } = who
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await who.open(path)
      assert.deepEqual(await violations(page), [], `${path} in ${colorScheme}`)
    }
    await page.emulateMedia({ colorScheme: 'light' })
    await page.setViewportSize({ width: 390, height: 844 })
    await who.open(path)
    assert.equal(await page.evaluate<number>(WIDTH), 390, path)
    await page.setViewportSize({ width: 1280, height: 900 })
  }
  for (const { strays, errors } of [ada, tomas, ravi]) assert.deepEqual([strays, errors], [[], []])
})
