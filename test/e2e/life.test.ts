import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { formatUsd } from '#base/money.ts'
import { formatQuantity } from '#base/quantity.ts'
import { addDays, dayOf } from '#base/time.ts'
import { violations } from '../support/accessibility.ts'
import { openBrowser } from '../support/browser.ts'
import { servePerq, tempFolder, type Served } from '../support/perq.ts'
import { stageOf } from '../support/stage.ts'
import type { Visitor } from '../support/visitor.ts'

type Tranche = { date: string; quantity: string; state: string }
type Contract = { version: number; quantity: string; status: string; tranches: Tranche[] }
type Wallet = { asset: 'USD' | typeof GPU; available: string; unvested: string }
type Life = { leaves: { kind: string; from: string; to: string | null; withdrawn: boolean }[] }

const WIDTH = 'document.documentElement.scrollWidth'
const GPU = 'GPU_SECOND/H100-SXM/priority'
const folder = tempFolder()
const today = dayOf(Date.now())
let server: Served
let browser: Browser
let ada: Visitor
let tomas: Visitor
let adaId: string
let monthlyId: string
let yearlyId: string

before(async () => {
  ;[server, browser] = await Promise.all([
    servePerq({ data: folder.path, args: ['--demo-provider'] }),
    openBrowser(),
  ])
  await Promise.all([
    run('person', 'add', 'ada@perq.test', '--name', 'Ada Byron', '--hired', '2020-01-31'),
    run('person', 'add', 'tomas@perq.test', '--name', 'Tomas Aguilar', '--role', 'people'),
  ])
  ;[ada, tomas] = await Promise.all([enter('ada@perq.test'), enter('tomas@perq.test')])
  const { people } = await tomas.get<{ people: { id: string; name: string }[] }>('/api/v1/people')
  adaId = people.find(({ name }) => name === 'Ada Byron')!.id
  monthlyId = await template('Monthly', 12, 'MONTHS')
  yearlyId = await template('Yearly', 4, 'YEARS')
})
after(async () => {
  await browser?.close()
  await server?.stop()
  folder.remove()
})

const { run, enter } = stageOf(folder.path, () => ({ server, browser }))

async function write(path: string, data: object): Promise<string> {
  const response = await tomas.context.request.post(`${server.url}/api/v1${path}`, {
    headers: { 'x-perq-csrf': '1' },
    data,
  })
  assert.ok(response.ok(), `${path}: ${await response.text()}`)
  return ((await response.json()) as { id: string }).id
}

const template = (name: string, occurrences: number, unit: string, more: object = {}): Promise<string> =>
  write('/templates', {
    name,
    statements: [{ order: 1, percentage: '1', schedule: { occurrences, period: 1, period_type: unit } }],
    ...more,
  })

const grant = (of: string, name: string, start: string, quantity: string): Promise<string> =>
  write('/grants', {
    person_id: adaId,
    template_id: of,
    name,
    quantity,
    start_date: start,
    grant_date: start < today ? start : today,
  })

const contract = (id: string): Promise<Contract> => tomas.get<Contract>(`/api/v1/grants/${id}`)

/** A row each: the date as the machine reads it, then the other cells. */
async function tableOf(page: Page, label: string): Promise<string[][]> {
  const rows = page.getByRole('region', { name: label }).locator('tbody tr')
  const found: string[][] = []
  for (const row of await rows.all()) {
    const date = (await row.locator('time').first().getAttribute('datetime')) ?? ''
    found.push([date, ...(await row.locator('td').allTextContents()).slice(1)])
  }
  return found
}

const change = async (page: Page, item: string): Promise<void> => {
  await page.getByRole('button', { name: 'Change', exact: true }).click()
  await page.getByRole('menuitem', { name: item }).click()
}

test('a schedule from January 31 and one from February 29 keep to their days in the chart’s table', async () => {
  const { page } = ada
  const cases = [
    [
      monthlyId,
      '2028-01-31',
      ['2028-02-29', '2028-03-31', '2028-04-30', '2028-05-31', '2028-06-30', '2028-07-31'].concat([
        '2028-08-31',
        '2028-09-30',
        '2028-10-31',
        '2028-11-30',
        '2028-12-31',
        '2029-01-31',
      ]),
    ],
    [yearlyId, '2028-02-29', ['2029-02-28', '2030-02-28', '2031-02-28', '2032-02-29']],
  ] as const
  for (const [of, start, dates] of cases) {
    const id = await grant(of, `From ${start}`, start, '1200000000007')
    const { tranches } = await contract(id)
    assert.deepEqual(
      tranches.map(({ date }) => date),
      dates,
    )
    // Somebody who leaves on the day of a tranche does not get it.
    const on = dates[2]!
    await ada.open(`/grants/${id}?leave=${on}`)
    const card = page.getByRole('region', { name: 'By then, and never' })
    await card.getByRole('button', { name: 'View as table' }).click()
    const rows = await tableOf(page, 'As planned and Leaving')
    let planned = 0n
    let kept = 0n
    const expected = tranches.map(({ date, quantity }) => {
      planned += BigInt(quantity)
      if (date < on) kept += BigInt(quantity)
      return [date, formatUsd(planned), formatUsd(kept)]
    })
    assert.deepEqual(
      rows.map((row) => row.slice(0, 3)),
      expected,
    )
  }
})

