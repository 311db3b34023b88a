import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Locator } from 'playwright-core'
import { formatUsd } from '#base/money.ts'
import { violations } from '../support/accessibility.ts'
import { openBrowser } from '../support/browser.ts'
import { servePerq, tempFolder, type Served } from '../support/perq.ts'
import { stageOf } from '../support/stage.ts'
import { signIn, type Visitor } from '../support/visitor.ts'

type Limit = { amount: string; period: string | null; used: string; left: string; resets_at: string | null }
type Keys = { keys: { id: string; name: string; limit: Limit | null }[] }
type Entries = { sum: string }

const ME = '/api/v1/people/me'
const LOOKS = 40
const LOOK_MS = 50

const folder = tempFolder()
let server: Served
let browser: Browser
let ada: Visitor
let secret = ''

/** One person with a grant and one key, spending at the built-in provider. */
before(async () => {
  ;[server, browser] = await Promise.all([
    servePerq({ data: folder.path, args: ['--demo-provider'] }),
    openBrowser(),
  ])
  await run('person', 'add', 'ada@perq.test', '--name', 'Ada Byron')
  await run('grant', 'template', 'add', 'Monthly', '--refill-months', '12')
  await run('grant', 'issue', 'ada@perq.test', '--template', 'Monthly', '--usd', '50', '--first', 'today')
  const { url } = (await run('signin', 'ada@perq.test', '--url', server.url)) as { url: string }
  ada = await signIn(browser, server.url, url)
  const made = await ada.context.request.post(`${server.url}${ME}/keys`, {
    headers: { 'x-perq-csrf': '1' },
    data: { name: 'Loop', purpose: 'work' },
  })
  secret = ((await made.json()) as { secret: string }).secret
})
after(async () => {
  await browser?.close()
  await server?.stop()
  folder.remove()
})

const { run } = stageOf(folder.path, () => ({ server, browser }))

