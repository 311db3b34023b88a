import { SHORTCUTS } from '../lib/keys.ts'
import { useSession } from '../lib/viewer.tsx'
import { Kbd } from '../ui/Badge.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { placesOf } from './nav.ts'

/** What can be typed here; only places that may be opened are told. */
export function Help({ open, onClose }: { open: boolean; onClose: () => void }) {
  const places = placesOf(useSession())
  const [search, ...rest] = SHORTCUTS
  const go = places.map(({ letter, name }) => ({ keys: ['G', letter], does: `Go to ${name}` }))
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Keyboard shortcuts"
      description="On Windows and Linux, ⌘ is Ctrl."
    >
      <ul className="divide-y divide-line">
        {[...(search ? [search] : []), ...go, ...rest].map((shortcut) => (
          <li key={shortcut.does} className="flex items-center justify-between gap-4 py-2 text-sm">
            {shortcut.does}
            <span className="flex gap-1">
              {shortcut.keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </span>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}
