import { readFileSync } from 'node:fs'
import { processesOf } from './place.ts'

/** The processes that look after a job's steps on its nodes, and what they started: all that dies with a machine. */
export function stepsOf(folder: string, job: string): number[] {
  const all = processesOf(folder)
  const steps = new Set(all.filter((pid) => read(`/proc/${pid}/cmdline`).startsWith(`slurmstepd: [${job}.`)))
  const parents = new Map(all.map((pid) => [pid, Number(/\) \S (\d+)/.exec(read(`/proc/${pid}/stat`))?.[1])]))
  const isBelow = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined; at = parents.get(at))
      if (steps.has(at)) return true
    return false
  }
  return all.filter(isBelow)
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
