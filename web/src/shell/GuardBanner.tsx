import { useQuery } from '@tanstack/react-query'
import clsx from 'clsx'
import { CirclePause, CirclePlay, Gauge, X } from 'lucide-react'
import type { ReactNode } from 'react'

import { useAddress } from '../lib/address.ts'
import { ApiError } from '../lib/api.ts'
import type { Guard } from '../lib/contract.ts'
import { burstWords, crowdOf, crowdWords, raisedWords } from '../lib/guard.ts'
import { guardQuery } from '../lib/queries.ts'
import { useResume } from '../lib/resume.ts'
import { useSubject } from '../lib/viewer.tsx'
import { A } from '../ui/A.tsx'
import { Button } from '../ui/Button.tsx'

/** On every page of a person whose calls stand still or are slowed: why, and the one click that ends it. */
export function GuardBanner({ inset = false }: { inset?: boolean }) {
  const { id, readOnly } = useSubject()
  const { path } = useAddress()
  const guard = useQuery(guardQuery(id)).data
  const resume = useResume()
  if (!guard) return null
  const full = crowdOf(guard) === 'full'
  const stopped = guard.state === 'paused' || guard.state === 'slow' || full
  if (!stopped && !resume.isSuccess) return null

  if (!stopped)
    return (
      <Strip tone="good" inset={inset} icon={<CirclePlay size={16} aria-hidden />}>
        <p className="min-w-0 flex-1">
          <strong className="font-semibold">Running again.</strong> The next call goes through.{' '}
          {raisedWords(guard)}
        </p>
        <button
          type="button"
          aria-label="Dismiss"
          onClick={() => resume.reset()}
          className="-my-1 flex size-7 items-center justify-center rounded-md hover:bg-surface"
        >
          <X size={14} aria-hidden />
        </button>
      </Strip>
    )

  const paused = guard.state === 'paused'
  return (
    <Strip
      tone={paused ? 'bad' : 'warn'}
      inset={inset}
      icon={paused ? <CirclePause size={16} aria-hidden /> : <Gauge size={16} aria-hidden />}
    >
      <p className="min-w-0 flex-1 text-pretty">
        <strong className="font-semibold">{paused ? 'Paused:' : full ? 'Full:' : 'Slowed:'}</strong>{' '}
        {full ? crowdWords(guard) : burstWords(guard)} {whatHappens(full ? 'full' : guard.state, readOnly)}
        {resume.isError && (
          <span role="alert" className="block font-medium">
            That did not get through{resume.error instanceof ApiError && `: ${resume.error.message}`} Try
            again.
          </span>
        )}
      </p>
      <span className="flex items-center gap-1 max-sm:basis-full max-sm:pl-4">
        {!inset && path !== '/alerts' && (
          <A
            href="/alerts"
            className="inline-flex h-8 items-center rounded-lg px-3 text-sm font-medium hover:bg-surface"
          >
            Details
          </A>
        )}
        {!readOnly && (
          <Button look="primary" disabled={resume.isPending} onClick={() => resume.mutate()}>
            {resume.isPending ? 'Resuming…' : paused ? 'Resume' : full ? 'Make room' : 'This is me'}
          </Button>
        )}
      </span>
    </Strip>
  )
}

function whatHappens(state: Guard['state'] | 'full', readOnly: boolean): string {
  const unless = readOnly ? '.' : ' until you say that this is you.'
  if (state === 'full')
    return `New calls wait until some of them end${readOnly ? '.' : ', or until you say that this is you.'}`
  if (state === 'slow') return `Large calls pass one at a time${unless}`
  return readOnly
    ? 'Only the person can resume: it is their own pay.'
    : 'Calls are refused until you say that this is you.'
}

type Tone = 'bad' | 'warn' | 'good'
const TONES: Readonly<Record<Tone, string>> = {
  bad: 'bg-danger-soft [&>svg]:text-danger [&_strong]:text-danger',
  warn: 'bg-held-soft [&>svg]:text-held [&_strong]:text-held',
  good: 'bg-available-soft [&>svg]:text-available [&_strong]:text-available',
}

const Strip = ({
  tone,
  inset,
  icon,
  children,
}: {
  tone: Tone
  inset: boolean
  icon: ReactNode
  children: ReactNode
}) => (
  <div
    role="status"
    className={clsx(
      'flex flex-wrap items-center gap-x-3 gap-y-2 text-sm text-ink print:hidden [&>svg]:shrink-0',
      inset
        ? 'mt-4 rounded-xl px-4 py-2.5'
        : 'border-b border-line px-4 py-2.5 sm:px-6 lg:px-8 max-sm:[&>p]:basis-[75%]',
      TONES[tone],
    )}
  >
    {icon}
    {children}
  </div>
)
