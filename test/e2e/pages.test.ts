import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { formatUsd } from '#base/money.ts'
import { violations } from '../support/accessibility.ts'
import { openBrowser } from '../support/browser.ts'
import { serveInTemp, type ServedInTemp } from '../support/perq.ts'
import { signIn } from '../support/visitor.ts'
import type { Visitor } from '../support/visitor.ts'

type Wallet = { available: string; spent: string; granted: string; lots: { id: string; vested: string }[] }
type Entries = { sum: string; count: number }
type Seats = { seats: { spent: string; month: { worth_nano: string; used_since: string | null } }[] }
type Calls = { calls: { id: string; started_at: string; charged: string; model: string }[] }
type Keys = { keys: { name: string; last_used_at: string | null }[] }
type Grants = {
  grants: { denomination: string; tranches: { date: string; quantity: string; state: string }[] }[]
}

const ME = '/api/v1/people/me'
const PAGES = [
  '/',
  '/vesting',
  '/keys',
  '/keys?tool=claude-seat',
  '/entries?account=available',
  '/entries?asset=SEAT_MONTH',
]
const exact = (amount: string): string => formatUsd(BigInt(amount), 'exact')

let server: ServedInTemp
let browser: Browser
let maya: Visitor
let tomas: Visitor

before(async () => {
  ;[server, browser] = await Promise.all([serveInTemp({ demo: true }), openBrowser()])
  const link = (role: string): string => server.people.find((guest) => guest.role === role)?.signin_url ?? ''
  maya = await signIn(browser, server.url, link('employee'))
  tomas = await signIn(browser, server.url, link('people'))
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

test('a sign-in link opens the wallet once; a used one says so and shows nothing', async () => {
  await maya.page.locator('h1', { hasText: 'Wallet' }).waitFor()
  const used = server.people.find((guest) => guest.role === 'employee')?.signin_url ?? ''
  const stranger = await signIn(browser, server.url, used)
  await stranger.page.getByRole('heading', { name: 'This sign-in link no longer works' }).waitFor()
  await stranger.page.goto(`${server.url}/entries`)
  await stranger.page.getByRole('heading', { name: 'Please sign in' }).waitFor()
  await stranger.context.close()
})

test('a key tells when it was last used: at the start of its last call', async () => {
  const { keys } = await maya.get<Keys>(`${ME}/keys`)
  const { calls } = await maya.get<Calls>(`${ME}/calls?limit=100`)
  const latest = calls.map((call) => call.started_at).toSorted()
  assert.equal(keys[0]?.last_used_at, latest.at(-1))
  await maya.open('/keys')
  await maya.page
    .getByRole('row')
    .filter({ hasText: keys[0]?.name ?? '' })
    .locator(`time[datetime="${keys[0]?.last_used_at ?? ''}"]`)
    .waitFor()
})

test('the wallet shows the amounts of the API to the last digit, and each opens entries that add up to it', async () => {
  await maya.open('/')
  const wallet = await maya.get<Wallet>(`${ME}/wallet`)
  const balance = maya.page.getByRole('region', { name: 'Balance' })
  await balance.getByText(`exactly ${exact(wallet.available)}`).waitFor()
  for (const state of ['available', 'spent'] as const) {
    await maya.open('/')
    await maya.page
      .getByRole('term')
      .filter({ hasText: new RegExp(state, 'i') })
      .first()
      .waitFor()
    await maya.page.locator(`dd a[href="/entries?account=${state}"]`).click()
    await maya.page
      .getByRole('region', { name: 'Ledger entries' })
      .first()
      .getByText(exact(wallet[state]))
      .first()
      .waitFor()
    const entries = await maya.get<Entries>(`${ME}/entries?account=${state}&limit=1`)
    assert.equal(entries.sum, wallet[state])
  }
})

test('the seat says what it was used for, and each of its figures opens entries that add up to it', async () => {
  await maya.open('/')
  const { seats } = await maya.get<Seats>(`${ME}/seats`)
  assert.ok(seats[0] && BigInt(seats[0].spent) > 0n)
  const card = maya.page.getByRole('region', { name: 'Seats' })
  const worth = formatUsd(BigInt(seats[0].month.worth_nano))
  if (seats[0].month.used_since !== null) await card.getByText(worth, { exact: true }).waitFor()
  await card.locator('a[href*="account=spent"]').click()
  const months = seats[0].spent === '1' ? '1 seat-month' : `${seats[0].spent} seat-months`
  await maya.page.getByText(months, { exact: true }).first().waitFor()
  const entries = await maya.get<Entries>(`${ME}/entries?asset=SEAT_MONTH&account=spent&limit=1`)
  assert.equal(entries.sum, seats[0].spent)
})

test('the month’s figure, its chart and the entries behind it are one sum', async () => {
  await maya.open('/')
  const figure = maya.page.getByRole('region', { name: 'Key figures' }).locator('a[href*="account=spent"]')
  const href = (await figure.getAttribute('href')) ?? ''
  const { sum } = await maya.get<Entries>(`${ME}/entries${href.replace('/entries', '')}&limit=1`)
  assert.equal(await figure.textContent(), formatUsd(BigInt(sum)))
  await maya.page
    .getByText(new RegExp(`^\\${formatUsd(BigInt(sum)).replaceAll('.', '\\.')} in 30 days`))
    .waitFor()
})

test('the vesting page names the next tranche of all grants, and its twin lists every tranche', async () => {
  await maya.open('/vesting')
  const { grants } = await maya.get<Grants>(`${ME}/grants`)
  const next = grants
    .filter((grant) => grant.denomination === 'usd')
    .flatMap((grant) => grant.tranches.filter((tranche) => tranche.state === 'upcoming'))
    .toSorted((a, b) => (a.date < b.date ? -1 : 1))[0]
  assert.ok(next)
  const first = maya.page.getByRole('region', { name: 'Next tranche' })
  await first
    .getByText(formatUsd(BigInt(next.quantity)), { exact: true })
    .first()
    .waitFor()
  await maya.page.getByRole('button', { name: 'View as table' }).first().click()
  const rows = maya.page.getByRole('table', { name: /^Tranches of/ }).getByRole('row')
  const listed = (await rows.count()) - 1
  assert.ok(grants.some((grant) => grant.tranches.length === listed))
})

test('no page has a serious accessibility violation, in light or in dark', async () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    await maya.page.emulateMedia({ colorScheme })
    for (const path of [...PAGES, '/keys?new=1']) {
      await maya.open(path)
      assert.deepEqual(await violations(maya.page), [], `${path} in ${colorScheme}`)
    }
    const { calls } = await maya.get<Calls>(`${ME}/calls?limit=1`)
    await maya.open(`/?call=${calls[0]?.id ?? ''}`)
    await maya.page.getByRole('heading', { name: 'Ledger entries' }).waitFor()
    assert.deepEqual(await violations(maya.page), [], `call panel in ${colorScheme}`)
    await tomas.page.emulateMedia({ colorScheme })
    await tomas.open('/people')
    assert.deepEqual(await violations(tomas.page), [], `/people in ${colorScheme}`)
  }
  await maya.page.emulateMedia({ colorScheme: 'light' })
})

