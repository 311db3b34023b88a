import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { formatUsd } from '#base/money.ts'
import { violations } from '../support/accessibility.ts'
import { openBrowser } from '../support/browser.ts'
import { serveInTemp, type ServedInTemp } from '../support/perq.ts'
import { signIn, type Visitor } from '../support/visitor.ts'

type Sums = { spent: string; calls: number }
type Group = Sums & { value: string | null; name: string }
type Usage = { from: string; to: string; total: Sums; groups: Group[]; steps: (Sums & { at: string })[] }
type Entries = { sum: string; count: number }
type Calls = { calls: { id: string; charged: string }[]; next: string | null }
type Denials = { denials: { code: string; short: string | null; message: string }[] }

const ME = '/api/v1/people/me'
const cents = (amount: string): string => formatUsd(BigInt(amount))

let server: ServedInTemp
let browser: Browser
let maya: Visitor
let tomas: Visitor
let key = ''

before(async () => {
  ;[server, browser] = await Promise.all([serveInTemp({ demo: true }), openBrowser()])
  const guest = (role: string) => server.people.find((person) => person.role === role)
  key = guest('employee')?.key ?? ''
  maya = await signIn(browser, server.url, guest('employee')?.signin_url ?? '')
  tomas = await signIn(browser, server.url, guest('people')?.signin_url ?? '')
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

/** The first figure of the page and where it leads. */
async function figure(visitor: Visitor): Promise<{ text: string | null; href: string }> {
  const link = visitor.page.getByRole('region', { name: 'Spent', exact: true }).locator('a').first()
  return { text: await link.textContent(), href: (await link.getAttribute('href')) ?? '' }
}

const entriesOf = (visitor: Visitor, href: string): Promise<Entries> =>
  visitor.get<Entries>(`${ME}/entries${href.replace('/entries', '')}&limit=1`)

test('the first figure is the API’s sum, and its link opens entries that add up to it', async () => {
  await maya.open('/usage')
  const usage = await maya.get<Usage>(`${ME}/usage`)
  assert.ok(usage.total.calls > 0)
  const { text, href } = await figure(maya)
  assert.equal(text, cents(usage.total.spent))
  assert.equal((await entriesOf(maya, href)).sum, usage.total.spent)
})

test('every group’s amount opens entries that add up to it, by any property', async () => {
  for (const by of ['model', 'class', 'key', 'purpose', 'door', 'provider']) {
    await maya.open(`/usage?by=${by}`)
    const { groups } = await maya.get<Usage>(`${ME}/usage?by=${by}`)
    const table = maya.page.getByRole('table', { name: `Usage by ${by}` })
    for (const group of groups) {
      const link = table.locator(`a[href*="${by}=${encodeURIComponent(group.value ?? '')}"]`)
      assert.equal(await link.textContent(), cents(group.spent))
      assert.equal((await entriesOf(maya, (await link.getAttribute('href')) ?? '')).sum, group.spent)
    }
  }
})

test('a day opens its hours, an hour its calls, and a call why it cost what it cost', async () => {
  const { page } = maya
  const usage = await maya.get<Usage>(`${ME}/usage`)
  const busy = usage.steps.toSorted((a, b) => b.calls - a.calls)[0]!
  await maya.open('/usage')
  await page.getByRole('button', { name: 'View as table' }).click()
  await page.getByRole('table', { name: 'Spent by day' }).locator(`a[href*="from=${busy.at}"]`).waitFor()
  const row = page.getByRole('row').filter({ has: page.locator(`a[href*="from=${busy.at}&to=${busy.at}"]`) })
  await row.getByRole('button').click()
  await page.getByRole('heading', { name: /by hour$/ }).waitFor()
  assert.equal((await figure(maya)).text, cents(busy.spent))

  const hours = await maya.get<Usage>(`${ME}/usage?from=${busy.at}&to=${busy.at}&step=hour`)
  const hour = hours.steps.find((step) => step.calls > 0)!.at.slice(0, 13)
  const link = page.getByRole('table', { name: 'Spent by hour' }).locator(`a[href*="hour=${hour}"]`)
  const { sum } = await entriesOf(maya, (await link.getAttribute('href')) ?? '')
  assert.equal(await link.textContent(), cents(sum))
  const ofHour = page.getByRole('row').filter({ has: page.locator(`a[href*="hour=${hour}"]`) })
  await ofHour.getByRole('button').click()
  await page.getByRole('heading', { name: /^Calls of/ }).waitFor()
  const { calls } = await maya.get<Calls>(`${ME}/calls?hour=${hour}&limit=100`)
  const listed = page.getByRole('table', { name: 'Last calls' }).locator('tbody tr')
  await listed.nth(calls.length - 1).waitFor()
  assert.equal(await listed.count(), Math.min(25, calls.length))
  await listed.first().getByRole('button').click()
  const panel = page.getByRole('dialog', { name: 'Why it cost what it cost' })
  await panel
    .getByText(formatUsd(BigInt(calls[0]?.charged ?? '0'), 'exact'), { exact: true })
    .first()
    .waitFor()
  await page.keyboard.press('Escape')
})

test('a chosen group narrows the sum, the chart and the calls, and the address alone brings it back', async () => {
  const { page } = maya
  await maya.open('/usage')
  const [group] = (await maya.get<Usage>(`${ME}/usage`)).groups
  const name = group?.value ?? ''
  await page.getByRole('table', { name: 'Usage by model' }).getByRole('button', { name, exact: true }).click()
  await page.getByRole('table', { name: 'Usage by key' }).waitFor()
  const narrow = await maya.get<Usage>(`${ME}/usage?model=${name}`)
  for (let visit = 0; visit < 2; visit += 1) {
    await page.getByText(`exactly ${formatUsd(BigInt(narrow.total.spent), 'exact')}`).waitFor()
    assert.equal(await page.getByLabel('Model').first().inputValue(), name)
    assert.equal((await entriesOf(maya, (await figure(maya)).href)).sum, narrow.total.spent)
    await page.reload()
  }
})

test('the chart is read with the keyboard, and the breakdown leaves as exact CSV', async () => {
  const { page } = maya
  await maya.open('/usage')
  const usage = await maya.get<Usage>(`${ME}/usage`)
  const chart = page.getByRole('group', { name: /^By day\./ })
  await chart.focus()
  await page.keyboard.press('End')
  const last = usage.steps.at(-1)!
  const words = new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', dateStyle: 'medium' })
  await chart
    .getByText(words.format(Date.parse(last.at)))
    .first()
    .waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: /by hour$/ }).waitFor()
  assert.ok(page.url().includes(`day=${last.at}`))

  await maya.open('/usage')
  const region = page.getByRole('region', { name: 'By model', exact: true })
  await region.getByRole('button', { name: 'Export' }).click()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: 'Download CSV' }).click(),
  ])
  const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\r\n').slice(1)
  const total = lines.reduce((sum, line) => sum + BigInt(line.split(',')[2] ?? '0'), 0n)
  assert.equal(String(total), usage.total.spent)
})

