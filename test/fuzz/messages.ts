/** Numbers from a seed, the same everywhere (mulberry32). */
export type Dice = {
  /** Nothing odd comes of it: messages are such as real programs send. */
  readonly plainly: boolean
  /** `once`, but for what is odd. */
  odd(n: number): boolean
  below(n: number): number
  /** True once in `n` times. */
  once(n: number): boolean
  of<Each>(list: readonly Each[]): Each
}

export function dice(seed: number, plainly = false): Dice {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }
  const below = (n: number): number => next() % n
  const once = (n: number): boolean => below(n) === 0
  return { plainly, below, once, odd: (n) => !plainly && once(n), of: (list) => list[below(list.length)]! }
}

const PATHS = [
  '/openai/v1/chat/completions',
  '/anthropic/v1/messages?beta=true',
  '/gemini/v1beta/models/gemini-3.1-pro:streamGenerateContent?alt=sse&key=pq_x',
  '/openai/v1/%20/..//x',
  '/',
]
const ODD_TARGETS = [
  '*',
  'http://h/openai/v1',
  'h:443',
  '/a b',
  '/a#b',
  '/\u00e9',
  '/"<>',
  '',
  '//',
  '/a?b?c#d',
]
const NAMES = [
  'Accept',
  'x-api-key',
  'User-Agent',
  'anthropic-version',
  'X-a',
  'authorization',
  'cookie',
  "x!#$%&'*+-.^_`|~9",
]
const VALUES = [
  '*/*',
  'pq_0123456789',
  'a  b',
  '\u00e9\u00ff',
  '',
  'a,b;q=0.9',
  'x'.repeat(300),
  '"quoted"',
  '\t',
]
const CONNECTIONS = [
  'keep-alive',
  'close',
  'Keep-Alive',
  'CLOSE',
  'keep-alive, close',
  'upgrade',
  'x',
  'close,',
  'TE',
]
const LENGTHS = [
  '+1',
  '-1',
  '0x5',
  '5 5',
  '5,5',
  '',
  '99999999999999999999',
  '18446744073709551617',
  '1e3',
  '٣',
  '5;',
  '05',
  '\t5 ',
]
const ENCODINGS = [
  'chunked',
  'Chunked',
  'chunked, identity',
  'identity, chunked',
  'identity',
  'gzip, chunked',
  'xchunked',
  'chunked,chunked',
  ' chunked',
  'chunked\t',
  'chunked\u000b',
  '',
  '"chunked"',
]
const BODIES = [
  '',
  '{}',
  '{"model":"x"}',
  '\r\n',
  '0\r\n\r\n',
  'POST /openai/v1 HTTP/1.1\r\nHost: h\r\n\r\n',
  'é'.repeat(40),
]
const REASONS = [' OK', '', ' ', ' Not Found', ' \u00e9', ' a\tb']
const EXTENSIONS = [
  '',
  '',
  '',
  '',
  ';a',
  ';a=b',
  ';a="b c"',
  ';a="\\""',
  '; a',
  ' ;a',
  ';',
  ';=',
  ';a=',
  ';a="',
  ' ',
  ';a;b=c',
]

const field = (roll: Dice, name: string, value: string): string =>
  `${roll.once(6) ? name.toUpperCase() : name}${roll.odd(60) ? ' ' : ''}:${roll.of([' ', ' ', ' ', '', '  ', '\t'])}${value}${roll.once(8) ? ' ' : ''}\r\n`

function some(roll: Dice): string {
  let lines = ''
  for (let n = roll.below(6); n > 0; n -= 1) lines += field(roll, roll.of(NAMES), roll.of(VALUES))
  return lines
}

function chunks(roll: Dice, body: string): string {
  let text = ''
  for (let at = 0; at < body.length;) {
    const size = 1 + roll.below(body.length - at)
    const hex = roll.once(4) ? size.toString(16).toUpperCase() : size.toString(16)
    text += `${roll.once(8) ? '000' : ''}${hex}${roll.odd(4) ? roll.of(EXTENSIONS) : ''}\r\n${body.slice(at, at + size)}\r\n`
    at += size
  }
  const trailers = roll.odd(4)
    ? field(roll, roll.of([...NAMES, 'content-length', 'host']), roll.of(VALUES))
    : ''
  return `${text}0${roll.odd(8) ? roll.of(EXTENSIONS) : ''}\r\n${trailers}\r\n`
}

