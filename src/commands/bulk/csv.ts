/**
 * Comma-separated text as RFC 4180 has it: fields may be quoted, quotes within them doubled, lines end in CRLF or LF. A byte
 * order mark and empty lines at the end are passed over; everything else that is odd is refused with its place.
 */

/** `line` counts as a spreadsheet does: the first record is 1. */
export type CsvRecord = { readonly line: number; readonly fields: readonly string[] }
export type CsvTrouble = { readonly line: number; readonly problem: string }
export type Csv =
  | { readonly kind: 'read'; readonly records: readonly CsvRecord[] }
  | { readonly kind: 'refused'; readonly trouble: CsvTrouble }

const QUOTE = '"'

/** Stops with a refusal beyond `most` records. */
export function readCsv(text: string, most: number): Csv {
  const records: CsvRecord[] = []
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text
  let at = 0
  let line = 1
  while (at < source.length) {
    const fields: string[] = []
    for (;;) {
      const field = readField(source, at)
      if (field.kind === 'refused') return refused(line, field.problem)
      fields.push(field.text)
      at = field.end
      if (source[at] !== ',') break
      at += 1
    }
    at += endOfLine(source, at)
    const isEmpty = fields.length === 1 && fields[0] === ''
    if (isEmpty && source.slice(at).trim() !== '')
      return refused(line, 'is empty; remove it, or put it at the end')
    if (!isEmpty) records.push({ line, fields })
    if (records.length > most) return refused(line, `is one too many; give at most ${most - 1} rows a file`)
    line += 1
  }
  return { kind: 'read', records }
}

type Field =
  | { readonly kind: 'field'; readonly text: string; readonly end: number }
  | { readonly kind: 'refused'; readonly problem: string }

function readField(source: string, start: number): Field {
  if (source[start] !== QUOTE) {
    let end = start
    while (end < source.length && source[end] !== ',' && endOfLine(source, end) === 0) {
      if (source[end] === QUOTE)
        return {
          kind: 'refused',
          problem: 'has a quote inside a field; put the field in quotes and double it',
        }
      end += 1
    }
    return { kind: 'field', text: source.slice(start, end), end }
  }
  let text = ''
  let at = start + 1
  for (;;) {
    const quote = source.indexOf(QUOTE, at)
    if (quote < 0) return { kind: 'refused', problem: 'has a quote that is never closed' }
    text += source.slice(at, quote)
    if (source[quote + 1] !== QUOTE) {
      const end = quote + 1
      const closed = end >= source.length || source[end] === ',' || endOfLine(source, end) > 0
      if (closed) return { kind: 'field', text, end }
      return {
        kind: 'refused',
        problem: 'goes on after a closing quote; double quotes that belong to the text',
      }
    }
    text += QUOTE
    at = quote + 2
  }
}

/** How long the end of a line is here; 0 where there is none. */
const endOfLine = (source: string, at: number): number =>
  source[at] === '\n' ? 1 : source[at] === '\r' && source[at + 1] === '\n' ? 2 : 0

const refused = (line: number, problem: string): Csv => ({ kind: 'refused', trouble: { line, problem } })
