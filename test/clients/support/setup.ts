import type { Guide } from '../../../web/src/pages/keys/snippets.ts'
import { makeHome, type Home } from './homes.ts'

/** Does what the page says: writes the files that it names and exports what it exports. */
export function follow(guide: Guide, { path, outside }: { path: string; outside: string }): Home {
  const files: Record<string, string> = {}
  const env: Record<string, string> = {}
  for (const { title, text } of guide.snippets) {
    // Where the page offers a file instead of the environment, the environment is enough.
    const file = title.startsWith('Or ') ? null : /~\/(\S+)$/.exec(title)?.[1]
    if (file) files[file] = text
    else if (file !== null)
      for (const [, name, value] of text.matchAll(/^export (\w+)=(.*)$/gm)) env[name!] = value!
  }
  const home = makeHome(path, { outside, files })
  return { ...home, env: { ...home.env, ...env } }
}
