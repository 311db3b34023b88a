import clsx from 'clsx'
import type { ReactNode } from 'react'

/** A table that scrolls inside its own frame, never the page; the frame can be reached by keyboard. */
export function Table({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div
      role="region"
      aria-label={label}
      tabIndex={0}
      className="relative overflow-x-auto max-sm:px-2 rounded-b-xl focus-visible:outline-offset-[-2px]"
    >
      <table className="w-full border-collapse text-sm">
        <caption className="sr-only">{label}</caption>
        {children}
      </table>
    </div>
  )
}

/** Left out on a phone, or already where the sidebar leaves little, where the row's own panel or page tells it. */
type Wide = boolean | 'very'
const hiddenAs = (wide: Wide): string | false => (wide === 'very' ? 'max-lg:hidden' : wide && 'max-sm:hidden')

const CELL = 'px-2 sm:px-3 sm:first:pl-5 sm:last:pr-5'

export const Th = ({
  children,
  right = false,
  wide = false,
  sort,
}: {
  children?: ReactNode
  right?: boolean
  wide?: Wide
  sort?: 'ascending' | 'descending' | 'none'
}) => (
  <th
    scope="col"
    aria-sort={sort}
    className={clsx(
      CELL,
      'border-b border-line py-2 text-xs font-medium whitespace-nowrap text-ink-3',
      right ? 'text-right' : 'text-left',
      hiddenAs(wide),
    )}
  >
    {children}
  </th>
)

export const Td = ({
  children,
  right = false,
  wide = false,
  className,
}: {
  children?: ReactNode
  right?: boolean
  wide?: Wide
  className?: string
}) => (
  <td
    className={clsx(
      CELL,
      'border-b border-line py-2 align-middle',
      right && 'num text-right',
      hiddenAs(wide),
      className,
    )}
  >
    {children}
  </td>
)

/**
 * A row that J and K can reach when it holds a control marked `data-row`. `onOpen` lets the whole row be clicked as that
 * control can; the links and buttons in it keep their own meaning.
 */
export const Tr = ({
  children,
  className,
  onOpen,
}: {
  children: ReactNode
  className?: string
  onOpen?: () => void
}) => (
  <tr
    onClick={(event) => {
      const inner = event.target instanceof Element && event.target.closest('a, button')
      if (!inner) onOpen?.()
    }}
    className={clsx(
      'transition-colors hover:bg-sunken [&:last-child>td]:border-b-0',
      onOpen && 'cursor-pointer',
      className,
    )}
  >
    {children}
  </tr>
)
