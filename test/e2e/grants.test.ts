import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Locator } from 'playwright-core'
import { formatUsd } from '#base/money.ts'
import { violations } from '../support/accessibility.ts'
import { openBrowser } from '../support/browser.ts'
import { servePerq, tempFolder, type Served } from '../support/perq.ts'
import { stageOf } from '../support/stage.ts'
import type { Visitor } from '../support/visitor.ts'

type Row = { id: string; name: string; status: string; quantity: string; person: { name: string } }
type Grants = { grants: Row[]; counts: Record<string, number> }
type Entry = { kind: string; source: string; target: string; amount: string; grant_id: string | null }
type Entries = { entries: Entry[] }
type Agreement = { content_hash: string; content: string; acceptance: { typed_name: string } | null }

const WIDTH = 'document.documentElement.scrollWidth'
const folder = tempFolder()
let server: Served
let browser: Browser
let ada: Visitor
let tomas: Visitor
let ines: Visitor
let boss: Visitor

/** An employee, who writes grants, who approves them too, and who sets the rule. */
before(async () => {
  ;[server, browser] = await Promise.all([
    servePerq({ data: folder.path, args: ['--demo-provider'] }),
    openBrowser(),
  ])
  await Promise.all([
    run('person', 'add', 'ada@perq.test', '--name', 'Ada Byron'),
    run('person', 'add', 'tomas@perq.test', '--name', 'Tomas Aguilar', '--role', 'people'),
    run('person', 'add', 'ines@perq.test', '--name', 'Ines Moreau', '--role', 'finance'),
    run('person', 'add', 'boss@perq.test', '--name', 'Bo Admin', '--role', 'admin'),
    run('grant', 'template', 'add', 'Monthly', '--refill-months', '12'),
  ])
  ;[ada, tomas, ines, boss] = await Promise.all([
    enter('ada@perq.test'),
    enter('tomas@perq.test'),
    enter('ines@perq.test'),
    enter('boss@perq.test'),
  ])
})
after(async () => {
  await browser?.close()
  await server?.stop()
  folder.remove()
})

const { run, enter } = stageOf(folder.path, () => ({ server, browser }))

const all = (): Promise<Grants> => tomas.get<Grants>('/api/v1/grants?limit=200')
async function named(name: string): Promise<Row> {
  const found = (await all()).grants.find((grant) => grant.name === name)
  assert.ok(found, name)
  return found
}

/** The ledger's rows of a grant as a table of the pages would say them. */
async function written(id: string): Promise<string[]> {
  const of = async (filter: string): Promise<Entry[]> =>
    (await ada.get<Entries>(`/api/v1/people/me/entries?${filter}&limit=200`)).entries
  const entries = await of(`grant=${id}`)
  return entries
    .map(({ source, target, amount }) => `${source} → ${target} ${formatUsd(BigInt(amount), 'exact')}`)
    .toSorted()
}
async function shown(table: Locator): Promise<string[]> {
  const rows = await table.locator('tbody tr').allInnerTexts()
  return rows
    .map((row) => {
      const [, move = '', amount = ''] = row.split('\t').map((cell) => cell.trim())
      return `${move} ${amount}`
    })
    .toSorted()
}
const toBe = (visitor: Visitor): Locator =>
  visitor.page.getByRole('table', { name: 'Entries that will be written' })

/** Fills the form of a new grant for Ada, with the mouse, and waits for its preview. */
async function fillGrant(name: string, dollars: string, start: string): Promise<void> {
  const { page } = tomas
  await tomas.open('/grants')
  await page.getByRole('link', { name: 'New grant' }).click()
  await page.getByRole('combobox', { name: 'Person' }).fill('ada')
  await page.getByRole('option', { name: /Ada Byron/ }).click()
  await page.getByLabel('Template', { exact: true }).selectOption({ label: 'Monthly' })
  await page.getByLabel(/^Quantity of each/).fill(dollars)
  await page.getByLabel('Vesting starts on').fill(start)
  await page.getByLabel('Granted on').fill(start)
  await page.getByLabel('Name', { exact: true }).fill(name)
  await page.getByRole('region', { name: 'Preview' }).getByText(`under the name “${name}”`).waitFor()
}

