import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import type { Browser, Locator } from 'playwright-core'
import { formatUsd } from '#base/money.ts'
import { addDays, dayOf } from '#base/time.ts'
import { violations } from '../support/accessibility.ts'
import { openBrowser } from '../support/browser.ts'
import { eventually } from '../support/eventually.ts'
import { servePerq, tempFolder, type Served } from '../support/perq.ts'
import { stageOf } from '../support/stage.ts'
import { signIn, type Visitor } from '../support/visitor.ts'

type Offer = {
  id: string
  status: string
  person_id: string | null
  content: string
  content_hash: string
  worth: { total: { total_cap: string; total_expected: string } }
}
type Grants = { grants: { id: string; name: string; tranches: { lot_id: string | null }[] }[] }
type Entry = {
  kind: string
  source: string
  target: string
  amount: string
  grant_id: string
  lot_id: string
}
type Entries = { entries: Entry[]; sum: string }

const API = '/api/v1'
const WIDTH = 'document.documentElement.scrollWidth'
const TODAY = dayOf(Date.now())
const STARTS = addDays(TODAY, 30)
const CANDIDATE = 'Grace Hopper'
/** A loaded machine is slow; a condition that holds in the end is waited for. */
const PATIENCE = 60_000

const folder = tempFolder()
let server: Served
let browser: Browser
let tomas: Visitor
let ines: Visitor
let ada: Visitor
/** The candidate, at a telephone. */
let grace: Visitor
let link = ''

const serveOn = (day: string | null): Promise<Served> =>
  servePerq({
    data: folder.path,
    args: ['--demo-provider', ...(day === null ? [] : ['--clock', `${day}T09:00:00Z`])],
  })

/** Who writes offers, who approves them, and who may see none. */
before(async () => {
  ;[server, browser] = await Promise.all([serveOn(null), openBrowser()])
  await run('person', 'add', 'tomas@perq.test', '--name', 'Tomas Aguilar', '--role', 'people')
  await run('person', 'add', 'ines@perq.test', '--name', 'Ines Moreau', '--role', 'finance')
  await run('person', 'add', 'ada@perq.test', '--name', 'Ada Byron')
  ;[tomas, ines, ada] = await Promise.all([
    enter('tomas@perq.test'),
    enter('ines@perq.test'),
    enter('ada@perq.test'),
  ])
  await template('Signing grant', [
    { order: 1, percentage: '1', schedule: { occurrences: 1, period: 0, period_type: 'MONTHS' } },
  ])
  await template('Four years of compute', [
    { order: 1, percentage: '1', schedule: { occurrences: 48, period: 1, period_type: 'MONTHS' } },
  ])
})
after(async () => {
  await browser?.close()
  await server?.stop()
  folder.remove()
})

const { run, enter } = stageOf(folder.path, () => ({ server, browser }))

async function template(name: string, statements: readonly object[]): Promise<void> {
  const made = await tomas.context.request.post(`${server.url}${API}/templates`, {
    headers: { 'x-perq-csrf': '1' },
    data: { name, statements },
  })
  assert.equal(made.status(), 201, await made.text())
}

const offer = async (): Promise<Offer> => {
  const { offers } = await tomas.get<{ offers: { id: string }[] }>(`${API}/offers`)
  return tomas.get<Offer>(`${API}/offers/${offers[0]!.id}`)
}
const region = (who: Visitor, name: string): Locator => who.page.getByRole('region', { name, exact: true })
const dollars = (nano: string): string => formatUsd(BigInt(nano))

/** Light and dark at a desk, and no sideways scroll on a telephone; the page is left as a desk shows it. */
async function lookedAt(who: Visitor, path: string, ready: Locator): Promise<void> {
  const { page } = who
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await who.open(path)
    await ready.first().waitFor()
    assert.deepEqual(await violations(page), [], `${path} ${colorScheme}`)
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 390, height: 844 })
  await eventually(async () => assert.equal(await page.evaluate<number>(WIDTH), 390, path))
  assert.deepEqual(await violations(page), [], `${path} on a telephone`)
  await page.setViewportSize({ width: 1280, height: 900 })
}

test('with no offer the page says what one is; who may see none is told so', async () => {
  await lookedAt(tomas, '/offers', tomas.page.getByText('No offer yet'))
  await tomas.page.getByRole('link', { name: 'Write an offer' }).waitFor()
  await ada.open('/offers')
  await ada.page.getByText('You may not see this').waitFor()
  assert.equal(await ada.page.getByRole('link', { name: 'Offers', exact: true }).count(), 0)
  await ines.open('/offers/new')
  await ines.page.getByText('You may not write offers').waitFor()
})

