import clsx from 'clsx'
import type { ButtonHTMLAttributes } from 'react'

type Look = 'primary' | 'plain' | 'quiet' | 'danger'
const LOOKS: Readonly<Record<Look, string>> = {
  primary: 'bg-accent text-on-accent hover:opacity-90 border border-transparent',
  plain: 'bg-surface text-ink border border-line-strong hover:bg-sunken shadow-lift',
  quiet: 'quiet text-ink-2 border border-transparent hover:bg-sunken hover:text-ink',
  danger: 'bg-surface text-danger border border-line-strong hover:bg-danger-soft',
}

export const buttonClass = (look: Look = 'plain'): string =>
  clsx(
    'inline-flex h-8 shrink-0 items-center justify-center gap-1.5 rounded-lg px-3 text-sm font-medium whitespace-nowrap transition-colors print:hidden',
    'disabled:cursor-not-allowed disabled:opacity-50',
    LOOKS[look],
  )

export function Button({
  look = 'plain',
  className,
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & { look?: Look }) {
  return <button type="button" {...rest} className={clsx(buttonClass(look), className)} />
}
