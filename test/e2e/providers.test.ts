import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import type { Browser, Locator } from 'playwright-core'
import { formatUsd } from '#base/money.ts'
import { violations } from '../support/accessibility.ts'
import { openBrowser } from '../support/browser.ts'
import { servePerq, tempFolder, type Served } from '../support/perq.ts'
import { stageOf } from '../support/stage.ts'
import type { Visitor } from '../support/visitor.ts'

type Span = {
  calls: number
  failures: number
  failovers: number
  first_byte_p50_ms: number | null
  first_byte_p95_ms: number | null
}
type Provider = {
  id: string
  name: string
  base_url: string
  enabled: boolean
  priority: number
  day: Span
  spent_30d: string
  last_error: { message: string } | null
}
type Providers = { providers: Provider[] }

const COMPANY_KEY = 'sk-ant-company-key-of-the-test'
const CALLS = 3
const LOOKS = 100
const LOOK_MS = 50
const WIDTH = 'document.documentElement.scrollWidth'

const folder = tempFolder()
let server: Served
let browser: Browser
let ada: Visitor
let boss: Visitor
let secret = ''

/** The built-in provider, an employee and an administrator. */
before(async () => {
  ;[server, browser] = await Promise.all([
    servePerq({ data: folder.path, args: ['--demo-provider'] }),
    openBrowser(),
  ])
  await Promise.all([
    run('person', 'add', 'ada@perq.test', '--name', 'Ada Byron'),
    run('person', 'add', 'boss@perq.test', '--name', 'Bo Admin', '--role', 'admin'),
    run('grant', 'template', 'add', 'Monthly', '--refill-months', '12'),
  ])
  await run('grant', 'issue', 'ada@perq.test', '--template', 'Monthly', '--usd', '50', '--first', 'today')
  ;[ada, boss] = await Promise.all([enter('ada@perq.test'), enter('boss@perq.test')])
  const made = await ada.context.request.post(`${server.url}/api/v1/people/me/keys`, {
    headers: { 'x-perq-csrf': '1' },
    data: { name: 'Laptop', purpose: 'work' },
  })
  secret = ((await made.json()) as { secret: string }).secret
})
after(async () => {
  await browser?.close()
  await server?.stop()
  folder.remove()
})

const { run, enter } = stageOf(folder.path, () => ({ server, browser }))

const all = async (): Promise<readonly Provider[]> =>
  (await boss.get<Providers>('/api/v1/providers')).providers
const named = async (name: string): Promise<Provider> => {
  const found = (await all()).find((provider) => provider.name === name)
  assert.ok(found, name)
  return found
}

