import { useQuery } from '@tanstack/react-query'
import { Bell } from 'lucide-react'

import { unseenQuery } from '../lib/queries.ts'
import { A } from '../ui/A.tsx'

const MOST = 99

const useUnseen = (): number => useQuery(unseenQuery).data?.unseen ?? 0
const shortly = (unseen: number): string => (unseen > MOST ? `${MOST}+` : String(unseen))

/** How many alerts wait, beside the name of their page. */
export function UnseenCount() {
  const unseen = useUnseen()
  if (unseen === 0) return null
  return (
    <span className="num inline-flex h-5 min-w-5 items-center justify-center rounded-full bg-accent px-1.5 text-xs font-semibold text-on-accent">
      {shortly(unseen)}
      <span className="sr-only"> unseen</span>
    </span>
  )
}

/** On a phone, where the page is behind “More”. */
export function AlertsBell() {
  const unseen = useUnseen()
  return (
    <A
      href="/alerts"
      aria-label={unseen > 0 ? `Alerts, ${unseen} unseen` : 'Alerts'}
      className="relative flex size-9 items-center justify-center rounded-lg text-ink-2 hover:bg-sunken"
    >
      <Bell size={18} aria-hidden />
      {unseen > 0 && (
        <span className="num absolute top-0.5 right-0.5 inline-flex h-4 min-w-4 items-center justify-center rounded-full bg-accent px-1 text-[11px] leading-none font-semibold text-on-accent">
          {shortly(unseen)}
        </span>
      )}
    </A>
  )
}

/** Says it once for the whole page, wherever the bell stands. */
export function UnseenSaid() {
  const unseen = useUnseen()
  return (
    <p className="sr-only" aria-live="polite">
      {unseen > 0 && (unseen === 1 ? '1 unseen alert' : `${unseen} unseen alerts`)}
    </p>
  )
}
