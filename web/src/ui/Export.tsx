import { Menu } from '@base-ui/react/menu'
import { useMutation } from '@tanstack/react-query'
import { Braces, Download, Sheet, Terminal } from 'lucide-react'
import { useEffect, useState } from 'react'

import { curlOf } from '../lib/links.ts'
import { save } from '../lib/save.ts'
import { buttonClass } from './Button.tsx'

const ITEM =
  'flex h-8 w-full cursor-default items-center gap-2 rounded-md px-2 text-sm text-ink outline-none data-[highlighted]:bg-sunken'

type Made<T> = T | Promise<T>

/** A table's ways out: as CSV, as JSON, and as the call that a script would make. */
export function Export({
  name,
  path,
  csv,
  json,
}: {
  /** Of the file, without its ending. */
  name: string
  path: string
  csv: () => Made<string>
  json: () => Made<unknown>
}) {
  const [said, setSaid] = useState<string | null>(null)
  useEffect(() => {
    if (said === null) return
    const timer = setTimeout(() => setSaid(null), 2_500)
    return () => clearTimeout(timer)
  }, [said])
  const make = useMutation({
    mutationFn: async (kind: 'csv' | 'json') =>
      save(
        kind === 'csv' ? await csv() : `${JSON.stringify(await json(), null, 2)}\n`,
        `perq-${name}.${kind}`,
      ),
    onSuccess: () => setSaid('Saved'),
    onError: () => setSaid('Failed, try again'),
  })
  const copy = () =>
    navigator.clipboard.writeText(curlOf(location.origin, path)).then(
      () => setSaid('Copied'),
      () => setSaid('The clipboard is closed'),
    )
  return (
    <Menu.Root>
      <Menu.Trigger className={buttonClass('quiet')} disabled={make.isPending}>
        <Download size={14} aria-hidden />
        <span aria-live="polite">{make.isPending ? 'Collecting…' : (said ?? 'Export')}</span>
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={6} align="end" className="z-50">
          <Menu.Popup className="pop w-52 rounded-xl bg-surface p-1.5 shadow-float outline-none">
            <Menu.Item className={ITEM} onClick={() => make.mutate('csv')}>
              <Sheet size={14} aria-hidden /> Download CSV
            </Menu.Item>
            <Menu.Item className={ITEM} onClick={() => make.mutate('json')}>
              <Braces size={14} aria-hidden /> Download JSON
            </Menu.Item>
            <Menu.Item className={ITEM} onClick={() => void copy()}>
              <Terminal size={14} aria-hidden /> Copy as API call
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}
