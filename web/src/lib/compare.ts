import type { CompareAsk } from './contract/compare.ts'

/**
 * A comparison as an address: `/compare#v1.` and the ask as JSON in base64url. What stands behind the # never leaves the browser.
 */
const MARK = 'v1.'
const MOST = 64 * 1024

export const compareLink = (ask: CompareAsk): string => `/compare#${fragmentOf(ask)}`

export const fragmentOf = (ask: CompareAsk): string =>
  MARK +
  btoa(
    Array.from(new TextEncoder().encode(JSON.stringify(ask)), (byte) => String.fromCharCode(byte)).join(''),
  )
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

/** Null where there is none, or none that can be read. */
export function askOf(fragment: string): CompareAsk | null {
  const text = fragment.replace(/^#/, '')
  if (!text.startsWith(MARK) || text.length > MOST) return null
  try {
    const raw = atob(text.slice(MARK.length).replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(raw, (char) => char.charCodeAt(0))
    const read: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return isAsk(read) ? read : null
  } catch {
    return null
  }
}

/** As much of the shape as the page needs to draw a form; the server judges the rest. */
function isAsk(read: unknown): read is CompareAsk {
  if (typeof read !== 'object' || read === null || !('offers' in read)) return false
  const { offers } = read
  return (
    Array.isArray(offers) &&
    offers.length <= 4 &&
    offers.every((one: unknown) => typeof one === 'object' && one !== null && 'name' in one)
  )
}
