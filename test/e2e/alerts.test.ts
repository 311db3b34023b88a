import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { formatUsd } from '#base/money.ts'
import { violations } from '../support/accessibility.ts'
import { openBrowser } from '../support/browser.ts'
import { servePerq, tempFolder, type Served } from '../support/perq.ts'
import { stageOf } from '../support/stage.ts'
import type { Visitor } from '../support/visitor.ts'

type Guard = { state: string; windows: { window: string; spent: string; pause_at: string }[] }
type Alerts = { alerts: { id: string; kind: string; title: string; message: string }[]; unseen: number }

const ME = '/api/v1/people/me'
const CSRF = { 'x-perq-csrf': '1' }
const cents = (amount: string): string => formatUsd(BigInt(amount))
/** Nobody has a history here: what is unusual is the company's to say. */
const FLOOR = { five_minutes: '30000000', hour: '30000000', day: '30000000' }

const folder = tempFolder()
let server: Served
let browser: Browser
let ada: Visitor
let boss: Visitor
let secret = ''

/** A company of two with the built-in provider; Ada spends until the guard stops her. */
before(async () => {
  ;[server, browser] = await Promise.all([
    servePerq({
      data: folder.path,
      args: ['--demo-provider'],
      env: { PERQ_WEBHOOKS_ANYWHERE: 'yes' },
    }),
    openBrowser(),
  ])
  await Promise.all([
    run('person', 'add', 'ada@perq.test', '--name', 'Ada Byron'),
    run('person', 'add', 'boss@perq.test', '--name', 'Bo Admin', '--role', 'admin'),
    run('grant', 'template', 'add', 'Monthly', '--refill-months', '12'),
  ])
  await run('grant', 'issue', 'ada@perq.test', '--template', 'Monthly', '--usd', '50', '--first', 'today')
  ;[ada, boss] = await Promise.all([enter('ada@perq.test'), enter('boss@perq.test')])
  const { policy } = await boss.get<{ policy: object }>('/api/v1/policy')
  const put = await boss.context.request.put(`${server.url}/api/v1/policy`, {
    headers: CSRF,
    data: { ...policy, guard: { floor: FLOOR } },
  })
  assert.equal(put.status(), 200, await put.text())
  const made = await ada.context.request.post(`${server.url}${ME}/keys`, {
    headers: CSRF,
    data: { name: 'Loop', purpose: 'work' },
  })
  secret = ((await made.json()) as { secret: string }).secret
  let reason: string | null = null
  for (let call = 0; call < 60 && reason !== 'velocity_paused'; call += 1)
    reason = (await ask()).headers.get('x-perq-reason')
  assert.equal(reason, 'velocity_paused')
})
after(async () => {
  await browser?.close()
  await server?.stop()
  folder.remove()
})

const { run, enter } = stageOf(folder.path, () => ({ server, browser }))

