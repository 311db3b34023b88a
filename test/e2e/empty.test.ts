import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { violations } from '../support/accessibility.ts'
import { openBrowser } from '../support/browser.ts'
import { serveInTemp, type ServedInTemp } from '../support/perq.ts'
import { signIn } from '../support/visitor.ts'

let server: ServedInTemp
let browser: Browser

before(async () => {
  ;[server, browser] = await Promise.all([serveInTemp({ demo: false }), openBrowser()])
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

test('in an empty company every page says why it is empty and offers one action', async () => {
  await server.perq(['person', 'add', 'first@perq.test', '--name', 'First Person', '--role', 'people'])
  const { url } = (await server.perq(['signin', 'first@perq.test', '--url', server.url])) as { url: string }
  const first = await signIn(browser, server.url, url)
  for (const [path, words] of [
    ['/', 'You have no grant yet'],
    ['/usage', 'Nothing was used in this time'],
    ['/vesting', 'You have no grant yet'],
    ['/keys', 'No key yet'],
    ['/entries', 'No entry meets these filters'],
    ['/alerts', 'No alert yet'],
    ['/alerts?of=company', 'Nothing happened yet'],
    ['/people?q=nobody', 'Nobody is called “nobody”'],
  ] as const) {
    await first.open(path)
    await first.page.getByText(words).waitFor()
    assert.deepEqual(await violations(first.page), [], path)
  }
  assert.equal(await first.page.getByText('Demo company').count(), 0)
  assert.deepEqual(first.strays, [])
  assert.deepEqual(first.errors, [])
})