test('an administrator sets who has to agree; who writes grants only reads it', async () => {
  await tomas.open('/grants')
  const rule = tomas.page.getByRole('region', { name: 'Who has to agree' })
  await rule.getByText('One person approves each grant').waitFor()
  assert.equal(await rule.getByRole('button').count(), 0)
  await boss.open('/grants')
  assert.equal(await boss.page.getByRole('link', { name: 'New grant' }).count(), 0)
  await boss.page.getByRole('button', { name: 'Change' }).click()
  await boss.page.getByLabel('Dollars', { exact: true }).fill('1,000')
  await boss.page.getByRole('button', { name: 'Save' }).click()
  await boss.page.getByText(/^Above \$1,000\.00 two persons approve a grant/).waitFor()
})

test('the whole way: drafted, submitted, approved by two, offered, accepted, active and in the ledger to the digit', async () => {
  const { page } = tomas
  await fillGrant('Leap grant', '200', '2024-02-29')
  await page.getByText('two persons have to approve it').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Issue now…' }).count(), 0)
  const preview = page.getByRole('region', { name: 'Preview' })
  await preview.getByText('In 12 tranches, from Mar 29, 2024 to Feb 28, 2025.').waitFor()
  await page.getByRole('button', { name: 'Submit for approval' }).click()
  await page.getByText('0 of 2 approvals').waitFor()
  await page.getByText('Frozen as it was submitted').waitFor()
  const { id } = await named('Leap grant')

  // Its author may be the first, and then reads why they cannot be the second.
  await page.getByRole('button', { name: 'Approve', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click()
  await page.getByText('1 of 2 approvals').waitFor()
  await page.getByText(/You have approved it\. A second person/).waitFor()
  assert.equal(await page.getByRole('button', { name: 'Approve', exact: true }).count(), 0)
  // Its person does not know of it yet.
  assert.equal((await ada.context.request.get(`${server.url}/api/v1/grants/${id}`)).status(), 404)

  await ines.open('/grants?show=waiting')
  await ines.page.getByRole('link', { name: 'Leap grant' }).first().click()
  await ines.page.getByText('Tomas Aguilar approved it').waitFor()
  await ines.page.getByRole('button', { name: 'Approve', exact: true }).click()
  const dialog = ines.page.getByRole('dialog')
  await dialog.getByLabel(/^Note/).fill('Within the plan.')
  await dialog.getByRole('button', { name: 'Approve' }).click()
  await ines.page.getByRole('heading', { name: 'Approved' }).waitFor()

  await tomas.open(`/grants/${id}`)
  await page.getByRole('button', { name: 'Offer to Ada Byron' }).click()
  await page.getByRole('heading', { name: 'Offered' }).waitFor()

  await ada.open('/documents')
  await ada.page.getByRole('link', { name: 'Leap grant' }).first().click()
  await ada.page.getByRole('heading', { name: 'This is offered to you' }).waitFor()
  const { content_hash: hash } = await ada.get<Agreement>(`/api/v1/grants/${id}/agreement`)
  await ada.page.getByText(hash).waitFor()
  const promised = await shown(toBe(ada))
  assert.equal(promised.length, 13)
  assert.deepEqual(await written(id), [])

  const name = ada.page.getByLabel('Type your name')
  await name.fill('Somebody Else')
  await ada.page.getByRole('button', { name: 'Accept' }).click()
  await ada.page.getByText(/type your name as it stands in the contract/).waitFor()
  assert.equal(await name.getAttribute('aria-invalid'), 'true')
  await name.fill('Ada Byron')
  await ada.page.getByRole('button', { name: 'Accept' }).click()
  await ada.page.getByText('Active', { exact: true }).first().waitFor()
  assert.deepEqual(await written(id), promised)
  const agreement = await ada.get<Agreement>(`/api/v1/grants/${id}/agreement`)
  assert.equal(agreement.acceptance?.typed_name, 'Ada Byron')
})

test('the same way by the keyboard alone', async () => {
  const { page } = tomas
  const { keyboard } = page
  await tomas.open('/')
  await keyboard.press('g')
  await keyboard.press('g')
  await page.getByRole('heading', { name: 'Grants', exact: true }).waitFor()
  await page.getByRole('link', { name: 'New grant' }).focus()
  await keyboard.press('Enter')
  await page.getByRole('combobox', { name: 'Person' }).focus()
  await keyboard.type('byron')
  await page.getByRole('option', { name: /Ada Byron/ }).waitFor()
  await keyboard.press('Enter')
  await page.getByLabel('Template', { exact: true }).focus()
  await keyboard.type('Mon')
  await keyboard.press('Tab')
  await keyboard.type('10')
  await page.getByLabel('Name', { exact: true }).focus()
  await keyboard.type('Small grant')
  await page.getByText('under the name “Small grant”').waitFor()
  await page.getByRole('button', { name: 'Submit for approval' }).focus()
  await keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Waits for approval' }).waitFor()

  await ines.open('/')
  await ines.page.keyboard.press('g')
  await ines.page.keyboard.press('g')
  await ines.page.getByRole('link', { name: 'Small grant' }).first().waitFor()
  await ines.page.keyboard.press('j')
  await ines.page.getByRole('link', { name: 'Small grant' }).and(ines.page.locator(':focus')).waitFor()
  await ines.page.keyboard.press('Enter')
  await ines.page.getByRole('button', { name: 'Approve', exact: true }).focus()
  await ines.page.keyboard.press('Enter')
  await ines.page.getByRole('dialog').getByLabel(/^Note/).and(ines.page.locator(':focus')).waitFor()
  await ines.page.keyboard.type('Small enough.')
  await ines.page.keyboard.press('Control+Enter')
  await ines.page.getByRole('heading', { name: 'Approved' }).waitFor()

  await page.reload()
  await page.getByRole('button', { name: 'Offer to Ada Byron' }).focus()
  await keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Offered' }).waitFor()

  const { id } = await named('Small grant')
  await ada.open(`/grants/${id}`)
  const promised = await shown(toBe(ada))
  await ada.page.getByLabel('Type your name').focus()
  await ada.page.keyboard.type('ada  byron')
  await ada.page.keyboard.press('Enter')
  await ada.page.getByText('Active', { exact: true }).first().waitFor()
  assert.deepEqual(await written(id), promised)
})

test('what is sent back says why, can be changed and is then frozen again; what is withdrawn is over', async () => {
  const { page } = tomas
  await fillGrant('Second thoughts', '20', '2026-01-31')
  await page.getByRole('button', { name: 'Submit for approval' }).click()
  await page.getByRole('heading', { name: 'Waits for approval' }).waitFor()
  const { id } = await named('Second thoughts')
  await tomas.open(`/grants/${id}/change`)
  await page.getByText('This is no draft any more').waitFor()

  await ines.open(`/grants/${id}`)
  await ines.page.getByRole('button', { name: 'Send back' }).click()
  await ines.page.getByRole('dialog').getByLabel('Why').fill('Too little for the level.')
  await ines.page.getByRole('dialog').getByRole('button', { name: 'Send back' }).click()
  await ines.page.getByRole('heading', { name: 'A draft', exact: true }).waitFor()

  await tomas.open(`/grants/${id}`)
  await page.getByText('Too little for the level.').first().waitFor()
  await page.getByRole('link', { name: 'Change', exact: true }).click()
  const quantity = page.getByLabel(/^Quantity of each/)
  assert.equal(await quantity.inputValue(), '20')
  await quantity.fill('25')
  await page.getByText('$300.00, under the name “Second thoughts”.').waitFor()
  await page.getByRole('button', { name: 'Save draft' }).click()
  await page.getByRole('heading', { name: 'A draft', exact: true }).waitFor()
  assert.equal((await named('Second thoughts')).quantity, '300000000000')
  await page.getByRole('button', { name: 'Withdraw' }).click()
  await page.getByRole('dialog').getByLabel('Why').fill('Not needed.')
  await page.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click()
  await page.getByText('Withdrawn', { exact: true }).first().waitFor()
  assert.equal(await page.getByRole('button', { name: 'Submit for approval' }).count(), 0)
})

test('a grant that is issued at once writes exactly the entries that were shown before', async () => {
  const { page } = tomas
  await fillGrant('At once', '30', '2026-01-31')
  await page.getByRole('button', { name: 'Issue now…' }).click()
  const promised = await shown(toBe(tomas))
  await page.getByRole('dialog').getByRole('button', { name: 'Issue the grant' }).click()
  await page.getByText('Active', { exact: true }).first().waitFor()
  assert.deepEqual(await written((await named('At once')).id), promised)
})

test('a file with one wrong row is refused whole, row, column and remedy named; mended it is written whole', async () => {
  const { page } = tomas
  const before = (await all()).grants.length
  const file = (email: string): string =>
    'email,template,quantity,start_date,name\n' +
    'ada@perq.test,Monthly,100,2026-01-31,From a file 1\n' +
    `${email},Monthly,100,2026-01-31,From a file 2\n` +
    'ines@perq.test,Monthly,50,2024-02-29,From a file 3\n'
  await tomas.open('/grants')
  await page.getByRole('link', { name: 'From a file' }).click()
  const text = page.getByLabel('The file as text')
  await text.fill(file('nobody@perq.test'))
  const errors = page.getByRole('table', { name: 'What is wrong' })
  const cells = await errors.locator('tbody tr').first().innerText()
  assert.match(cells, /email\s+nobody@perq\.test/)
  assert.equal(await errors.locator('tbody tr').count(), 1)
  assert.ok(await page.getByRole('button', { name: /^Write/ }).isDisabled())
  assert.equal((await all()).grants.length, before)

  await text.fill(file('boss@perq.test'))
  await page.getByText('3 rows: $3,000.00 in 3 grants.').waitFor()
  await page.getByRole('button', { name: 'Write 3 grants' }).click()
  await page.getByText('3 rows written').waitFor()
  assert.equal((await all()).grants.length, before + 3)
  await page.getByRole('link', { name: 'Show the grants' }).click()
  await page.getByRole('link', { name: 'From a file 3' }).first().waitFor()
})

test('no page of grants has a serious accessibility violation or scrolls sideways at 390 pixels', async () => {
  await fillGrant('Looked at', '5', '2026-01-31')
  await tomas.page.getByRole('button', { name: 'Submit for approval' }).click()
  await tomas.page.getByRole('heading', { name: 'Waits for approval' }).waitFor()
  const { id } = await named('Looked at')
  const csv = 'email,template,quantity,start_date\nx@perq.test,Monthly,100,2026-01-31\n'
  const look = async (path: string): Promise<void> => {
    await tomas.open(path)
    if (!path.endsWith('bulk')) return
    await tomas.page.getByLabel('The file as text').fill(csv)
    await tomas.page.getByRole('table', { name: 'What is wrong' }).waitFor()
  }
  const { page } = tomas
  const paths = ['/grants', '/grants/new', '/grants/bulk', `/grants/${id}`]
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const path of paths) {
      await look(path)
      assert.deepEqual(await violations(page), [], `${path} in ${colorScheme}`)
    }
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 390, height: 844 })
  for (const path of paths) {
    await look(path)
    assert.equal(await page.evaluate<number>(WIDTH), 390, path)
  }
  await ines.page.setViewportSize({ width: 390, height: 844 })
  await ines.open(`/grants/${id}`)
  await ines.page.getByRole('button', { name: 'Approve', exact: true }).click()
  await ines.page.getByRole('dialog').waitFor()
  assert.deepEqual(await violations(ines.page), [])
  await ines.page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click()
  await ines.page.getByRole('heading', { name: 'Approved' }).waitFor()
  await page.setViewportSize({ width: 1280, height: 900 })
  await tomas.open(`/grants/${id}`)
  await page.getByRole('button', { name: 'Offer to Ada Byron' }).click()
  await page.getByRole('heading', { name: 'Offered' }).waitFor()
  for (const colorScheme of ['light', 'dark'] as const) {
    await ada.page.emulateMedia({ colorScheme })
    await ada.open(`/grants/${id}`)
    assert.deepEqual(await violations(ada.page), [], `the offer in ${colorScheme}`)
  }
  await ada.page.setViewportSize({ width: 390, height: 844 })
  await ada.open(`/grants/${id}`)
  assert.equal(await ada.page.evaluate<number>(WIDTH), 390)
  await ada.page.getByRole('button', { name: 'Decline' }).click()
  await ada.page.getByRole('dialog').getByRole('button', { name: 'Decline' }).click()
  await ada.page.getByText('Declined', { exact: true }).first().waitFor()
})

test('nothing was asked of any other origin, and no page logged an error', () => {
  for (const visitor of [ada, tomas, ines, boss]) {
    assert.deepEqual(visitor.strays, [])
    assert.deepEqual(visitor.errors, [])
  }
})