test('a refused call stands with its reason and what to do, and costs nothing', async () => {
  const before = await maya.get<Usage>(`${ME}/usage`)
  const answered = await fetch(`${server.url}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-of-tomorrow', messages: [{ role: 'user', content: 'Hello' }] }),
  })
  assert.equal(answered.status, 400)
  let denied: Denials['denials'] = []
  for (let looks = 0; looks < 100 && denied.length === 0; looks += 1) {
    denied = (await maya.get<Denials>(`${ME}/denials`)).denials
    if (denied.length === 0) await maya.page.waitForTimeout(100)
  }
  assert.equal(denied[0]?.code, 'unknown_model')
  await maya.open('/usage')
  const region = maya.page.getByRole('region', { name: 'Denied calls' }).first()
  await region.getByText('Model without a price').waitFor()
  await region.getByText(denied[0].message).waitFor()
  await region.getByRole('link', { name: /Use a model of the list/ }).waitFor()
  await maya.page.getByRole('link', { name: '1 call', exact: true }).waitFor()
  assert.deepEqual((await maya.get<Usage>(`${ME}/usage`)).total, before.total)
})

test('the people team reads another person’s usage by the same sums', async () => {
  const { people } = await tomas.get<{ people: { id: string; name: string }[] }>('/api/v1/people?q=Noor')
  const id = people[0]?.id ?? ''
  await tomas.open(`/people/${id}/usage`)
  const usage = await tomas.get<Usage>(`/api/v1/people/${id}/usage`)
  const { text, href } = await figure(tomas)
  assert.equal(text, cents(usage.total.spent))
  assert.ok(href.startsWith(`/people/${id}/entries?`))
  const { sum } = await tomas.get<Entries>(`/api/v1${href}&limit=1`)
  assert.equal(sum, usage.total.spent)
})

test('no view of the page has a serious accessibility violation, in light or in dark, and none scrolls sideways', async () => {
  const { page } = maya
  const day = (await maya.get<Usage>(`${ME}/usage`)).steps.find((step) => step.calls > 0)?.at ?? ''
  const views = ['/usage', `/usage?day=${day}&by=class`, '/usage?days=365&by=purpose', '/usage?model=none']
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const path of views) {
      await maya.open(path)
      assert.deepEqual(await violations(page), [], `${path} in ${colorScheme}`)
    }
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 390, height: 844 })
  for (const path of views) {
    await maya.open(path)
    assert.equal(await page.evaluate<number>('document.documentElement.scrollWidth'), 390, path)
  }
  await page.setViewportSize({ width: 1280, height: 900 })
})

test('figures that cannot be refreshed say their age, and a page without them says why', async () => {
  const { page } = maya
  const usage = '**/api/v1/people/me/usage?*'
  await page.route(usage, (route) => route.abort())
  await page.goto(`${server.url}/usage`)
  const failure = page.getByRole('alert').first()
  await failure.getByText('This could not be loaded').waitFor()
  await page.unroute(usage)
  await failure.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('region', { name: 'Spent', exact: true }).waitFor()
  await maya.open('/usage?from=2020-01-01&to=2026-01-01')
  await page.getByText('is not a range of 1 to 400 days').waitFor()
})

test('nothing was asked of any other origin, and no page logged an error', () => {
  for (const visitor of [maya, tomas]) {
    assert.deepEqual(visitor.strays, [])
    assert.deepEqual(visitor.errors, [])
  }
})
