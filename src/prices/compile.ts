import { readFileSync, writeFileSync } from 'node:fs'
import { compileBook } from './compile/compile.ts'

/**
 * Writes `book.json` from the installed price source: `node src/prices/compile.ts`. A development tool: what runs in
 * production reads the compiled book and never the source.
 */
const BOOK = new URL('./book.json', import.meta.url)

/** The version of the installed source package. */
export function sourceVersion(): string {
  const manifest = new URL('../package.json', import.meta.resolve('@pydantic/genai-prices'))
  const { version }: { version: string } = JSON.parse(readFileSync(manifest, 'utf8'))
  return version
}

if (import.meta.main) writeFileSync(BOOK, compileBook(sourceVersion()))
