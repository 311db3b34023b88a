import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '#base/fault.ts'
import { setting, type Environment } from './config.ts'

const HEX_32 = /^[0-9a-f]{64}$/i

/** The 32 bytes that encrypt provider keys: from PERQ_SECRET, or kept in the data folder, readable by its owner alone. */
export function masterSecret(env: Environment, folder: string): Uint8Array {
  const given = setting(env, 'PERQ_SECRET')
  if (given) return decode(given, 'PERQ_SECRET')
  const file = join(folder, 'secret')
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true })
    // Written beside and linked, so that two processes starting together agree and none reads half a file.
    const fresh = `${file}.${process.pid}`
    writeFileSync(fresh, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 })
    try {
      linkSync(fresh, file)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    } finally {
      unlinkSync(fresh)
    }
  }
  return decode(readFileSync(file, 'utf8').trim(), file)
}

function decode(text: string, where: string): Uint8Array {
  if (HEX_32.test(text)) return Buffer.from(text, 'hex')
  throw new Fault(
    'invalid',
    `${where} does not hold 64 hexadecimal digits; restore it, or provider keys stay sealed`,
    {
      param: 'PERQ_SECRET',
    },
  )
}
