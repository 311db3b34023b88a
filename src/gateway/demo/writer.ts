import type { ServerResponse } from 'node:http'

/** Sends server-sent events with a pause between them, no faster than the other side reads. */
export type EventWriter = {
  send(event: string | null, data: unknown): Promise<void>
  end(): void
}

const MOST_EVENTS = 200

export function eventWriter(
  res: ServerResponse,
  headers: Readonly<Record<string, string>>,
  pace: number,
): EventWriter {
  res.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    ...headers,
  })
  return {
    async send(event, data) {
      const text = typeof data === 'string' ? data : JSON.stringify(data)
      await paced(res, `${event === null ? '' : `event: ${event}\n`}data: ${text}\n\n`, pace)
    },
    end: () => void res.end(),
  }
}

/** The same events as the elements of one JSON array, in Google's layout. */
export function arrayWriter(
  res: ServerResponse,
  headers: Readonly<Record<string, string>>,
  pace: number,
): EventWriter {
  res.writeHead(200, { 'content-type': 'application/json; charset=UTF-8', ...headers })
  let before = '['
  return {
    async send(_, data) {
      await paced(res, `${before}${JSON.stringify(data, null, 2)}\n`, pace)
      before = ',\r\n'
    },
    end: () => void res.end(before === '[' ? '[]' : ']'),
  }
}

async function paced(res: ServerResponse, text: string, pace: number): Promise<void> {
  if (res.destroyed) return
  if (!res.write(text)) await settled(res)
  if (pace > 0) await new Promise((resolve) => setTimeout(resolve, pace))
}

const settled = (res: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const go = (): void => {
      res.off('drain', go)
      res.off('close', go)
      resolve()
    }
    res.on('drain', go)
    res.on('close', go)
  })

/** Tokens in pieces: one a piece, more when there are many. */
export function pieces(tokens: readonly string[]): string[] {
  const size = Math.max(1, Math.ceil(tokens.length / MOST_EVENTS))
  const made: string[] = []
  for (let at = 0; at < tokens.length; at += size) made.push(tokens.slice(at, at + size).join(''))
  return made
}

export function sendJson(
  res: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const bytes = Buffer.from(JSON.stringify(body))
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length, ...headers })
  res.end(bytes)
}
