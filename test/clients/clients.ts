import { fileURLToPath } from 'node:url'
import type { Tool as Page } from '../../web/src/pages/keys/snippets.ts'
import { installed } from './support/homes.ts'
import type { Turn } from './support/run.ts'

export type ClientName =
  | 'claude-code'
  | 'codex'
  | 'gemini-cli'
  | 'opencode'
  | 'openai'
  | 'anthropic'
  | 'genai'

/** One real client: how it is called, and what of its words is meant for the person in front of it. */
export type Client = {
  readonly name: ClientName
  /** The instructions on the page "Keys & setup" that it is set up by. */
  readonly page: Page
  /** `large` asks for a model that is not among the small ones, by the client's own option. */
  readonly command: (
    prompt: string,
    large?: boolean,
  ) => {
    readonly program: string
    readonly args: readonly string[]
    readonly input?: string
  }
  /** By the file that the page offers in the place of the environment. */
  readonly byFile?: boolean
  /** How its own tool reads notes.txt: a name and arguments. */
  readonly reads: readonly [tool: string, given: Readonly<Record<string, unknown>>]
  /** Calls it makes beside the answer itself at the beginning of a conversation. */
  readonly sideCalls: number
  readonly shown: (turn: Turn) => string
  /** Its own switches against talking to others than Perq; none changes what it says to Perq. */
  readonly env: Readonly<Record<string, string>>
}

const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*[A-Za-z]`, 'g')
const plain = (text: string): string => text.replaceAll(ESCAPES, '').trim()
const node = process.execPath

/** The last of what it says about errors; its logs speak of other things, too. */
const errorIn = (text: string, pattern: RegExp): string => plain(text).match(pattern)?.at(-1) ?? ''

const sdk = (name: string): string => fileURLToPath(new URL(`sdk/${name}.ts`, import.meta.url))

const ofSdk = (name: 'openai' | 'anthropic' | 'genai', page: Page, model: string): Client => ({
  name,
  page,
  command: (prompt, large) => ({ program: node, args: [sdk(name), prompt, ...(large ? [model] : [])] }),
  reads: ['read_file', { path: 'notes.txt' }],
  sideCalls: 0,
  shown: ({ out, err }) => plain(out) || plain(err),
  env: {},
})

export const CLIENTS: readonly Client[] = [
  {
    name: 'claude-code',
    page: 'claude-code',
    command: (prompt) => ({
      program: installed('@anthropic-ai/claude-code-{system}/claude'),
      args: ['-p', prompt],
    }),
    reads: ['Read', { file_path: 'notes.txt' }],
    sideCalls: 0,
    shown: ({ out, err }) => plain(out) || plain(err),
    env: {},
  },
  {
    name: 'codex',
    page: 'codex',
    command: (prompt, large) => ({
      program: node,
      args: [
        installed('@openai/codex/bin/codex.js'),
        'exec',
        '--skip-git-repo-check',
        ...(large ? ['-m', 'gpt-5.2'] : []),
        prompt,
      ],
    }),
    reads: ['exec_command', { cmd: 'cat notes.txt' }],
    sideCalls: 0,
    shown: ({ out, err }) => plain(out) || errorIn(err, /^ERROR: .*$/gm),
    env: {},
  },
  {
    name: 'gemini-cli',
    page: 'gemini-cli',
    // With a model, as the page says; without one it first asks a small model which one should answer.
    command: (prompt, large) => ({
      program: node,
      args: [
        installed('@google/gemini-cli/bundle/gemini.js'),
        '-m',
        large ? 'gemini-3.1-pro-preview' : 'gemini-3.5-flash-lite',
        '-p',
        prompt,
      ],
    }),
    reads: ['read_file', { file_path: 'notes.txt' }],
    sideCalls: 0,
    shown: ({ out, err }) => plain(out) || errorIn(err, /(?<="message":")[^"]+|^Error: .*$/gm),
    // Without a terminal it works in a folder only when told that the folder is trusted.
    env: { GEMINI_CLI_TRUST_WORKSPACE: 'true' },
  },
  {
    name: 'opencode',
    page: 'opencode',
    command: (prompt, large) => ({
      program: installed('opencode-{system}/bin/opencode'),
      args: ['run', ...(large ? ['-m', 'anthropic/claude-sonnet-4-6'] : [])],
      input: prompt,
    }),
    reads: ['read', { filePath: 'notes.txt' }],
    sideCalls: 1,
    shown: ({ out, err }) => plain(out) || errorIn(err, /^Error: .*$/gm),
    env: {},
  },
  ofSdk('openai', 'openai', 'gpt-5.2'),
  ofSdk('anthropic', 'anthropic', 'claude-sonnet-4-6'),
  ofSdk('genai', 'gemini', 'gemini-3.1-pro-preview'),
]
