import { readdirSync, readFileSync } from 'node:fs'

/** Microseconds of all cores, since they began. */
export type Cpu = { readonly postgres: number; readonly node: number }

/** Linux tells the time of processes in hundredths of a second. */
const TICK = 10_000

/**
 * What this process and a PostgreSQL server with all that it forked have used; null where the system does not tell it by
 * files. A backend that has ended is counted with its parent.
 */
export function cpuOf(postmaster: number): Cpu | null {
  const own = statOf(String(postmaster))
  if (own === null) return null
  const { user, system } = process.cpuUsage()
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(statOf)
    .filter((stat) => stat?.parent === postmaster)
  const ticks = children.reduce((sum, stat) => sum + (stat?.ticks ?? 0), own.ticks + own.ended)
  return { postgres: ticks * TICK, node: user + system }
}

export const since = (before: Cpu | null, after: Cpu | null): Cpu | null =>
  before && after && { postgres: after.postgres - before.postgres, node: after.node - before.node }

function statOf(pid: string): { parent: number; ticks: number; ended: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name may hold anything; what follows its last bracket are numbers.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const at = (index: number): number => Number(fields[index])
    return { parent: at(1), ticks: at(11) + at(12), ended: at(13) + at(14) }
  } catch {
    return null
  }
}
