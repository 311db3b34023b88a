import { hash } from 'node:crypto'
import type { Asset } from '#base/asset.ts'
import { rootOf, unitOf } from './demand.ts'
import { countOf, gpusText, resolveGpus } from './gpus.ts'
import type { AccountingRecord } from './port.ts'
import type { Booked, Row } from './record-store.ts'
import type { Map as ClusterMap } from './types.ts'
import { hasEnded, verdictOf, type Span, type Verdict } from './verdict.ts'
import { assetOfUse, modeOf, ownerOf, purposeOf } from './whose.ts'

/** A record as it is read: what it says, whose it is, and what of it belongs into the ledger. */
export type Reading = {
  readonly record: AccountingRecord
  readonly root: string
  readonly unit: number
  readonly told: string
  readonly requested: string
  readonly allocated: string
  readonly gpus: bigint
  readonly verdict: Verdict
  /** Its GPU-seconds are to stand in the ledger. */
  readonly counts: boolean
  readonly booked: Pick<Booked, 'person' | 'asset' | 'purpose' | 'mode' | 'class' | 'lost' | 'inOutage'> & {
    readonly gpuSeconds: bigint
  }
}

export function readingOf(map: ClusterMap, record: AccountingRecord, outages: readonly Span[]): Reading {
  const verdict = verdictOf(record, map.cluster.rules, outages)
  const person = ownerOf(map, record.login, record.submittedAt)?.person ?? null
  const asset = assetOfUse(map, resolveGpus(record.allocated, map.accelerators), record.allowance)
  const known = person !== null && asset !== null
  const mode = known ? modeOf(map, person, asset) : map.cluster.mode
  const ended = hasEnded(record)
  const history = ended && (record.endedAt ?? 0) < map.cluster.chargedFrom
  const uses = verdict.gpuSeconds > 0n
  return {
    record,
    root: rootOf(record),
    unit: unitOf(record),
    told: toldText(record),
    requested: gpusText(record.requested),
    allocated: gpusText(record.allocated),
    gpus: countOf(record.allocated),
    verdict,
    // What used nothing has nothing to charge, but may have been held for.
    counts: ended && person !== null && (asset !== null || !uses) && !history && mode !== 'tracking',
    booked: {
      person,
      asset,
      purpose: purposeOf(record.comment) ?? 'work',
      mode,
      class: history ? 'history' : uses && !known ? 'unowned' : verdict.class,
      lost: ended ? verdict.lost : 0n,
      inOutage: verdict.inOutage,
      gpuSeconds: ended ? verdict.gpuSeconds : 0n,
    },
  }
}

/** A hash of all that the accounting says of a record, whatever we make of it. */
export function toldText(record: AccountingRecord): string {
  const { array, part } = record
  const said = [
    record.job,
    record.submittedAt,
    record.stateText,
    record.state,
    record.name,
    record.login,
    record.account,
    record.allowance,
    record.partition,
    array ? `${array.job}_${array.task}` : '',
    part ? `${part.job}+${part.index}` : '',
    record.restarts ?? '',
    record.eligibleAt ?? '',
    record.startedAt ?? '',
    record.endedAt ?? '',
    record.elapsedSeconds,
    record.suspendedSeconds,
    record.timeLimit ?? '',
    gpusText(record.requested),
    gpusText(record.allocated),
    record.nodes.join(','),
    record.exitCode,
    record.comment,
  ]
  return hash('sha1', said.join('\u0000'), 'base64url')
}

/** A row of what was read, with its parts in the ledger. */
export const rowOf = (
  reading: Reading,
  revision: number,
  parts: Pick<Booked, 'charged' | 'absorbed' | 'settledAt' | 'transfer' | 'held'>,
): Row => ({
  record: reading.record,
  root: reading.root,
  unit: reading.unit,
  told: reading.told,
  revision,
  requested: reading.requested,
  allocated: reading.allocated,
  gpus: reading.gpus,
  booked: { ...reading.booked, ...parts },
})

export const payerOf = (
  { person, asset, purpose }: { person: string | null; asset: Asset | null; purpose: Booked['purpose'] },
  cluster: string,
) => ({ person: person ?? '', asset: asset ?? 'USD', purpose, cluster }) as const
