import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Locator, Page } from 'playwright-core'
import { violations } from '../support/accessibility.ts'
import { openBrowser } from '../support/browser.ts'
import { servePerq, tempFolder, type Served } from '../support/perq.ts'
import { stageOf } from '../support/stage.ts'
import type { Visitor } from '../support/visitor.ts'

type Template = { name: string; version: number; denomination: string; statements: unknown; grants: number }
type Templates = { templates: Template[] }

const WIDTH = 'document.documentElement.scrollWidth'
const folder = tempFolder()
let server: Served
let browser: Browser
let ada: Visitor
let writer: Visitor
let finance: Visitor

before(async () => {
  ;[server, browser] = await Promise.all([
    servePerq({ data: folder.path, args: ['--demo-provider'] }),
    openBrowser(),
  ])
  await Promise.all([
    run('person', 'add', 'ada@perq.test', '--name', 'Ada Byron'),
    run('person', 'add', 'tomas@perq.test', '--name', 'Tomas Aguilar', '--role', 'people'),
    run('person', 'add', 'ines@perq.test', '--name', 'Ines Moreau', '--role', 'finance'),
    run('grant', 'template', 'add', 'Monthly', '--refill-months', '12'),
  ])
  await run('grant', 'issue', 'ada@perq.test', '--template', 'Monthly', '--usd', '50', '--first', 'today')
  ;[ada, writer, finance] = await Promise.all([
    enter('ada@perq.test'),
    enter('tomas@perq.test'),
    enter('ines@perq.test'),
  ])
})
after(async () => {
  await browser?.close()
  await server?.stop()
  folder.remove()
})

const { run, enter } = stageOf(folder.path, () => ({ server, browser }))

const previewOf = (page: Page): Locator => page.getByRole('region', { name: 'Preview', exact: true })
const field = (page: Page, name: string): Locator => page.getByLabel(name, { exact: true }).first()

/** The preview's rows: date and quantity. */
async function tranches(page: Page): Promise<string[][]> {
  const table = previewOf(page).getByRole('table', { name: 'Tranches' })
  if (!(await table.isVisible()))
    await previewOf(page)
      .getByText(/^(All \d+ tranches|The tranche)$/)
      .click()
  const rows = await table.locator('tbody tr').allInnerTexts()
  return rows.map((row) =>
    row
      .split('\t')
      .slice(1, 3)
      .map((cell) => cell.trim()),
  )
}

const saved = async (name: string): Promise<Template | undefined> =>
  (await writer.get<Templates>('/api/v1/templates')).templates.find((one) => one.name === name)

test('an employee has no way there; finance reads what a template says and cannot change it', async () => {
  await ada.open('/')
  const places = ada.page.getByRole('navigation', { name: 'Pages' })
  assert.equal(await places.getByRole('link', { name: 'Templates' }).count(), 0)
  await ada.open('/templates')
  await ada.page.getByRole('alert').getByText('You may not see this').waitFor()

  await finance.open('/templates')
  assert.equal(await finance.page.getByRole('link', { name: 'New template' }).count(), 0)
  await finance.page.getByRole('link', { name: 'Monthly', exact: true }).click()
  await previewOf(finance.page).getByText('When it vests').waitFor()
  assert.equal(await finance.page.getByRole('button', { name: /^Save/ }).count(), 0)
})

test('the schedule follows what is typed, to the day: from a 29 February and from the end of a month', async () => {
  const { page } = writer
  await writer.open('/templates/new')
  await page.getByRole('button', { name: 'Four years, one-year cliff' }).click()
  await field(page, 'If it starts on').fill('2024-02-29')
  await field(page, 'and it is').fill('4,800')
  await previewOf(page).getByText('In 37 tranches, from Feb 28, 2025 to Feb 29, 2028.').waitFor()
  const leap = await tranches(page)
  assert.deepEqual(leap.slice(0, 3), [
    ['Feb 28, 2025', '$1,200.00'],
    ['Mar 29, 2025', '$100.00'],
    ['Apr 29, 2025', '$100.00'],
  ])
  assert.deepEqual(leap.slice(11, 14), [
    ['Jan 29, 2026', '$100.00'],
    ['Feb 28, 2026', '$100.00'],
    ['Mar 29, 2026', '$100.00'],
  ])
  assert.deepEqual(leap.at(-1), ['Feb 29, 2028', '$100.00'])

  await field(page, 'If it starts on').fill('2025-01-31')
  await previewOf(page).getByText('In 37 tranches, from Jan 31, 2026 to Jan 31, 2029.').waitFor()
  assert.deepEqual((await tranches(page)).slice(0, 4), [
    ['Jan 31, 2026', '$1,200.00'],
    ['Feb 28, 2026', '$100.00'],
    ['Mar 31, 2026', '$100.00'],
    ['Apr 30, 2026', '$100.00'],
  ])

  await field(page, 'On the day').selectOption({ label: 'The first of the month' })
  await previewOf(page).getByText('from Jan 1, 2026').waitFor()
})