test('at 390 pixels no page scrolls sideways', async () => {
  const width = 'document.documentElement.scrollWidth'
  for (const [visitor, paths] of [
    [maya, PAGES],
    [tomas, ['/people']],
  ] as const) {
    await visitor.page.setViewportSize({ width: 390, height: 844 })
    for (const path of paths) {
      await visitor.open(path)
      assert.equal(await visitor.page.evaluate<number>(width), 390, path)
    }
    await visitor.page.setViewportSize({ width: 1280, height: 900 })
  }
})

test('where the sidebar leaves little, nothing scrolls sideways or covers the first figure', async () => {
  const { page } = maya
  await page.setViewportSize({ width: 820, height: 900 })
  for (const [path, name] of [
    ['/', 'Balance'],
    ['/usage', 'Spent'],
  ] as const) {
    await maya.open(path)
    assert.equal(await page.evaluate<number>('document.documentElement.scrollWidth'), 820, path)
    const card = page.getByRole('region', { name, exact: true })
    const figure = await card.getByRole('link').first().boundingBox()
    const beside = await card.locator('.bg-sunken').first().boundingBox()
    assert.ok(figure && beside)
    assert.ok(figure.x + figure.width <= beside.x || figure.y + figure.height <= beside.y, path)
  }
  await page.setViewportSize({ width: 1280, height: 900 })
})

