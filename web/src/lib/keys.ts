/** What a stroke means, apart from the page that obeys it: pure, so that the map can be tested as text. */
export type Stroke = { readonly key: string; readonly mod: boolean; readonly typing: boolean }

export type Command =
  | 'palette'
  | 'help'
  | 'create'
  | 'filter'
  | 'next-row'
  | 'previous-row'
  | 'wallet'
  | 'usage'
  | 'alerts'
  | 'vesting'
  | 'keys'
  | 'entries'
  | 'people'
  | 'models'
  | 'providers'
  | 'documents'
  | 'grants'
  | 'offers'
  | 'posts'
  | 'templates'
  | 'leavers'
  | 'jobs'
  | 'cluster'
  | 'sla'
  | 'value'
  | 'worth'

const GO: Readonly<Record<string, Command>> = {
  w: 'wallet',
  u: 'usage',
  a: 'alerts',
  v: 'vesting',
  k: 'keys',
  e: 'entries',
  p: 'people',
  m: 'models',
  r: 'providers',
  d: 'documents',
  g: 'grants',
  h: 'offers',
  b: 'posts',
  t: 'templates',
  l: 'leavers',
  j: 'jobs',
  c: 'cluster',
  s: 'sla',
  f: 'value',
  o: 'worth',
}
const SINGLE: Readonly<Record<string, Command>> = {
  c: 'create',
  '/': 'filter',
  j: 'next-row',
  k: 'previous-row',
  '?': 'help',
}

export const LEADER_MS = 1_200

/** `leading` is true while a G waits for its letter. Returns the command, or 'lead' for the G itself. */
export function commandOf(stroke: Stroke, leading: boolean): Command | 'lead' | null {
  const key = stroke.key.toLowerCase()
  if (stroke.mod) return key === 'k' ? 'palette' : null
  if (stroke.typing) return null
  if (leading) return GO[key] ?? null
  if (key === 'g') return 'lead'
  return SINGLE[key] ?? null
}

/** Those of every page; G and the letter of a place are told beside them. */
export const SHORTCUTS: readonly { readonly keys: readonly string[]; readonly does: string }[] = [
  { keys: ['⌘', 'K'], does: 'Search pages, actions and people' },
  { keys: ['C'], does: 'Create a key' },
  { keys: ['/'], does: 'Filter this page' },
  { keys: ['J'], does: 'Next row' },
  { keys: ['K'], does: 'Previous row' },
  { keys: ['?'], does: 'Show this list' },
  { keys: ['Esc'], does: 'Close' },
]
