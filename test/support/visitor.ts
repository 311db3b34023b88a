import type { Browser, BrowserContext, Page } from 'playwright-core'

const LOOKS = 200
const LOOK_MS = 50

export type Visitor = {
  readonly page: Page
  readonly context: BrowserContext
  /** Requests that went anywhere else than to the server, and errors that the pages logged or threw. */
  readonly strays: string[]
  readonly errors: string[]
  get<T>(path: string): Promise<T>
  open(path: string): Promise<void>
}

/** A person at a browser, signed in by their link. */
export async function signIn(browser: Browser, url: string, link: string): Promise<Visitor> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  const strays: string[] = []
  const errors: string[] = []
  page.on('request', (request) => {
    if (!request.url().startsWith(`${url}/`) && !request.url().startsWith('blob:')) strays.push(request.url())
  })
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    // A refusal that a test provokes is logged by the browser itself; only the page's own errors count.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      errors.push(message.text())
  })
  await page.goto(link)
  return {
    page,
    context,
    strays,
    errors,
    get: async <T>(path: string) => {
      const response = await context.request.get(`${url}${path}`)
      if (!response.ok()) throw new Error(`${path} answered ${response.status()}`)
      return (await response.json()) as T
    },
    open: async (path) => {
      await page.goto(`${url}${path}`)
      await page.locator('h1').first().waitFor()
      // The pages' own policy forbids to wait inside them by a script, so this waits from outside.
      for (let looks = 0; (await page.locator('.skeleton').count()) > 0; looks++) {
        if (looks === LOOKS) throw new Error(`${path} still loads`)
        await page.waitForTimeout(LOOK_MS)
      }
    },
  }
}
