import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { formatUsd } from '#base/money.ts'
import { addDays, dayOf } from '#base/time.ts'
import { violations } from '../support/accessibility.ts'
import { openBrowser } from '../support/browser.ts'
import { servePerq, tempFolder, type Served } from '../support/perq.ts'
import { stageOf } from '../support/stage.ts'
import type { Visitor } from '../support/visitor.ts'

type Split = { total: string; unvested: string; vested: string }
type Basis = {
  basis: string
  cap: Split
  expected: Split
  dollars: string
  missing: { asset: string }[]
}
type Sums = {
  bases: Basis[]
  change: { cap: { opening: string; closing: string; parts: Record<string, string> } }
}
type Mark = { hash: string; mid: string; stale_days: number }
type Value = Sums & {
  assets: { asset: string; prices: { basis: string; mark: Mark | null }[] }[]
  groups: (Sums & { key: string; name: string })[]
}
type Person = Sums & { rows: (Sums & { book_id: string; asset: string })[] }
type Frozen = { observations: { provider: string; source: string }[] }

const WIDTH = 'document.documentElement.scrollWidth'
const folder = tempFolder()
const today = dayOf(Date.now())
let server: Served
let browser: Browser
let ada: Visitor
let fin: Visitor
let tomas: Visitor
let people: Readonly<Record<string, string>>

before(async () => {
  ;[server, browser] = await Promise.all([
    servePerq({ data: folder.path, args: ['--demo-provider'] }),
    openBrowser(),
  ])
  await Promise.all([
    run('person', 'add', 'ada@perq.test', '--name', 'Ada Byron', '--hired', '2024-01-31'),
    run('person', 'add', 'bea@perq.test', '--name', 'Bea Klein', '--hired', '2024-01-31'),
    run('person', 'add', 'fin@perq.test', '--name', 'Fay Finch', '--role', 'finance'),
    run('person', 'add', 'tomas@perq.test', '--name', 'Tomas Aguilar', '--role', 'people'),
  ])
  ;[ada, fin, tomas] = await Promise.all([
    enter('ada@perq.test'),
    enter('fin@perq.test'),
    enter('tomas@perq.test'),
  ])
  const all = await tomas.get<{ people: { id: string; name: string }[] }>('/api/v1/people')
  people = Object.fromEntries(all.people.map(({ id, name }) => [name, id]))
})
after(async () => {
  await browser?.close()
  await server?.stop()
  folder.remove()
})

const { run, enter } = stageOf(folder.path, () => ({ server, browser }))

async function write<T>(path: string, data: object): Promise<T> {
  const response = await tomas.context.request.post(`${server.url}/api/v1${path}`, {
    headers: { 'x-perq-csrf': '1' },
    data,
  })
  assert.ok(response.ok(), `${path}: ${await response.text()}`)
  return (await response.json()) as T
}

/** Twelve months, three of them vested: dollars, hours, and seats, which nobody has stated a price of. */
async function promise(): Promise<void> {
  const monthly = (name: string, more: object): Promise<{ id: string }> =>
    write('/templates', {
      name,
      statements: [
        { order: 1, percentage: '1', schedule: { occurrences: 12, period: 1, period_type: 'MONTHS' } },
      ],
      ...more,
    })
  const start = addDays(today, -100)
  const grant = async (name: string, template: { id: string }, quantity: string): Promise<unknown> =>
    write('/grants', {
      person_id: people[name],
      template_id: template.id,
      quantity,
      start_date: start,
      grant_date: start,
    })
  const dollars = await monthly('Monthly dollars', {})
  const unit = { accelerator: 'H100-SXM', tier: 'guaranteed' }
  const hours = await monthly('Research hours', { denomination: 'gpu_hour', unit })
  const seats = await monthly('Seats', { denomination: 'seat_month' })
  await grant('Ada Byron', dollars, '12000000000000')
  await grant('Ada Byron', hours, String(12_000 * 3_600))
  await grant('Bea Klein', dollars, '2400000000000')
  await grant('Bea Klein', seats, '12')
  await run('vest')
}

