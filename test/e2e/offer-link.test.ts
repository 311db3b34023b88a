import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { formatUsd } from '#base/money.ts'
import { violations } from '../support/accessibility.ts'
import { openBrowser } from '../support/browser.ts'
import { eventually } from '../support/eventually.ts'
import { offerMaker, type Made, type OfferMaker } from '../support/candidate.ts'
import { servePerq, tempFolder, type Served } from '../support/perq.ts'
import { stageOf } from '../support/stage.ts'

type Year = { total_expected: string; total_cap: string; compute_cap: string }
type Seen = {
  status: string
  content_hash: string
  worth: { total: Year; lines: { asset: string; total: { cap: string } }[] }
  events: { kind: string }[]
  questions: { id: string; text: string }[]
  acceptance: { typed_name: string; content_hash: string } | null
}

const WIDTH = 'document.documentElement.scrollWidth'
const PHONE = { width: 390, height: 844 }
const folder = tempFolder()
let server: Served
let browser: Browser
let maker: OfferMaker
/** Nobody's browser: no session. */
let context: BrowserContext
let page: Page
const errors: string[] = []

before(async () => {
  ;[server, browser] = await Promise.all([
    servePerq({ data: folder.path, args: ['--demo-provider'] }),
    openBrowser(),
  ])
  await Promise.all([
    run('person', 'add', 'tomas@perq.test', '--name', 'Tomas Aguilar', '--role', 'people'),
    run('person', 'add', 'ines@perq.test', '--name', 'Ines Moreau', '--role', 'finance'),
  ])
  const [tomas, ines] = await Promise.all([enter('tomas@perq.test'), enter('ines@perq.test')])
  maker = await offerMaker(tomas, ines, server.url)
  context = await browser.newContext({ viewport: PHONE, reducedMotion: 'reduce' })
  page = await context.newPage()
  page.setDefaultTimeout(30_000)
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      errors.push(message.text())
  })
})
after(async () => {
  await browser?.close()
  await server?.stop()
  folder.remove()
})

const { run, enter } = stageOf(folder.path, () => ({ server, browser }))
const open = async ({ path }: Pick<Made, 'path'>): Promise<void> => {
  // Whatever the test before left behind.
  await page.emulateMedia({ media: 'screen', colorScheme: 'light' })
  await page.setViewportSize(PHONE)
  await page.goto(server.url + path)
  await page.locator('h1').waitFor()
}
/** Charts measure themselves again after the window was made narrower, so this waits until they have. */
const fits = (where: Page, width: number): Promise<void> =>
  eventually(async () => assert.ok((await where.evaluate<number>(WIDTH)) <= width, `${width} px`), 30_000)
const usd = (nano: string): string => formatUsd(BigInt(nano))

test('on a phone the first number is what the offer is worth, to the cent, and nothing keeps anybody from reading it', async () => {
  const made = await maker.send({ name: 'Ada Park', email: 'ada.park@example.test' })
  await open(made)
  const { worth } = await maker.read<Seen>(made.id)
  assert.equal(await page.locator('h1').innerText(), 'Research engineer')
  await page.getByText(usd(worth.total.total_expected), { exact: true }).first().waitFor()
  await page.getByText(usd(worth.total.total_cap), { exact: true }).first().waitFor()
  await page.getByRole('heading', { name: 'What is guaranteed' }).waitFor()
  for (const [scheme, size] of [
    ['light', PHONE],
    ['dark', { width: 1280, height: 900 }],
  ] as const) {
    await page.setViewportSize(size)
    await page.emulateMedia({ colorScheme: scheme })
    assert.deepEqual(await violations(page), [], `${scheme} ${size.width}`)
    await fits(page, size.width)
  }
  await page.setViewportSize(PHONE)
  await page.emulateMedia({ media: 'print', colorScheme: 'light' })
  await fits(page, PHONE.width)
  assert.equal(await page.getByRole('button', { name: 'Accept the offer' }).isVisible(), false)
  await page.emulateMedia({ media: 'screen' })
  // The page itself tells that it was opened; whoever only fetches the address, as previews of links do, does not.
  const { events } = await maker.read<Seen>(made.id)
  assert.equal(events.filter(({ kind }) => kind === 'viewed').length, 1)
  const other = await maker.send({ name: 'Bo Lind', email: 'bo@example.test' })
  assert.equal((await context.request.get(other.url)).status(), 200)
  const unseen = await maker.read<Seen>(other.id)
  assert.ok(unseen.events.every(({ kind }) => kind !== 'viewed'))
})

test('when prices move, hours move with them to the cent, and dollars stay', async () => {
  const made = await maker.send({ name: 'Cy Dean', email: 'cy@example.test' })
  await open(made)
  const { worth } = await maker.read<Seen>(made.id)
  const caps = worth.lines.map(({ asset, total }) => ({ asset, cap: BigInt(total.cap) }))
  const slider = page.getByRole('slider')
  await slider.focus()
  await page.keyboard.press('Home')
  await page.getByText('−90%').first().waitFor()
  const left = caps.reduce((sum, { asset, cap }) => {
    const [tenth, rest] = [cap / 10n, cap % 10n]
    // Half to even, as everywhere.
    const rounded = rest > 5n || (rest === 5n && tenth % 2n === 1n) ? tenth + 1n : tenth
    return sum + (asset === 'USD' ? cap : rounded)
  }, 0n)
  const told = page.getByRole('region', { name: 'If prices change' })
  await told.getByText(formatUsd(left), { exact: true }).waitFor()
  await page.keyboard.press('End')
  await told.getByText('+60%').first().waitFor()
})

