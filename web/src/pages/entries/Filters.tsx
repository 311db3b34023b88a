import { useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import type { ReactNode } from 'react'

import { useSetSearch } from '../../lib/address.ts'
import { quantityName } from '../../lib/base.ts'
import type { Asset } from '../../lib/base.ts'
import { CALL_FILTERS, FILTERS } from '../../lib/links.ts'
import type { EntryFilter } from '../../lib/links.ts'
import { grantsQuery } from '../../lib/queries.ts'
import { useSubject } from '../../lib/viewer.tsx'
import { walletsQuery } from '../../lib/wallets.ts'
import { ACCOUNTS, shortId, titled } from '../../lib/words.ts'
import { Button } from '../../ui/Button.tsx'

const KINDS = [
  'granted',
  'vested',
  'hold',
  'settle',
  'release',
  'lapse',
  'absorb',
  'expire',
  'forfeit',
  'revoke',
  'adjust',
  'carry',
  'convert',
]

/** The filters are the address: what is chosen here can be sent to a colleague. */
export function Filters({ filter }: { filter: EntryFilter }) {
  const setSearch = useSetSearch()
  const { id } = useSubject()
  const grants = useQuery(grantsQuery(id)).data?.grants ?? []
  const asset = filter.asset ?? 'USD'
  const offered = grants.filter((grant) => grant.asset === asset)
  const known = useQuery(walletsQuery(id)).data?.wallets.map((wallet) => wallet.asset) ?? []
  // What the address asks for can be chosen, also before the wallets are known.
  const assets = [...new Set<Asset>(['USD', ...known, asset])]
  // A lot, a call and a grant are of one wallet only.
  const changeWallet = (value: string) =>
    setSearch({ asset: value || undefined, grant: undefined, lot: undefined, call: undefined }, 'replace')
  const set = (name: keyof EntryFilter) => (value: string) =>
    setSearch({ [name]: value || undefined }, 'replace')
  const clear = () => setSearch(Object.fromEntries(FILTERS.map((name) => [name, undefined])))
  return (
    <div role="group" aria-label="Filters" className="flex flex-wrap items-end gap-2 print:hidden">
      {assets.length > 1 && (
        <Choice name="Wallet" value={filter.asset} all="Dollars" set={changeWallet}>
          {assets
            .filter((one) => one !== 'USD')
            .map((one) => (
              <option key={one} value={one}>
                {capital(quantityName(one))}
              </option>
            ))}
        </Choice>
      )}
      <Choice name="Account" first value={filter.account} all="All accounts" set={set('account')}>
        {ACCOUNTS.map((account) => (
          <option key={account} value={account}>
            {titled(account)}
          </option>
        ))}
      </Choice>
      <Choice name="Kind" value={filter.kind} all="All kinds" set={set('kind')}>
        {KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {titled(kind)}
          </option>
        ))}
      </Choice>
      <Choice name="Grant" value={filter.grant} all="All grants" set={set('grant')}>
        {offered.map((grant) => (
          <option key={grant.id} value={grant.id}>
            {grant.name}
          </option>
        ))}
      </Choice>
      <Day name="From" value={filter.from} set={set('from')} />
      <Day name="To" value={filter.to} set={set('to')} />
      {filter.lot && <Chip name={`lot ${shortId(filter.lot)}`} drop={() => set('lot')('')} />}
      {filter.call && <Chip name={`call ${shortId(filter.call)}`} drop={() => set('call')('')} />}
      {filter.hour && (
        <Chip name={`hour ${filter.hour.replace('T', ', ')}:00 UTC`} drop={() => set('hour')('')} />
      )}
      {CALL_FILTERS.map((name) => {
        const value = filter[name]
        return (
          value && (
            <Chip
              key={name}
              name={`${name} ${name === 'key' && value !== 'none' ? shortId(value) : value}`}
              drop={() => set(name)('')}
            />
          )
        )
      })}
      {FILTERS.some((name) => filter[name]) && (
        <Button look="quiet" onClick={clear}>
          Clear
        </Button>
      )}
    </div>
  )
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

type Field = {
  readonly name: string
  readonly value: string | undefined
  readonly set: (value: string) => void
}

export const Choice = ({
  name,
  value,
  all,
  set,
  first = false,
  children,
}: Field & { all: string; first?: boolean; children: ReactNode }) => (
  <label className="flex min-w-0 flex-[1_1_40%] flex-col gap-0.5 text-xs text-ink-2 sm:flex-none">
    {name}
    <select
      className="field w-full min-w-0 sm:min-w-32"
      data-filter={first || undefined}
      value={value ?? ''}
      onChange={(event) => set(event.target.value)}
    >
      <option value="">{all}</option>
      {children}
    </select>
  </label>
)

export const Day = ({ name, value, set }: Field) => (
  <label className="flex min-w-0 flex-[1_1_40%] flex-col gap-0.5 text-xs text-ink-2 sm:flex-none">
    {name} (UTC)
    <input
      type="date"
      className="field num"
      value={value ?? ''}
      onChange={(event) => set(event.target.value)}
    />
  </label>
)

export const Chip = ({ name, drop }: { name: string; drop: () => void }) => (
  <span className="inline-flex h-8 items-center gap-1 rounded-lg bg-accent-soft pr-1 pl-3 text-sm font-medium text-accent">
    {name}
    <button
      type="button"
      aria-label={`Remove ${name}`}
      onClick={drop}
      className="flex size-6 items-center justify-center rounded-md hover:bg-surface"
    >
      <X size={13} aria-hidden />
    </button>
  </span>
)
