import type { ReactNode } from 'react'

/** That there is nothing is good news here, and takes one line. */
export const Quiet = ({ children }: { children: ReactNode }) => (
  <p className="px-4 pb-4 text-sm text-pretty text-ink-2 sm:px-5">{children}</p>
)
