import { readFile } from 'node:fs/promises'
import { Fault } from '#base/fault.ts'

/** The text of a file; `-` is standard input, of which no more than `most` bytes are taken. */
export async function textOf(file: string, most: number): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    if (file !== '-') return await readFile(file, 'utf8')
    for await (const chunk of process.stdin) {
      const bytes = Buffer.from(chunk)
      size += bytes.length
      if (size > most) break
      chunks.push(bytes)
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Fault('invalid', `the file cannot be read: ${why}`, { param: '--file' })
  }
  return Buffer.concat(chunks).toString('utf8')
}
