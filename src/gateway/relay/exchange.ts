import type { HeaderList } from './headers.ts'
import type { Transport, UpstreamFailure, UpstreamRequest } from './transport.ts'

export type Answer =
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly headers: HeaderList
      readonly body: Buffer
    }
  | { readonly kind: 'failed'; readonly failure: UpstreamFailure }

/** Asks an upstream and reads its answer in one piece; one above `limit` bytes is broken off. */
export function exchange(transport: Transport, request: UpstreamRequest, limit: number): Promise<Answer> {
  return new Promise((resolve) => {
    const parts: Buffer[] = []
    let size = 0
    let status = 0
    let headers: HeaderList = []
    const line = transport.send(request, {
      head: (code, list) => ([status, headers] = [code, list]),
      data(chunk) {
        size += chunk.length
        if (size > limit) line.abort()
        else parts.push(Buffer.from(chunk))
      },
      end: () => resolve({ kind: 'answer', status, headers, body: Buffer.concat(parts) }),
      failed: (failure) => resolve({ kind: 'failed', failure }),
    })
  })
}

const LINE_FEED = 0x0a
/** Lines read ahead of whoever works on them. */
const AHEAD = 256

/**
 * The lines of an answer, read no faster than they are used. Throws when the answer is no 200, breaks off, or has a line
 * above `longest` bytes: what came before may have been used, and all of it comes again with the next try.
 */
export async function* answerLines(
  transport: Transport,
  request: UpstreamRequest,
  longest: number,
): AsyncGenerator<Buffer> {
  const lines: Buffer[] = []
  let rest: Buffer[] = []
  let restSize = 0
  let over = false
  let broken: Error | null = null
  let wake: () => void = () => {}

  const line = transport.send(request, {
    head(status) {
      if (status === 200) return
      broken = new Error(`the provider answered ${status}`)
      line.abort()
    },
    data(chunk) {
      if (broken) return
      let from = 0
      for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, from)) {
        lines.push(Buffer.concat([...rest, chunk.subarray(from, at)]))
        ;[rest, restSize, from] = [[], 0, at + 1]
      }
      rest.push(Buffer.from(chunk.subarray(from)))
      restSize += chunk.length - from
      if (restSize > longest) {
        broken = new Error(`a line is longer than ${longest} bytes`)
        line.abort()
      } else if (lines.length > AHEAD) line.pause()
      wake()
    },
    end() {
      if (restSize > 0) lines.push(Buffer.concat(rest))
      over = true
      wake()
    },
    failed(failure) {
      broken ??= new Error(failure.message)
      over = true
      wake()
    },
  })

  try {
    for (;;) {
      const next = lines.shift()
      if (next) {
        if (next.length > 0) yield next
        continue
      }
      if (over) break
      await new Promise<void>((resolve) => {
        wake = resolve
        line.resume()
      })
    }
    if (broken) throw broken
  } finally {
    if (!over) line.abort()
  }
}
