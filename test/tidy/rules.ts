import { dirname, posix } from 'node:path'

/** The house. A room may import from itself and from lower floors, and nothing else: never from a sibling of its floor. */
export const FLOORS: Readonly<Record<string, number>> = {
  main: 5,
  gateway: 4,
  cluster: 4,
  api: 4,
  webhooks: 4,
  telemetry: 4,
  interop: 4,
  reports: 3,
  commands: 3,
  format: 3,
  people: 2,
  grants: 2,
  vesting: 2,
  spending: 2,
  offers: 2,
  supply: 2,
  ledger: 1,
  prices: 1,
  valuation: 1,
  base: 0,
  db: 0,
}

/** Rooms of one floor that may use each other: `db` builds on the units and faults of `base`. */
const NEIGHBOURS: readonly string[] = ['db -> base']

/** A file of the checkout: `path` from its root with forward slashes. */
export type Source = { readonly path: string; readonly text: string }
export type Import = { readonly from: string; readonly to: string }

const IMPORT =
  /(?:^|[\s;])(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g

/** Where each import of a file points: a path of the checkout, or a package as it is written. */
export function importsOf({ path, text }: Source): Import[] {
  return [...text.matchAll(IMPORT)].map((match) => {
    const to = match[1] ?? match[2] ?? ''
    if (to.startsWith('#')) return { from: path, to: `src/${to.slice(1)}` }
    return { from: path, to: to.startsWith('.') ? posix.join(dirname(path), to) : to }
  })
}

const roomOf = (path: string): string | null => /^src\/([^/]+)\//.exec(path)?.[1] ?? null
export const isTest = (path: string): boolean => path.endsWith('.test.ts') || path.startsWith('test/')

/** `file -> import` for each import that goes up, sideways, or out of the house. */
export function wrongImports(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => !isTest(path))
    .flatMap(importsOf)
    .filter(({ from, to }) => !mayImport(from, to))
    .map(({ from, to }) => `${from} -> ${to}`)
}

function mayImport(from: string, to: string): boolean {
  const room = roomOf(from)
  if (room === null) return true
  if (to === 'pg' || to.startsWith('pg/')) return room === 'db'
  const target = roomOf(to)
  // A package, a platform module, or a data file beside the code.
  if (target === null) return !/^(test|bench|web|setup)\//.test(to)
  const floor = FLOORS[room]
  const below = FLOORS[target]
  if (room === target) return true
  if (floor === undefined || below === undefined) return false
  return below < floor || NEIGHBOURS.includes(`${room} -> ${target}`)
}

type Rule = { readonly what: string; readonly pattern: RegExp; readonly applies: (path: string) => boolean }

const inSrc = (path: string): boolean => path.startsWith('src/') && /\.tsx?$/.test(path) && !isTest(path)
const inWeb = (path: string): boolean => path.startsWith('web/src/') && /\.tsx?$/.test(path) && !isTest(path)
const belowMain = (path: string): boolean => inSrc(path) && !path.startsWith('src/main/')
/** `compile/` folders hold programs that people run by hand to make data; they are nobody's import. */
const inServer = (path: string): boolean => belowMain(path) && !path.includes('/compile/')

const RULES: readonly Rule[] = [
  { what: 'reads the environment', pattern: /\bprocess\.env\b/, applies: inServer },
  { what: 'reads the clock', pattern: /\bDate\.now\(|\bnew Date\(\)|\bTemporal\.Now\b/, applies: inServer },
  {
    what: 'reads a random source',
    pattern: /\bMath\.random\(|\brandom(Bytes|UUID|Int)\b|\bgetRandomValues\b/,
    applies: inServer,
  },
  { what: 'uses any', pattern: /(?::|\bas|<|\||,)\s*any\b(?=\s*[;,)\]>=|&{[]|$)/m, applies: inSrc },
  { what: 'has a default export', pattern: /^export default\b/m, applies: inSrc },
  { what: 'has an enum', pattern: /^\s*(?:export\s+)?(?:const\s+)?enum\s/m, applies: inSrc },
  // Assembled, so that the rule does not find itself.
  {
    what: 'names a path of one machine',
    pattern: new RegExp(['/wor', 'k/|/home/[a-z]+/|/Us', 'ers/[a-z]'].join('')),
    applies: () => true,
  },
  {
    what: 'names a registry host',
    pattern: new RegExp(
      ['registry\\.npm', 'js\\.org|regis', 'try\\.yarnpkg\\.com|npm\\.pkg\\.github'].join(''),
    ),
    applies: () => true,
  },
]

const LONGEST_FILE = 400

/** `file: what` for each rule that a text breaks. Comments and strings count: nothing should look like it either. */
export function brokenRules(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, text }) => {
    const code = inSrc(path) ? withoutComments(text) : text
    const broken = RULES.filter((rule) => rule.applies(path) && rule.pattern.test(code)).map(
      (rule) => rule.what,
    )
    const lines = text.split('\n').length - 1
    if ((inSrc(path) || inWeb(path)) && lines > LONGEST_FILE)
      broken.push(`has ${lines} lines, more than ${LONGEST_FILE}`)
    return broken.map((what) => `${path}: ${what}`)
  })
}

/** Good enough for rules about code: prose may speak of the clock. */
const withoutComments = (text: string): string => text.replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '')

/** Rooms that are not in the table, and rooms without a README. */
export function untidyRooms(paths: readonly string[]): string[] {
  const rooms = new Set(
    paths
      .filter((path) => path.endsWith('.ts'))
      .map(roomOf)
      .filter((room) => room !== null),
  )
  return [...rooms].flatMap((room) => [
    ...(room in FLOORS ? [] : [`src/${room} is on no floor`]),
    ...(paths.includes(`src/${room}/README.md`) ? [] : [`src/${room} has no README.md`]),
  ])
}

/** Files under src/ that no way leads to from a command, a bench, a test, or a program that is run by hand. */
export function deadFiles(sources: readonly Source[]): string[] {
  const byPath = new Map(sources.map((source) => [source.path, source]))
  const isEntry = (path: string): boolean =>
    path === 'src/main/cli.ts' ||
    path.startsWith('bench/') ||
    path.startsWith('web/') ||
    isTest(path) ||
    path.includes('/compile/')
  const reached = new Set<string>()
  const waiting = [...byPath.keys()].filter(isEntry)
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const source = byPath.get(path)
    if (!source || reached.has(path)) continue
    reached.add(path)
    waiting.push(...importsOf(source).map(({ to }) => to), ...spawned(source))
  }
  return [...byPath.keys()].filter((path) => inSrc(path) && !reached.has(path))
}

/** Files that a process or a worker is started from: `new URL('x.ts', import.meta.url)`. */
const spawned = ({ path, text }: Source): string[] =>
  [...text.matchAll(/new URL\(\s*['"]([^'"]+\.ts)['"]/g)].map((match) =>
    posix.join(dirname(path), match[1] ?? ''),
  )