test('bands and a budget are written, said back, and changed as the next version', async () => {
  const { page } = tomas
  await lookedAt(tomas, '/offers/bands', page.getByText('No band and no budget yet'))
  await page.getByRole('button', { name: 'Write the first' }).click()
  await page.getByRole('button', { name: 'Add a band' }).click()
  await page.getByLabel('Level', { exact: true }).fill('IC5')
  await page.getByLabel('Salary from', { exact: true }).fill('150,000')
  await page.getByLabel('to', { exact: true }).fill('120,000')
  await page.getByLabel('Compute from $', { exact: true }).fill('0')
  await page.getByLabel('to $', { exact: true }).fill('60,000')
  await page.getByRole('button', { name: 'Add a year' }).click()
  await page.getByLabel('Year', { exact: true }).fill(STARTS.slice(0, 4))
  await page.getByLabel('Dollars of compute', { exact: true }).fill('1,000,000')
  await page.getByRole('button', { name: 'Save version' }).click()
  // A range that ends before it begins is refused where it stands.
  await page
    .locator(
      '[data-param="bands.0.salary.max"] [aria-invalid="true"], [data-param="bands.0.salary.min"] [aria-invalid="true"], [role="alert"]',
    )
    .first()
    .waitFor()
  await page.getByLabel('to', { exact: true }).fill('210,000')
  await page.getByRole('button', { name: 'Save version' }).click()
  const bands = region(tomas, 'Bands')
  await bands.getByText('$150,000.00 –').waitFor()
  await bands.getByText('$210,000.00').waitFor()
  await lookedAt(tomas, '/offers/bands', page.getByText('$1,000,000.00'))
  await ines.open('/offers/bands')
  await ines.page.getByText('$1,000,000.00').waitFor()
  assert.equal(await ines.page.getByRole('button', { name: 'Change' }).count(), 0)
})

test('an offer is written beside what its candidate reads; what stands against it leads to its field', async () => {
  const { page } = tomas
  await tomas.open('/offers')
  await page.getByRole('link', { name: 'New offer' }).click()
  await page.getByText('Choose who will employ them').first().waitFor()
  await page.getByLabel('Employer', { exact: true }).selectOption({ index: 1 })
  await page.getByLabel('Level', { exact: true }).fill('IC5')
  await page.getByLabel('First day', { exact: true }).fill(STARTS)
  await page.getByLabel('Salary of a year', { exact: true }).fill('240,000')
  const checks = region(tomas, 'Checks')
  await checks.getByText(/The salary of \$240,000\.00 lies outside/).waitFor()
  await checks.getByRole('button', { name: 'Show the field' }).first().click()
  await page.locator('input:focus').waitFor()
  await page.getByLabel('Salary of a year', { exact: true }).fill('180,000')
  await page.getByLabel('At target', { exact: true }).fill('10')
  await page.getByRole('button', { name: 'Add a grant' }).click()
  await page.getByText('Choose a template for grant 1').first().waitFor()
  await page.getByRole('combobox', { name: 'Grant 1' }).selectOption({ label: 'Signing grant' })
  const first = page.getByRole('group', { name: 'Grant 1' })
  await first.getByLabel('Quantity', { exact: true }).fill('a lot')
  await first.getByText('Give a number above 0').waitFor()
  await first.getByLabel('Quantity', { exact: true }).fill('500')
  await first.getByText('$500.00').waitFor()
  await page.getByRole('button', { name: 'Add a grant' }).click()
  await page.getByRole('combobox', { name: 'Grant 2' }).selectOption({ label: 'Four years of compute' })
  await page.getByRole('group', { name: 'Grant 2' }).getByLabel('Quantity', { exact: true }).fill('48,000')
  await page.getByRole('group', { name: 'Grant 2' }).getByText('in 48 tranches').waitFor()
  // Four years: salary and bonus of 198,000 each, and all of the compute.
  const reads = region(tomas, 'What the candidate reads')
  await reads.getByText('$840,500.00').first().waitFor()

  await page.getByText('Still to give: a name, an email address and a title.').waitFor()
  await page.getByLabel('Name', { exact: true }).first().fill(CANDIDATE)
  await page.getByLabel('Email', { exact: true }).fill('grace@example')
  await page.getByLabel('Title', { exact: true }).fill('Research engineer')
  await page
    .getByLabel('A word to the candidate', { exact: true })
    .fill('We look forward to working with you.')
  await reads.getByText('We look forward to working with you.').waitFor()
  await page.getByLabel('Email', { exact: true }).fill('tomas@perq.test')
  await checks.getByText(/Candidate:/).waitFor()
  await page.getByLabel('Email', { exact: true }).and(page.locator('[aria-invalid="true"]')).waitFor()
  await page.getByLabel('Email', { exact: true }).fill('grace@example.com')
  await page.getByText('One person has to approve it.').waitFor()
  assert.deepEqual(await violations(page), [])

  await page.getByRole('button', { name: 'Save draft' }).click()
  await page.getByRole('heading', { name: 'A draft' }).waitFor()
  await page.getByRole('link', { name: 'Change' }).click()
  await page.getByRole('group', { name: 'Grant 2' }).getByText('in 48 tranches').waitFor()
  assert.equal(await page.getByLabel('Salary of a year', { exact: true }).inputValue(), '180,000')
  await page.getByLabel('Signing bonus', { exact: true }).fill('20,000')
  // What was typed is not lost unasked.
  await page.getByRole('link', { name: 'Offers', exact: true }).first().click()
  await page.getByRole('button', { name: 'Stay' }).click()
  await reads.getByText('$860,500.00').first().waitFor()
  await page.getByRole('button', { name: 'Submit for approval' }).click()
  await page.getByRole('heading', { name: 'Waits for approval' }).waitFor()
  const { status, worth } = await offer()
  assert.equal(status, 'pending')
  assert.equal(dollars(worth.total.total_cap), '$860,500.00')
  await region(tomas, 'What the candidate reads')
    .getByText(dollars(worth.total.total_expected))
    .first()
    .waitFor()
})

