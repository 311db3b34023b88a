import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** The pages' own face in static cuts; each file has the characters of one script. */
const SCRIPTS = [
  'latin',
  'latin-ext',
  'greek',
  'greek-ext',
  'cyrillic',
  'cyrillic-ext',
  'vietnamese',
] as const
type Script = (typeof SCRIPTS)[number]
export const WEIGHTS = ['400', '600'] as const
export type Weight = (typeof WEIGHTS)[number]

const require = createRequire(import.meta.url)
const FOLDER = '@fontsource/inter'

export const fontName = (script: Script, weight: Weight): string => `${script} ${weight}`

/** Every font that a document may use, with its bytes read when it is first drawn. */
export const faces = (): readonly { readonly name: string; readonly bytes: () => Buffer }[] =>
  SCRIPTS.flatMap((script) =>
    WEIGHTS.map((weight) => ({
      name: fontName(script, weight),
      bytes: () => readFileSync(require.resolve(`${FOLDER}/files/inter-${script}-${weight}-normal.woff`)),
    })),
  )

type Range = readonly [from: number, to: number]
let known: ReadonlyMap<Script, readonly Range[]> | null = null

/** Which characters each file has, as the package tells it. */
function coverage(): ReadonlyMap<Script, readonly Range[]> {
  if (known) return known
  const told = JSON.parse(readFileSync(require.resolve(`${FOLDER}/unicode.json`), 'utf8')) as Record<
    string,
    string
  >
  known = new Map(SCRIPTS.map((script) => [script, rangesOf(told[script] ?? '')]))
  return known
}

const rangesOf = (text: string): Range[] =>
  [...text.matchAll(/U\+([0-9A-F]+)(?:-([0-9A-F]+))?/gi)].map(([, from, to]) => [
    Number.parseInt(from!, 16),
    Number.parseInt(to ?? from!, 16),
  ])

const hasIt = (script: Script, code: number): boolean =>
  coverage()
    .get(script)!
    .some(([from, to]) => code >= from && code <= to)

export type Run = { readonly script: Script; readonly text: string }

/** Stands for a character that no file has. */
const UNKNOWN = '?'

/** The text in pieces of one file each. A character that none has is drawn as a question mark. */
export function runsOf(text: string): readonly Run[] {
  const runs: { script: Script; text: string }[] = []
  for (const character of text) {
    const code = character.codePointAt(0)!
    const last = runs.at(-1)
    const script = last && hasIt(last.script, code) ? last.script : SCRIPTS.find((one) => hasIt(one, code))
    const drawn = script ? character : UNKNOWN
    if (last && last.script === (script ?? 'latin')) last.text += drawn
    else runs.push({ script: script ?? 'latin', text: drawn })
  }
  return runs
}
