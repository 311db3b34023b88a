import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openBrowser } from './support/browser.ts'

test('a real browser runs here without any preparation', { timeout: 60_000 }, async () => {
  const browser = await openBrowser()
  try {
    const page = await browser.newPage()
    await page.setContent('<button onclick="this.textContent = 1 + 1">count</button>')
    await page.getByRole('button').click()
    assert.equal(await page.getByRole('button').textContent(), '2')
  } finally {
    await browser.close()
  }
})
