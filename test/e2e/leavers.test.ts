import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import type { Asset } from '#base/asset.ts'
import { formatQuantity } from '#base/quantity.ts'
import { addDays, dayOf } from '#base/time.ts'
import { violations } from '../support/accessibility.ts'
import { openBrowser } from '../support/browser.ts'
import { servePerq, tempFolder, type Served } from '../support/perq.ts'
import { stageOf } from '../support/stage.ts'
import type { Visitor } from '../support/visitor.ts'

type PlanEntry = { when: string; kind: string; source: string; target: string; amount: string }
type Preview = {
  hash: string
  grants: { grant_id: string; name: string; asset: Asset; entries: PlanEntry[] }[]
}
type Entry = { seq: string; kind: string; source: string; target: string; amount: string }
type Wallets = { wallets: { asset: Asset }[] }
type Leavers = { leavers: { id: string; state: string; person: { name: string } }[] }

const WIDTH = 'document.documentElement.scrollWidth'
const GPU = 'GPU_SECOND/H100-SXM/priority'
const folder = tempFolder()
const today = dayOf(Date.now())
let server: Served
let browser: Browser
let ada: Visitor
let tomas: Visitor
let people: Readonly<Record<string, string>>
let secret = ''
let template = ''

before(async () => {
  ;[server, browser] = await Promise.all([
    servePerq({ data: folder.path, args: ['--demo-provider'] }),
    openBrowser(),
  ])
  await Promise.all([
    run('person', 'add', 'ada@perq.test', '--name', 'Ada Byron', '--hired', '2020-01-31'),
    run('person', 'add', 'bea@perq.test', '--name', 'Bea Klein', '--hired', '2020-01-31'),
    run('person', 'add', 'tomas@perq.test', '--name', 'Tomas Aguilar', '--role', 'people'),
  ])
  ;[ada, tomas] = await Promise.all([enter('ada@perq.test'), enter('tomas@perq.test')])
  const all = await tomas.get<{ people: { id: string; name: string }[] }>('/api/v1/people')
  people = Object.fromEntries(all.people.map(({ id, name }) => [name, id]))
  template = (await write<{ id: string }>(tomas, '/templates', monthly('Monthly dollars', {}))).id
  const hours = monthly('Research hours', {
    denomination: 'gpu_hour',
    unit: { accelerator: 'H100-SXM', tier: 'priority' },
  })
  const { id: ofHours } = await write<{ id: string }>(tomas, '/templates', hours)
  await grant('Ada Byron', template, '1200000000000')
  await grant('Ada Byron', ofHours, String(12 * 40 * 3_600 + 7))
  await grant('Bea Klein', template, '2400000000000')
  const key = await write<{ secret: string }>(ada, '/people/me/keys', { name: 'laptop', purpose: 'work' })
  secret = key.secret
})
after(async () => {
  await browser?.close()
  await server?.stop()
  folder.remove()
})

const monthly = (name: string, more: object): object => ({
  name,
  statements: [
    { order: 1, percentage: '1', schedule: { occurrences: 12, period: 1, period_type: 'MONTHS' } },
  ],
  ...more,
})

const { run, enter } = stageOf(folder.path, () => ({ server, browser }))

async function write<T>(who: Visitor, path: string, data: object): Promise<T> {
  const response = await who.context.request.post(`${server.url}/api/v1${path}`, {
    headers: { 'x-perq-csrf': '1' },
    data,
  })
  assert.ok(response.ok(), `${path}: ${await response.text()}`)
  return (await response.json()) as T
}

async function grant(name: string, of: string, quantity: string): Promise<void> {
  const start = addDays(today, -100)
  const ask = { person_id: people[name], template_id: of, quantity, start_date: start, grant_date: start }
  await write(tomas, '/grants', ask)
}