const ask = (): Promise<Response> =>
  fetch(`${server.url}/anthropic/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': secret, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'claude-haiku-4-5',
      max_tokens: 64,
      messages: [{ role: 'user', content: 'again and again '.repeat(1_500) }],
    }),
  })

test('every page of somebody whose calls are paused says so, with one button', async () => {
  for (const path of ['/', '/usage', '/vesting', '/keys', '/entries', '/alerts']) {
    await ada.open(path)
    const banner = ada.page.getByRole('status').filter({ hasText: 'Paused:' })
    await banner.getByText(/\$\d+\.\d\d in the last/).waitFor()
    assert.equal(await banner.getByRole('button').count(), 1, path)
    await banner.getByRole('button', { name: 'Resume' }).waitFor()
  }
})

test('each window is a meter of what the API says, and the day’s is the sum of the entries', async () => {
  await ada.open('/alerts')
  const guard = await ada.get<Guard>(`${ME}/guard`)
  for (const [name, span] of [
    ['Spent in the last 5 minutes', 'five_minutes'],
    ['Spent in the last hour', 'hour'],
    ['Spent in the last 24 hours', 'day'],
  ] as const) {
    const window = guard.windows.find((one) => one.window === span)
    assert.ok(window)
    const words = await ada.page.getByRole('meter', { name }).getAttribute('aria-valuetext')
    assert.equal(words, `${cents(window.spent)} of ${cents(window.pause_at)}`)
    const { sum } = await ada.get<{ sum: string }>(`${ME}/entries?account=spent&limit=1`)
    assert.equal(window.spent, sum, 'all of it was spent just now')
  }
})

test('the history tells what happened and what to do; the bell counts what was not seen', async () => {
  const { page } = ada
  const told = await ada.get<Alerts>(`${ME}/alerts`)
  assert.ok(told.unseen > 1 && told.alerts.some(({ kind }) => kind === 'velocity_paused'))
  await ada.open('/')
  await page.keyboard.press('g')
  await page.keyboard.press('a')
  const history = page.getByRole('region', { name: 'History' })
  for (const { title, message } of told.alerts) {
    await history.getByRole('heading', { name: title }).first().waitFor()
    await history.getByText(message).first().waitFor()
  }
  const place = page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: /^Alerts/ })
  const bell = place.first().getByText(`${told.unseen} unseen`)
  await bell.waitFor()
  await history
    .getByRole('button', { name: /^Mark as seen/ })
    .first()
    .click()
  await place
    .first()
    .getByText(`${told.unseen - 1} unseen`)
    .waitFor()
  await history.getByRole('button', { name: 'Mark all as seen' }).click()
  await history.getByText('Everything was seen.').waitFor()
  assert.equal((await ada.get<Alerts>(`${ME}/alerts`)).unseen, 0)
  await bell.waitFor({ state: 'detached' })
})

test('an administrator sees everybody’s alerts and a paused person’s pages, but only the person can resume', async () => {
  await boss.open('/alerts?of=company')
  const name = boss.page.getByRole('link', { name: 'Ada Byron' }).first()
  await name.waitFor()
  await name.click()
  await boss.page.getByText('Only the person can resume').waitFor()
  assert.equal(await boss.page.getByRole('button', { name: 'Resume' }).count(), 0)
  await ada.open('/alerts?of=company')
  await ada.page.getByRole('region', { name: 'Pace of spending' }).waitFor()
})

test('the page has no serious accessibility violation while paused, in light or dark, and does not scroll sideways', async () => {
  const { page } = ada
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await ada.open('/alerts')
    await page.getByRole('meter').first().waitFor()
    assert.deepEqual(await violations(page), [], colorScheme)
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 390, height: 844 })
  for (const path of ['/alerts', '/']) {
    await ada.open(path)
    await page.getByRole('button', { name: 'Resume' }).waitFor()
    assert.equal(await page.evaluate<number>('document.documentElement.scrollWidth'), 390, path)
  }
  await page.getByRole('link', { name: 'Alerts', exact: true }).click()
  await page.getByRole('heading', { name: 'Alerts', exact: true }).waitFor()
  await page.setViewportSize({ width: 1280, height: 900 })
})

test('one click resumes, the page says that calls run again, and the next call goes through', async () => {
  const { page } = ada
  await ada.open('/usage')
  await page.getByRole('button', { name: 'Resume' }).click()
  const again = page.getByRole('status').filter({ hasText: 'Running again.' })
  await again.getByText(/Limits are \d+ × the usual ones until/).waitFor()
  assert.equal((await ada.get<Guard>(`${ME}/guard`)).state, 'open')
  assert.equal((await ask()).status, 200)
  await again.getByRole('button', { name: 'Dismiss' }).click()
  await again.waitFor({ state: 'detached' })
  await ada.open('/alerts')
  await page.getByRole('heading', { name: 'Confirmed: calls go on' }).waitFor()
})

test('a resume that does not get through is said, and the button stays', async () => {
  const { page } = ada
  const guard = await ada.get<Guard>(`${ME}/guard`)
  const paused = { ...guard, state: 'paused', since: '2026-01-01T00:00:00.000Z' }
  await page.route('**/people/me/guard', (route) => route.fulfill({ json: paused }))
  await page.route('**/guard/resume', (route) => route.abort())
  await ada.open('/')
  await page.getByRole('button', { name: 'Resume' }).click()
  await page.getByRole('alert').getByText('That did not get through').waitFor()
  assert.ok(await page.getByRole('button', { name: 'Resume' }).isEnabled())
  await page.unrouteAll()
})

test('calls that crowd each other out are told, on every page when nothing more fits, and one click makes room', async () => {
  const { page } = ada
  const guard = await ada.get<Guard>(`${ME}/guard`)
  const day = guard.windows.find(({ window }) => window === 'day')
  assert.ok(day && guard.state === 'open')
  const holding = async (tenths: bigint): Promise<string> => {
    const held = String((BigInt(day.pause_at) * tenths) / 10n - BigInt(day.spent))
    await page.unrouteAll()
    await page.route('**/people/me/guard', (route) => route.fulfill({ json: { ...guard, held } }))
    return cents(held)
  }
  const card = page.getByRole('region', { name: 'Pace of spending' })
  const tight = await holding(8n)
  await ada.open('/alerts')
  await card.getByText(`Running calls hold ${tight}`).waitFor()
  await card.getByRole('button', { name: 'Make room' }).waitFor()
  await ada.open('/')
  assert.equal(await page.getByText('Running calls hold').count(), 0, 'calls still fit')

  const full = await holding(10n)
  for (const path of ['/', '/alerts']) {
    await ada.open(path)
    const banner = page.getByRole('status').filter({ hasText: 'Full:' })
    await banner.getByText(`Running calls hold ${full}`).waitFor()
    assert.equal(await page.getByRole('button', { name: 'Make room' }).count(), 1, path)
    assert.deepEqual(await violations(page), [], path)
  }
  await page.unrouteAll()
  const confirmed = page.waitForResponse(`**${ME}/guard/resume`)
  await page.getByRole('button', { name: 'Make room' }).click()
  assert.equal((await confirmed).status(), 200)
  await page.getByRole('status').filter({ hasText: 'Running again.' }).waitFor()
})

test('an endpoint is added, tried and removed, and the page tells what arrived there', async () => {
  const { page } = ada
  const came: { id: string; body: string }[] = []
  const receiver = createServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString()))
    request.on('end', () => {
      came.push({ id: String(request.headers['webhook-id']), body })
      response.writeHead(204).end()
    })
  })
  await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done))
  try {
    const { port } = receiver.address() as AddressInfo
    const url = `http://127.0.0.1:${port}/perq`
    await ada.open('/alerts')
    await page.getByRole('button', { name: 'Add an endpoint' }).click()
    await page.getByLabel('Address').fill('http://ada:secret@127.0.0.1/')
    await page.getByRole('button', { name: 'Add endpoint' }).click()
    await page.getByRole('alert').getByText('must not carry credentials').waitFor()
    await page.getByLabel('Address').fill(url)
    await page.getByRole('button', { name: 'Add endpoint' }).click()
    assert.match((await page.getByLabel('Secret', { exact: true }).textContent()) ?? '', /^whsec_/)
    await page.keyboard.press('Escape')
    assert.ok(
      await page.getByLabel('Secret', { exact: true }).isVisible(),
      'a stray Esc must not lose the secret',
    )
    assert.deepEqual(await violations(page), [])
    await page.getByRole('button', { name: 'I saved it' }).click()

    await page.getByRole('button', { name: url, exact: true }).click()
    const panel = page.getByRole('dialog', { name: 'Webhook endpoint' })
    await panel.getByText('Nothing was sent yet').waitFor()
    await panel.getByRole('button', { name: 'Send a test' }).click()
    await panel.getByText('delivered').waitFor()
    await panel.getByText('HTTP 204').waitFor()
    assert.equal(came.length, 1)
    assert.match(came[0]?.body ?? '', /webhook\.test/)
    assert.deepEqual(await violations(page), [])
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: `Remove ${url}` }).click()
    await page.getByRole('button', { name: 'Remove endpoint' }).click()
    await page.getByText('No endpoint yet').waitFor()
  } finally {
    receiver.close()
  }
})

test('nothing was asked of any other origin, and no page logged an error', () => {
  for (const visitor of [ada, boss]) {
    assert.deepEqual(visitor.strays, [])
    assert.deepEqual(visitor.errors, [])
  }
})
