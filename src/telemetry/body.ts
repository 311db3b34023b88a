import type { IncomingMessage } from 'node:http'
import { gunzip } from 'node:zlib'

/** A client's largest batch is a fraction of this. */
const MAX_SENT = 4 * 1024 * 1024
/** What a compressed body may become: a bomb ends here. */
const MAX_READ = 16 * 1024 * 1024
const WITHIN_MS = 30_000

export type Body =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'bad'; readonly status: 400 | 408 | 413 | 415; readonly message: string }

const bad = (status: 400 | 408 | 413 | 415, message: string): Body => ({ kind: 'bad', status, message })

const TOO_LARGE = bad(
  413,
  `A body has at most ${MAX_SENT} bytes, and ${MAX_READ} when it is unpacked; export smaller batches.`,
)

/** The JSON of a request, plain or gzipped, within bounds of size and time. */
export async function readBody(req: IncomingMessage): Promise<Body> {
  const type = (req.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase()
  if (type !== 'application/json')
    return bad(
      415,
      `The body is ${type === '' ? 'of no type' : `"${type.slice(0, 60)}"`}; Perq reads JSON. ` +
        'Set OTEL_EXPORTER_OTLP_PROTOCOL=http/json.',
    )
  const encoding = (req.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  if (encoding !== 'identity' && encoding !== 'gzip')
    return bad(415, `The body is packed as "${encoding.slice(0, 40)}"; send it plain or with gzip.`)
  const sent = await receive(req)
  if (!Buffer.isBuffer(sent)) return sent
  const plain = encoding === 'gzip' ? await unpack(sent) : sent
  if (!Buffer.isBuffer(plain)) return plain
  try {
    return { kind: 'json', value: JSON.parse(plain.toString('utf8')) as unknown }
  } catch {
    return bad(400, 'The body is not valid JSON.')
  }
}

function receive(req: IncomingMessage): Promise<Buffer | Body> {
  if (Number(req.headers['content-length'] ?? 0) > MAX_SENT) return Promise.resolve(TOO_LARGE)
  return new Promise((resolve) => {
    const parts: Buffer[] = []
    let size = 0
    const slow = setTimeout(() => resolve(bad(408, 'The body did not come in time.')), WITHIN_MS)
    const end = (answer: Buffer | Body): void => {
      clearTimeout(slow)
      resolve(answer)
    }
    req.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > MAX_SENT) return end(TOO_LARGE)
      parts.push(chunk)
    })
    req.on('end', () => end(Buffer.concat(parts)))
    req.on('close', () => end(bad(400, 'The body ended before its time.')))
  })
}

const unpack = (sent: Buffer): Promise<Buffer | Body> =>
  new Promise((resolve) => {
    gunzip(sent, { maxOutputLength: MAX_READ }, (error: NodeJS.ErrnoException | null, plain) => {
      if (!error) return resolve(plain)
      resolve(error.code === 'ERR_BUFFER_TOO_LARGE' ? TOO_LARGE : bad(400, 'The body is not valid gzip.'))
    })
  })
