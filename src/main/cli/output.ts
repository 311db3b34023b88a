import { Fault } from '#base/fault.ts'
import { toJson } from '#base/json.ts'

/** One JSON document on standard output, or lines for people. Nothing else ever writes there. */
export function print(json: boolean, value: unknown, lines: () => readonly string[]): void {
  process.stdout.write(json ? `${toJson(value)}\n` : `${lines().join('\n')}\n`)
}

export const say = (line: string): void => void process.stderr.write(`${line}\n`)

/** Columns under one another; numbers, which begin with a digit, a sign or a dollar, to the right. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  return rows.map((row) =>
    row
      .map((cell, column) =>
        /^[-+$\d]/.test(cell) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd(),
  )
}

/** The text for standard error and the exit code: 1 refused or failed, 2 bad usage. */
export function failure(error: unknown): { text: string; code: 1 | 2 } {
  if (error instanceof Fault) {
    const usage = error.code === 'invalid' && error.param?.startsWith('--')
    return { text: `perq: ${error.message}`, code: usage ? 2 : 1 }
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { text: `perq: a bug in Perq, or something it did not expect: ${text}`, code: 1 }
}