const ask = (): Promise<Response> =>
  fetch(`${server.url}/anthropic/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': secret, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'claude-haiku-4-5',
      max_tokens: 64,
      messages: [{ role: 'user', content: 'Count to three. '.repeat(100) }],
    }),
  })

/** What came of calls is written behind them, in their order. */
async function tried(name: string, calls: number): Promise<void> {
  for (let look = 0; look < LOOKS && (await named(name)).day.calls < calls; look += 1)
    await boss.page.waitForTimeout(LOOK_MS)
  assert.equal((await named(name)).day.calls, calls)
}

/** A port where nobody listens. */
async function deadPort(): Promise<number> {
  const listener = createServer()
  await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done))
  const { port } = listener.address() as AddressInfo
  await new Promise((done) => listener.close(done))
  return port
}

async function fill(form: Locator, fields: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(fields))
    await form.getByLabel(new RegExp(`^${name}`)).fill(value)
}

const milliseconds = (ms: number | null): string =>
  ms === null ? '–' : ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`

/** Every figure of every row is the API's. */
async function tableTells(): Promise<void> {
  const texts = await boss.page
    .getByRole('table', { name: /^Providers/ })
    .locator('tbody tr')
    .allInnerTexts()
  const shown = texts.map((text) => text.split('\t').map((part) => part.trim()))
  for (const { name, priority, day, spent_30d: spent } of await all()) {
    const row = shown.find(([first]) => first?.startsWith(name))
    const bytes = [day.first_byte_p50_ms, day.first_byte_p95_ms].map(milliseconds)
    assert.deepEqual(row?.slice(3), [
      String(priority),
      String(day.calls),
      String(day.failures),
      String(day.failovers),
      day.first_byte_p50_ms === null ? '–' : bytes.join(' / '),
      formatUsd(BigInt(spent)),
    ])
  }
}

test('an employee has no way there, and the address says why not and who can help', async () => {
  await ada.open('/')
  const places = ada.page.getByRole('navigation', { name: 'Pages' })
  assert.equal(await places.getByRole('link', { name: 'Providers' }).count(), 0)
  await ada.open('/providers')
  const denied = ada.page.getByRole('alert')
  await denied.getByText('You may not see this').waitFor()
  assert.match((await denied.textContent()) ?? '', /provider:read.*ask an administrator/)
})

test('a provider is added with the keyboard; whether it answers is asked at once, and its key is never shown', async () => {
  const { page } = boss
  const { keyboard } = page
  await boss.open('/')
  await keyboard.press('g')
  await keyboard.press('r')
  await page.getByRole('button', { name: 'Add provider' }).focus()
  await keyboard.press('Enter')
  const form = page.getByRole('dialog', { name: 'Add a provider' })
  await form.getByLabel('Name', { exact: true }).and(page.locator(':focus')).waitFor()
  const port = await deadPort()
  await keyboard.type('Anthropic, main')
  await keyboard.press('Tab')
  await keyboard.type('Anth')
  await keyboard.press('Tab')
  await keyboard.type(`http://127.0.0.1:${port}/anthropic`)
  await keyboard.press('Tab')
  await keyboard.type(COMPANY_KEY)
  await keyboard.press('Tab')
  await keyboard.press('Tab')
  await keyboard.press('Control+a')
  await keyboard.type('1')
  await keyboard.press('Enter')
  const panel = page.getByRole('dialog', { name: 'Anthropic, main' })
  await panel.getByText('set, sealed, never shown').waitFor()
  await panel.getByRole('button', { name: 'Test now' }).click()
  await panel.getByText(/^It did not answer well/).waitFor()
  const { base_url, priority } = await named('Anthropic, main')
  assert.deepEqual({ base_url, priority }, { base_url: `http://127.0.0.1:${port}/anthropic`, priority: 1 })
  assert.ok(!(await page.content()).includes(COMPANY_KEY))
  assert.ok(!JSON.stringify(await all()).includes(COMPANY_KEY))
})

test('what the calls met stands on the page as the API has it: tries, failures, who took over, and the spend', async () => {
  const { page } = boss
  const { base_url: living } = await named('demo-anthropic')
  await boss.open('/providers?new=1')
  const form = page.getByRole('dialog', { name: 'Add a provider' })
  await form.getByRole('combobox').selectOption('anthropic')
  await fill(form, { Name: 'Anthropic, second', 'Base URL': living, Key: 'demo', Priority: '2' })
  await form.getByRole('button', { name: 'Add provider' }).click()
  const second = page.getByRole('dialog', { name: 'Anthropic, second' })
  await second.getByRole('button', { name: 'Test now' }).click()
  await second.getByText(/^It answered in/).waitFor()

  for (let call = 0; call < CALLS; call += 1) assert.equal((await ask()).status, 200)
  await tried('Anthropic, second', CALLS)

  await boss.open('/providers')
  await tableTells()
  const main = await named('Anthropic, main')
  assert.ok(main.day.failovers > 0 && main.day.failures >= main.day.failovers)
  const { sum } = await ada.get<{ sum: string }>('/api/v1/people/me/entries?account=spent&limit=1')
  const spent = (await all()).reduce((total, provider) => total + BigInt(provider.spent_30d), 0n)
  assert.equal(String(spent), sum)
  const answer = page.getByRole('region', { name: 'Answer' })
  const { failures, failovers } = main.day
  const tries = `In 24 hours ${CALLS + main.day.calls} tries: ${failures} failed, ${failovers} `
  await answer.getByText(tries).waitFor()
  await answer.getByText(`${formatUsd(spent)} went through them in 30 days`).waitFor()

  await page.getByRole('button', { name: 'Anthropic, main' }).click()
  const panel = page.getByRole('dialog', { name: 'Anthropic, main' })
  await panel.getByText(main.last_error?.message ?? 'no error was told').waitFor()
  assert.deepEqual(
    await panel
      .getByRole('row', { name: /^Failed/ })
      .getByRole('cell')
      .allInnerTexts(),
    [String(failures), String(failures)],
  )
})

test('a change keeps the key unless another is typed; what is switched off is told and takes no call', async () => {
  const { page } = boss
  await boss.open(`/providers?provider=${(await named('Anthropic, main')).id}`)
  const panel = page.getByRole('dialog', { name: 'Anthropic, main' })
  await panel.getByRole('button', { name: 'Change' }).click()
  const form = page.getByRole('dialog', { name: 'Change Anthropic, main' })
  assert.equal(await form.getByLabel('Key', { exact: true }).inputValue(), '')
  await fill(form, { Priority: '7', Models: 'claude-opus-*, claude-haiku-*' })
  await form.getByRole('button', { name: 'Save' }).click()
  await panel.getByText('claude-opus-*, claude-haiku-*').waitFor()
  await panel.getByText('set, sealed, never shown').waitFor()
  await panel.getByRole('button', { name: 'Switch off' }).click()
  await panel.getByRole('button', { name: 'Switch on' }).waitFor()
  const { enabled, priority, day } = await named('Anthropic, main')
  assert.deepEqual({ enabled, priority }, { enabled: false, priority: 7 })
  assert.equal((await ask()).status, 200)
  await tried('Anthropic, second', CALLS + 1)
  assert.equal((await named('Anthropic, main')).day.calls, day.calls)
  await page.keyboard.press('Escape')
  await panel.waitFor({ state: 'hidden' })
  const row = page.getByRole('row').filter({ hasText: 'Anthropic, main' })
  await row.getByText('off', { exact: true }).waitFor()
})

test('a protocol that nobody answers any more is said before a client finds out', async () => {
  const { page } = boss
  await boss.open(`/providers?provider=${(await named('demo-gemini')).id}`)
  await page.getByRole('button', { name: 'Switch off' }).click()
  await page.getByRole('button', { name: 'Switch on' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByText('Nobody answers Gemini calls now.').waitFor()
})

test('page, panel and form have no serious accessibility violation and do not scroll sideways at 390 pixels', async () => {
  const { page } = boss
  const paths = [
    '/providers',
    `/providers?provider=${(await named('Anthropic, main')).id}`,
    '/providers?new=1',
  ]
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const path of paths) {
      await boss.open(path)
      if (path !== '/providers') await page.getByRole('dialog').waitFor()
      assert.deepEqual(await violations(page), [], `${path} in ${colorScheme}`)
    }
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 390, height: 844 })
  for (const path of paths) {
    await boss.open(path)
    assert.equal(await page.evaluate<number>(WIDTH), 390, path)
  }
})

test('nothing was asked of any other origin, and no page logged an error', () => {
  for (const visitor of [ada, boss]) {
    assert.deepEqual(visitor.strays, [])
    assert.deepEqual(visitor.errors, [])
  }
})
