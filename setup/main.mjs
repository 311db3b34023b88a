import { ensureReady } from './ready.mjs'
import { JOBS } from './jobs.mjs'
import { fail, Trouble } from './say.mjs'

/** `run.mjs JOB [arguments]`: JOB is one of the names in jobs.mjs. Exits as the job does. */
export async function main([name = '', ...args]) {
  const job = JOBS[name]
  if (!job) {
    fail(`usage: node setup/run.mjs ${Object.keys(JOBS).join('|')} [arguments]`)
    process.exit(2)
  }
  try {
    const ready = await ensureReady({ web: job.web(args) })
    process.exitCode = await job.run(ready, args)
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    fail(error.message)
    process.exitCode = 1
  }
}