const of = (sums: Sums, basis = 'replacement'): Basis => sums.bases.find((one) => one.basis === basis)!
const since = addDays(today, -30)
const company = (basis = 'replacement'): Promise<Value> =>
  fin.get<Value>(`/api/v1/value?from=${since}&basis=${basis}`)
/** As a heading tells it: three digits and a letter from a hundred thousand dollars on. */
const exactTitle = (nano: string): string => formatUsd(BigInt(nano), 'exact')

test('in a company that owes nothing the page says so, and who may not see it is told why', async () => {
  await fin.open('/value')
  await fin.page.getByText('Nothing is owed', { exact: true }).waitFor()
  await ada.open('/worth')
  await ada.page.getByText('Nothing is owed to you').waitFor()
  await ada.open('/value')
  await ada.page.getByText('You may not see this').waitFor()
  assert.equal(await ada.page.getByRole('link', { name: 'Value', exact: true }).count(), 0)
})

test('the first number, the table and the causes are the API’s, to the nano-dollar', async () => {
  await promise()
  const value = await company()
  await fin.open('/value')
  const { page } = fin
  assert.equal(
    await page.locator('[data-figure="cap"]').getAttribute('title'),
    exactTitle(of(value).cap.total),
  )
  for (const { name, bases } of value.groups) {
    const row = page.getByRole('region', { name: 'Value by person' }).locator('tr').filter({ hasText: name })
    await row
      .getByText(formatUsd(BigInt(bases[1]!.cap.total)), { exact: true })
      .first()
      .waitFor()
  }
  const { opening, closing, parts } = value.change.cap
  assert.equal(
    Object.values(parts).reduce((sum, part) => sum + BigInt(part), BigInt(opening)),
    BigInt(closing),
  )
  const why = page.getByRole('list', { name: 'From then to now' })
  await why.getByText(formatUsd(BigInt(closing)), { exact: true }).waitFor()
  await page.getByText('one kind has no price').waitFor()
  await page.getByText('nobody has stated what SEAT_MONTH is worth').first().waitFor()
})

test('another basis is chosen without a mouse, and every price opens the offers behind it', async () => {
  const { page } = fin
  await fin.open('/')
  await page.keyboard.press('g')
  await page.keyboard.press('f')
  await page.getByRole('heading', { name: 'Value', level: 1 }).waitFor()
  const list = page.getByRole('button', { name: /^List/ })
  await list.focus()
  await page.keyboard.press('Enter')
  const value = await company('list')
  await page.locator(`[data-figure="cap"][title="${exactTitle(of(value, 'list').cap.total)}"]`).waitFor()
  const hours = value.assets.find(({ asset }) => asset.startsWith('GPU_SECOND'))!
  const { mark } = hours.prices.find(({ basis }) => basis === 'replacement')!
  assert.ok(mark)
  const price = page
    .getByRole('region', { name: /^Prices of H100-SXM/ })
    .getByRole('button', { name: formatUsd(BigInt(mark.mid)), exact: true })
  await price.focus()
  await page.keyboard.press('Enter')
  const panel = page.getByRole('dialog', { name: 'What the price was made of' })
  const frozen = await fin.get<Frozen>(`/api/v1/hardware/marks/${mark.hash}`)
  assert.ok(frozen.observations.length >= 5)
  await panel.getByText(mark.hash).waitFor()
  const rows = panel.getByRole('region', { name: 'Offers behind the price' }).locator('tbody tr')
  assert.equal(await rows.count(), frozen.observations.length)
  assert.deepEqual(await violations(page), [])
  await page.keyboard.press('Escape')
  await panel.waitFor({ state: 'detached' })
})

