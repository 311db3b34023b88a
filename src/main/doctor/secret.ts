import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '#base/fault.ts'
import { open } from '#base/vault.ts'
import type { Sql } from '#db/sql.ts'
import { all } from '#gateway/upstreams/store.ts'
import { setting, type Environment } from '../config.ts'
import { masterSecret } from '../secret.ts'
import { finding, type Finding } from './finding.ts'

const NAME = 'secret'
const REMEDY =
  'Put back the secret that sealed them (PERQ_SECRET, or the file "secret" of the data folder), or enter the keys again with perq provider set.'

/** Whether the secret is there and opens the keys of every provider that has one. Makes none. */
export async function secret(sql: Sql, env: Environment, folder: string): Promise<Finding> {
  const sealed = (await all(sql)).flatMap(({ id, name, sealed_key: key }) =>
    key === null ? [] : [{ id, name, key }],
  )
  if (setting(env, 'PERQ_SECRET') === '' && !existsSync(join(folder, 'secret')))
    return finding(
      NAME,
      sealed.length === 0,
      `none yet, and ${sealed.length} provider keys are sealed`,
      REMEDY,
    )
  try {
    const master = masterSecret(env, folder)
    const closed = sealed.filter(({ id, key }) => !opens(master, id, key)).map(({ name }) => name)
    return finding(
      NAME,
      closed.length === 0,
      closed.length === 0
        ? `opens ${sealed.length} provider keys`
        : `does not open the keys of ${closed.join(', ')}`,
      REMEDY,
    )
  } catch (error) {
    return finding(NAME, false, messageOf(error), REMEDY)
  }
}

function opens(master: Uint8Array, id: string, key: Uint8Array): boolean {
  try {
    open(master, id, key)
    return true
  } catch {
    return false
  }
}
