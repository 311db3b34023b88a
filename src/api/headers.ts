/** Everything comes from this origin; nothing frames it, nothing is sent elsewhere. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

const ALWAYS: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
}

/** What a route may say itself: a badge is made for other sites, a secret address goes to none, a letter loads nothing. */
const OWN_WORD: ReadonlySet<string> = new Set([
  'content-security-policy',
  'cross-origin-resource-policy',
  'referrer-policy',
])

const HSTS = 'max-age=31536000; includeSubDomains'

/** The headers that every answer carries. */
export function protect(headers: Headers, { https, requestId }: { https: boolean; requestId: string }): void {
  for (const [name, value] of Object.entries(ALWAYS))
    if (!OWN_WORD.has(name) || !headers.has(name)) headers.set(name, value)
  if (https) headers.set('strict-transport-security', HSTS)
  headers.set('x-request-id', requestId)
  // Money and secrets: no cache keeps an answer unless it says otherwise itself.
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
}
