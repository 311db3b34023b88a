import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Locator, Page } from 'playwright-core'
import { violations } from '../support/accessibility.ts'
import { openBrowser } from '../support/browser.ts'
import { servePerq, tempFolder, type Served } from '../support/perq.ts'
import { vocabularyProblems } from '../support/schema-org.ts'
import { stageOf } from '../support/stage.ts'
import type { Visitor } from '../support/visitor.ts'

const WIDTH = 'document.documentElement.scrollWidth'
const folder = tempFolder()
let server: Served
let browser: Browser
let writer: Visitor
let employee: Visitor
/** Everybody: no session, no script. */
let anybody: Page

before(async () => {
  ;[server, browser] = await Promise.all([
    servePerq({ data: folder.path, args: ['--demo-provider'] }),
    openBrowser(),
  ])
  await Promise.all([
    run('person', 'add', 'tomas@perq.test', '--name', 'Tomas Aguilar', '--role', 'people'),
    run('person', 'add', 'ada@perq.test', '--name', 'Ada Byron'),
    run('grant', 'template', 'add', 'Work compute', '--refill-months', '48'),
  ])
  ;[writer, employee] = await Promise.all([enter('tomas@perq.test'), enter('ada@perq.test')])
  anybody = await (await browser.newContext({ javaScriptEnabled: false })).newPage()
  anybody.setDefaultTimeout(10_000)
})
after(async () => {
  await browser?.close()
  await server?.stop()
  folder.remove()
})

const { run, enter } = stageOf(folder.path, () => ({ server, browser }))

const field = (page: Page, name: string): Locator => page.getByLabel(name, { exact: true }).first()
const part = (page: Page, name: string): Locator => page.getByRole('region', { name, exact: true })

test('a job is written beside what the law of its place wants, opened, and read by everybody without a session', async () => {
  const { page } = writer
  await writer.open('/posts')
  await page.getByText('No job posts yet').waitFor()
  await page.getByRole('link', { name: 'Write the first one' }).click()
  await field(page, 'Title').fill('Research engineer')
  await field(page, 'Country').fill('US')
  await field(page, 'State').fill('CO')
  await field(page, 'What it is about').fill('You train models.\n\nYou measure them.')
  const law = part(page, 'Pay transparency')
  await law.getByText('Colorado').first().waitFor()
  assert.equal(await law.getByTitle('Missing').count(), 3)
  // From what is missing to the field that mends it.
  await law.getByRole('button', { name: 'Show the field' }).first().click()
  await page.keyboard.type('180000')
  await field(page, 'to').fill('220000')
  await field(page, 'Bonus, commission, equity').fill('Bonus of 15% at target')
  await field(page, 'Other benefits').fill('Health insurance\n25 days of leave')
  await page.getByRole('button', { name: 'Add compute' }).click()
  await page.getByRole('combobox', { name: 'Compute 1' }).selectOption({ label: 'Work compute' })
  await field(page, 'From, each of 48 installments').fill('500')
  await field(page, 'To, each of 48 installments').fill('700')
  await part(page, 'The compute').getByText('$24,000 to $33,600').waitFor()
  await law.getByTitle('Missing').first().waitFor({ state: 'detached' })
  assert.equal(await law.getByTitle('Said').count(), 4)

  await page.getByRole('button', { name: 'Save draft' }).click()
  await page.getByText('A draft: nobody outside sees it.').waitFor()
  const id = new URL(page.url()).pathname.split('/').at(-1)
  const address = `${server.url}/careers/${id}`
  assert.equal((await anybody.goto(address))?.status(), 404)

  await page.getByRole('button', { name: 'Open to everybody' }).click()
  await page.getByText(/Everybody can read it, and apply until/).waitFor()
  assert.equal((await anybody.goto(address))?.status(), 200)
  await anybody.getByRole('heading', { name: 'Research engineer' }).waitFor()
  await anybody.getByText('$24,000 to $33,600', { exact: true }).waitFor()
  await anybody.getByText('$180,000 to $220,000 a year').waitFor()
  const html = await (await anybody.request.get(address)).text()
  const data = /<script type="application\/ld\+json">(.*?)<\/script>/s.exec(html)?.[1]
  assert.deepEqual(vocabularyProblems(JSON.parse(data ?? 'null')), [])
  await anybody.goto(`${server.url}/careers`)
  await anybody.getByRole('link', { name: 'Research engineer' }).click()
  await anybody.getByRole('link', { name: 'The same for machines' }).click()
  assert.match(await anybody.locator('body').innerText(), /"format":"perq\.post\.1"/)
})

test('an employee has no way to job posts', async () => {
  await employee.open('/posts')
  await employee.page.getByRole('alert').getByText('You may not see this').waitFor()
})

test('no page of job posts has a serious accessibility violation, in light or in dark, and none scrolls sideways', async () => {
  const { page } = writer
  const { posts } = await writer.get<{ posts: { id: string }[] }>('/api/v1/job-posts')
  const id = posts[0]?.id ?? ''
  const inside = ['/posts', '/posts/new', `/posts/${id}`]
  for (const [colorScheme, width] of [
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
  ] as const) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height: 844 })
    for (const path of [...inside, '/careers', `/careers/${id}`]) {
      await writer.open(path)
      assert.deepEqual(await violations(page), [], `${path} in ${colorScheme} at ${width}`)
      assert.equal(await page.evaluate<number>(WIDTH), width, `${path} at ${width}`)
    }
  }
})

test('nothing was asked of any other origin, and no page logged an error', () => {
  for (const visitor of [writer, employee]) {
    assert.deepEqual(visitor.strays, [])
    assert.deepEqual(visitor.errors, [])
  }
})