const ask = (): Promise<Response> =>
  fetch(`${server.url}/anthropic/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': secret, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'claude-haiku-4-5',
      max_tokens: 64,
      messages: [{ role: 'user', content: 'Count to three. '.repeat(200) }],
    }),
  })

/** The gateways follow a change of a key within a second. */
async function until(reason: string | null): Promise<Response> {
  for (let look = 0; look < LOOKS; look += 1) {
    const answer = await ask()
    if (answer.headers.get('x-perq-reason') === reason) return answer
    await answer.text()
    await ada.page.waitForTimeout(LOOK_MS)
  }
  throw new Error(`no call was answered with ${reason ?? 'success'}`)
}

async function limit(): Promise<Limit | null> {
  const { keys } = await ada.get<Keys>(`${ME}/keys`)
  return keys.find(({ name }) => name === 'Loop')?.limit ?? null
}

const row = (): Locator => ada.page.getByRole('row').filter({ hasText: 'Loop' })
const meter = (): Locator => row().getByRole('meter', { name: 'Used of the key’s limit' }).last()
const dialog = (): Locator => ada.page.getByRole('dialog', { name: 'Change Loop' })

/** What the meter says is what the API says, to the cent, and what was used is what the entries add up to. */
async function meterTells(each: string): Promise<Limit> {
  const now = await limit()
  assert.ok(now)
  const words = `${formatUsd(BigInt(now.used))} of ${formatUsd(BigInt(now.amount))} ${each}`
  assert.equal(await meter().getAttribute('aria-valuetext'), words)
  await row().getByText(words).last().waitFor()
  const { sum } = await ada.get<Entries>(`${ME}/entries?account=spent&limit=1`)
  assert.equal(now.used, sum, 'the only key spent all of it')
  return now
}

test('a limit is set with the keyboard alone, and the focus comes back to where it was', async () => {
  const { page } = ada
  const { keyboard } = page
  await ada.open('/keys')
  await row().getByText('None', { exact: true }).waitFor()
  await keyboard.press('j')
  await keyboard.press('Enter')
  await dialog().waitFor()
  await page.getByLabel('Name').and(page.locator(':focus')).waitFor()
  await keyboard.press('Tab')
  await keyboard.press('ArrowDown')
  assert.ok(await page.getByRole('radio', { name: 'At most' }).isChecked())
  await keyboard.press('Tab')
  await keyboard.type('a few')
  await dialog().getByText('Give dollars, such as 50 or 12.50.').waitFor()
  assert.ok(await dialog().getByRole('button', { name: 'Save' }).isDisabled())
  assert.equal(await page.getByLabel('Dollars').getAttribute('aria-invalid'), 'true')
  await keyboard.press('Control+a')
  await keyboard.type('1.50')
  await keyboard.press('Tab')
  await keyboard.type('a m')
  await keyboard.press('Shift+Tab')
  await keyboard.press('Enter')
  await dialog().waitFor({ state: 'hidden' })
  await page.getByRole('button', { name: 'Change Loop' }).and(page.locator(':focus')).waitFor()
  await meter().waitFor()
  const { amount, period, used } = await meterTells('a month')
  assert.deepEqual({ amount, period, used }, { amount: '1500000000', period: 'month', used: '0' })
})

test('what a call cost counts, and the page shows it as the API and the entries have it', async () => {
  assert.equal((await until(null)).status, 200)
  await ada.open('/keys')
  assert.ok(BigInt((await meterTells('a month')).used) > 0n)
})

test('a limit below what was used refuses the next call with its reason, here and at the client', async () => {
  const { page } = ada
  await page.getByRole('button', { name: 'Change Loop' }).click()
  await dialog().getByLabel('Dollars').fill('0.0005')
  await dialog().getByRole('button', { name: 'Save' }).click()
  await dialog().waitFor({ state: 'hidden' })
  const refused = await until('key_budget_exhausted')
  assert.equal(refused.status, 400)
  const { error } = (await refused.json()) as { error: { message: string } }
  assert.match(error.message, /This key's budget is short: .* left until .*raise it on Keys & setup/)

  await ada.open('/keys')
  const { left, resets_at } = await meterTells('a month')
  assert.equal(left, '0')
  assert.ok(resets_at)
  await row().getByText('used up until').last().waitFor()

  await ada.open('/usage')
  const denied = page.getByRole('region', { name: 'Denied calls' })
  await denied
    .getByText(/This key's budget is short/)
    .first()
    .waitFor()
})

test('raised again the next call goes through, and without a limit the wallet alone counts', async () => {
  const { page } = ada
  await ada.open('/keys')
  await page.getByRole('button', { name: 'Change Loop' }).click()
  assert.equal(await dialog().getByLabel('Dollars').inputValue(), '0.0005')
  await dialog().getByLabel('Dollars').fill('20')
  await dialog().getByLabel('Period').selectOption({ label: 'in all' })
  await dialog().getByRole('button', { name: 'Save' }).click()
  await dialog().waitFor({ state: 'hidden' })
  assert.equal((await until(null)).status, 200)
  await ada.open('/keys')
  const { amount, period, resets_at } = await meterTells('in all')
  assert.deepEqual({ amount, period, resets_at }, { amount: '20000000000', period: null, resets_at: null })

  await page.getByRole('button', { name: 'Change Loop' }).click()
  await dialog().getByRole('radio', { name: /^None/ }).check()
  await dialog().getByRole('button', { name: 'Save' }).click()
  await row().getByText('None', { exact: true }).waitFor()
  assert.equal(await limit(), null)
  assert.equal((await ask()).status, 200)
})

test('a change that does not get through is said in the dialog, and nothing typed is lost', async () => {
  const { page } = ada
  await ada.open('/keys')
  await page.route('**/api/v1/keys/*', (route) => route.abort())
  await page.getByRole('button', { name: 'Change Loop' }).click()
  await dialog().getByRole('radio', { name: 'At most' }).check()
  await dialog().getByLabel('Dollars').fill('7')
  await dialog().getByRole('button', { name: 'Save' }).click()
  await dialog().getByRole('alert').waitFor()
  assert.equal(await dialog().getByLabel('Dollars').inputValue(), '7')
  await page.unrouteAll()
  await dialog().getByRole('button', { name: 'Save' }).click()
  await meter().waitFor()
})

test('keys and their dialog have no serious accessibility violation, and do not scroll sideways at 390 pixels', async () => {
  const { page } = ada
  const width = 'document.documentElement.scrollWidth'
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await ada.open('/keys')
    assert.deepEqual(await violations(page), [], colorScheme)
    await page.getByRole('button', { name: 'Change Loop' }).click()
    await dialog().getByLabel('Dollars').waitFor()
    assert.deepEqual(await violations(page), [], `dialog in ${colorScheme}`)
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 390, height: 844 })
  await ada.open('/keys')
  await row().getByRole('meter').first().waitFor()
  assert.equal(await page.evaluate<number>(width), 390)
  await page.getByRole('button', { name: 'Change Loop' }).click()
  await dialog().getByLabel('Dollars').waitFor()
  assert.equal(await page.evaluate<number>(width), 390)
  await dialog().getByRole('button', { name: 'Save' }).click()
  await dialog().waitFor({ state: 'hidden' })
})

test('nothing was asked of any other origin, and no page logged an error', () => {
  assert.deepEqual(ada.strays, [])
  assert.deepEqual(ada.errors, [])
})
