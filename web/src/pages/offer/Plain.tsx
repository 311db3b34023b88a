import type { ReactNode } from 'react'

import { Mark } from '../../shell/Brand.tsx'
import { useTitle } from '../../shell/useTitle.ts'

/** One card in the middle: there is nothing more to see. */
export function Plain({ title, children }: { title: string; children: ReactNode }) {
  useTitle(title)
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center px-4 sm:px-6">
      <div className="card w-full max-w-md p-6 text-center sm:p-8">
        <div className="mb-5 flex justify-center">
          <Mark size={40} />
        </div>
        <h1 className="text-xl font-semibold tracking-[-0.015em]">{title}</h1>
        <div className="mt-2 text-base text-pretty text-ink-2">{children}</div>
      </div>
    </main>
  )
}