test('an amendment shows both schedules before it is made, and makes that very one', async () => {
  const { page } = tomas
  const id = await grant(monthlyId, 'To amend', addDays(today, -70), '1200000000000')
  const before = await contract(id)
  await tomas.open(`/grants/${id}`)
  await change(page, 'Amend…')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel(/^Quantity of the whole grant/).fill('1,800')
  await dialog.getByLabel('Reason').fill('Promoted')
  await dialog.getByText('+$600.00: $1,200.00 becomes $1,800.00.').waitFor()
  assert.deepEqual(await contract(id), before, 'a look changes nothing')
  assert.deepEqual(await violations(page), [])
  await dialog.getByRole('button', { name: 'View as table' }).click()
  const rows = await tableOf(page, 'As it is and As it would be')
  await dialog.getByRole('button', { name: 'Make the new version' }).click()
  await dialog.waitFor({ state: 'detached' })
  const done = await contract(id)
  assert.deepEqual([done.version, done.quantity], [2, '1800000000000'])
  const total = new Map<string, bigint>()
  let sum = 0n
  for (const { date, quantity } of done.tranches.toSorted((a, b) => (a.date < b.date ? -1 : 1))) {
    sum += BigInt(quantity)
    total.set(date, sum)
  }
  assert.ok(rows.length > 0)
  for (const [date, , after] of rows) {
    if (total.has(date!)) assert.equal(after, formatUsd(total.get(date!)!), date)
  }
  assert.equal(rows.at(-1)?.[2], '$1,800.00')
})

test('a leave of absence and its end are rehearsed, then recorded, from the keyboard too', async () => {
  const { page } = tomas
  await tomas.open(`/people/${adaId}`)
  const button = page.getByRole('button', { name: 'Change', exact: true })
  await button.focus()
  await page.keyboard.press('Enter')
  await page.getByRole('menuitem', { name: 'Leave of absence…' }).waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Kind').selectOption('unpaid')
  await dialog.getByText('pauses from the 31st day away').first().waitFor()
  const life = (): Promise<Life> => tomas.get<Life>(`/api/v1/people/${adaId}/life`)
  assert.deepEqual((await life()).leaves, [])
  const record = dialog.getByRole('button', { name: 'Record the leave' })
  await record.focus()
  await page.keyboard.press('Enter')
  await dialog.waitFor({ state: 'detached' })
  const [leave] = (await life()).leaves
  assert.deepEqual([leave?.kind, leave?.from, leave?.to], ['unpaid', today, null])
  await change(page, 'End or change a leave…')
  await dialog.getByLabel('It was recorded by mistake').check()
  await dialog.getByRole('button', { name: 'Take the leave back' }).click()
  await dialog.waitFor({ state: 'detached' })
  assert.equal((await life()).leaves[0]?.withdrawn, true)
})

test('what is taken back for cause is told first, and then is exactly that', async () => {
  const { page } = tomas
  const id = await grant(monthlyId, 'To take back', addDays(today, -70), '1200000000000')
  await tomas.open(`/grants/${id}`)
  await change(page, 'Take back for cause…')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Cause').fill('Code of conduct')
  await dialog.getByText('$1,200.00 is taken back').waitFor()
  assert.equal((await contract(id)).status, 'active')
  await dialog.getByRole('button', { name: 'Take it back' }).click()
  await dialog.waitFor({ state: 'detached' })
  assert.equal((await contract(id)).status, 'ended')
  const path = `/api/v1/people/${adaId}/entries?account=revoked&grant=${id}&limit=1`
  assert.equal((await tomas.get<{ sum: string }>(path)).sum, '1200000000000')
})

test('hours have a wallet of their own: its card, the API and its entries say the same', async () => {
  const { page } = ada
  const hours = await template('Hours', 12, 'MONTHS', {
    denomination: 'gpu_hour',
    unit: { accelerator: 'H100-SXM', tier: 'priority' },
  })
  await grant(hours, 'Research hours', addDays(today, -70), String(1_200 * 3_600 + 90))
  const { wallets } = await ada.get<{ wallets: Wallet[] }>('/api/v1/people/me/wallets')
  const wallet = wallets.find(({ asset }) => asset === GPU)!
  await ada.open('/')
  const card = page.getByRole('region', { name: 'H100-SXM GPU-hours, priority' })
  const [available = ''] = formatQuantity(GPU, BigInt(wallet.available)).split(' ')
  await card.getByRole('link', { name: available, exact: true }).first().click()
  const entries = page.getByRole('region', { name: 'Ledger entries' }).first()
  await entries
    .getByText(formatQuantity(GPU, BigInt(wallet.available), 'exact'))
    .first()
    .waitFor()
  const choice = page.getByLabel('Wallet')
  assert.equal(await choice.inputValue(), GPU)
  await choice.selectOption('')
  await page.waitForURL((url) => !url.searchParams.has('asset'))
  await choice.selectOption(GPU)
  await page.waitForURL((url) => url.searchParams.get('asset') === GPU)
})

test('no page that a life changes has a serious accessibility violation, and none scrolls sideways', async () => {
  const { grants } = await ada.get<{ grants: { id: string; name: string }[] }>('/api/v1/people/me/contracts')
  const hours = grants.find(({ name }) => name === 'Research hours')!.id
  const views = ['/', `/grants/${hours}`, '/documents', '/entries?account=available']
  const { page } = ada
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const path of views) {
      await ada.open(path)
      assert.deepEqual(await violations(page), [], `${path} in ${colorScheme}`)
    }
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 390, height: 844 })
  for (const path of views) {
    await ada.open(path)
    assert.equal(await page.evaluate<number>(WIDTH), 390, path)
  }
  assert.equal(await page.getByRole('button', { name: 'Change', exact: true }).count(), 0)
  assert.deepEqual([...ada.strays, ...tomas.strays], [])
  assert.deepEqual([...ada.errors, ...tomas.errors], [])
})
