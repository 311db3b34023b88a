import { Trash2 } from 'lucide-react'
import { useState } from 'react'

import { TIERS } from '../../lib/base.ts'
import type { ComputeItem, ComputeKind, SideAsk } from '../../lib/contract/compare.ts'
import { Button } from '../../ui/Button.tsx'
import { Group, SelectField, TextField } from '../../ui/Field.tsx'
import { FRESH, KIND_WORDS, plainNumber, STANDING_WORDS } from './asked.ts'
import type { SetPath } from './OfferCard.tsx'

const MOST = 20
const KINDS = (Object.keys(KIND_WORDS) as ComputeKind[]).map((value) => ({
  value,
  text: KIND_WORDS[value].name,
}))
const STANDINGS = (['right', 'cap', 'best_effort'] as const).map((value) => ({
  value,
  text: STANDING_WORDS[value],
}))
const PERS = [
  { value: 'all', text: 'in all' },
  { value: 'year', text: 'a year' },
  { value: 'month', text: 'a month' },
] as const
const USUAL_PER = {
  usd: 'year',
  gpu_hours: 'all',
  exaflop_days: 'all',
  seats: 'month',
  tokens: 'year',
} as const

/** Everything that is promised of compute, one below the other. */
export function ComputeFields({
  offer,
  at,
  set,
  onChange,
}: {
  offer: SideAsk
  at: string
  set: SetPath
  onChange: (offer: SideAsk) => void
}) {
  const [kind, setKind] = useState<ComputeKind>('shared')
  const items = offer.compute ?? []
  return (
    <Group
      title="Compute"
      says={items.length === 0 ? 'none' : items.length === 1 ? 'one promise' : `${items.length} promises`}
      prefix={`${at}.compute`}
      open
    >
      {items.map((item, index) => (
        <Item
          key={index}
          item={item}
          n={index + 1}
          at={`${at}.compute.${index}`}
          set={set}
          onRemove={() => onChange({ ...offer, compute: items.filter((_, other) => other !== index) })}
        />
      ))}
      <div className="flex flex-wrap items-end gap-3">
        <SelectField label="Add" className="min-w-56" value={kind} options={KINDS} onChange={setKind} />
        <Button
          disabled={items.length >= MOST}
          onClick={() => onChange({ ...offer, compute: [...items, FRESH[kind]] })}
        >
          Add it
        </Button>
      </div>
    </Group>
  )
}

function Item({
  item,
  n,
  at,
  set,
  onRemove,
}: {
  item: ComputeItem
  n: number
  at: string
  set: SetPath
  onRemove: () => void
}) {
  const { kind } = item
  const onHardware = kind === 'gpu_hours' || kind === 'shared' || kind === 'nodes'
  const number = (
    field: 'quantity' | 'people' | 'weight' | 'available' | 'gpus_per_node' | 'price',
    label: string,
    placeholder?: string,
  ) => (
    <TextField
      label={label}
      param={`${at}.${field}`}
      type="decimal"
      value={item[field] ?? ''}
      {...(placeholder === undefined ? {} : { placeholder })}
      onChange={(text) =>
        set(`${at}.${field}`, field === 'quantity' ? (plainNumber(text) ?? '') : plainNumber(text))
      }
    />
  )
  const standing = item.standing ?? (kind === 'shared' ? 'best_effort' : 'right')
  return (
    <fieldset className="min-w-0 rounded-lg border border-line px-3 pt-1 pb-3">
      <legend className="px-1 text-sm font-medium">
        {n}. {item.name ?? KIND_WORDS[kind].name}
      </legend>
      <div className="grid grid-cols-2 gap-3">
        {number('quantity', KIND_WORDS[kind].quantity)}
        {kind !== 'shared' && kind !== 'nodes' && (
          <SelectField
            label="How often"
            param={`${at}.per`}
            value={item.per ?? USUAL_PER[kind]}
            options={PERS}
            onChange={(per) => set(`${at}.per`, per)}
          />
        )}
        {kind === 'shared' && number('people', 'Shared by so many people')}
        {kind === 'shared' && number('available', 'There for them, of it', '0.9')}
        {kind === 'shared' && number('weight', 'Your part, of an even one', '1')}
        {kind === 'nodes' && number('gpus_per_node', 'GPUs of a node', '8')}
        {(kind === 'seats' || kind === 'tokens') &&
          number(
            'price',
            kind === 'seats' ? 'Dollars a seat and month' : 'Dollars a million',
            kind === 'tokens' ? '11.25' : undefined,
          )}
        {onHardware && (
          <TextField
            label="Accelerator"
            param={`${at}.accelerator`}
            value={item.accelerator ?? 'H100-SXM'}
            maxLength={40}
            onChange={(text) => set(`${at}.accelerator`, text || undefined)}
          />
        )}
        {onHardware && (
          <SelectField
            label="Tier"
            param={`${at}.tier`}
            value={TIERS.find((tier) => tier === item.tier) ?? 'guaranteed'}
            options={TIERS.map((value) => ({ value, text: value }))}
            onChange={(tier) => set(`${at}.tier`, tier)}
          />
        )}
        <SelectField
          label="It is"
          param={`${at}.standing`}
          value={standing}
          options={STANDINGS}
          onChange={(value) => set(`${at}.standing`, value)}
        />
      </div>
      <Button look="quiet" className="mt-2 -ml-3" onClick={onRemove}>
        <Trash2 size={14} aria-hidden /> Take it out
      </Button>
    </fieldset>
  )
}
