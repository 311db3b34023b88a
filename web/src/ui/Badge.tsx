import clsx from 'clsx'
import type { ReactNode } from 'react'

type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'accent'
const TONES: Readonly<Record<Tone, string>> = {
  plain: 'bg-sunken text-ink-2',
  good: 'bg-available-soft text-available',
  warn: 'bg-held-soft text-held',
  bad: 'bg-danger-soft text-danger',
  accent: 'bg-accent-soft text-accent',
}

export const Badge = ({ tone = 'plain', children }: { tone?: Tone; children: ReactNode }) => (
  <span
    className={clsx(
      'inline-flex h-5 items-center gap-1 rounded-full px-2 text-xs font-medium whitespace-nowrap',
      TONES[tone],
    )}
  >
    {children}
  </span>
)

export const Kbd = ({ children }: { children: ReactNode }) => (
  <kbd className="inline-flex h-5 min-w-5 items-center justify-center rounded border border-line-strong bg-surface px-1 font-sans text-xs text-ink-2">
    {children}
  </kbd>
)
