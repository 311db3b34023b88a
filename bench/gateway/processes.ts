import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** What the system tells of processes; Linux only, elsewhere there are no figures of CPU and memory. */

const read = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

const list = (path: string): string[] => {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

/** A process and those that came from it, without the trees of `except`. */
export function treeOf(root: number, except: readonly number[] = []): number[] {
  const children = new Map<number, number[]>()
  for (const name of list('/proc')) {
    const stat = /^\d+$/.test(name) ? read(`/proc/${name}/stat`) : null
    // The name of a program may have spaces and brackets of its own.
    const parent = stat && Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    if (parent) children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  const tree: number[] = []
  const waiting = [root]
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    if (except.includes(pid)) continue
    tree.push(pid)
    waiting.push(...(children.get(pid) ?? []))
  }
  return tree
}

/** Microseconds of CPU that these processes have used; null where the system does not tell. */
export function cpuOf(pids: readonly number[]): number | null {
  let nanos = 0
  let told = false
  for (const pid of pids) {
    for (const task of list(`/proc/${pid}/task`)) {
      const stat = read(`/proc/${pid}/task/${task}/schedstat`)
      if (stat === null) continue
      told = true
      nanos += Number(stat.split(' ')[0])
    }
  }
  return told ? nanos / 1_000 : null
}

/** Bytes in memory of one process; null where the system does not tell. */
export function memoryOf(pid: number): number | null {
  const found = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`) ?? '')
  return found ? Number(found[1]) * 1_024 : null
}

/** How many files a process may have open; Node raises what it may itself. Null where the system does not tell. */
export function mostFiles(): number | null {
  const found = /^Max open files\s+\S+\s+(\d+)/m.exec(read('/proc/self/limits') ?? '')
  return found ? Number(found[1]) : null
}

export type Busy = { readonly busy: number; readonly all: number }

/** Of all cores together, since the machine started. */
export function machineTime(): Busy | null {
  const fields = read('/proc/stat')?.split('\n')[0]?.trim().split(/\s+/).slice(1, 9).map(Number)
  if (!fields) return null
  const all = fields.reduce((a, b) => a + b, 0)
  return { busy: all - fields[3]! - fields[4]!, all }
}

/** Lets processes run on these cores only; false where that cannot be done. */
export function pin(pids: readonly number[], cores: string): boolean {
  try {
    for (const pid of pids) execFileSync('taskset', ['-acp', cores, String(pid)], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