test('somebody else approves what was submitted, and the link is told once', async () => {
  const { id, content_hash: hash } = await offer()
  await ines.open('/offers')
  await ines.page.getByText('1 waits for approval').waitFor()
  await ines.page.getByRole('link', { name: CANDIDATE }).click()
  await ines.page.getByText(hash).first().waitFor()
  await ines.page.getByRole('button', { name: 'Approve', exact: true }).click()
  await ines.page.getByRole('dialog').getByLabel(/^Note/).fill('Within the plan.')
  await ines.page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click()
  await ines.page.getByRole('heading', { name: 'Approved', exact: true }).waitFor()
  assert.equal(await ines.page.getByRole('button', { name: /^Send to/ }).count(), 0)

  const { page } = tomas
  await tomas.open(`/offers/${id}`)
  await page.getByText('Within the plan.').waitFor()
  await page.getByRole('button', { name: `Send to ${CANDIDATE}` }).click()
  link = await page.getByLabel('The candidate’s link', { exact: true }).inputValue()
  assert.match(link, new RegExp(`^${server.url}/offer/`))
  await page.getByText('It was not opened yet.').waitFor()
  assert.deepEqual(await violations(page), [])
  await lookedAt(tomas, `/offers/${id}`, page.getByRole('heading', { name: `With ${CANDIDATE}` }))
  assert.equal(await page.getByLabel('The candidate’s link', { exact: true }).count(), 0)
  await lookedAt(tomas, '/offers', page.getByRole('link', { name: CANDIDATE }))
})

