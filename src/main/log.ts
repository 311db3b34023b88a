export type Fields = Readonly<Record<string, string | number | boolean | null>>
export type Log = (level: 'info' | 'warn' | 'error', message: string, fields?: Fields) => void

/** One line an event on standard error. Callers never pass prompts, replies, keys or tokens. */
export function openLog(write: (line: string) => void): Log {
  return (level, message, fields = {}) => {
    const more = Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    const head = level === 'info' ? message : `${level}: ${message}`
    write([head, ...more].join(' '))
  }
}
