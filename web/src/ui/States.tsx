import { CircleAlert, Inbox, Lock, RotateCw } from 'lucide-react'
import type { ReactNode } from 'react'

import { ApiError } from '../lib/api.ts'
import { ageWords } from '../lib/time.ts'
import { Button } from './Button.tsx'

/** Keeps the height of what is to come, so that nothing jumps. */
export const Skeleton = ({ height, label = 'Loading' }: { height: number; label?: string }) => (
  <div role="status" className="skeleton" style={{ height }}>
    <span className="sr-only">{label}</span>
    <div className="bone h-full w-full rounded-xl" />
  </div>
)

type Notice = {
  readonly title: string
  readonly children: ReactNode
  readonly action?: ReactNode
  readonly icon: ReactNode
}
const Notice = ({ title, children, action, icon }: Notice) => (
  <div className="flex flex-col items-center px-6 py-10 text-center">
    <div className="mb-3 flex size-10 items-center justify-center rounded-full bg-sunken text-ink-2">
      {icon}
    </div>
    <p className="text-base font-semibold">{title}</p>
    <div className="mt-1 max-w-[52ch] text-sm text-pretty text-ink-2">{children}</div>
    {action && <div className="mt-4">{action}</div>}
  </div>
)

/** Why there is nothing, and the one thing to do about it. */
export const Empty = ({
  title,
  children,
  action,
}: {
  title: string
  children: ReactNode
  action?: ReactNode
}) => (
  <Notice title={title} action={action} icon={<Inbox size={18} aria-hidden />}>
    {children}
  </Notice>
)

export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  if (error instanceof ApiError && error.status === 403) return <Denied message={error.message} />
  const known = error instanceof ApiError ? error : null
  const message = error instanceof Error ? error.message : 'Something in this page broke.'
  return (
    <div role="alert">
      <Notice
        title={known?.status === 404 ? 'There is no such thing here' : 'This could not be loaded'}
        icon={<CircleAlert size={18} aria-hidden />}
        action={
          retry &&
          known?.status !== 404 && (
            <Button onClick={retry}>
              <RotateCw size={14} aria-hidden /> Try again
            </Button>
          )
        }
      >
        {message}
        <span className="mt-1 block font-mono text-xs text-ink-3">
          {known?.code ?? 'page_error'}
          {known?.requestId && ` · request ${known.requestId}`}
        </span>
      </Notice>
    </div>
  )
}

const Denied = ({ message }: { message: string }) => (
  <div role="alert">
    <Notice title="You may not see this" icon={<Lock size={18} aria-hidden />}>
      {message} If your work needs it, ask an administrator of your company to change your role.
    </Notice>
  </div>
)

/** Shown over data that could not be refreshed: what is seen is true as of its age. */
export const Stale = ({ age, retry }: { age: number; retry: () => void }) => (
  <div
    role="status"
    className="flex flex-wrap items-center justify-between gap-2 rounded-lg bg-held-soft px-3 py-1.5 text-sm text-held"
  >
    <span>These figures are {ageWords(age)} old: the last refresh did not get through.</span>
    <Button look="quiet" onClick={retry} className="text-held">
      Refresh
    </Button>
  </div>
)
