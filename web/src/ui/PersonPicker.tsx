import { useQuery } from '@tanstack/react-query'
import clsx from 'clsx'
import { X } from 'lucide-react'
import { useDeferredValue, useId, useState } from 'react'
import type { KeyboardEvent } from 'react'

import type { Person } from '../lib/contract.ts'
import { findPeopleQuery } from '../lib/queries.ts'
import { Field, inputClass } from './Field.tsx'

export type Picked = Pick<Person, 'id' | 'name' | 'email'>

/** Finds one person by name or email: type, arrows, Enter. */
export function PersonPicker({
  label,
  param,
  picked,
  onPick,
}: {
  label: string
  param?: string
  picked: Picked | null
  onPick: (person: Picked | null) => void
}) {
  return picked ? (
    <div className="flex flex-col gap-1 text-sm">
      <span className="font-medium">{label}</span>
      <div className="flex h-9 items-center justify-between gap-2 rounded-lg bg-sunken pr-1 pl-2.5">
        <span className="min-w-0 truncate">
          <span className="font-medium">{picked.name}</span>{' '}
          <span className="text-ink-2">{picked.email}</span>
        </span>
        <button
          type="button"
          aria-label={`Choose somebody else than ${picked.name}`}
          onClick={() => onPick(null)}
          className="flex size-7 shrink-0 items-center justify-center rounded-md text-ink-2 hover:text-ink"
        >
          <X size={14} aria-hidden />
        </button>
      </div>
    </div>
  ) : (
    <Finder label={label} {...(param !== undefined && { param })} onPick={onPick} />
  )
}

function Finder({
  label,
  param,
  onPick,
}: {
  label: string
  param?: string
  onPick: (person: Picked) => void
}) {
  const id = useId()
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const wanted = useDeferredValue(text.trim())
  const { data } = useQuery({
    ...findPeopleQuery(wanted),
    enabled: wanted !== '',
    placeholderData: (previous) => previous,
  })
  // Enter must never take what an earlier letter had found.
  const needle = text.trim().toLowerCase()
  const people =
    needle === ''
      ? []
      : (data?.people ?? []).filter(({ name, email }) => `${name} ${email}`.toLowerCase().includes(needle))
  const current = Math.min(at, people.length - 1)
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') setAt(Math.min(people.length - 1, current + 1))
    else if (event.key === 'ArrowUp') setAt(Math.max(0, current - 1))
    else if (event.key === 'Enter') {
      const person = people[current]
      if (person) onPick(person)
    } else if (event.key === 'Escape' && text !== '') setText('')
    else return
    event.preventDefault()
  }
  return (
    <Field label={label} param={param}>
      {(wired) => (
        <div className="relative">
          <input
            {...wired}
            data-focus
            role="combobox"
            aria-expanded={people.length > 0}
            aria-controls={`${id}-list`}
            aria-activedescendant={people[current] && `${id}-${people[current].id}`}
            autoComplete="off"
            className={inputClass(wired)}
            placeholder="Name or email"
            value={text}
            onChange={(event) => {
              setText(event.target.value)
              setAt(0)
            }}
            onKeyDown={onKey}
          />
          <ul
            id={`${id}-list`}
            role="listbox"
            aria-label="People"
            className={clsx(
              'absolute top-10 right-0 left-0 z-20 max-h-64 overflow-y-auto rounded-xl bg-surface p-1.5 shadow-float',
              people.length === 0 && 'hidden',
            )}
          >
            {people.map((person, index) => (
              <li
                key={person.id}
                id={`${id}-${person.id}`}
                role="option"
                aria-selected={index === current}
                onPointerMove={() => setAt(index)}
                onPointerDown={(event) => {
                  event.preventDefault()
                  onPick(person)
                }}
                className={clsx(
                  'flex min-h-9 cursor-pointer items-center justify-between gap-3 rounded-lg px-2.5',
                  index === current && 'bg-accent-soft',
                )}
              >
                <span className="truncate font-medium">{person.name}</span>
                <span className="truncate text-ink-2">{person.email}</span>
              </li>
            ))}
          </ul>
          {needle !== '' && data && people.length === 0 && wanted === text.trim() && (
            <p role="status" className="mt-1 text-ink-2">
              Nobody is called “{text.trim()}”.
            </p>
          )}
        </div>
      )}
    </Field>
  )
}
