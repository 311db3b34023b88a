import { Dialog } from '@base-ui/react/dialog'
import { useQuery } from '@tanstack/react-query'
import clsx from 'clsx'
import { FileUp, Keyboard, Plus, Ruler, User } from 'lucide-react'
import type { LucideIcon } from 'lucide-react'
import { useDeferredValue, useId, useState } from 'react'
import type { KeyboardEvent } from 'react'

import { useGo } from '../lib/address.ts'
import { findPeopleQuery } from '../lib/queries.ts'
import { mayReadPeople, useSession } from '../lib/viewer.tsx'
import { placesOf } from './nav.ts'

type Item = {
  readonly id: string
  readonly name: string
  readonly detail: string
  readonly icon: LucideIcon
  readonly run: () => void
}

/** ⌘K: pages, actions and, for those who may, people. */
export function Palette({ open, onClose, help }: { open: boolean; onClose: () => void; help: () => void }) {
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fade fixed inset-0 z-40 bg-shade" />
        <Dialog.Popup className="pop fixed top-[max(16px,14vh)] left-1/2 z-50 w-[min(560px,calc(100vw-24px))] -translate-x-1/2 overflow-hidden rounded-2xl bg-surface shadow-float outline-none">
          <Dialog.Title className="sr-only">Search</Dialog.Title>
          <Finder close={onClose} help={help} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Finder({ close, help }: { close: () => void; help: () => void }) {
  const id = useId()
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const items = useItems(text, close, help)
  const current = Math.min(at, items.length - 1)

  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt(Math.min(items.length - 1, current + 1))
    else if (event.key === 'ArrowUp') setAt(Math.max(0, current - 1))
    else if (event.key === 'Enter') items[current]?.run()
    else return
    event.preventDefault()
  }
  return (
    <>
      <input
        autoFocus
        role="combobox"
        aria-label="Search pages, actions and people"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={items[current] && `${id}-${items[current].id}`}
        placeholder="Where to?"
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          setAt(0)
        }}
        onKeyDown={onKey}
        className="h-13 w-full border-b border-line bg-surface px-5 text-lg outline-none placeholder:text-ink-3 focus-visible:outline-none"
      />
      <ul id={`${id}-list`} role="listbox" aria-label="Results" className="max-h-[50dvh] overflow-y-auto p-2">
        {items.map((item, index) => (
          <li
            key={item.id}
            id={`${id}-${item.id}`}
            role="option"
            aria-selected={index === current}
            onClick={item.run}
            onPointerMove={() => setAt(index)}
            className={clsx(
              'flex h-10 cursor-pointer items-center gap-3 rounded-lg px-3 text-base',
              index === current && 'bg-accent-soft',
            )}
          >
            <item.icon size={16} aria-hidden className={index === current ? 'text-accent' : 'text-ink-3'} />
            <span className="min-w-0 flex-1 truncate">{item.name}</span>
            <span className="truncate text-sm text-ink-2">{item.detail}</span>
          </li>
        ))}
      </ul>
      {items.length === 0 && (
        <p role="status" className="px-5 pb-5 text-center text-sm text-ink-2">
          Nothing is called “{text}”.
        </p>
      )}
    </>
  )
}

function useItems(text: string, close: () => void, help: () => void): readonly Item[] {
  const session = useSession()
  const go = useGo()
  const wanted = useDeferredValue(text.trim())
  const people = useQuery({
    ...findPeopleQuery(wanted),
    enabled: mayReadPeople(session) && wanted.length > 0,
    placeholderData: (previous) => previous,
  })
  const open = (href: string) => () => {
    close()
    go(href)
  }
  const fixed: Item[] = [
    ...placesOf(session).map((place) => ({
      id: place.command,
      name: place.name,
      detail: `G ${place.letter}`,
      icon: place.icon,
      run: open(place.href),
    })),
    ...(session.permissions.includes('grant:write')
      ? [
          { id: 'grant', name: 'New grant', detail: 'Grants', icon: Plus, run: open('/grants/new') },
          {
            id: 'bulk',
            name: 'Grants from a file',
            detail: 'Grants',
            icon: FileUp,
            run: open('/grants/bulk'),
          },
        ]
      : []),
    ...(session.permissions.includes('offer:write')
      ? [{ id: 'offer', name: 'New offer', detail: 'Offers', icon: Plus, run: open('/offers/new') }]
      : []),
    ...(session.permissions.includes('offer:read')
      ? [{ id: 'bands', name: 'Bands & budget', detail: 'Offers', icon: Ruler, run: open('/offers/bands') }]
      : []),
    ...(session.permissions.includes('template:write')
      ? [
          {
            id: 'template',
            name: 'New template',
            detail: 'Templates',
            icon: Plus,
            run: open('/templates/new'),
          },
        ]
      : []),
    { id: 'create', name: 'Create a key', detail: 'C', icon: Plus, run: open('/keys?new=1') },
    {
      id: 'help',
      name: 'Keyboard shortcuts',
      detail: '?',
      icon: Keyboard,
      run: () => {
        close()
        help()
      },
    },
  ]
  // What stands here already follows each letter at once: Enter must never run what an earlier letter had found.
  const needle = text.trim().toLowerCase()
  const found = fixed.filter((item) => item.name.toLowerCase().includes(needle))
  if (!needle) return found
  const persons = (people.data?.people ?? []).slice(0, 8).map((person) => ({
    id: person.id,
    name: person.name,
    detail: person.title || person.email,
    icon: User,
    run: open(`/people/${person.id}`),
  }))
  return [...found, ...persons]
}
