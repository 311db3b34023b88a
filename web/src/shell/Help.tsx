import { SHORTCUTS } from '../lib/keys.ts'
import { Kbd } from '../ui/Badge.tsx'
import { Dialog } from '../ui/Dialog.tsx'

export const Help = ({ open, onClose }: { open: boolean; onClose: () => void }) => (
  <Dialog
    open={open}
    onClose={onClose}
    title="Keyboard shortcuts"
    description="On Windows and Linux, ⌘ is Ctrl."
  >
    <ul className="divide-y divide-line">
      {SHORTCUTS.map((shortcut) => (
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
