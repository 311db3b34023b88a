import type { Guide, Snippet } from '../../../web/src/pages/keys/snippets.ts'
import { makeHome, type Home } from './homes.ts'

/**
 * Does what the page says: writes the files that it names and exports what it exports. Where it offers a file in the
 * place of the environment, that is used only with `byFile`, and then alone.
 */
export function follow(
  guide: Guide,
  { path, outside, byFile = false }: { path: string; outside: string; byFile?: boolean },
): Home {
  const files: Record<string, string> = {}
  const env: Record<string, string> = {}
  const offered = ({ title }: Snippet): boolean => title.startsWith('Or ')
  for (const { title, text } of guide.snippets.filter((each) => offered(each) === byFile)) {
    const file = /~\/(\S+)$/.exec(title)?.[1]
    if (file) files[file] = text
    else for (const [, name, value] of text.matchAll(/^export (\w+)=(.*)$/gm)) env[name!] = value!
  }
  const home = makeHome(path, { outside, files })
  return { ...home, env: { ...home.env, ...env } }
}
