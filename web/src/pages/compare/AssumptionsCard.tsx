import type { AssumedNumber, ComparedOffers } from '../../lib/contract/compare.ts'
import { nano, usd } from '../../lib/money.ts'
import { Card } from '../../ui/Card.tsx'
import { SelectField, TextField } from '../../ui/Field.tsx'
import { plainNumber } from './asked.ts'
import type { SetPath } from './OfferCard.tsx'

const BASES = [
  { value: 'replacement', text: 'replacement: what another would cost' },
  { value: 'list', text: 'list: what is posted' },
  { value: 'index', text: 'index: what an index says' },
  { value: 'cost', text: 'cost: what owning costs' },
] as const
const SEEN = /^(salary|bonus|bonus_amount|signing|quantity|value|units|price|strike|rate|\d+)$/

/** Everything that was assumed, with its bounds and where it comes from. Each can be told anew, here or for one offer alone. */
export function AssumptionsCard({ found, set }: { found: ComparedOffers; set: SetPath }) {
  const common = found.numbers.filter(({ offer }) => offer === null)
  return (
    <Card
      title="Everything that is assumed"
      note="Change any of it: the figures follow. What is empty is as usual. Nothing else goes in."
    >
      <div className="max-w-sm print:hidden">
        <SelectField
          label="Prices of hours"
          param="assumptions.basis"
          value={BASES.find(({ value }) => value === found.basis)?.value ?? 'replacement'}
          options={BASES}
          onChange={(basis) => set('assumptions.basis', basis)}
        />
      </div>
      <Numbers title="For all offers" numbers={common} set={set} open />
      {found.offers.map(({ name }, index) => (
        <Numbers
          key={index}
          title={name}
          numbers={found.numbers.filter((one) => one.offer === index && !SEEN.test(one.name))}
          set={set}
          items={found.offers[index]!.items.map((item) => item.name)}
        />
      ))}
      <ul className="mt-4 flex flex-col gap-1 border-t border-line pt-3 text-xs text-pretty text-ink-2">
        {found.marks.map(({ accelerator, tier, hour, source, stale_days: old, hash }) => (
          <li key={hash} className="break-words">
            An hour of {accelerator}, {tier.replace('_', ' ')}:{' '}
            <span className="num text-ink">{usd(nano(hour))}</span>, {old} days old, from {source} (mark{' '}
            <code>{hash.slice(0, 12)}</code>).
          </li>
        ))}
        {found.notes.map((note) => (
          <li key={note}>{note[0]!.toUpperCase() + note.slice(1)}.</li>
        ))}
        <li>{found.paths.toLocaleString('en-US')} paths of prices and shares, the same for every offer.</li>
      </ul>
    </Card>
  )
}

/** "compute.1.used" of the second promise, in words. */
function partOf({ path }: AssumedNumber, items: readonly string[]): string | null {
  const match = /^offers\.\d+\.(compute\.(\d+)|equity)\./.exec(path)
  if (!match) return null
  return match[2] === undefined ? 'Shares' : (items[Number(match[2])] ?? null)
}

function Numbers({
  title,
  numbers,
  set,
  items = [],
  open = false,
}: {
  title: string
  numbers: readonly AssumedNumber[]
  set: SetPath
  items?: readonly string[]
  open?: boolean
}) {
  if (numbers.length === 0) return null
  return (
    <details open={open || undefined} className="assumed mt-4 border-t border-line pt-2">
      <summary className="cursor-pointer py-1.5 text-sm font-semibold">
        {title} <span className="font-normal text-ink-2">({numbers.length})</span>
      </summary>
      <ul className="mt-1 grid gap-x-8 gap-y-3 sm:grid-cols-2">
        {numbers.map((one) => (
          <li key={one.path} className="grid grid-cols-[minmax(0,1fr)_104px] items-start gap-3 text-sm">
            <span className="min-w-0">
              <span className="text-pretty">
                {partOf(one, items) && <span className="text-ink-2">{partOf(one, items)}: </span>}
                {one.says}
              </span>
              <span className="block text-xs text-pretty text-ink-3">
                {one.least} to {one.most} · {one.given ? 'as you say' : one.source}
              </span>
            </span>
            <TextField
              bare
              label={`${partOf(one, items) ?? title}: ${one.says}`}
              param={one.path}
              type="decimal"
              value={one.given ? one.value : ''}
              placeholder={one.value}
              onChange={(text) => set(one.path, plainNumber(text))}
            />
          </li>
        ))}
      </ul>
    </details>
  )
}