test('the candidate reads it at a telephone, asks, lays it beside another offer, and accepts by their name', async () => {
  grace = await signIn(browser, server.url, link)
  const { page } = grace
  await page.setViewportSize({ width: 390, height: 844 })
  const path = new URL(link).pathname
  await grace.open(path)
  await page.getByText('We look forward to working with you.').first().waitFor()
  assert.equal(await page.evaluate<number>(WIDTH), 390)
  assert.deepEqual(await violations(page), [])
  const beside = await page.getByRole('link', { name: 'Compare with another offer' }).getAttribute('href')
  await page

    .getByLabel('Ask a question', { exact: true })
    .fill('May I use the dollars for my thesis?')
  await page.getByRole('button', { name: 'Send the question' }).click()
  await page.getByText('May I use the dollars for my thesis?').first().waitFor()

  await tomas.open('/offers')
  await tomas.page.getByRole('cell', { name: 'Answer a question' }).waitFor()
  await tomas.page.getByRole('link', { name: CANDIDATE }).click()
  await tomas.page.getByLabel(/^Answer to “May I/).fill('Yes, all of them.')
  await tomas.page.getByRole('button', { name: 'Answer', exact: true }).click()
  await tomas.page.getByText('Every one is answered.').waitFor()
  await tomas.page.getByText('It was opened.').waitFor()
  await tomas.page.getByText('Opened by the candidate').waitFor()
  await grace.open(path)
  await page.getByText('Yes, all of them.').waitFor()

  await page.goto(new URL(beside ?? '', server.url).href)
  await page
    .getByLabel('The offer, as it was written', { exact: true })
    .fill('$210k base, 15% bonus, $300k RSUs over 4 years')
  await page.getByRole('button', { name: 'Read it' }).click()
  const side = region(grace, 'Over four years')
  await side
    .getByText(formatUsd(860_500n * 1_000_000_000n).replace('$', ''))
    .first()
    .or(side.getByText('$860K'))
    .first()
    .waitFor()
  assert.equal(await page.evaluate<number>(WIDTH), 390)
  assert.deepEqual(await violations(page), [])

  await grace.open(path)
  await page.getByLabel('Type your full name to accept', { exact: true }).fill(CANDIDATE)
  await page.getByRole('button', { name: 'Accept the offer' }).click()
  await region(grace, 'Accepted').getByText(`${CANDIDATE}, on`).waitFor()

  const { id, person_id: person } = await offer()
  await tomas.open(`/offers/${id}`)
  await tomas.page.getByText(`${CANDIDATE} accepted version 1`).waitFor()
  await tomas.page.getByRole('link', { name: 'Their grants' }).click()
  await tomas.page.getByRole('link', { name: 'Signing grant' }).first().waitFor()
  await tomas.open(`/offers/${id}`)
  await tomas.page.getByRole('link', { name: `Open ${CANDIDATE}` }).click()
  await tomas.page.waitForURL(`**/people/${person}`)
})

test('on the first day the first calls of the new hire are paid by the signing grant', async () => {
  const made = await offer()
  await server.stop()
  server = await serveOn(STARTS)
  const { page } = grace
  await page.setViewportSize({ width: 1280, height: 900 })
  await page.goto(`${server.url}${new URL(link).pathname}`)
  await region(grace, 'Accepted').getByRole('button', { name: 'Sign in and look around' }).click()
  await page.getByRole('heading', { name: 'Wallet', level: 1 }).waitFor()
  const me = async <T>(path: string): Promise<T> => {
    const response = await grace.context.request.get(`${server.url}${API}/people/me/${path}`)
    assert.equal(response.status(), 200, await response.text())
    return (await response.json()) as T
  }
  await eventually(async () => {
    const { entries } = await me<Entries>('entries?kind=vested&limit=20')
    assert.ok(entries.length > 0, 'the first part has vested')
  }, PATIENCE)
  const { grants } = await me<Grants>('grants')
  const signing = grants.find(({ name }) => name === 'Signing grant')
  const lot = signing?.tranches[0]?.lot_id
  assert.ok(signing && lot)
  assert.ok(made.content.includes(signing.id), 'the grant is the one that was agreed to')

  await page.goto(`${server.url}/keys`)
  await page.getByRole('button', { name: 'Create your first key' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').first().fill('First day')
  await dialog.getByRole('button', { name: 'Create key' }).click()
  const secret = await page.getByLabel('Secret', { exact: true }).innerText()

  const openai = new OpenAI({ apiKey: secret, baseURL: server.openai_base_url, maxRetries: 0 })
  const anthropic = new Anthropic({ apiKey: secret, baseURL: server.anthropic_base_url, maxRetries: 0 })
  const said = await openai.responses.create({
    model: 'gpt-5.2',
    input: 'Good morning.',
    max_output_tokens: 64,
  })
  assert.notEqual(said.output_text, '')
  const message = await anthropic.messages.create({
    model: 'claude-haiku-4-5',
    max_tokens: 64,
    messages: [{ role: 'user', content: 'Good morning.' }],
  })
  assert.equal(message.content[0]?.type, 'text')

  const { entries, sum } = await me<Entries>('entries?account=spent&limit=20')
  assert.equal(entries.length, 2, 'one entry for each call')
  for (const entry of entries) {
    assert.deepEqual(
      { kind: entry.kind, source: entry.source, grant: entry.grant_id, lot: entry.lot_id },
      { kind: 'settle', source: 'held', grant: signing.id, lot },
    )
    assert.ok(BigInt(entry.amount) > 0n)
  }
  await page.goto(`${server.url}/entries?account=spent&grant=${signing.id}`)
  await page
    .getByText(formatUsd(BigInt(sum), 'exact'))
    .first()
    .waitFor()
})

test('nothing was asked of any other origin, and no page logged an error', () => {
  for (const visitor of [tomas, ines, ada]) {
    assert.deepEqual(visitor.strays, [])
    assert.deepEqual(visitor.errors, [])
  }
  assert.deepEqual(grace.errors, [])
})
