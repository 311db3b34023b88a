import { Fault } from '#base/fault.ts'
import { purposeOf } from '#cluster/whose.ts'
import type { Purpose } from '#ledger/types.ts'
import { PURPOSES } from '#spending/policy.ts'

/** What of an sbatch command decides what the job will cost. */
export type Asked = {
  /** The scheduler's word; null: not said. */
  readonly type: string | null
  readonly gpus: number
  readonly tasks: number
  /** Null: not said, or without limit. */
  readonly timeLimitSeconds: number | null
  readonly allowance: string | null
  readonly purpose: Purpose
}

/** Long and short names of the options that matter here; all of them take a value. */
const NAMES: Readonly<Record<string, string>> = {
  '-G': '--gpus',
  '-N': '--nodes',
  '-n': '--ntasks',
  '-t': '--time',
  '-q': '--qos',
  '-a': '--array',
}
/** Options of sbatch that take no value, so that what follows them is the script. */
const BARE = new Set(
  '-H --hold -s --oversubscribe -O --overcommit -Q --quiet -v --verbose -W --wait -k --no-kill --contiguous --requeue --no-requeue --parsable --test-only --spread-job --use-min-nodes --reboot --ignore-pbs --exclusive --nice --get-user-env --propagate -h --help -V --version --usage'.split(
    ' ',
  ),
)

type Options = ReadonlyMap<string, string>

/** The options of a command line, and the script that it names; what follows the script is the script's own. */
export function readArguments(args: readonly string[]): {
  readonly options: Options
  readonly script: string | null
} {
  const options = new Map<string, string>()
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at]!
    if (!word.startsWith('-') || word === '-') return { options, script: word }
    const [, name = word, joined] = /^(--[^=]+)=(.*)$/s.exec(word) ?? /^(-[A-Za-z])(.+)$/s.exec(word) ?? []
    if (joined !== undefined) options.set(NAMES[name] ?? name, joined)
    else if (!BARE.has(word)) {
      options.set(NAMES[word] ?? word, args[at + 1] ?? '')
      at += 1
    }
  }
  return { options, script: null }
}

/** The options in a script's own `#SBATCH` lines, which end where its commands begin. */
export function readScript(text: string): Options {
  const options = new Map<string, string>()
  for (const line of text.split('\n', 1_000)) {
    if (!/^\s*(#|$)/.test(line)) break
    const [, said] = /^#SBATCH\s+(.*)$/.exec(line) ?? []
    if (said === undefined) continue
    const words = said.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? []
    const read = readArguments(words.map((word) => word.replaceAll(/["']/g, '')))
    for (const [name, value] of read.options) options.set(name, value)
  }
  return options
}

/** What the command line says counts before what the script says. Throws Fault `invalid` for what cannot be read. */
export function askedOf(script: Options, command: Options): Asked {
  const said = (name: string): string | undefined => command.get(name) ?? script.get(name)
  const nodes = counted('--nodes', said('--nodes') ?? '1')
  const { type, gpus } = gpusOf(said, nodes)
  return {
    type,
    gpus,
    tasks: tasksOf(said('--array')),
    timeLimitSeconds: secondsOf(said('--time')),
    allowance: said('--qos') ?? null,
    purpose: purposeIn(said('--comment') ?? ''),
  }
}

function gpusOf(
  said: (name: string) => string | undefined,
  nodes: number,
): { readonly type: string | null; readonly gpus: number } {
  const gres = said('--gres')
    ?.split(',')
    .map((part) => /^(?:gres[:/])?gpu(?::(.*))?$/.exec(part.trim()))
    .find((match) => match !== null)
  const ways: readonly (readonly [string, string | undefined, number])[] = [
    ['--gpus', said('--gpus'), 1],
    ['--gpus-per-node', said('--gpus-per-node'), nodes],
    ['--gres', gres ? (gres[1] ?? '1') : undefined, nodes],
    ['--gpus-per-task', said('--gpus-per-task'), counted('--ntasks', said('--ntasks') ?? String(nodes))],
  ]
  const way = ways.find(([, value]) => value !== undefined)
  if (!way) {
    if (said('--gpus-per-socket') === undefined) return { type: null, gpus: 0 }
    throw wrong(
      '--gpus-per-socket',
      said('--gpus-per-socket') ?? '',
      'say --gpus=TYPE:COUNT, which can be counted',
    )
  }
  const [name, value = '', times] = way
  const [, type, count] = /^(?:([A-Za-z][\w.-]*)(?::|$))?(\d{1,6})?$/.exec(value) ?? []
  if (type === undefined && count === undefined) throw wrong(name, value, 'give TYPE:COUNT, such as h100:8')
  return { type: type ?? null, gpus: Number(count ?? 1) * times }
}

/** `8`, `2-4`: the most of a range. */
function counted(name: string, text: string): number {
  const [, low, high] = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(text) ?? []
  if (low === undefined) throw wrong(name, text, 'give a number')
  return Number(high ?? low)
}

/** `0-15%4`, `1,3,5-7`, `0-30:10`. */
function tasksOf(text: string | undefined): number {
  if (text === undefined) return 1
  return text
    .replace(/%\d+$/, '')
    .split(',')
    .reduce((sum, part) => {
      const [, from, to, step] = /^(\d{1,9})(?:-(\d{1,9})(?::(\d{1,9}))?)?$/.exec(part) ?? []
      if (from === undefined) throw wrong('--array', text, 'give tasks, such as 0-15 or 1,3,5')
      return sum + (to === undefined ? 1 : Math.floor((Number(to) - Number(from)) / Number(step ?? 1)) + 1)
    }, 0)
}

/** Minutes, M:S, H:M:S, D-H, D-H:M, D-H:M:S, as sbatch reads them. */
export function secondsOf(text: string | undefined): number | null {
  if (text === undefined || /^(unlimited|infinite|-1)$/i.test(text)) return null
  const [, days, rest = ''] = /^(?:(\d{1,5})-)?([\d:]+)$/.exec(text) ?? []
  const parts = rest.split(':').map(Number)
  if (rest === '' || parts.length > 3 || parts.some((part) => !Number.isInteger(part)))
    throw wrong('--time', text, 'give minutes, H:M:S or D-H:M:S')
  const [a = 0, b = 0, c = 0] = parts
  if (days !== undefined) return Number(days) * 86_400 + a * 3_600 + b * 60 + c
  if (parts.length === 3) return a * 3_600 + b * 60 + c
  return a * 60 + b
}

function purposeIn(comment: string): Purpose {
  const purpose = purposeOf(comment)
  if (purpose === null) throw wrong('--comment', comment, `its purpose is none of ${PURPOSES.join(', ')}`)
  return purpose
}

const wrong = (param: string, value: string, remedy: string): Fault =>
  new Fault('invalid', `${param} is "${value}"; ${remedy}`, { param })