test('a question is asked on the page, and its answer is read there', async () => {
  const made = await maker.send({ name: 'Di Eng', email: 'di@example.test' })
  await open(made)
  await page.getByLabel('Ask a question').fill('May I work from Oslo?')
  await page.getByRole('button', { name: 'Send the question' }).click()
  await page.getByText('Not answered yet.').waitFor()
  const [asked] = (await maker.read<Seen>(made.id)).questions
  await maker.answer(asked!.id, 'Yes, from the first day.')
  await open(made)
  await page.getByText('Yes, from the first day.').waitFor()
  assert.deepEqual(await violations(page), [])
})

test('by keyboard alone an offer is accepted, what was agreed to is kept, and the way in opens once', async () => {
  const made = await maker.send({ name: 'Eva Fuchs', email: 'eva@example.test' })
  await open(made)
  await page.getByRole('link', { name: 'Answer the offer' }).focus()
  await page.keyboard.press('Enter')
  const name = page.getByLabel('Type your full name to accept')
  await name.focus()
  await page.keyboard.type('Somebody Else')
  await page.keyboard.press('Enter')
  await page
    .getByText(/Eva Fuchs/)
    .last()
    .waitFor()
  assert.equal((await maker.read<Seen>(made.id)).status, 'sent')
  await name.fill('')
  await name.focus()
  await page.keyboard.type('eva fuchs')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'You accepted this offer' }).waitFor()
  const { acceptance, content_hash: hash, status } = await maker.read<Seen>(made.id)
  assert.deepEqual([status, acceptance?.content_hash], ['accepted', hash])
  await page.getByText(hash).first().waitFor()
  assert.deepEqual(await violations(page), [])
  await page.getByRole('button', { name: 'Sign in and look around' }).click()
  await page.getByRole('navigation').first().waitFor()
  await open(made)
  await page.getByText('You have signed in before').waitFor()
  await context.clearCookies()
})

test('an offer is declined without a reason, and its link says so and nothing else', async () => {
  const made = await maker.send({ name: 'Flo Gray', email: 'flo@example.test' })
  await open(made)
  await page.getByRole('button', { name: 'Decline…' }).click()
  await page.getByRole('button', { name: 'Decline the offer' }).click()
  await page.getByRole('heading', { name: 'You declined this offer' }).waitFor()
  assert.equal((await maker.read<Seen>(made.id)).status, 'declined')
  await open(made)
  assert.equal(await page.locator('h1').innerText(), 'You declined this offer')
  assert.doesNotMatch(await page.locator('body').innerText(), /\$|Flo|Research/)
})

test('a tampered link, a revoked one and one of nothing show the same plain page and leak nothing', async () => {
  const made = await maker.send({ name: 'Gil Hart', email: 'gil@example.test' })
  const token = made.path.split('/').at(-1)!
  const revoked = await maker.send({ name: 'Hal Ives', email: 'hal@example.test' })
  await maker.step(revoked.id, 'revoke')
  const seen: string[] = []
  for (const one of [
    token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A'),
    (token.startsWith('A') ? 'B' : 'A') + token.slice(1),
    revoked.path.split('/').at(-1)!,
    'nothing',
  ]) {
    await open({ path: `/offer/${one}` })
    seen.push(await page.locator('body').innerText())
    assert.equal(await page.title(), 'This link does not work · Perq')
  }
  assert.equal(new Set(seen).size, 1)
  assert.match(seen[0]!, /^This link does not work\s+Ask whoever sent it for a new one\.$/)
  assert.deepEqual(await violations(page), [])
  // The address of a good one is a secret: it goes nowhere and nobody keeps it.
  const headers = (await context.request.get(made.url)).headers()
  assert.equal(headers['referrer-policy'], 'no-referrer')
  assert.equal(headers['cache-control'], 'no-store')
  assert.match(headers['x-robots-tag'] ?? '', /noindex/)
})

test('the letter opens beside the page in light, dark and narrow, and goes on to a comparison of this very offer', async () => {
  const made = await maker.send({ name: 'Ian Jura', email: 'ian@example.test' })
  await open(made)
  const [letter] = await Promise.all([
    context.waitForEvent('page'),
    page.getByRole('link', { name: 'Letter as HTML' }).click(),
  ])
  await letter.getByRole('heading', { name: 'Dear Ian Jura' }).waitFor()
  for (const scheme of ['light', 'dark'] as const) {
    await letter.emulateMedia({ colorScheme: scheme })
    await fits(letter, PHONE.width)
  }
  const style = await letter.evaluate<string>(
    "getComputedStyle(document.querySelector('main')).backgroundColor",
  )
  assert.equal(style, 'rgb(20, 21, 26)')
  await letter.close()
  const link = await page.getByRole('link', { name: 'Compare with another offer' }).getAttribute('href')
  const ask = Buffer.from(link!.split('#v1.')[1]!, 'base64url').toString()
  const { offers } = JSON.parse(ask) as { offers: { salary: string; compute: { quantity: string }[] }[] }
  assert.equal(offers[0]?.salary, '245000')
  assert.deepEqual(
    offers[0]?.compute.map(({ quantity }) => quantity),
    // The last is what the company pays beside grants.
    ['96000', '12000', '9600'],
  )
  assert.deepEqual(errors, [])
})