test('the slider moves hours and leaves what has no such price, exactly', async () => {
  const { page } = fin
  await fin.open('/value')
  const { cap, dollars } = of(await company())
  const slider = page.getByRole('slider')
  await slider.focus()
  await page.keyboard.press('Home')
  const fixed = BigInt(dollars)
  const then = fixed + ((BigInt(cap.total) - fixed) * 10n) / 100n
  await page.getByText('90 % lower', { exact: true }).waitFor()
  const table = page.getByRole('region', { name: 'Worth with prices 90 % lower' })
  await table.getByText(formatUsd(then), { exact: true }).waitFor()
  await page.keyboard.press('End')
  const up = fixed + ((BigInt(cap.total) - fixed) * 160n) / 100n
  const risen = page.getByRole('region', { name: 'Worth with prices 60 % higher' })
  await risen.getByText(formatUsd(up), { exact: true }).waitFor()
})

test('a person sees two numbers for each grant, the same that finance sees of them', async () => {
  const own = await ada.get<Person>(`/api/v1/people/me/value?from=${since}`)
  await ada.open('/worth')
  await fin.open(`/people/${people['Ada Byron']}/worth`)
  for (const { page } of [ada, fin])
    for (const { book_id: book, ...sums } of own.rows) {
      const { cap, expected } = of(sums)
      const shown = (figure: string): Promise<string | null> =>
        page.locator(`[data-figure="${figure}-${book}"]`).textContent()
      assert.equal(await shown('cap'), formatUsd(BigInt(cap.total)))
      assert.equal(await shown('expected'), formatUsd(BigInt(expected.total)))
      assert.ok(BigInt(expected.total) < BigInt(cap.total))
    }
})

test('what is typed beside the compute is compared by the API, and kept nowhere', async () => {
  const { page } = ada
  await ada.open('/worth')
  const card = page.getByRole('region', { name: 'Beside other pay' })
  await card.getByLabel('Salary a year ($)').fill('much')
  await card.getByText('Give a number, such as 200,000.').waitFor()
  const asked = page.waitForResponse(
    (response) => response.url().includes('/value/compare?') && response.url().includes('salary=123456'),
  )
  await card.getByLabel('Salary a year ($)').fill('123,456')
  const { total } = (await (await asked).json()) as {
    total: { total: string; hours: string; dollars: string }
  }
  const years = card.getByRole('region', { name: 'Year by year' })
  await years.getByText(formatUsd(BigInt(total.total)), { exact: true }).waitFor()
  const compute = BigInt(total.hours) + BigInt(total.dollars)
  await years.getByText(formatUsd(compute), { exact: true }).waitFor()
})

test('a page that cannot be loaded says so and can be asked again', async () => {
  const { page } = fin
  let broken = true
  await page.route('**/api/v1/value?*', (route) => (broken ? route.abort() : route.continue()))
  await page.goto(`${server.url}/value`)
  await page.getByText('This could not be loaded').waitFor({ timeout: 30_000 })
  broken = false
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.locator('[data-figure="cap"]').waitFor()
  await page.unroute('**/api/v1/value?*')
})

test('no page of value has a serious accessibility violation, in light or in dark, and none scrolls sideways', async () => {
  const views = [
    [fin, '/value'],
    [fin, '/value?by=asset&since=365&basis=cost'],
    [ada, '/worth'],
  ] as const
  for (const [who, path] of views) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await who.page.emulateMedia({ colorScheme })
      await who.open(path)
      assert.deepEqual(await violations(who.page), [], `${path} in ${colorScheme}`)
    }
    await who.page.emulateMedia({ colorScheme: 'light' })
    await who.page.setViewportSize({ width: 390, height: 844 })
    await who.open(path)
    assert.equal(await who.page.evaluate<number>(WIDTH), 390, path)
    await who.page.setViewportSize({ width: 1280, height: 900 })
  }
  assert.deepEqual([...ada.strays, ...fin.strays], [])
  assert.deepEqual([...ada.errors, ...fin.errors], [])
})
