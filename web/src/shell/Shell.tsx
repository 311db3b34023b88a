import { Outlet } from '@tanstack/react-router'
import { Suspense, useEffect, useRef, useState } from 'react'

import { useAddress, useGo } from '../lib/address.ts'
import type { Command } from '../lib/keys.ts'
import { useSession } from '../lib/viewer.tsx'
import { buttonClass } from '../ui/Button.tsx'
import { Skeleton } from '../ui/States.tsx'
import { UnseenSaid } from './AlertsBell.tsx'
import { DemoBanner } from './DemoBanner.tsx'
import { GuardBanner } from './GuardBanner.tsx'
import { Help } from './Help.tsx'
import { BottomBar, Sidebar, TopBar } from './Navigation.tsx'
import { Palette } from './Palette.tsx'
import { placesOf } from './nav.ts'
import { useShortcuts } from './useShortcuts.ts'

export const Shell = () => (
  <Suspense
    fallback={
      <div className="mx-auto max-w-[1080px] p-6">
        <Skeleton height={600} label="Opening Perq" />
      </div>
    }
  >
    <Frame />
  </Suspense>
)

function Frame() {
  const session = useSession()
  const go = useGo()
  const { path } = useAddress()
  const main = useRef<HTMLElement>(null)
  const [open, setOpen] = useState<'palette' | 'help' | null>(null)

  useShortcuts((command: Command) => {
    if (command === 'palette' || command === 'help') setOpen(command)
    else if (command === 'create') go('/keys?new=1')
    else {
      const place = placesOf(session).find((candidate) => candidate.command === command)
      if (place) go(place.href)
    }
  })

  // A new page is read from its top, also by those who hear it: focus goes to the page, not to the old link.
  const last = useRef(path)
  useEffect(() => {
    if (last.current !== path) main.current?.focus({ preventScroll: true })
    last.current = path
  }, [path])

  const opens = { palette: () => setOpen('palette'), help: () => setOpen('help') }
  return (
    <>
      <a href="#main" className={`skip ${buttonClass('primary')}`}>
        Skip to the page
      </a>
      <div className="flex">
        <Sidebar {...opens} />
        <div className="min-w-0 flex-1">
          <DemoBanner />
          <TopBar {...opens} />
          <GuardBanner />
          <main
            id="main"
            ref={main}
            tabIndex={-1}
            className="mx-auto max-w-[1120px] px-4 pt-6 pb-24 outline-none focus-visible:outline-none sm:px-6 md:pt-8 md:pb-16 lg:px-8 print:p-0"
          >
            <Outlet />
          </main>
        </div>
      </div>
      <UnseenSaid />
      <BottomBar />
      <Palette open={open === 'palette'} onClose={() => setOpen(null)} help={() => setOpen('help')} />
      <Help open={open === 'help'} onClose={() => setOpen(null)} />
    </>
  )
}
