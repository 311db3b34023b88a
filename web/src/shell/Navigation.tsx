import clsx from 'clsx'
import { Ellipsis, Search } from 'lucide-react'
import { useState } from 'react'

import { useAddress } from '../lib/address.ts'
import type { Command } from '../lib/keys.ts'
import { useSession } from '../lib/viewer.tsx'
import { A } from '../ui/A.tsx'
import { Kbd } from '../ui/Badge.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Account } from './Account.tsx'
import { AlertsBell, UnseenCount } from './AlertsBell.tsx'
import { Mark } from './Brand.tsx'
import { isAt, placesOf } from './nav.ts'

type Opens = { readonly palette: () => void; readonly help: () => void }

export function Sidebar({ palette, help }: Opens) {
  const session = useSession()
  const { path } = useAddress()
  return (
    <aside className="sticky top-0 hidden h-dvh w-66 shrink-0 flex-col border-r border-line bg-bg px-3 py-4 md:flex print:hidden">
      <A href="/" className="flex items-center gap-2.5 rounded-lg px-1.5 py-1">
        <Mark />
        <span className="min-w-0">
          <span className="block text-base leading-4 font-semibold tracking-[-0.01em]">Perq</span>
          <span className="block truncate text-xs text-ink-3">{session.company.name}</span>
        </span>
      </A>
      <button
        type="button"
        onClick={palette}
        className="mt-4 flex h-8 items-center gap-2 rounded-lg border border-line-strong bg-surface px-2.5 text-sm text-ink-2 shadow-lift hover:text-ink"
      >
        <Search size={14} aria-hidden />
        <span className="flex-1 text-left">Search</span>
        <Kbd>⌘K</Kbd>
      </button>
      <nav aria-label="Pages" className="mt-4 flex flex-col gap-0.5">
        {placesOf(session).map((place) => {
          const here = isAt(place, path)
          return (
            <A
              key={place.href}
              href={place.href}
              aria-current={here ? 'page' : undefined}
              className={clsx(
                'group flex h-8 items-center gap-2.5 rounded-lg px-2.5 text-sm font-medium transition-colors',
                here
                  ? 'bg-surface text-ink shadow-lift ring-1 ring-line'
                  : 'text-ink-2 hover:bg-sunken hover:text-ink',
              )}
            >
              <place.icon
                size={16}
                aria-hidden
                className={clsx('shrink-0', here ? 'text-accent' : 'text-ink-3')}
              />
              <span className="min-w-0 flex-1 truncate">{place.name}</span>
              <span aria-hidden className="hidden text-xs whitespace-nowrap text-ink-3 group-hover:inline">
                G {place.letter}
              </span>
              {place.command === 'alerts' && <UnseenCount />}
            </A>
          )
        })}
      </nav>
      <div className="mt-auto flex flex-col">
        <Account help={help} />
      </div>
    </aside>
  )
}

/** On a phone: the head with search and account, */
export function TopBar({ palette, help }: Opens) {
  const { company } = useSession()
  return (
    <div className="sticky top-0 z-20 flex h-14 items-center gap-2.5 border-b border-line bg-bg px-4 md:hidden print:hidden">
      <Mark />
      <span className="min-w-0 flex-1 truncate text-base font-semibold">{company.name}</span>
      <button
        type="button"
        aria-label="Search"
        onClick={palette}
        className="flex size-9 items-center justify-center rounded-lg text-ink-2 hover:bg-sunken"
      >
        <Search size={18} aria-hidden />
      </button>
      <AlertsBell />
      <Account help={help} compact />
    </div>
  )
}

/** and the pages at the thumb: those of every day, and the others behind one more. */
export function BottomBar() {
  const session = useSession()
  const { path } = useAddress()
  const [open, setOpen] = useState(false)
  const places = placesOf(session)
  const shown = places.filter(({ command }) => AT_THE_THUMB.has(command))
  const rest = places.filter(({ command }) => !AT_THE_THUMB.has(command))
  const away = rest.some((place) => isAt(place, path))
  return (
    <nav
      aria-label="Pages"
      className="fixed inset-x-0 bottom-0 z-20 flex border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] md:hidden print:hidden"
    >
      {shown.map((place) => {
        const here = isAt(place, path)
        return (
          <A
            key={place.href}
            href={place.href}
            aria-current={here ? 'page' : undefined}
            className={clsx(THUMB, here ? 'text-accent' : 'text-ink-2')}
          >
            <place.icon size={18} aria-hidden />
            {place.short}
          </A>
        )
      })}
      {rest.length > 0 && (
        <button
          type="button"
          aria-haspopup="dialog"
          onClick={() => setOpen(true)}
          className={clsx(THUMB, away ? 'text-accent' : 'text-ink-2')}
        >
          <Ellipsis size={18} aria-hidden />
          More
        </button>
      )}
      <Dialog open={open} onClose={() => setOpen(false)} title="More pages">
        <ul className="flex flex-col">
          {rest.map((place) => (
            <li key={place.href}>
              <A
                href={place.href}
                aria-current={isAt(place, path) ? 'page' : undefined}
                onClick={() => setOpen(false)}
                className={clsx(
                  'flex min-h-11 items-center gap-3 rounded-lg px-2 text-base font-medium hover:bg-sunken',
                  isAt(place, path) && 'text-accent',
                )}
              >
                <place.icon size={18} aria-hidden />
                {place.name}
              </A>
            </li>
          ))}
        </ul>
      </Dialog>
    </nav>
  )
}

/** With one more as many as fit beside each other and can still be hit. */
const AT_THE_THUMB: ReadonlySet<Command> = new Set(['wallet', 'usage', 'vesting', 'keys'])
const THUMB =
  'flex h-14 min-w-0 flex-1 flex-col items-center justify-center gap-0.5 text-xs font-medium focus-visible:outline-offset-[-2px]'
