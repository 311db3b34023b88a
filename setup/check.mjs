import { existsSync } from 'node:fs'
import { jobEnv, runChild } from './child.mjs'
import { ROOT } from './paths.mjs'
import { say } from './say.mjs'

/** Types of both projects, then the linter. All run, so that one failure does not hide another. */
export async function check(node) {
  const env = jobEnv(node)
  const checks = [
    ['types', 'tsc', ['-p', ROOT]],
    ...(existsSync(`${ROOT}/web/tsconfig.json`)
      ? [['types of the web pages', 'tsc', ['-p', `${ROOT}/web`]]]
      : []),
    ['lint', 'oxlint', ['--type-aware', '--deny-warnings']],
  ]
  let failed = 0
  for (const [what, program, args] of checks) {
    say(what)
    if ((await runChild(program, args, { env })) !== 0) failed = 1
  }
  return failed
}
