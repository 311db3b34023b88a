import { ROSTER } from './company.ts'
import { demoSecret } from './keys.ts'
import { demoPersonId } from './make.ts'

/** The people of the demo in the order of the roster, and the secret of each one's key. */
export function demoGuests(master: Uint8Array) {
  const order = new Map(ROSTER.map(({ name }, index) => [demoPersonId(name), index]))
  return {
    order,
    secretOf: (person: string): string | null => (order.has(person) ? demoSecret(master, person) : null),
  }
}
