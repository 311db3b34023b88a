import { FlaskConical } from 'lucide-react'
import { useEffect, useState } from 'react'

import { clockWords, instantDay, localWords, wallClock } from '../lib/time.ts'
import { useNow, useSession } from '../lib/viewer.tsx'

/** A demo says that it is one, and what time it lives in. */
export function DemoBanner() {
  const session = useSession()
  const now = useNow()
  const [, tick] = useState(0)
  const shown = session.demo || session.clock_shifted
  useEffect(() => {
    if (!shown) return
    const timer = setInterval(() => tick((at) => at + 1), 10_000)
    return () => clearInterval(timer)
  }, [shown])
  if (!shown) return null
  const at = now()
  return (
    <div
      role="note"
      className="flex min-h-8 flex-wrap items-center justify-center gap-x-2 border-b border-line bg-accent-soft px-4 py-1 text-center text-xs text-ink print:hidden"
    >
      <FlaskConical size={13} aria-hidden className="text-accent" />
      {session.demo && <span className="font-medium">Demo company: every name and call is invented.</span>}
      <span className="text-ink-2" title={localWords(wallClock())}>
        {session.clock_shifted ? 'Its clock is shifted and reads' : 'Its clock reads'}{' '}
        <span className="num">
          {instantDay(at)}, {clockWords(at).slice(0, 5)} UTC
        </span>
      </span>
    </div>
  )
}
