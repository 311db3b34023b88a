import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { violations } from '../support/accessibility.ts'
import { openBrowser } from '../support/browser.ts'
import { eventually } from '../support/eventually.ts'
import { servePerq, tempFolder, type Served } from '../support/perq.ts'

const GIANT =
  'Offer from Giant: $350k base, 15% bonus, $800k RSUs over 4 years 10/20/30/40, 600,000 H100s shared by 20,000 people, 7 unicorns'
const STARTUP =
  'Offer from Startup: $250k base, 500 H100s shared by 40 people, $20,000 inference a year that vests'

const WIDTH = 'document.documentElement.scrollWidth'
const folder = tempFolder()
let server: Served
let browser: Browser
let context: BrowserContext
let page: Page
const asked: string[] = []
const errors: string[] = []

before(async () => {
  ;[server, browser] = await Promise.all([servePerq({ data: folder.path, args: [] }), openBrowser()])
  // Nobody: no link, no session.
  context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' })
  page = await visit(context)
})
after(async () => {
  await browser?.close()
  await server?.stop()
  folder.remove()
})

async function visit(own: BrowserContext): Promise<Page> {
  const fresh = await own.newPage()
  fresh.setDefaultTimeout(30_000)
  fresh.on('request', (request) => asked.push(request.url()))
  fresh.on('pageerror', (error) => errors.push(error.message))
  fresh.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      errors.push(message.text())
  })
  return fresh
}

async function paste(text: string, into: string): Promise<void> {
  await page.getByLabel('The offer, as it was written').fill(text)
  await page.getByLabel('It is', { exact: true }).first().selectOption({ label: into })
  await page.getByRole('button', { name: 'Read it' }).click()
}
const told = (of: Page): Promise<string> => of.getByRole('region', { name: 'Over four years' }).innerText()
const sideways = async (of: Page): Promise<boolean> =>
  (await of.evaluate<number>(WIDTH)) > (of.viewportSize()?.width ?? 0)

test('somebody without an account pastes two offers, and sees what was read of them and what was not', async () => {
  await page.goto(`${server.url}/compare`)
  await paste(GIANT, 'First offer')
  await page.getByText('7 unicorns').last().waitFor()
  await paste(STARTUP, 'Second offer')
  const summary = page.getByRole('region', { name: 'Over four years' })
  await summary.getByText(/worth .* more today/).waitFor()
  assert.match(await told(page), /Giant/)
  assert.match(await told(page), /Startup/)
  // 500 × 8,760 × 0.9 / 40 a year, four times.
  await page.getByText('394,200').first().waitFor()
})

test('everything that was typed stands in the address, and opens the same page for somebody else', async () => {
  await eventually(async () => assert.match(new URL(page.url()).hash, /^#v1\./))
  const other = await browser.newContext({ viewport: { width: 390, height: 844 }, reducedMotion: 'reduce' })
  const phone = await visit(other)
  await phone.goto(page.url())
  await phone.getByText(/worth .* more today/).waitFor()
  assert.equal(await told(phone), await told(page))
  assert.equal(await sideways(phone), false)
  assert.deepEqual(await violations(phone), [])
  await other.close()
  assert.ok(
    asked.every((url) => !url.includes('v1.')),
    'what stands behind the # is in no request',
  )
})

test('an assumption that is changed in the list changes the figures, and is marked as said', async () => {
  const before = await told(page)
  const card = page.getByRole('region', { name: 'Everything that is assumed' })
  await card.getByLabel('For all offers: of the compute that is there').fill('0.1')
  await eventually(async () => assert.notEqual(await told(page), before))
  await card.getByText('as you say').first().waitFor()
})

test('a number that is refused can be mended where it stands', async () => {
  await page.goto('about:blank')
  await page.goto(`${server.url}/compare`)
  await page.getByRole('button', { name: 'Show an example' }).click()
  await page.getByText(/worth .* more today/).waitFor()
  await page.getByLabel('Salary a year').first().fill('much')
  await page
    .getByText(/is "much"; give a number/)
    .first()
    .waitFor()
  await page.getByLabel('Salary a year').first().fill('350,000')
  await page.getByText(/worth .* more today/).waitFor()
})

test('a comparison is kept only when that is asked for, opens by its short address, and is forgotten', async () => {
  assert.ok(asked.every((url) => !url.includes('/comparisons')))
  await page.getByRole('button', { name: 'Keep it for 90 days' }).click()
  const address = page.locator('code', { hasText: '/compare#k.' })
  await address.waitFor()
  const short = await address.innerText()
  const other = await visit(context)
  await other.goto(short)
  await other.getByText(/worth .* more today/).waitFor()
  assert.match(await told(other), /Giant/)
  await page.getByRole('button', { name: 'Forget it' }).click()
  await page.getByRole('button', { name: 'Keep it for 90 days' }).waitFor()
  await other.goto('about:blank')
  await other.goto(short)
  await other.getByText('There is no such comparison').waitFor()
  await other.close()
})

test('the page can be read by everybody, in both themes and on paper, and nothing on it broke', async () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const own = await browser.newContext({ colorScheme, reducedMotion: 'reduce' })
    const themed = await visit(own)
    await themed.goto(page.url())
    await themed.getByText(/worth .* more today/).waitFor()
    assert.deepEqual(await violations(themed), [], colorScheme)
    assert.equal(await sideways(themed), false)
    await own.close()
  }
  await page.emulateMedia({ media: 'print' })
  await page.getByText('Year 4', { exact: true }).last().waitFor()
  await page.getByLabel('The offer, as it was written').waitFor({ state: 'hidden' })
  assert.deepEqual(errors, [])
})
