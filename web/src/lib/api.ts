/** The only file that talks to the server, and one of the wire parsers: shapes are asserted here and nowhere else. */

export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly code: string
  readonly requestId: string | null
  /** The field that the refusal is about, as the API names it. */
  readonly param: string | null

  constructor(
    status: number,
    code: string,
    message: string,
    requestId: string | null,
    param: string | null = null,
  ) {
    super(message)
    this.param = param
    this.status = status
    this.code = code
    this.requestId = requestId
  }
}

type Remembered = { readonly etag: string; readonly body: unknown }
const REMEMBERED_LIMIT = 50
const remembered = new Map<string, Remembered>()

/** Reads a resource; a 304 gives the very object of last time, so that nothing is drawn again. */
export async function read<T>(path: string, signal?: AbortSignal): Promise<T> {
  const last = remembered.get(path)
  const response = await send(path, {
    headers: last
      ? { accept: 'application/json', 'if-none-match': last.etag }
      : { accept: 'application/json' },
    // The browser's own cache would turn a 304 into a fresh 200 body before it comes here.
    cache: 'no-store',
    ...(signal && { signal }),
  })
  if (response.status === 304 && last) return last.body as T
  if (!response.ok) throw await refusal(response)
  const body: unknown = await response.json()
  const etag = response.headers.get('etag')
  if (etag) remember(path, { etag, body })
  return body as T
}

/** Writes carry the header that no foreign page can send, and a key that makes a repeat harmless. */
export async function write<T>(
  method: 'POST' | 'PATCH' | 'PUT' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<T | null> {
  const response = await send(path, {
    method,
    headers: {
      accept: 'application/json',
      'x-perq-csrf': '1',
      ...(method === 'POST' && { 'idempotency-key': crypto.randomUUID() }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw await refusal(response)
  const text = await response.text()
  return text ? (JSON.parse(text) as T) : null
}

/** Nothing of one person may be shown to the next who signs in on this browser. */
export const forget = (): void => remembered.clear()

/** A file as it is, of one type; the answer is JSON. */
export async function upload<T>(path: string, type: string, text: string, key?: string): Promise<T> {
  const response = await send(path, {
    method: 'POST',
    headers: {
      accept: 'application/json',
      'x-perq-csrf': '1',
      'content-type': type,
      ...(key !== undefined && { 'idempotency-key': key }),
    },
    body: text,
  })
  if (!response.ok) throw await refusal(response)
  return (await response.json()) as T
}

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { credentials: 'same-origin', ...init })
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new ApiError(0, 'unreachable', 'Perq cannot be reached from this browser.', null)
  }
}

function remember(path: string, value: Remembered): void {
  remembered.delete(path)
  remembered.set(path, value)
  const oldest = remembered.keys().next().value
  if (remembered.size > REMEMBERED_LIMIT && oldest !== undefined) remembered.delete(oldest)
}

async function refusal(response: Response): Promise<ApiError> {
  const fallback = `The server answered ${response.status}.`
  const requestId = response.headers.get('x-request-id')
  try {
    const { error } = (await response.json()) as {
      error?: { code?: string; message?: string; request_id?: string; param?: string | null }
    }
    return new ApiError(
      response.status,
      error?.code ?? `http_${response.status}`,
      error?.message ?? fallback,
      error?.request_id ?? requestId,
      error?.param ?? null,
    )
  } catch {
    return new ApiError(response.status, `http_${response.status}`, fallback, requestId)
  }
}
