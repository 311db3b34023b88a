import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import { perq } from './perq.ts'
import { signIn, type Visitor } from './visitor.ts'

/** Commands on the data of a server under test, and its people in a browser. `house` is asked when it is needed: both start late. */
export function stageOf(
  data: string,
  house: () => { readonly server: { readonly url: string }; readonly browser: Browser },
) {
  /** The command's JSON document; it must succeed. */
  async function run(...args: string[]): Promise<unknown> {
    const { code, out, err } = await perq([...args, '--json', '--data', data])
    assert.equal(code, 0, `perq ${args.join(' ')}\n${err}`)
    return JSON.parse(out) as unknown
  }
  /** The person in a browser of their own. */
  async function enter(email: string): Promise<Visitor> {
    const { server, browser } = house()
    const { url } = (await run('signin', email, '--url', server.url)) as { url: string }
    return signIn(browser, server.url, url)
  }
  return { run, enter }
}