/** What says where the body ends, and the body; mostly right. */
function framed(roll: Dice): { lines: string; body: string } {
  const body = roll.of(BODIES)
  const length = field(roll, 'Content-Length', String(body.length))
  if (roll.plainly) return { lines: length, body }
  const encoding = field(roll, 'Transfer-Encoding', roll.once(2) ? 'chunked' : roll.of(ENCODINGS))
  switch (roll.below(10)) {
    case 0:
      return { lines: '', body }
    case 1:
      return { lines: field(roll, 'Content-Length', roll.of(LENGTHS)), body }
    case 2:
      return { lines: length + length, body }
    case 3:
      return { lines: length + encoding, body: chunks(roll, body) }
    case 4:
      return { lines: encoding + length, body: chunks(roll, body) }
    case 5:
      return { lines: encoding + encoding, body: chunks(roll, body) }
    case 6:
    case 7:
      return { lines: encoding, body: chunks(roll, body) }
    default:
      return { lines: length, body }
  }
}

/** A request as clients send it, or with anything about it. */
export function aRequest(roll: Dice): string {
  const { lines, body } = framed(roll)
  const { odd, plainly } = roll
  const method = odd(8) ? roll.of(['GET', 'PUT', 'post', 'POSTX', 'CONNECT', 'M-SEARCH', '']) : 'POST'
  const target = odd(6) ? roll.of(ODD_TARGETS) : roll.of(PATHS)
  const version = odd(12)
    ? roll.of(['HTTP/1.0', 'HTTP/2.0', 'HTTP/1.2', 'http/1.1', 'HTTP/1.1 ', 'HTTP/01.1'])
    : 'HTTP/1.1'
  const host = odd(10)
    ? roll.of(['', field(roll, 'Host', 'a') + field(roll, 'host', 'b')])
    : field(roll, 'Host', 'h')
  const connection = roll.once(3)
    ? field(roll, 'Connection', plainly ? roll.of(['keep-alive', 'close']) : roll.of(CONNECTIONS))
    : ''
  const strange = odd(8)
    ? field(
        roll,
        roll.of(['Expect', 'Upgrade', 'Trailer', 'Proxy-Connection', 'TE']),
        roll.of(['100-continue', 'close', 'h2c', 'x']),
      )
    : ''
  const fold = odd(20) ? 'X-fold: a\r\n b\r\n' : ''
  return `${method} ${target} ${version}\r\n${host}${some(roll)}${lines}${connection}${strange}${fold}${some(roll)}\r\n${body}`
}

const chunked = (roll: Dice): { lines: string; body: string } => ({
  lines: field(roll, 'Transfer-Encoding', 'chunked'),
  body: chunks(roll, roll.of(BODIES)),
})

/** A reply, with what may come before it. */
export function aReply(roll: Dice): string {
  const { lines, body } = roll.odd(3)
    ? { lines: '', body: roll.of(BODIES) }
    : roll.plainly && roll.once(2)
      ? chunked(roll)
      : framed(roll)
  const status = roll.odd(4)
    ? roll.of([100, 101, 103, 199, 204, 304, 205, 99, 1000, 0])
    : roll.of([200, 200, 201, 400, 429, 500, 529])
  const version = roll.odd(12) ? roll.of(['HTTP/1.0', 'HTTP/2.0', 'HTTP/1.10', 'ICY']) : 'HTTP/1.1'
  const interim = roll.once(8)
    ? `HTTP/1.1 ${roll.of([100, 102, 103])} x\r\n${roll.once(2) ? some(roll) : ''}\r\n`
    : ''
  const connection = roll.once(4) ? field(roll, 'Connection', roll.of(CONNECTIONS)) : ''
  return `${interim}${version} ${status}${roll.of(REASONS)}\r\n${some(roll)}${lines}${connection}\r\n${body}`
}

const BYTES = [
  '\r',
  '\n',
  '\0',
  ' ',
  '\t',
  ':',
  ';',
  ',',
  '0',
  '9',
  'a',
  'F',
  '\x7f',
  '\x80',
  '\xff',
  '\r\n',
  '\r\n\r\n',
  '"',
  '\x0b',
]

/** A few small accidents or attacks. */
export function mutated(roll: Dice, text: string, other: string): string {
  let now = text
  for (let n = 1 + roll.below(3); n > 0; n -= 1) {
    const at = roll.below(now.length + 1)
    const to = Math.min(now.length, at + 1 + roll.below(12))
    switch (roll.below(7)) {
      case 0:
        now = now.slice(0, at) + roll.of(BYTES) + now.slice(at)
        break
      case 1:
        now = now.slice(0, at) + roll.of(BYTES) + now.slice(at + 1)
        break
      case 2:
        now = now.slice(0, at) + now.slice(to)
        break
      case 3:
        now = now.slice(0, to) + now.slice(at)
        break
      case 4: {
        const lines = now.split('\r\n')
        const line = roll.of(lines)
        lines.splice(roll.below(lines.length), roll.below(2), line)
        now = lines.join('\r\n')
        break
      }
      case 5:
        now = now.replace('\r\n', roll.of(['\n', '\r', '\r\r\n', '\n\r', '\r\n ']))
        break
      case 6:
        now = now.slice(0, at) + other.slice(roll.below(other.length + 1))
        break
    }
  }
  return now
}
