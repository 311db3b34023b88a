import { useQuery } from '@tanstack/react-query'

import { useAddress, useSetSearch } from '../../lib/address.ts'
import type { UsageBy } from '../../lib/contract.ts'
import { CALL_FILTERS } from '../../lib/links.ts'
import { usageQuery } from '../../lib/queries.ts'
import { useSubject } from '../../lib/viewer.tsx'
import { titled } from '../../lib/words.ts'
import { Button } from '../../ui/Button.tsx'
import { Chip, Choice, Day } from '../entries/Filters.tsx'
import { hourWords } from './period.ts'
import type { View } from './period.ts'

const PURPOSES = ['work', 'learning', 'personal', 'open_source']
const STATUSES = ['ok', 'cancelled', 'failed', 'lapsed']
/** Those that are chosen in the breakdown and shown as chips. */
const CHIPS = ['class', 'door', 'provider', 'upstream'] as const

/** One row narrows the whole page; the address carries it. */
export function Filters({ view }: { view: View }) {
  const { search } = useAddress()
  const setSearch = useSetSearch()
  const { filter } = view
  const models = useOptions(view, 'model', filter.model)
  const keys = useOptions(view, 'key', filter.key)
  const set = (name: string) => (value: string) => setSearch({ [name]: value || undefined }, 'replace')
  const setDay = (name: 'from' | 'to') => (value: string) =>
    setSearch(
      {
        from: view.day === null ? view.from : search.from,
        to: view.day === null ? view.to : search.to,
        [name]: value || undefined,
        days: undefined,
        day: undefined,
        hour: undefined,
      },
      'replace',
    )
  const clear = () =>
    setSearch({ ...Object.fromEntries(CALL_FILTERS.map((name) => [name, undefined])), hour: undefined })
  return (
    <div role="group" aria-label="Filters" className="flex flex-wrap items-end gap-2 print:hidden">
      <Choice name="Model" first value={filter.model} all="All models" set={set('model')}>
        {models.map(({ value, name }) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </Choice>
      <Choice name="Key" value={filter.key} all="All keys" set={set('key')}>
        {keys.map(({ value, name }) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </Choice>
      <Choice name="Purpose" value={filter.purpose} all="All purposes" set={set('purpose')}>
        {PURPOSES.map((purpose) => (
          <option key={purpose} value={purpose}>
            {titled(purpose)}
          </option>
        ))}
      </Choice>
      <Choice name="Status" value={filter.status} all="Any status" set={set('status')}>
        {STATUSES.map((status) => (
          <option key={status} value={status}>
            {titled(status)}
          </option>
        ))}
      </Choice>
      <Day name="From" value={view.from} set={setDay('from')} />
      <Day name="To" value={view.to} set={setDay('to')} />
      {CHIPS.map((name) => {
        const value = filter[name]
        return value && <Chip key={name} name={`${name} ${value}`} drop={() => set(name)('')} />
      })}
      {view.hour !== null && (
        <Chip name={`${hourWords(view.hour)} UTC`} drop={() => setSearch({ hour: undefined })} />
      )}
      {(view.hour !== null || CALL_FILTERS.some((name) => filter[name])) && (
        <Button look="quiet" onClick={clear}>
          Clear
        </Button>
      )}
    </div>
  )
}

type Option = { readonly value: string; readonly name: string }

/** What there is to choose in this time; a choice that a link brought along is offered even when nothing met it. */
function useOptions(view: View, by: UsageBy, chosen: string | undefined): readonly Option[] {
  const { id } = useSubject()
  const { from, to, step } = view
  const groups =
    useQuery({ ...usageQuery(id, { from, to, step, by }), placeholderData: (last) => last }).data?.groups ??
    []
  const options = groups.flatMap(({ value, name }) => (value === null ? [] : [{ value, name }]))
  if (chosen === undefined || options.some(({ value }) => value === chosen)) return options
  return [...options, { value: chosen, name: chosen }]
}
