/** Pieces of a text that remember where they stand in it. */
export type Span = { readonly text: string; readonly from: number }

/** What was read, and from which characters. */
export type Found = {
  readonly path: string
  readonly value: string
  readonly quote: string
  readonly from: number
  readonly to: number
}

const MOST_CLAUSES = 200

/** Between clauses: lines, semicolons, commas that part no thousands, full stops, "and", "plus". */
const BETWEEN = /\n|;|,(?!\d{3}(?!\d))|\.(?=\s|$)|\s(?:and|plus)\s|\s[+•&]\s/gi

export function clausesOf(text: string): Span[] {
  const clauses: Span[] = []
  let from = 0
  const push = (to: number): void => {
    const raw = text.slice(from, to)
    const lead = raw.length - raw.trimStart().length
    if (raw.trim() !== '' && clauses.length < MOST_CLAUSES)
      clauses.push({ text: raw.trim(), from: from + lead })
  }
  for (const match of text.matchAll(BETWEEN)) {
    push(match.index)
    from = match.index + match[0].length
  }
  push(text.length)
  return clauses
}

export const NUMBER = String.raw`\d[\d,]{0,20}(?:\.\d{1,9})?`
const SIZES: Readonly<Record<string, number>> = {
  k: 3,
  thousand: 3,
  m: 6,
  mm: 6,
  mn: 6,
  million: 6,
  b: 9,
  bn: 9,
  billion: 9,
  t: 12,
  trillion: 12,
}
export const SIZE = String.raw`(?:k|thousand|mm|mn|million|m|bn|billion|b|trillion|t)(?![a-z])`

/** "1.2" and "M" to "1200000": the digits of the text, with the point moved. Null when it is no number, or too long for one. */
export function shifted(digits: string, size: string | undefined, by = 0): string | null {
  const plain = digits.replaceAll(',', '')
  const match = /^(\d{1,15})(?:\.(\d{1,9}))?$/.exec(plain)
  if (!match) return null
  const places = (size === undefined ? 0 : (SIZES[size.toLowerCase()] ?? 0)) + by
  const fraction = match[2] ?? ''
  const all = `${match[1]}${fraction}`
  const point = (match[1]?.length ?? 0) + places
  const padded = point < 1 ? `${'0'.repeat(1 - point)}${all}` : all.padEnd(point, '0')
  const at = Math.max(1, point)
  const whole = padded.slice(0, at).replace(/^0+(?=\d)/, '')
  const rest = padded.slice(at).replace(/0+$/, '')
  return rest === '' ? whole : `${whole}.${rest}`
}
