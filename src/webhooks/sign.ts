import { createHmac } from 'node:crypto'
import { SECOND, type Millis } from '#base/time.ts'

/** Signatures as the Standard Webhooks specification 1.0.0 wants them, symmetric (`v1`). */

const PREFIX = 'whsec_'
export const SECRET_BYTES = 32

export const secretOf = (bytes: Uint8Array): string => PREFIX + Buffer.from(bytes).toString('base64')

/** The bytes that go out must be the very bytes given here. `id` must not contain a full stop. */
export function signed({
  id,
  at,
  body,
  secrets,
}: {
  readonly id: string
  /** Of this attempt, not of the event. */
  readonly at: Millis
  readonly body: string
  /** Newest first; more than one while a secret is being replaced. */
  readonly secrets: readonly string[]
}): Readonly<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>> {
  const timestamp = String(Math.floor(at / SECOND))
  const content = `${id}.${timestamp}.${body}`
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64')
    return `v1,${createHmac('sha256', key).update(content).digest('base64')}`
  })
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  }
}
