import { ensureReady } from './ready.mjs'
import { JOBS } from './jobs.mjs'
import { fail, Lacking, Trouble } from './say.mjs'

/** Nothing was run, because the machine lacks what it is run on. */
const LACKING = 3

/** `run.mjs JOB [arguments]`: JOB is one of the names in jobs.mjs. Exits as the job does; with 3 where the machine lacks its parts. */
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
    process.exitCode = error instanceof Lacking ? LACKING : 1
  }
}
