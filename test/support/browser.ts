import { accessSync, constants } from 'node:fs'
import { delimiter } from 'node:path'
import { after } from 'node:test'
import packed from '@sparticuz/chromium'
import { chromium, type Browser } from 'playwright-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** What a browser under test must not do: fetch updates, report, sandbox itself (root and containers cannot). */
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * Brought along by the packed browser for machines without processes: one process would end with its first context, and
 * without web security the pages' own policy would not be tested.
 */
const UNWANTED = ['--single-process', '--disable-web-security', '--allow-running-insecure-content']

const opened: Promise<Browser>[] = []
/** Whoever could not close it, because what was to be looked at did not start: a browser left open keeps the file from ending. */
after(async () => {
  await Promise.all(opened.map(async (browser) => (await browser).close()))
})

/** A headless Chromium: PERQ_CHROMIUM, else the machine's, else the one that npm brings. The caller closes it. */
export function openBrowser(): Promise<Browser> {
  const browser = launch()
  opened.push(browser)
  return browser
}

async function launch(): Promise<Browser> {
  const own = process.env['PERQ_CHROMIUM'] ?? onPath()
  if (own) return chromium.launch({ executablePath: own, args: ARGS })
  const args = [...new Set([...packed.args, ...ARGS])].filter((arg) => !UNWANTED.includes(arg))
  return chromium.launch({ executablePath: await packed.executablePath(), args })
}

function onPath(): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  const paths = folders.flatMap((folder) => NAMES.map((name) => `${folder}/${name}`))
  return paths.find(runs) ?? null
}

function runs(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