async function call(): Promise<number> {
  const { suggested } = await tomas.get<{ suggested: { openai: string } }>('/api/v1/setup')
  const response = await fetch(`${server.openai_base_url}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: suggested.openai, messages: [{ role: 'user', content: 'Hello' }] }),
  })
  await response.text()
  return response.status
}

const entriesOf = async (id: string, asset: Asset): Promise<readonly Entry[]> => {
  const of = asset === 'USD' ? '' : `&asset=${encodeURIComponent(asset)}`
  const { entries } = await tomas.get<{ entries: Entry[] }>(`/api/v1/people/${id}/entries?limit=200${of}`)
  return entries
}
/** The unit is told once, above. */
const bare = (text: string): string => text.split(' ')[0] ?? ''
const told = ({ kind, source, target, amount }: Omit<Entry, 'seq'>): string =>
  `${kind} ${source} ${target} ${amount}`
const leavePath = (name: string, on: string): string =>
  `/leavers/new?person=${people[name]}&on=${on}&reason=VOLUNTARY_OTHER`
const preview = (name: string, on: string): Promise<Preview> =>
  tomas.get<Preview>(`/api/v1/people/${people[name]}/leave-preview?on=${on}&reason=VOLUNTARY_OTHER`)

test('a leaving is scheduled, read and taken back without a mouse', async () => {
  const { page } = tomas
  const { keyboard } = page
  await tomas.open('/')
  await keyboard.press('g')
  await keyboard.press('l')
  await page.getByRole('heading', { name: 'Leavers', level: 1 }).waitFor()
  await page.getByRole('link', { name: 'Somebody leaves' }).first().focus()
  await keyboard.press('Enter')
  const who = page.getByRole('combobox', { name: 'Who' })
  await who.focus()
  await keyboard.type('bea')
  await page.getByRole('option', { name: /Bea Klein/ }).waitFor()
  await keyboard.press('Enter')
  await page.getByLabel('First day away (UTC)').focus()
  const on = addDays(today, 60)
  await keyboard.type(`${on.slice(5, 7)}${on.slice(8)}${on.slice(0, 4)}`)
  const confirm = page.getByRole('button', { name: /^Bea Klein leaves on/ })
  await confirm.waitFor()
  await confirm.focus()
  await keyboard.press('Enter')
  await page.getByRole('dialog').getByText('Is to leave on').waitFor()
  const { leavers } = await tomas.get<Leavers>('/api/v1/leavers')
  assert.deepEqual(
    leavers.map(({ state, person }) => [state, person.name]),
    [['scheduled', 'Bea Klein']],
  )
  await keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await keyboard.press('j')
  await keyboard.press('Enter')
  const back = page.getByRole('button', { name: 'Take the leaving back' })
  await back.waitFor()
  await back.focus()
  await keyboard.press('Enter')
  await page.getByRole('button', { name: 'Yes, take it back' }).focus()
  await keyboard.press('Enter')
  await page.getByText('Nobody leaves').waitFor()
  assert.deepEqual((await tomas.get<Leavers>('/api/v1/leavers')).leavers, [])
})

test('the person sees the same figures on their own pages, and nobody is told', async () => {
  const on = addDays(today, 60)
  const { hash, grants } = await preview('Ada Byron', on)
  const own = await ada.get<Preview>(`/api/v1/people/me/leave-preview?on=${on}&reason=VOLUNTARY_OTHER`)
  assert.equal(own.hash, hash)
  const lost = (asset: Asset): bigint =>
    grants
      .filter((one) => one.asset === asset)
      .flatMap(({ entries }) => entries.filter(({ kind }) => kind === 'forfeit'))
      .reduce((sum, { amount }) => sum + BigInt(amount), 0n)
  await ada.open(`/documents?leave=${on}`)
  const card = ada.page.getByRole('region', { name: 'What happens if I leave' })
  for (const asset of ['USD', GPU] as const) {
    assert.ok(lost(asset) > 0n)
    const figures = card.locator(`[data-asset="${asset}"]`)
    await figures.getByText(bare(formatQuantity(asset, lost(asset))), { exact: true }).waitFor()
  }
  assert.equal(await ada.page.getByRole('link', { name: 'Leavers' }).count(), 0)
  assert.deepEqual((await tomas.get<Leavers>('/api/v1/leavers')).leavers, [])
})

test('no page of leaving has a serious accessibility violation, in light or in dark, and none scrolls sideways', async () => {
  const { page } = tomas
  const views = ['/leavers', '/leavers/new', leavePath('Ada Byron', addDays(today, 60))]
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const path of views) {
      await tomas.open(path)
      assert.deepEqual(await violations(page), [], `${path} in ${colorScheme}`)
    }
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 390, height: 844 })
  for (const path of views) {
    await tomas.open(path)
    assert.equal(await page.evaluate<number>(WIDTH), 390, path)
  }
  await page.setViewportSize({ width: 1280, height: 900 })
})

test('the figures of a preview are the API’s, and after the confirmation the ledger’s, to the smallest unit', async () => {
  assert.equal(await call(), 200)
  const { page } = tomas
  const id = people['Ada Byron']!
  await tomas.open(leavePath('Ada Byron', today))

  // Something changes meanwhile: then nothing is done, and the page says so.
  await grant('Ada Byron', template, '600000000001')
  await page.getByRole('button', { name: /^Write \d+ entries and end 1 key$/ }).click()
  await page.getByRole('alert').getByText('has changed since this preview').waitFor()
  await page.getByRole('button', { name: 'Look at it again' }).click()
  await page.getByRole('region', { name: 'Entries of leaving, Monthly dollars' }).nth(1).waitFor()

  const seen = await preview('Ada Byron', today)
  const names = [...new Set(seen.grants.map(({ name }) => name))]
  for (const name of names) {
    const rows = page.locator(`[aria-label="Entries of leaving, ${name}"] tbody tr td:nth-child(3)`)
    const shown = (await rows.allTextContents()).toSorted()
    const expected = seen.grants
      .filter((one) => one.name === name)
      .flatMap(({ asset, entries }) =>
        entries
          .filter(({ when }) => when === 'leaving')
          .map(({ amount }) => bare(formatQuantity(asset, BigInt(amount), 'exact'))),
      )
    assert.deepEqual(shown, expected.toSorted(), name)
  }

  const { wallets } = await tomas.get<Wallets>(`/api/v1/people/${id}/wallets`)
  assert.deepEqual(
    wallets.map(({ asset }) => asset),
    ['USD', GPU],
  )
  const before = await Promise.all(wallets.map(({ asset }) => entriesOf(id, asset)))
  await page.getByRole('button', { name: /^Write \d+ entries and end 1 key$/ }).click()
  await page.getByRole('dialog').getByText('Left on').waitFor()
  for (const [at, { asset }] of wallets.entries()) {
    const known = new Set(before[at]!.map(({ seq }) => seq))
    const written = (await entriesOf(id, asset)).filter(({ seq }) => !known.has(seq))
    const promised = seen.grants.filter((one) => one.asset === asset).flatMap(({ entries }) => entries)
    assert.ok(promised.length > 0)
    assert.deepEqual(written.map(told).toSorted(), promised.map(told).toSorted(), asset)
  }
})

test('from then on the leaver’s key is refused at the gateway', async () => {
  const { leavers } = await tomas.get<Leavers>('/api/v1/leavers')
  assert.deepEqual(
    leavers.map(({ state, person }) => [state, person.name]),
    [['done', 'Ada Byron']],
  )
  assert.equal(await call(), 401)
  assert.deepEqual([...ada.strays, ...tomas.strays], [])
  assert.deepEqual([...ada.errors, ...tomas.errors], [])
})
