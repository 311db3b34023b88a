import { iso, type Millis } from '#base/time.ts'

export type Fields = Readonly<Record<string, string | number | boolean | null>>
export type Log = (level: 'info' | 'warn' | 'error', message: string, fields?: Fields) => void
export type LogFormat = 'text' | 'json'

/** One line an event on standard error. Callers never pass prompts, replies, keys or tokens. */
export function openLog(
  write: (line: string) => void,
  format: LogFormat = 'text',
  now: () => Millis = Date.now,
): Log {
  if (format === 'json') {
    return (level, message, fields = {}) =>
      write(JSON.stringify({ ...fields, time: iso(now()), level, message, process: process.pid }))
  }
  return (level, message, fields = {}) => {
    const more = Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    const head = level === 'info' ? message : `${level}: ${message}`
    write([head, ...more].join(' '))
  }
}
