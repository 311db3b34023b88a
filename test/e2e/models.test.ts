import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { formatUsd } from '#base/money.ts'
import { violations } from '../support/accessibility.ts'
import { openBrowser } from '../support/browser.ts'
import { servePerq, tempFolder, type Served } from '../support/perq.ts'
import { stageOf } from '../support/stage.ts'
import type { Visitor } from '../support/visitor.ts'

type Rates = Record<string, string | null> & { input: string; output: string }
type Model = {
  provider: string
  model: string
  class: string
  rates: Rates
  tiers: { above_input: number; rates: Rates }[]
  source: string
  own_price: boolean
  yours: boolean
}
type Models = { models: Model[] }

const CLOSED = 'claude-opus-5-5'
const OWN = 'claude-haiku-4-5'
const WIDTH = 'document.documentElement.scrollWidth'
const perMillion = (pico: string): string => formatUsd(BigInt(pico) * 1_000n, 'exact')

const folder = tempFolder()
let server: Served
let browser: Browser
let ada: Visitor
let boss: Visitor
let secret = ''

/** Ada's level may not use frontier models, the administrator's may; one price is the company's own. */
before(async () => {
  ;[server, browser] = await Promise.all([
    servePerq({ data: folder.path, args: ['--demo-provider'] }),
    openBrowser(),
  ])
  const price = ['--provider', 'anthropic', '--input', '0.75', '--output', '3.5']
  await Promise.all([
    run('person', 'add', 'ada@perq.test', '--name', 'Ada Byron', '--level', 'IC3'),
    run('person', 'add', 'boss@perq.test', '--name', 'Bo Admin', '--role', 'admin', '--level', 'IC6'),
    run('grant', 'template', 'add', 'Monthly', '--refill-months', '12'),
    run('price-override', OWN, ...price, '--reason', 'contract 2026-7', '--by', 'boss@perq.test'),
  ])
  await run('grant', 'issue', 'ada@perq.test', '--template', 'Monthly', '--usd', '50', '--first', 'today')
  ;[ada, boss] = await Promise.all([enter('ada@perq.test'), enter('boss@perq.test')])
  const made = await ada.context.request.post(`${server.url}/api/v1/people/me/keys`, {
    headers: { 'x-perq-csrf': '1' },
    data: { name: 'Laptop', purpose: 'work' },
  })
  secret = ((await made.json()) as { secret: string }).secret
})
after(async () => {
  await browser?.close()
  await server?.stop()
  folder.remove()
})

const { run, enter } = stageOf(folder.path, () => ({ server, browser }))

const listed = async (visitor: Visitor): Promise<readonly Model[]> =>
  (await visitor.get<Models>('/api/v1/models')).models

/** The table's rows, each as the texts in it. */
async function rows(visitor: Visitor): Promise<string[][]> {
  const table = visitor.page.getByRole('table', { name: /^Models/ })
  const texts = await table.locator('tbody tr').allInnerTexts()
  return texts.map((text) => text.split(/[\n\t]+/).map((part) => part.trim()))
}

test('the first figure is how many models one’s level may use, and every row has the API’s prices', async () => {
  await ada.open('/models')
  const models = await listed(ada)
  const yours = models.filter((model) => model.yours).length
  assert.ok(yours > 0 && yours < models.length)
  const answer = ada.page.getByRole('region', { name: 'Answer' })
  await answer.getByText(String(yours), { exact: true }).waitFor()
  const words = `of ${models.length} models with a price are open to your level; ${models.length - yours} are not`
  await answer.getByText(words).waitFor()
  const shown = await rows(ada)
  assert.equal(shown.length, models.length)
  for (const { model, rates, yours: mine, own_price: own } of models) {
    const row = shown.find(([name]) => name === model)
    assert.ok(row, model)
    assert.ok(row.includes(perMillion(rates.input)), `${model}: ${row.join(' ')}`)
    assert.ok(rates.output === '0' || row.includes(perMillion(rates.output)), `${model}: ${row.join(' ')}`)
    assert.equal(row.includes('not yours'), !mine, model)
    assert.equal(row.includes('own price'), own, model)
  }
  assert.ok(models.some((model) => model.model === OWN && model.own_price))
})

