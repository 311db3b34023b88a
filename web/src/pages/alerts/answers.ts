import type { Alert, AlertKind, GuardWindow } from '../../lib/contract.ts'
import { nano } from '../../lib/money.ts'

export type Reached = 'notify' | 'slow' | 'pause'

/** The highest mark that the window has passed. */
export function reachedOf(window: GuardWindow): Reached | null {
  const spent = nano(window.spent)
  if (spent >= nano(window.pause_at)) return 'pause'
  if (spent >= nano(window.slow_at)) return 'slow'
  return spent >= nano(window.notify_at) ? 'notify' : null
}

/** Unseen first, then the newest; what the server sends is newest first already. */
export const unseenFirst = (alerts: readonly Alert[]): readonly Alert[] => [
  ...alerts.filter((alert) => alert.seen_at === null),
  ...alerts.filter((alert) => alert.seen_at !== null),
]

/** What the reader can do about it. */
export function todoOf(kind: AlertKind): string {
  switch (kind) {
    case 'velocity_notify':
      return 'Look at what runs. If it is not yours, revoke its key.'
    case 'velocity_slow':
      return 'If it is you, say so above and calls go on at full speed. If not, revoke the key.'
    case 'velocity_paused':
      return 'If it is you, resume above. If not, revoke the key first.'
    case 'velocity_resumed':
      return 'Nothing to do: the limits fall back to the usual ones by themselves.'
    case 'absorbed':
      return 'Nothing to do: the difference was not taken from the wallet.'
    case 'budget':
      return 'See how long the rest lasts and when the next tranche vests.'
    case 'seat_unbacked':
      return 'Nothing was charged. A seat that is granted later pays from its next use in that month on.'
    default:
      return never(kind)
  }
}

/** A newer server may know a kind that this page does not: its own words tell what happened. */
const never = (_kind: never): string => ''

/** Where to look, in words for its link. */
export function lookOf(alert: Alert): { href: string; text: string } | null {
  switch (alert.kind) {
    case 'velocity_notify':
    case 'velocity_slow':
    case 'velocity_paused':
      return { href: `/usage?day=${alert.at.slice(0, 10)}`, text: 'See what ran' }
    case 'absorbed':
      return { href: alert.link, text: 'Open the call' }
    case 'budget':
    case 'seat_unbacked':
      return { href: alert.link, text: 'Open the wallet' }
    case 'velocity_resumed':
      return null
    default:
      return alert.link === '/alerts' ? null : { href: alert.link, text: 'Open' }
  }
}

const EVENTS: Readonly<Record<string, string>> = {
  'alert.velocity_notify': 'Faster than usual',
  'alert.velocity_slow': 'Calls slowed',
  'alert.velocity_paused': 'Calls paused',
  'alert.velocity_resumed': 'Calls go on',
  'alert.absorbed': 'Cost carried by the company',
  'alert.budget': 'Part of the wallet used',
  'alert.seat_unbacked': 'Used without a seat',
  'offer.sent': 'Offer sent',
  'offer.viewed': 'Offer opened',
  'offer.accepted': 'Offer accepted',
  'offer.declined': 'Offer declined',
  'webhook.test': 'Test',
}

/** An event as people say it; one that this page does not know is told by its own name. */
export const eventWords = (type: string): string => EVENTS[type] ?? type
