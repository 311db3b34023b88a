import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { LOCK } from './paths.mjs'
import { say, Trouble, writeTrouble } from './say.mjs'

const LOOK_EVERY = 200
const SPEAK_EVERY = 25
const LOOKS = (20 * 60_000) / LOOK_EVERY

/** Runs `work` while no other set-up runs in this checkout. A lock whose process is gone does not count. */
export async function withLock(work) {
  await take()
  const drop = () => rmSync(LOCK, { force: true })
  process.once('exit', drop)
  try {
    return await work()
  } finally {
    process.removeListener('exit', drop)
    drop()
  }
}

async function take() {
  const mine = `${LOCK}.${process.pid}`
  for (let look = 0; look < LOOKS; look += 1) {
    const holder = tryTake(mine)
    if (holder === null) return
    if (!isAlive(holder)) {
      rmSync(LOCK, { force: true })
      // Whoever else saw the dead one removes it now, not after the next take.
      await pause(LOOK_EVERY)
      continue
    }
    if (look % SPEAK_EVERY === 0) say(`another set-up is at work here (process ${holder}); waiting for it`)
    await pause(LOOK_EVERY)
  }
  throw new Trouble(`Another set-up has held ${LOCK} for too long. If none is running, remove that file.`)
}

/** Null when taken, else the process that has it. A link appears at once and whole. */
function tryTake(mine) {
  try {
    writeFileSync(mine, String(process.pid))
    linkSync(mine, LOCK)
    return null
  } catch (error) {
    if (error.code !== 'EEXIST') throw writeTrouble(error, LOCK)
    return readHolder()
  } finally {
    rmSync(mine, { force: true })
  }
}

function readHolder() {
  try {
    return Number(readFileSync(LOCK, 'utf8'))
  } catch {
    return 0
  }
}

function isAlive(pid) {
  if (!pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

const pause = (time) => new Promise((done) => setTimeout(done, time))
