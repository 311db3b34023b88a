import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { Fault } from '#base/fault.ts'
import { iso } from '#base/time.ts'
import type { Seal as Newest } from '#ledger/seals.ts'

export const MANIFEST = 'manifest.json'
export const SECRET = 'secret'

const seal = z.object({
  /** How many entries are sealed. */
  n: z.string().regex(/^\d+$/),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** The time of the newest entry that is sealed. */
  at: z.string().nullable(),
})

/** What a backup says of itself. A folder without one is none. */
const manifest = z.object({
  format: z.literal(1),
  perq: z.string(),
  postgres: z.string(),
  startedAt: z.string(),
  /** From here on the database can be restored, by the database's clock. */
  stoppedAt: z.string(),
  startLsn: z.string(),
  stopLsn: z.string(),
  firstSegment: z.string(),
  lastSegment: z.string(),
  /** Where the log that follows goes; null: this backup can be restored to its own end only. */
  archive: z.string().nullable(),
  seal: seal.nullable(),
  secret: z.boolean(),
  folders: z.array(z.string()),
  parts: z.array(z.object({ path: z.string(), bytes: z.number(), sha256: z.string() })),
})

export type Seal = z.infer<typeof seal>
export type Manifest = z.infer<typeof manifest>

export const sealOf = (newest: Newest | null): Seal | null =>
  newest && { n: String(newest.n), hash: newest.hash, at: newest.at === null ? null : iso(newest.at) }

/** Throws Fault `conflict` when the folder holds no whole backup. */
export function readManifest(folder: string): Manifest {
  let text: string
  try {
    text = readFileSync(join(folder, MANIFEST), 'utf8')
  } catch {
    throw new Fault(
      'conflict',
      `${folder} is no whole backup: it has no ${MANIFEST}; one that was broken off has none`,
      {
        param: '--from',
      },
    )
  }
  const read = manifest.safeParse(json(text))
  if (read.success && read.data.parts.every(({ path }) => inside(path)) && read.data.folders.every(inside))
    return read.data
  throw new Fault(
    'conflict',
    `The backup ${folder} is damaged: its ${MANIFEST} cannot be read. Nothing was restored; take an older one.`,
  )
}

/** A manifest that was changed must not make us write elsewhere. */
const inside = (path: string): boolean => !path.startsWith('/') && !path.split('/').includes('..')

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
