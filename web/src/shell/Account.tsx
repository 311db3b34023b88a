import { Menu } from '@base-ui/react/menu'
import { CircleHelp, LogOut } from 'lucide-react'

import { useSession } from '../lib/viewer.tsx'
import { ThemeSwitch } from './ThemeSwitch.tsx'
import { useSignOut } from './signOut.ts'

const ITEM =
  'flex h-8 w-full cursor-default items-center gap-2 rounded-md px-2 text-sm text-ink outline-none data-[highlighted]:bg-sunken'

export const initials = (name: string): string =>
  name
    .split(/\s+/)
    .flatMap((word) => word.charAt(0).toUpperCase() || [])
    .filter((_, at, all) => at === 0 || at === all.length - 1)
    .join('')

/** Who is signed in, the theme, the list of strokes, and the way out. */
export function Account({ help, compact = false }: { help: () => void; compact?: boolean }) {
  const { person } = useSession()
  const signOut = useSignOut()
  return (
    <Menu.Root>
      <Menu.Trigger className="flex min-w-0 items-center gap-2.5 rounded-lg p-1.5 text-left hover:bg-sunken data-[popup-open]:bg-sunken">
        <span className="sr-only">Account of {compact && person.name}</span>
        <span
          aria-hidden
          className="flex size-7 shrink-0 items-center justify-center rounded-full bg-accent-soft text-xs font-semibold text-accent"
        >
          {initials(person.name)}
        </span>
        {!compact && (
          <span className="min-w-0 flex-1">
            <span className="block truncate text-sm leading-4 font-medium">{person.name}</span>
            <span className="block truncate text-xs text-ink-3">{person.title || person.email}</span>
          </span>
        )}
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={6} align="start" className="z-50">
          <Menu.Popup className="pop w-60 rounded-xl bg-surface p-1.5 shadow-float outline-none">
            <div className="px-2 pt-1 pb-2">
              <div className="truncate text-sm font-medium">{person.name}</div>
              <div className="truncate text-xs text-ink-2">{person.email}</div>
              <div className="truncate text-xs text-ink-3">
                {person.entity.name} · {person.role}
              </div>
            </div>
            <div className="border-y border-line px-2 py-2">
              <ThemeSwitch />
            </div>
            <Menu.Item className={`${ITEM} mt-1.5`} onClick={help}>
              <CircleHelp size={14} aria-hidden /> Keyboard shortcuts
            </Menu.Item>
            <Menu.Item className={ITEM} onClick={() => void signOut()}>
              <LogOut size={14} aria-hidden /> Sign out
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}