test('what the page says one may not use, the gateway refuses, and a higher level may', async () => {
  const id = `anthropic/${CLOSED}`
  await ada.open(`/models?model=${id}`)
  await ada.page
    .getByRole('dialog', { name: CLOSED })
    .getByText(/^may not use it/)
    .waitFor()
  const refused = await fetch(`${server.url}/anthropic/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': secret, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
    body: JSON.stringify({ model: CLOSED, max_tokens: 8, messages: [{ role: 'user', content: 'Hello' }] }),
  })
  assert.equal(refused.headers.get('x-perq-reason'), 'model_not_allowed')
  await refused.text()
  await boss.open(`/models?model=${id}`)
  await boss.page.getByRole('dialog', { name: CLOSED }).getByText('may use it', { exact: true }).waitFor()
})

test('with the keyboard a model is found and opened: every rate of every tier, its source, and back again', async () => {
  const { page } = ada
  const { keyboard } = page
  const models = await listed(ada)
  const tiered = models.find((model) => model.tiers.length > 0 && model.yours)
  assert.ok(tiered)
  await ada.open('/')
  await keyboard.press('g')
  await keyboard.press('m')
  await page.getByRole('heading', { name: 'Models & tiers' }).waitFor()
  await page.getByRole('table', { name: /^Models/ }).waitFor()
  await keyboard.press('/')
  await keyboard.type(tiered.model)
  const found = models.filter(({ model }) => model.includes(tiered.model)).length
  await page
    .getByRole('table', { name: /^Models/ })
    .locator(`tbody tr:nth-child(${found}):last-child`)
    .waitFor()
  await page.getByRole('button', { name: tiered.model, exact: true }).focus()
  await keyboard.press('Enter')
  const panel = page.getByRole('dialog', { name: tiered.model })
  await panel.getByText(tiered.source).waitFor()
  const cells = await panel.getByRole('cell').allInnerTexts()
  for (const rates of [tiered.rates, ...tiered.tiers.map((tier) => tier.rates)])
    for (const rate of [rates.input, rates.output]) assert.ok(cells.includes(perMillion(rate)), rate)
  assert.deepEqual(await violations(page), [])
  await page.reload()
  await panel.getByText(tiered.source).waitFor()
  await keyboard.press('Escape')
  await panel.waitFor({ state: 'hidden' })
  assert.equal(await page.getByLabel('Search models').inputValue(), tiered.model)
})

test('class and provider narrow the table by the address alone; nothing found says so with the way back', async () => {
  const { page } = ada
  await ada.open('/models?class=small&provider=anthropic')
  const models = await listed(ada)
  const small = models.filter((model) => model.class === 'small' && model.provider === 'anthropic')
  assert.deepEqual(
    (await rows(ada)).map(([name]) => name).toSorted(),
    small.map(({ model }) => model).toSorted(),
  )
  assert.equal(await page.getByLabel('Class').inputValue(), 'small')
  await page.getByLabel('Search models').fill('nothing is called so')
  await page.getByText('No model fits these filters').waitFor()
  await page.getByRole('button', { name: 'Clear the filters' }).click()
  await page.getByRole('table', { name: /^Models/ }).waitFor()
  assert.equal((await rows(ada)).length, models.length)
})

test('the page has no serious accessibility violation, in light or dark, and does not scroll sideways at 390 pixels', async () => {
  const { page } = ada
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const path of ['/models?class=frontier', `/models?class=small&model=anthropic/${OWN}`]) {
      await ada.open(path)
      await page.locator('table').first().waitFor()
      assert.deepEqual(await violations(page), [], `${path} in ${colorScheme}`)
    }
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 390, height: 844 })
  for (const path of ['/models', `/models?model=anthropic/${OWN}`]) {
    await ada.open(path)
    await page.locator('table').first().waitFor()
    assert.equal(await page.evaluate<number>(WIDTH), 390, path)
  }
})

test('nothing was asked of any other origin, and no page logged an error', () => {
  for (const visitor of [ada, boss]) {
    assert.deepEqual(visitor.strays, [])
    assert.deepEqual(visitor.errors, [])
  }
})
