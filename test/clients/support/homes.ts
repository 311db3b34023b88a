import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const INSTALLED = fileURLToPath(new URL('../programs/node_modules', import.meta.url))
const HERE = `${process.platform}-${process.arch}`

/** A program of an installed package; install scripts did not run, so the one made for this system is called itself. */
export const installed = (path: string): string => join(INSTALLED, path.replaceAll('{system}', HERE))

/** A folder where a client lives alone: its home, its settings and the project it works in. */
export type Home = {
  readonly path: string
  readonly project: string
  /** Nothing of this machine, and the way out of it closed. */
  readonly env: Readonly<Record<string, string>>
}

export function makeHome(
  path: string,
  { outside, files = {} }: { outside: string; files?: Readonly<Record<string, string>> },
): Home {
  const project = join(path, 'project')
  const all = { 'project/notes.txt': 'The harvest is on Tuesday.\n', 'tmp/.keep': '', ...files }
  for (const [name, text] of Object.entries(all)) {
    const file = join(path, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  const env = {
    HOME: path,
    XDG_CONFIG_HOME: join(path, '.config'),
    XDG_DATA_HOME: join(path, '.local/share'),
    XDG_STATE_HOME: join(path, '.local/state'),
    XDG_CACHE_HOME: join(path, '.cache'),
    TMPDIR: join(path, 'tmp'),
    PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
    SHELL: '/bin/sh',
    LANG: 'C.UTF-8',
    TERM: 'dumb',
    HTTP_PROXY: outside,
    HTTPS_PROXY: outside,
    http_proxy: outside,
    https_proxy: outside,
    NO_PROXY: '127.0.0.1,localhost',
    no_proxy: '127.0.0.1,localhost',
  }
  return { path, project, env }
}
