/** Texts of PostgreSQL's arrays, grown value by value. */

/** Of values that need no quotes. The driver's own arrays would quote and copy each; at this rate that shows. */
export function plain() {
  let text = ''
  return {
    add: (value: string | number | bigint | null): void => void (text += `,${value ?? 'null'}`),
    text: (): string => `{${text.slice(1)}}`,
  }
}

export function quoted() {
  let text = ''
  return {
    add: (value: string | null | undefined): void =>
      void (text += value == null ? ',null' : `,"${escaped(value)}"`),
    text: (): string => `{${text.slice(1)}}`,
  }
}

const escaped = (value: string): string =>
  value.includes('"') || value.includes('\\') ? value.replace(/["\\]/g, '\\$&') : value
