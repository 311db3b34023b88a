import clsx from 'clsx'
import { useId } from 'react'
import type { ReactNode } from 'react'

/** A quiet button has no frame: at the edge it is its text that lines up with what stands below. */
const ACTIONS =
  'flex flex-wrap gap-2 max-sm:has-[>.quiet:first-child]:-ml-3 sm:has-[>.quiet:last-child]:-mr-3 print:hidden'

/** A titled part of a page. */
export function Card({
  id: anchor,
  title,
  note,
  actions,
  children,
  flush = false,
  className,
}: {
  /** Where a link on the same page leads. */
  id?: string
  title: string
  note?: ReactNode
  actions?: ReactNode
  children: ReactNode
  flush?: boolean
  className?: string
}) {
  const id = useId()
  return (
    <section id={anchor} aria-labelledby={id} className={clsx('card min-w-0', className)}>
      <header className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2 px-4 pt-4 pb-3 sm:px-5">
        <div className="min-w-0 flex-1 basis-60">
          <h2 id={id} className="text-lg font-semibold tracking-[-0.01em]">
            {title}
          </h2>
          {note && <p className="mt-0.5 max-w-[88ch] text-sm text-pretty text-ink-2">{note}</p>}
        </div>
        {actions && <div className={clsx('items-center', ACTIONS)}>{actions}</div>}
      </header>
      <div className={flush ? 'pb-1' : 'px-4 pb-4 sm:px-5 sm:pb-5'}>{children}</div>
    </section>
  )
}

/** The head of a page: its name, and the one question it answers. */
export function PageHead({
  title,
  question,
  actions,
}: {
  title: string
  question: string
  actions?: ReactNode
}) {
  return (
    <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
      <div className="min-w-0 flex-1 basis-60">
        <h1 className="text-xl font-semibold tracking-[-0.015em]">{title}</h1>
        <p className="text-base text-ink-2">{question}</p>
      </div>
      {actions && <div className={clsx('max-sm:w-full', ACTIONS)}>{actions}</div>}
    </header>
  )
}
