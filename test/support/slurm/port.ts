import { randomUUID } from 'node:crypto'
import type { AccountingRecord, Scheduler } from '#cluster/port.ts'
import { openSlurm } from '#cluster/slurm/slurm.ts'
import type { RealSlurm } from './cluster.ts'

const HOUR = 3_600_000

/** The product's own way to this cluster. */
export const portTo = ({ bin, env }: RealSlurm): Scheduler =>
  openSlurm({ id: () => randomUUID() }, { bin, env, timeoutMs: 60_000, incarnation: null })

/** Every record there is, oldest first. */
export async function recordsOf(port: Scheduler): Promise<AccountingRecord[]> {
  const all: AccountingRecord[] = []
  const now = Date.now()
  for await (const page of port.records({ from: now - HOUR, to: now + HOUR })) all.push(...page)
  return all
}
