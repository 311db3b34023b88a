import { readFileSync } from 'node:fs'

/** The one tool of these programs. */
export const noteReader = {
  name: 'read_file',
  description: 'Reads a file of the project.',
  parameters: { type: 'object' as const, properties: { path: { type: 'string' } }, required: ['path'] },
}

export const readFor = (given: unknown): string =>
  readFileSync(String((given as { path?: unknown } | null)?.path), 'utf8')

/** Answers the prompt of the command line, with the model that may stand behind it, on standard output; a failure is its message and exit code 1. */
export async function endWith(answer: (prompt: string, model?: string) => Promise<string>): Promise<void> {
  try {
    process.stdout.write(`${await answer(process.argv[2] ?? '', process.argv[3])}\n`)
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    process.exitCode = 1
  }
}
