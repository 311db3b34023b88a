import {
  Armchair,
  BadgeCheck,
  Check,
  CirclePause,
  CirclePlay,
  Gauge,
  HandCoins,
  TrendingUp,
  Wallet,
} from 'lucide-react'
import type { LucideIcon } from 'lucide-react'

import type { Alert, AlertKind } from '../../lib/contract.ts'
import { agoWords } from '../../lib/time.ts'
import { useNow, useSubject } from '../../lib/viewer.tsx'
import { A } from '../../ui/A.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { Time } from '../../ui/Time.tsx'
import { lookOf, todoOf } from './answers.ts'

type Look = { readonly icon: LucideIcon; readonly tone: string }
const LOOKS: Readonly<Record<AlertKind, Look>> = {
  velocity_notify: { icon: TrendingUp, tone: 'bg-accent-soft text-accent' },
  velocity_slow: { icon: Gauge, tone: 'bg-held-soft text-held' },
  velocity_paused: { icon: CirclePause, tone: 'bg-danger-soft text-danger' },
  velocity_resumed: { icon: CirclePlay, tone: 'bg-available-soft text-available' },
  absorbed: { icon: HandCoins, tone: 'bg-sunken text-ink-2' },
  budget: { icon: Wallet, tone: 'bg-held-soft text-held' },
  seat_unbacked: { icon: Armchair, tone: 'bg-held-soft text-held' },
}
const OTHER: Look = { icon: BadgeCheck, tone: 'bg-sunken text-ink-2' }

/** What happened, when, and what to do; unseen ones are marked by words and a dot. */
export function AlertList({
  alerts,
  onSeen,
  company = false,
}: {
  alerts: readonly Alert[]
  onSeen?: (alert: Alert) => void
  company?: boolean
}) {
  return (
    <ul className="divide-y divide-line border-t border-line">
      {alerts.map((alert) => (
        <AlertRow key={alert.id} alert={alert} company={company} {...(onSeen && { onSeen })} />
      ))}
    </ul>
  )
}

function AlertRow({
  alert,
  onSeen,
  company,
}: {
  alert: Alert
  onSeen?: (alert: Alert) => void
  company: boolean
}) {
  const { readOnly } = useSubject()
  const now = useNow()()
  const { icon: Icon, tone } = LOOKS[alert.kind] ?? OTHER
  const own = !company && !readOnly
  const look = own ? lookOf(alert) : null
  const unseen = alert.seen_at === null
  return (
    <li className="flex gap-3 px-4 py-3.5 sm:px-5" data-unseen={unseen || undefined}>
      <span className={`mt-0.5 flex size-8 shrink-0 items-center justify-center rounded-full ${tone}`}>
        <Icon size={16} aria-hidden />
      </span>
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-baseline justify-between gap-x-4">
          <h3 className="flex flex-wrap items-center gap-2 text-base font-semibold">
            {company && alert.person && (
              <A href={`/people/${alert.person.id}/alerts`} data-row className="figure-link">
                {alert.person.name}
              </A>
            )}
            <span className={company && alert.person ? 'font-medium' : ''}>{alert.title}</span>
            {own && unseen && <Badge tone="accent">new</Badge>}
          </h3>
          <span className="text-sm text-ink-3">
            <Time at={alert.at} />
            <span className="max-sm:hidden"> · {agoWords(Math.max(0, now - Date.parse(alert.at)))}</span>
          </span>
        </div>
        <p className="max-w-[80ch] text-base text-pretty text-ink-2">{alert.message}</p>
        {own && <p className="max-w-[80ch] text-sm text-pretty text-ink-2">{todoOf(alert.kind)}</p>}
        {(look !== null || (own && unseen)) && (
          <div className="mt-1 -ml-2 flex flex-wrap gap-1 print:hidden">
            {look && (
              <A
                href={look.href}
                data-row
                onClick={() => unseen && onSeen?.(alert)}
                className="inline-flex h-7 items-center rounded-md px-2 text-sm font-medium text-accent hover:bg-sunken"
              >
                {look.text}
              </A>
            )}
            {own && unseen && (
              <button
                type="button"
                onClick={() => onSeen?.(alert)}
                className="inline-flex h-7 items-center gap-1 rounded-md px-2 text-sm font-medium text-ink-2 hover:bg-sunken hover:text-ink"
              >
                <Check size={14} aria-hidden /> Mark as seen
                <span className="sr-only">: {alert.title}</span>
              </button>
            )}
          </div>
        )}
      </div>
    </li>
  )
}
