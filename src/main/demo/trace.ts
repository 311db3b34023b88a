import { readFileSync } from 'node:fs'
import { Fault } from '#base/fault.ts'

/** One real call: Azure LLM inference trace 2023, code service (data/README.md). */
export type TraceRow = { readonly offset: number; readonly context: number; readonly generated: number }

const FILE = new URL('../../../data/azure-llm-code-2023.csv', import.meta.url)

export function readTrace(file: URL = FILE): readonly TraceRow[] {
  const [head, ...lines] = readFileSync(file, 'utf8').trim().split('\n')
  if (head !== 'offset_ms,context_tokens,generated_tokens') {
    throw new Fault('invalid', `${file.pathname} does not start with the expected head line`)
  }
  return lines.map((line) => {
    const [offset, context, generated] = line.split(',').map(Number)
    return { offset: offset!, context: context!, generated: generated! }
  })
}
