import { createRequire } from 'node:module'

/** The functions of llhttp as undici ships it: WebAssembly, strict, the parser that Node's own server is made of. */
type Llhttp = {
  memory: { readonly buffer: ArrayBuffer }
  malloc(size: number): number
  llhttp_alloc(type: number): number
  llhttp_reset(parser: number): void
  llhttp_execute(parser: number, at: number, size: number): number
  llhttp_finish(parser: number): number
  llhttp_resume(parser: number): void
  llhttp_get_error_pos(parser: number): number
  llhttp_get_method(parser: number): number
}

/** What of WebAssembly is used here; the types of Node do not name it. */
type Loader = {
  Module: new (bytes: Buffer) => object
  Instance: new (module: object, imports: { env: object }) => { exports: Llhttp }
}

export type Message = {
  /** Of a request; 3 is POST. */
  method: number
  target: string
  status: number
  /** Names and values in turn, without space around them. */
  headers: string[]
  body: string
  keepAlive: boolean
  upgrade: boolean
  /** The head was whole. */
  headed: boolean
  /** Where the message ends in the bytes; null when it did not. */
  end: number | null
}

export type Parsed = { readonly messages: Message[]; readonly refused: boolean }

const OK = 0
const PAUSED = 21
const ROOM = 256 * 1024
const KIND = { request: 1, reply: 2 } as const

const blank = (): Message => ({
  method: 0,
  target: '',
  status: 0,
  headers: [],
  body: '',
  keepAlive: false,
  upgrade: false,
  headed: false,
  end: null,
})

/** Reads what it is given as a whole; `ended` says that the connection ends behind it. Stops behind `most` messages. */
export type Parser = (bytes: Buffer, how: { ended: boolean; most: number }) => Parsed

export function llhttp(kind: keyof typeof KIND): Parser {
  let now = blank()
  let field = ''
  let value = ''
  let inValue = false
  const text = (at: number, size: number): string =>
    Buffer.from(wasm.memory.buffer, at, size).toString('latin1')
  const flushField = (): void => {
    // Trailers come as fields, too; they are no part of the head.
    if (!now.headed && (inValue || field !== ''))
      now.headers.push(field, value.replace(/^[ \t]+|[ \t]+$/g, ''))
    ;[field, value, inValue] = ['', '', false]
  }
  const env = {
    wasm_on_message_begin: () => {
      now = blank()
      return 0
    },
    wasm_on_url: (_: number, at: number, size: number) => {
      now.target += text(at, size)
      return 0
    },
    wasm_on_status: () => 0,
    wasm_on_header_field: (_: number, at: number, size: number) => {
      if (inValue) flushField()
      field += text(at, size)
      return 0
    },
    wasm_on_header_value: (_: number, at: number, size: number) => {
      inValue = true
      value += text(at, size)
      return 0
    },
    wasm_on_headers_complete: (parser: number, status: number, upgrade: number, keepAlive: number) => {
      flushField()
      now.status = status
      now.upgrade = upgrade === 1
      now.keepAlive = keepAlive === 1
      now.method = wasm.llhttp_get_method(parser)
      now.headed = true
      return 0
    },
    wasm_on_body: (_: number, at: number, size: number) => {
      now.body += text(at, size)
      return 0
    },
    wasm_on_message_complete: () => PAUSED,
  }
  const bytes = createRequire(import.meta.url)('undici/lib/llhttp/llhttp-wasm.js') as Buffer
  const { Module, Instance } = (globalThis as unknown as { WebAssembly: Loader }).WebAssembly
  const wasm = new Instance(new Module(bytes), { env }).exports
  const room = wasm.malloc(ROOM)
  const parser = wasm.llhttp_alloc(KIND[kind])

  return (bytes, { ended, most }) => {
    wasm.llhttp_reset(parser)
    ;[field, value, inValue] = ['', '', false]
    now = blank()
    new Uint8Array(wasm.memory.buffer, room, bytes.length).set(bytes)
    const messages: Message[] = []
    for (let at = 0; ;) {
      const code = wasm.llhttp_execute(parser, room + at, bytes.length - at)
      if (code === PAUSED) {
        at = wasm.llhttp_get_error_pos(parser) - room
        now.end = at
        ;[field, value, inValue] = ['', '', false]
        messages.push(now)
        wasm.llhttp_resume(parser)
        if (messages.length >= most) return { messages, refused: false }
        now = blank()
        if (at < bytes.length) continue
      } else if (code !== OK) {
        if (now.headed) messages.push(now)
        return { messages, refused: true }
      }
      break
    }
    const open = now
    if (ended) {
      const code = wasm.llhttp_finish(parser)
      if (code === PAUSED) {
        open.end = bytes.length
        messages.push(open)
        return { messages, refused: false }
      }
      if (open.headed) messages.push(open)
      return { messages, refused: code !== OK }
    }
    if (open.headed) messages.push(open)
    return { messages, refused: false }
  }
}
