/**
 * Columns of many rows as PostgreSQL reads arrays. The driver's own arrays quote and copy each value; at a million rows that shows.
 */

/** Values that need no quotes. */
export function plain(values: readonly (string | number | bigint | boolean | null)[]): string {
  let text = ''
  for (const value of values) text += `,${value ?? 'null'}`
  return `{${text.slice(1)}}`
}

export function quoted(values: readonly (string | null)[]): string {
  let text = ''
  for (const value of values) text += value === null ? ',null' : `,"${escaped(value)}"`
  return `{${text.slice(1)}}`
}

const escaped = (value: string): string =>
  value.includes('"') || value.includes('\\') ? value.replace(/["\\]/g, '\\$&') : value