test('what is wrong is said at its field as it is typed, and cannot be saved', async () => {
  const { page } = writer
  await writer.open('/templates/new')
  await field(page, 'Name').fill('Wrong')
  const save = page.getByRole('button', { name: 'Save template' })
  await previewOf(page)
    .getByText(/^In 37 tranches/)
    .waitFor()
  assert.ok(await save.isEnabled())

  const parts = field(page, 'In parts')
  await parts.fill('0')
  await page.locator('input[aria-invalid="true"]').waitFor()
  assert.equal(await parts.getAttribute('aria-invalid'), 'true')
  const said = page.locator(`#${(await parts.getAttribute('aria-describedby')) ?? ''}`.replaceAll(':', '\\:'))
  assert.match((await said.textContent()) ?? '', /It is 0; give an integer from 1/)
  assert.ok(await save.isDisabled())

  await parts.fill('48')
  await field(page, 'Share').fill('90')
  await page
    .getByText(/let the percentages sum to/)
    .first()
    .waitFor()
  await field(page, 'Share').fill('100')
  await previewOf(page)
    .getByText(/^In 37 tranches/)
    .waitFor()

  await page.getByText('Guarantees', { exact: true }).click()
  await field(page, 'Available, of each month').fill('150')
  await page.getByText('Something is wrong here').waitFor()
  await field(page, 'Available, of each month').fill('99.5')
  await page
    .getByText(/nothing says what a breach is worth/)
    .first()
    .waitFor()
})

test('what waits for an event is told apart from what is sure', async () => {
  const { page } = writer
  await writer.open('/templates/new')
  await page.getByRole('button', { name: 'Milestone' }).click()
  await previewOf(page).getByText('$24,000.00 waits for “launch”.').waitFor()
  await page.getByRole('button', { name: 'Parallel parts' }).click()
  await previewOf(page)
    .getByText(/^\$14,400\.00 in 37 tranches/)
    .waitFor()
  await previewOf(page).getByText('$9,600.00 waits for “launch”.').waitFor()
  const sure = previewOf(page).getByRole('term').filter({ hasText: 'If nothing happens' })
  assert.equal(await sure.locator('xpath=following-sibling::dd').innerText(), '$14,400.00')
  assert.deepEqual((await tranches(page)).at(-1), ['When “launch”', '$9,600.00'])
})

test('a template is written with the keyboard alone, saved, and saved again as the next version', async () => {
  const { page } = writer
  const { keyboard } = page
  await writer.open('/')
  await keyboard.press('g')
  await keyboard.press('t')
  await page.getByRole('heading', { name: 'Templates' }).waitFor()
  await page.getByRole('link', { name: 'New template' }).focus()
  await keyboard.press('Enter')
  await page.getByRole('heading', { name: 'New template' }).waitFor()
  await field(page, 'Name').focus()
  await keyboard.type('Research hours')
  await keyboard.press('Tab')
  await keyboard.type('GPU')
  await field(page, 'Service tier').waitFor()
  await previewOf(page)
    .getByText(/H100-SXM GPU-hours, guaranteed$/)
    .first()
    .waitFor()
  await field(page, 'Name').focus()
  await keyboard.press('Enter')
  await page.getByRole('link', { name: 'Research hours' }).waitFor()
  assert.equal((await saved('Research hours'))?.denomination, 'gpu_hour')

  await page.getByRole('link', { name: 'Research hours' }).click()
  await field(page, 'Cliff after').fill('6')
  await field(page, 'At the cliff').fill('12.5')
  await page.getByRole('button', { name: 'Save version 2' }).click()
  await page.getByRole('heading', { name: 'Templates' }).waitFor()
  const second = await saved('Research hours')
  assert.equal(second?.version, 2)
  assert.match(JSON.stringify(second.statements), /"percentage":"0\.125"/)
  const used = page.getByRole('row').filter({ hasText: 'Monthly' }).getByRole('link', { name: '1' })
  await used.click()
  await page.getByRole('button', { name: /^Template “Monthly”/ }).waitFor()
  const rows = page.getByRole('table', { name: 'Grants' }).locator('tbody tr')
  await rows.filter({ hasText: 'Ada Byron' }).waitFor()
  assert.equal(await rows.count(), 1)
})

test('no template page has a serious accessibility violation or scrolls sideways at 390 pixels', async () => {
  const { page } = writer
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const path of ['/templates', '/templates/new']) {
      await writer.open(path)
      assert.deepEqual(await violations(page), [], `${path} in ${colorScheme}`)
    }
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 390, height: 844 })
  for (const path of ['/templates', '/templates/new']) {
    await writer.open(path)
    for (const summary of await page.locator('main form summary').all()) await summary.click()
    assert.equal(await page.evaluate<number>(WIDTH), 390, path)
    assert.deepEqual(await violations(page), [], `${path} unfolded on a phone`)
  }
})

test('nothing was asked of any other origin, and no page logged an error', () => {
  for (const visitor of [ada, writer, finance]) {
    assert.deepEqual(visitor.strays, [])
    assert.deepEqual(visitor.errors, [])
  }
})
