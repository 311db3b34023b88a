import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import pg from 'pg'
import { isAlive, type Postmaster } from './postmaster.ts'

/** `server` lives long and is one per folder; `tool` is a command that ends soon. */
export type Role = 'server' | 'tool'

/** Who answers for a running server. It lies beside the data folder, which belongs to PostgreSQL alone. */
export type Owner = { readonly pid: number; readonly role: Role; readonly postmaster: number }

export function writeOwner(dir: string, owner: Owner): void {
  const fresh = `${dir}.owner.${owner.pid}`
  writeFileSync(fresh, JSON.stringify(owner))
  renameSync(fresh, `${dir}.owner`)
}

/** The live owner of this very server, or null: nobody wrote it down yet, or the owner died. */
export function ownerOf(dir: string, postmaster: Postmaster): Owner | null {
  try {
    const owner = JSON.parse(readFileSync(`${dir}.owner`, 'utf8')) as Owner
    return owner.postmaster === postmaster.pid && isAlive(owner.pid) ? owner : null
  } catch {
    return null
  }
}

/** Every guest holds this lock shared; who stops a server takes it alone. Perq's own number, chosen once. */
const GUESTS = 7_377_104_114

export type Guest = { leave(): Promise<void> }

/**
 * Joins a running server for as long as the guest stays: its owner, when it is a tool, does not stop it meanwhile.
 * Null when the server is just going away. `onLost` runs when the server ends while the guest is there.
 */
export async function join(adminUrl: string, onLost: () => void): Promise<Guest | null> {
  const client = new pg.Client({ connectionString: adminUrl, application_name: 'perq guest' })
  let staying = false
  const lost = (): void => {
    if (staying) onLost()
    staying = false
  }
  client.on('error', lost)
  client.on('end', lost)
  try {
    await client.connect()
    await client.query('select pg_advisory_lock_shared($1)', [GUESTS])
  } catch {
    await client.end().catch(() => {})
    return null
  }
  staying = true
  // A guest that forgets to leave still may exit; one that leaves waits for the connection to end.
  const handle = client as unknown as { ref(): void; unref(): void }
  handle.unref()
  return {
    leave: async () => {
      staying = false
      handle.ref()
      await client.end().catch(() => {})
    },
  }
}

/** Waits until no guest is left and lets none in any more; false when that takes longer than `attempts` looks. */
export async function closeDoor(
  adminUrl: string,
  { attempts, every, onWait }: { attempts: number; every: number; onWait: (attempt: number) => void },
): Promise<boolean> {
  const client = new pg.Client({ connectionString: adminUrl, application_name: 'perq owner' })
  client.on('error', () => {})
  try {
    await client.connect()
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const { rows } = await client.query<{ alone: boolean }>('select pg_try_advisory_lock($1) as alone', [
        GUESTS,
      ])
      // The connection stays open: the lock holds until the server ends.
      if (rows[0]?.alone) return true
      onWait(attempt)
      await new Promise((done) => setTimeout(done, every))
    }
    await client.end()
    return false
  } catch {
    return true
  }
}