test('a key is made, used and its call understood with the keyboard alone', async () => {
  const { page } = maya
  const { keyboard } = page
  await maya.open('/')
  await keyboard.press('g')
  await keyboard.press('k')
  await page.getByRole('heading', { name: 'Keys & setup' }).waitFor()
  await keyboard.press('c')
  await page.getByRole('dialog', { name: 'Create a key' }).locator(':focus').waitFor()
  await keyboard.type('Keyboard walk')
  await keyboard.press('Enter')
  const secret = (await page.getByLabel('Secret').textContent()) ?? ''
  assert.match(secret, /^pq_/)
  await keyboard.press('Escape')
  assert.ok(await page.getByLabel('Secret').isVisible(), 'a stray Esc must not lose the secret')
  await page.getByRole('button', { name: 'I saved it' }).focus()
  await keyboard.press('Enter')
  await page.getByText('Waiting for the first call').waitFor()
  assert.ok(
    (await page.locator('pre').first().textContent())?.includes(secret),
    'snippets carry the fresh secret',
  )

  const answered = await fetch(`${server.url}/anthropic/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': secret, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'claude-haiku-4-5',
      max_tokens: 64,
      messages: [{ role: 'user', content: 'Say hello.' }],
    }),
  })
  assert.equal(answered.status, 200, await answered.text())
  await page.getByText('First call received').waitFor()

  await keyboard.press('g')
  await keyboard.press('w')
  await page.getByRole('cell', { name: 'Keyboard walk' }).first().waitFor()
  await keyboard.press('j')
  await keyboard.press('Enter')
  const panel = page.getByRole('dialog', { name: 'Why it cost what it cost' })
  const { calls } = await maya.get<Calls>(`${ME}/calls?limit=1`)
  await panel
    .getByText(exact(calls[0]?.charged ?? '0'), { exact: true })
    .first()
    .waitFor()
  await keyboard.press('Escape')
  await panel.waitFor({ state: 'hidden' })
  // With the mouse any place of the row will do.
  await page.getByRole('cell', { name: 'Keyboard walk' }).first().click()
  await panel.waitFor()
  await keyboard.press('Escape')
  await panel.waitFor({ state: 'hidden' })

  await keyboard.press('Control+k')
  await page.getByRole('combobox').waitFor()
  await keyboard.type('vest')
  await keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Vesting', exact: true }).waitFor()
})

test('revoking says what happens and ends the key', async () => {
  const { page } = maya
  await maya.open('/keys')
  await page.getByRole('button', { name: 'Revoke Keyboard walk' }).click()
  const dialog = page.getByRole('dialog', { name: 'Revoke Keyboard walk?' })
  await dialog.getByText('Within one second').waitFor()
  await dialog.getByRole('button', { name: 'Revoke key' }).click()
  await page.getByRole('row').filter({ hasText: 'Keyboard walk' }).getByText('revoked').waitFor()
})

test('the people team finds and reads a person; an employee is told why not and who can help', async () => {
  await tomas.open('/people')
  await tomas.page.getByLabel('Search people').fill('Noor')
  await tomas.page.getByRole('link', { name: 'Noor Haddad' }).click()
  await tomas.page.getByRole('heading', { name: 'Noor Haddad' }).waitFor()
  await tomas.page.getByText('read-only').waitFor()
  await tomas.page.getByRole('heading', { name: 'Available to spend' }).waitFor()

  await maya.page.goto(`${server.url}/people`)
  const denied = maya.page.getByRole('alert')
  await denied.getByText('You may not see this').waitFor()
  assert.match((await denied.textContent()) ?? '', /ask an administrator/)
})

test('a server out of reach is said with the age of what is seen, and an error stands until it is retried', async () => {
  const { page } = maya
  const wallet = '**/api/v1/people/me/wallet'
  await maya.open('/')
  await page.route(wallet, (route) => route.abort())
  await page.getByText(/^These figures are .* old/).waitFor()
  await page.reload()
  const failure = page.getByRole('alert')
  await failure.getByText('This could not be loaded').waitFor()
  await failure.getByText('unreachable').waitFor()
  await page.waitForTimeout(2_500)
  assert.ok(await failure.isVisible(), 'polling must not hide the error')
  await page.unroute(wallet)
  await failure.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('heading', { name: 'Available to spend' }).waitFor()
})

test('nothing was asked of any other origin, and no page logged an error', () => {
  for (const visitor of [maya, tomas]) {
    assert.deepEqual(visitor.strays, [])
    assert.deepEqual(visitor.errors, [])
  }
})

test('signing out leaves nothing behind', async () => {
  await tomas.open('/')
  await tomas.page
    .getByRole('button', { name: /^Account of/ })
    .first()
    .click()
  await tomas.page.getByRole('menuitem', { name: 'Sign out' }).click()
  await tomas.page.getByRole('heading', { name: 'You are signed out' }).waitFor()
  await tomas.page.goto(`${server.url}/`)
  await tomas.page.getByRole('heading', { name: 'Please sign in' }).waitFor()
})
