import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { callersOf } from '../support/callers.ts'
import { testGateway, type TestGateway } from '../support/gateway.ts'
import { ownPostgres, type OwnPostgres } from '../support/postgres.ts'
import { proveAll } from '../support/proven.ts'

const DOLLAR = 1_000_000_000n
const MIB = 1024 * 1024
/** Room for an empty company and a minute of calls. */
const SIZE_MIB = 160

/** A small file system of its own; null where this user may not mount one. */
function smallDisk(): { path: string; remove(): void } | null {
  const path = mkdtempSync(join(tmpdir(), 'perq-disk-'))
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MIB}m,mode=711`, 'perq', path])
  const remove = (): void => {
    if (status === 0) spawnSync('umount', ['-l', path])
    rmSync(path, { recursive: true, force: true })
  }
  if (status === 0) return { path, remove }
  remove()
  return null
}

describe('the disk is full', () => {
  const disk = smallDisk()
  let postgres: OwnPostgres
  let at: TestGateway
  let load: ReturnType<typeof callersOf>

  before(async () => {
    // Segments of its log are made when they are needed, so that a full disk meets the log, too.
    const settings = { max_connections: '40', wal_recycle: 'off', min_wal_size: '32MB', max_wal_size: '48MB' }
    postgres = await ownPostgres(disk ? { dir: disk.path, settings } : { settings })
    at = await testGateway({ db: postgres.db, retryFor: 500, clientWaits: 2_000 })
    load = callersOf(at, await at.employee(1_000n * DOLLAR))
  })
  after(async () => {
    await load.stop()
    await load.close()
    await at.close()
    disk?.remove()
  })

  /** Fills the disk to its last byte, and again when something of it is freed, until what it gives back is called. */
  function fill(path: string): () => void {
    const ballast = join(path, 'ballast')
    const pour = (): void => {
      for (let size = MIB; size >= 1; size >>= 4)
        for (;;) {
          try {
            writeFileSync(ballast, Buffer.alloc(size), { flag: 'a' })
          } catch {
            break
          }
        }
    }
    pour()
    const again = setInterval(pour, 20)
    return () => {
      clearInterval(again)
      rmSync(ballast)
    }
  }

  test('the disk of the database is full to its last byte: a clear 503, no answered call is lost, and all goes on when there is room', async (t) => {
    if (!disk) {
      // What is written into the disk's place is the same to every part of Perq: the error that PostgreSQL gives.
      t.diagnostic(
        'THIS USER MAY NOT MOUNT A FILE SYSTEM: the full disk was not real; the next test gives its error',
      )
      return
    }
    load.start()
    await load.answers(20)
    const free = fill(disk.path)
    await load.refuses().finally(free)
    await load.answers(20)
    await load.stop()
    await load.kept()
  })

  test('no row can be written for want of space: a clear 503, no answered call is lost, and all goes on when there is room', async () => {
    load.start()
    await load.answers(20)
    await postgres.admin(`create function public.no_room() returns trigger language plpgsql as
      $$ begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$`)
    // One table at a time: a statement that locks both could stand in the way of a call, and the call in its.
    for (const table of ['hold', 'entry'])
      await postgres.admin(
        `create trigger no_room before insert on ledger.${table} execute function public.no_room()`,
      )
    await load.refuses()
    for (const table of ['hold', 'entry']) await postgres.admin(`drop trigger no_room on ledger.${table}`)
    await load.answers(20)
    await load.stop()
    await load.kept()
  })

  test('and afterwards the ledger verifies', () => proveAll(at.ledger, at.db))
})
