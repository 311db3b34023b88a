import { useQuery } from '@tanstack/react-query'
import { useId } from 'react'

import { dayOf } from '../../lib/base.ts'
import type { Guard, GuardWindow } from '../../lib/contract.ts'
import { SPAN_NAMES, crowdOf, raisedWords } from '../../lib/guard.ts'
import { curlOf, personPath, queryOf } from '../../lib/links.ts'
import { nano, usd, usdExact } from '../../lib/money.ts'
import { guardPath, guardQuery } from '../../lib/queries.ts'
import { useNow, useSubject } from '../../lib/viewer.tsx'
import { A } from '../../ui/A.tsx'
import { Ask } from '../../ui/Ask.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { Card } from '../../ui/Card.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Meter } from '../../ui/Meter.tsx'
import { Time } from '../../ui/Time.tsx'
import { MakeRoom } from './MakeRoom.tsx'
import { reachedOf } from './answers.ts'

/** How fast money goes, against what is usual: three windows, each with the marks where something happens. */
export function GuardCard() {
  const { id } = useSubject()
  const query = useQuery(guardQuery(id))
  return (
    <Card
      title="Pace of spending"
      note="A runaway loop is noticed, slowed, then paused until its owner says that it is wanted."
      actions={<Copy look="quiet" label="Copy as API call" text={curlOf(location.origin, guardPath(id))} />}
    >
      <Ask query={query} height={220} label="the pace of spending">
        {(guard) => (guard.state === 'off' ? <Off /> : <Windows guard={guard} />)}
      </Ask>
    </Card>
  )
}

const Off = () => (
  <p className="text-sm text-ink-2">
    The velocity guard is switched off in this company: calls are limited by the wallet and by the limits of
    keys alone.
  </p>
)

function Windows({ guard }: { guard: Guard }) {
  const { id } = useSubject()
  const now = useNow()()
  const crowd = crowdOf(guard)
  const usage = personPath(id, 'usage') + queryOf({ day: dayOf(now) })
  return (
    <>
      <div className="mb-5 flex flex-wrap items-center justify-between gap-3">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm text-ink-2">
          <StateBadge guard={guard} />
          {guard.since && (
            <span>
              since <Time at={guard.since} /> UTC
            </span>
          )}
          {guard.raised && <span>{raisedWords(guard)}</span>}
          {nano(guard.held) > 0n && !crowd && (
            <span title={usdExact(nano(guard.held))}>
              {usd(nano(guard.held))} more is held by running calls.
            </span>
          )}
        </p>
        <A href={usage} className="text-sm font-medium text-accent hover:underline">
          See what ran today
        </A>
      </div>
      {crowd === 'tight' && <MakeRoom guard={guard} />}
      <div className="grid gap-x-8 gap-y-6 lg:grid-cols-3">
        {guard.windows.map((window) => (
          <Window key={window.window} window={window} />
        ))}
      </div>
    </>
  )
}

function StateBadge({ guard }: { guard: Guard }) {
  if (guard.state === 'paused') return <Badge tone="bad">paused</Badge>
  if (guard.state === 'slow') return <Badge tone="warn">slowed</Badge>
  return <Badge tone="good">running</Badge>
}

const TONES = { notify: 'accent', slow: 'warn', pause: 'bad' } as const
const PASSED = { notify: 'faster than usual', slow: 'past slow', pause: 'past pause' } as const
const COLORS = { none: 'var(--spent)', notify: 'var(--spent)', slow: 'var(--held)', pause: 'var(--danger)' }

function Window({ window }: { window: GuardWindow }) {
  const id = useId()
  const spent = nano(window.spent)
  const marks = [
    { name: 'Notify', at: nano(window.notify_at) },
    { name: 'Slow', at: nano(window.slow_at) },
    { name: 'Pause', at: nano(window.pause_at) },
  ]
  const reached = reachedOf(window)
  return (
    <section aria-labelledby={id} className="min-w-0">
      <h3 id={id} className="text-sm text-ink-2">
        {SPAN_NAMES[window.window]}
      </h3>
      <p className="mt-0.5 flex items-center gap-2">
        <span className="num text-xl font-semibold tracking-[-0.015em]" title={usdExact(spent)}>
          {usd(spent)}
        </span>
        {reached && <Badge tone={TONES[reached]}>{PASSED[reached]}</Badge>}
      </p>
      <p className="mb-2.5 text-sm text-ink-2">
        Usual is up to <span title={usdExact(nano(window.baseline))}>{usd(nano(window.baseline))}</span>
      </p>
      <Meter
        label={`Spent in the last ${SPAN_NAMES[window.window].toLowerCase()}`}
        value={spent}
        max={nano(window.pause_at)}
        marks={marks}
        color={COLORS[reached ?? 'none']}
      />
    </section>
  )
}
