import { Dialog as Base } from '@base-ui/react/dialog'
import clsx from 'clsx'
import { X } from 'lucide-react'
import { useRef, type ReactNode } from 'react'

const BACKDROP = 'fade fixed inset-0 z-40 bg-shade print:hidden'

type Shape = 'center' | 'side'
const SHAPES: Readonly<Record<Shape, string>> = {
  center:
    'pop left-1/2 top-[max(16px,12vh)] w-[min(520px,calc(100vw-24px))] -translate-x-1/2 max-h-[80dvh] rounded-2xl',
  side: 'slide inset-y-0 right-0 w-[min(560px,100vw)] border-l border-line',
}

/**
 * A dialog in the middle, or a panel at the side; Base UI keeps the focus inside and gives it back. It begins at the control
 * marked `data-focus`, if there is one: `autoFocus` would take it before Base UI knows where it came from.
 */
export function Dialog({
  open,
  onClose,
  title,
  description,
  shape = 'center',
  children,
}: {
  open: boolean
  onClose: () => void
  title: ReactNode
  description?: ReactNode
  shape?: Shape
  children: ReactNode
}) {
  const popup = useRef<HTMLDivElement>(null)
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={BACKDROP} />
        <Base.Popup
          ref={popup}
          initialFocus={() => popup.current?.querySelector<HTMLElement>('[data-focus]') ?? true}
          className={clsx(
            'fixed z-50 flex flex-col overflow-hidden bg-surface shadow-float outline-none',
            SHAPES[shape],
          )}
        >
          <div className="flex items-start justify-between gap-4 border-b border-line px-5 pt-4 pb-3">
            <div className="min-w-0">
              <Base.Title className="text-lg font-semibold tracking-[-0.01em] break-words">
                {title}
              </Base.Title>
              {description && (
                <Base.Description className="text-sm text-ink-2">{description}</Base.Description>
              )}
            </div>
            <Base.Close
              aria-label="Close"
              className="-mr-2 flex size-8 shrink-0 items-center justify-center rounded-lg text-ink-2 hover:bg-sunken hover:text-ink"
            >
              <X size={16} aria-hidden />
            </Base.Close>
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 py-4" tabIndex={-1}>
            {children}
          </div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}
