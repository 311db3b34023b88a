import { useQuery } from '@tanstack/react-query'
import { useDeferredValue, useId, useState } from 'react'

import type { Person } from '../../lib/contract.ts'
import { peopleQuery } from '../../lib/queries.ts'
import { Field, inputClass } from '../../ui/Field.tsx'

const SHOWN = 50
const nameOf = ({ name, email }: Person): string => `${name} (${email})`

/** Somebody of the company, by part of a name or an address; the browser lists who fits. */
export function PersonField({
  label,
  person,
  onChange,
}: {
  label: string
  /** The id of who is chosen. */
  person: string | undefined
  onChange: (id: string | undefined) => void
}) {
  const list = useId()
  const [typed, setTyped] = useState<string | null>(null)
  const people = useQuery(peopleQuery('')).data?.people ?? []
  const chosen = people.find(({ id }) => id === person)
  const text = typed ?? (chosen ? nameOf(chosen) : '')
  const q = useDeferredValue(text).toLowerCase()
  const fits = people.filter((one) => nameOf(one).toLowerCase().includes(q)).slice(0, SHOWN)
  const found =
    typed === null ? chosen : people.find((one) => [nameOf(one), one.email].includes(typed.trim()))
  return (
    <Field
      label={label}
      hint={found ? `${found.title}, ${found.level}, ${found.entity_name}` : 'By name or address.'}
      wrong={
        typed !== null && typed !== '' && fits.length === 0 ? 'Nobody here has this name or address.' : null
      }
    >
      {(wired) => (
        <>
          <input
            {...wired}
            data-filter
            list={list}
            autoComplete="off"
            placeholder="Part of a name"
            className={inputClass(wired)}
            value={text}
            onChange={(event) => {
              const next = event.target.value
              setTyped(next)
              const hit = people.find((one) => [nameOf(one), one.email].includes(next.trim()))
              if (hit?.id !== person) onChange(hit?.id)
            }}
          />
          <datalist id={list}>
            {fits.map((one) => (
              <option key={one.id} value={nameOf(one)} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  )
}
