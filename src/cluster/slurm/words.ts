import { MINUTE, SECOND, type Millis } from '#base/time.ts'
import type { Gpus } from '../port.ts'

/** How Slurm writes times, spans, GPUs and lists of nodes; the same in 22.05 and in 24.11. */

/** Seconds since 1970, as SLURM_TIME_FORMAT=%s makes them; `Unknown`, `None` and 0 are null. */
export function readTime(text: string): Millis | null {
  const seconds = /^\d{1,12}$/.test(text) ? Number(text) : 0
  return seconds > 0 ? seconds * SECOND : null
}

/** `[days-]hours:minutes:seconds`, `minutes:seconds`; null: not said, or without limit. */
export function readSpan(text: string): Millis | null {
  const match = /^(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)(?:\.\d+)?$/.exec(text)
  if (!match) return null
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0))
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * SECOND
}

/** As readSpan reads it, rounded up to whole seconds. */
export function writeSpan(span: Millis): string {
  const all = Math.ceil(span / SECOND)
  const two = (value: number): string => String(value).padStart(2, '0')
  const [days, rest] = [Math.floor(all / 86_400), all % 86_400]
  return `${days}-${two(Math.floor(rest / 3600))}:${two(Math.floor(rest / 60) % 60)}:${two(rest % 60)}`
}

/** Whole minutes; null: `UNLIMITED`, `Partition_Limit`, or not said. */
export const readMinutes = (text: string): Millis | null =>
  /^\d{1,12}$/.test(text) ? Number(text) * MINUTE : null

/** `gres/gpu=4,gres/gpu:h100=2,…` -> by name; what is not a number is left out. */
export function readTres(text: string): Map<string, bigint> {
  const read = new Map<string, bigint>()
  for (const item of text.split(',')) {
    const [, name, amount] = /^(.+)=(\d+)$/.exec(item) ?? []
    if (name !== undefined && amount !== undefined) read.set(name, BigInt(amount))
  }
  return read
}

const TYPED = 'gres/gpu:'

/** Shapes of jobs that are remembered: there are few of them, and a million records. */
const MOST_SHAPES = 4_000
const shapes = new Map<string, readonly Gpus[]>()

/** The GPUs among what a job asked for or was given. Those of the total that no type accounts for are of no type. */
export function gpusOf(tres: string): readonly Gpus[] {
  const known = shapes.get(tres)
  if (known) return known
  // A copy: what was cut out of the whole output would keep all of it in memory.
  const own = Buffer.from(tres).toString()
  const gpus = readGpus(own)
  if (shapes.size >= MOST_SHAPES) shapes.clear()
  shapes.set(own, gpus)
  return gpus
}

function readGpus(tres: string): Gpus[] {
  const all = readTres(tres)
  const typed = [...all]
    .filter(([name]) => name.startsWith(TYPED))
    .map(([name, count]) => ({ type: name.slice(TYPED.length), count }))
    .toSorted((a, b) => (a.type < b.type ? -1 : 1))
  const rest = (all.get('gres/gpu') ?? 0n) - typed.reduce((sum, { count }) => sum + count, 0n)
  return rest > 0n ? [...typed, { type: null, count: rest }] : typed
}

/** Minutes or counts by accelerator, and whether anything else was limited with them. */
export function limitsOf(tres: string): {
  readonly byType: Record<string, bigint>
  readonly others: string[]
} {
  const all = [...readTres(tres)]
  return {
    byType: Object.fromEntries(
      all
        .filter(([name]) => name.startsWith(TYPED))
        .map(([name, value]) => [name.slice(TYPED.length), value]),
    ),
    others: all.map(([name]) => name).filter((name) => !name.startsWith(TYPED)),
  }
}

/** `gpu:h100:8(S:0-1),gpu:a100:2(IDX:0-1)`, as a node has or uses it. */
export function gpusOfNode(gres: string): Gpus[] {
  const read: Gpus[] = []
  for (const [, type, count] of gres.matchAll(/(?:^|,)gpu(?::([^:,()]+))??:(\d+)(?=[(,]|$)/g))
    if (count !== undefined && BigInt(count) > 0n) read.push({ type: type ?? null, count: BigInt(count) })
  return read
}

/** More names than any cluster has: a list that comes out longer was not one of nodes. */
const MOST_NODES = 100_000

/** `n[1-2,5],gpu-[001-003]x` -> each node's name. */
export function readNodes(text: string): string[] {
  if (text === '' || text === 'None assigned' || text === '(null)') return []
  return splitOutside(text).flatMap(expand).slice(0, MOST_NODES)
}

/** At commas that are in no brackets. */
const splitOutside = (text: string): string[] => text.match(/(?:[^,[\]]|\[[^\]]*\])+/g) ?? []

function expand(pattern: string): string[] {
  const [, before, ranges, after] = /^([^[]*)\[([^\]]*)\](.*)$/.exec(pattern) ?? []
  if (before === undefined || ranges === undefined || after === undefined) return [pattern]
  const rests = expand(after)
  return ranges.split(',').flatMap((range) => {
    const [from = '', to = from] = range.split('-')
    const count = Math.min(Number(to) - Number(from) + 1, MOST_NODES)
    if (!(count > 0)) return []
    return Array.from({ length: count }, (_, index) =>
      String(Number(from) + index).padStart(from.length, '0'),
    ).flatMap((number) => rests.map((rest) => `${before}${number}${rest}`))
  })
}

/** How many tasks `0-99:2,107%7` names, and how many of them run at once; more than anybody holds for when it is cut short. */
export function readTasks(text: string): { readonly tasks: number; readonly atOnce: number | null } {
  const [list = '', atOnce] = text.split('%')
  if (list.includes('...')) return { tasks: Number.MAX_SAFE_INTEGER, atOnce: null }
  const tasks = list.split(',').reduce((sum, range) => {
    const [, from, to = from, step = '1'] = /^(\d+)(?:-(\d+)(?::(\d+))?)?$/.exec(range) ?? []
    if (from === undefined || to === undefined) return sum
    return sum + Math.floor((Number(to) - Number(from)) / Math.max(1, Number(step))) + 1
  }, 0)
  return { tasks: Math.max(1, tasks), atOnce: atOnce === undefined ? null : Number(atOnce) }
}

/** `2_[0-9:3,20%7]`, as the queue names waiting tasks, -> `2_[0,3,6,9,20]`, as scontrol and scancel take them: they know no steps. */
export function writeTasks(id: string): string {
  const [, array, list] = /^(\d+)_\[([^\]%]*)(?:%\d+)?\]$/.exec(id) ?? []
  if (array === undefined || list === undefined) return id
  const plain = list.split(',').map((range) => {
    const [, from, to, step] = /^(\d+)-(\d+):(\d+)$/.exec(range) ?? []
    if (from === undefined || to === undefined) return range
    const tasks: number[] = []
    for (let task = Number(from); task <= Number(to); task += Math.max(1, Number(step))) tasks.push(task)
    return tasks.join(',')
  })
  return `${array}_[${plain.join(',')}]`
}
