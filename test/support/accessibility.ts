import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

type Violation = { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }

/** Resolves when whatever comes to an end has ended: a colour on its way from dark to light is too faint for a moment. */
const AT_REST = `Promise.all(
  document.getAnimations()
    .filter(({ effect }) => effect && effect.getComputedTiming().endTime !== Infinity)
    .map(({ finished }) => finished.catch(() => {})),
).then(() => null)`

/** Serious and critical violations of the page once it is at rest, one line each. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(source)
  await page.evaluate(AT_REST)
  const found = await page.evaluate<Violation[]>(
    `axe.run(document, { resultTypes: ['violations'] }).then((result) => result.violations)`,
  )
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`))
}
