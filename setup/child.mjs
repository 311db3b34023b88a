import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { dirname } from 'node:path'
import { ROOT } from './paths.mjs'
import { Trouble } from './say.mjs'

/**
 * The job sees the right Node and the installed programs first. What Node has compiled is kept: most of the time that a
 * server takes to start is reading its own code.
 */
export const jobEnv = (node, more = {}) => ({
  ...process.env,
  PATH: `${dirname(node)}:${ROOT}/node_modules/.bin:${process.env.PATH ?? ''}`,
  NODE_COMPILE_CACHE: `${ROOT}/node_modules/.cache/compiled`,
  ...more,
})

/**
 * Runs a program with our own terminal and passes signals on. Resolves with its exit code, 128 + n when signal n
 * ended it, as shells do.
 */
export function runChild(command, args, { env, cwd = ROOT } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: 'inherit' })
    const pass = (signal) => {
      // A terminal has given Ctrl-C to the child already; twice would cut its orderly end short.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    }
    const signals = ['SIGTERM', 'SIGINT', 'SIGHUP']
    for (const signal of signals) process.on(signal, pass)
    const done = () => signals.forEach((signal) => process.removeListener(signal, pass))
    child.on('error', (error) => {
      done()
      reject(error.code === 'ENOENT' ? new Trouble(`${command} was not found.`) : error)
    })
    child.on('close', (code, signal) => {
      done()
      resolve(code ?? 128 + (constants.signals[signal] ?? 0))
    })
  })
}
