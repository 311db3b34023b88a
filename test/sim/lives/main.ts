import { parseArgs } from 'node:util'
import { LifeFailure } from './live.ts'
import { runLives, shrink } from './run.ts'

/** `npm run lives -- 10000 --seed 1`: random lives, and the shortest story of the first that fails. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string', default: '1' }, json: { type: 'boolean', default: false } },
})
const lives = Number(positionals[0] ?? '10000')
const seed = Number(values.seed)
const log = (line: string): void => void process.stderr.write(`${line}\n`)
const began = performance.now()
try {
  const result = await runLives({ lives, seed, log })
  const answer = { ...result, seconds: Math.round((performance.now() - began) / 1_000) }
  process.stdout.write(`${JSON.stringify(answer, null, values.json ? 0 : 2)}\n`)
} catch (error) {
  if (!(error instanceof LifeFailure)) throw error
  log(`seed ${seed}, life ${error.life} fails; looking for its shortest story`)
  const story = error.life < 0 ? null : await shrink({ seed, life: error.life, log })
  log(story ?? `it does not fail alone:\n${error.message}`)
  process.exitCode = 1
}
