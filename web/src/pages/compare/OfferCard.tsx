import { Trash2 } from 'lucide-react'

import type { EquityItem, SideAsk } from '../../lib/contract/compare.ts'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { Group, SelectField, TextField } from '../../ui/Field.tsx'
import { plainNumber } from './asked.ts'
import { ComputeFields } from './ComputeFields.tsx'

export type SetPath = (path: string, value: string | undefined) => void

/** One offer, as it is typed. */
export function OfferCard({
  offer,
  index,
  set,
  onChange,
  onRemove,
}: {
  offer: SideAsk
  index: number
  set: SetPath
  onChange: (offer: SideAsk) => void
  onRemove: (() => void) | null
}) {
  const at = `offers.${index}`
  const number = (
    field: 'salary' | 'bonus' | 'bonus_amount' | 'signing' | 'rate',
    label: string,
    placeholder?: string,
  ) => (
    <TextField
      label={label}
      param={`${at}.${field}`}
      type="decimal"
      value={offer[field] ?? ''}
      {...(placeholder === undefined ? {} : { placeholder })}
      onChange={(text) => set(`${at}.${field}`, plainNumber(text))}
    />
  )
  const { currency = 'USD' } = offer
  return (
    <Card
      title={offer.name || `Offer ${index + 1}`}
      actions={
        onRemove && (
          <Button look="quiet" onClick={onRemove}>
            <Trash2 size={14} aria-hidden /> Remove
          </Button>
        )
      }
    >
      <div className="grid grid-cols-2 gap-4">
        <TextField
          label="Whose offer"
          param={`${at}.name`}
          value={offer.name}
          maxLength={80}
          onChange={(name) => onChange({ ...offer, name })}
        />
        <TextField
          label="Currency"
          param={`${at}.currency`}
          value={currency}
          maxLength={3}
          onChange={(text) => set(`${at}.currency`, text.toUpperCase() || undefined)}
        />
        {currency !== 'USD' && number('rate', `Dollars for one ${currency}`)}
        {number('salary', 'Salary a year')}
        {offer.bonus_amount === undefined
          ? number('bonus', 'Bonus, of the salary', '0.15')
          : number('bonus_amount', 'Bonus a year')}
        {number('signing', 'Signing bonus')}
      </div>
      <div className="mt-4">
        <EquityFields
          equity={offer.equity ?? null}
          at={`${at}.equity`}
          set={set}
          onChange={(equity) => onChange({ ...offer, equity })}
        />
        <ComputeFields offer={offer} at={at} set={set} onChange={onChange} />
      </div>
    </Card>
  )
}

const YEARS = [0, 1, 2, 3] as const
const KINDS = [
  { value: 'none', text: 'None' },
  { value: 'rsu', text: 'Shares (RSUs)' },
  { value: 'option', text: 'Options' },
] as const

function EquityFields({
  equity,
  at,
  set,
  onChange,
}: {
  equity: EquityItem | null
  at: string
  set: SetPath
  onChange: (equity: EquityItem | null) => void
}) {
  const number = (
    field: 'value' | 'units' | 'price' | 'strike' | 'term' | 'volatility' | 'cliff_months',
    label: string,
    placeholder?: string,
  ) => (
    <TextField
      label={label}
      param={`${at}.${field}`}
      type="decimal"
      value={equity?.[field] ?? ''}
      {...(placeholder === undefined ? {} : { placeholder })}
      onChange={(text) => set(`${at}.${field}`, plainNumber(text))}
    />
  )
  const byUnits = equity?.kind === 'option' || equity?.units !== undefined
  return (
    <Group
      title="Shares"
      says={equity === null ? 'none' : equity.kind === 'rsu' ? 'RSUs' : 'options'}
      prefix={at}
      open={equity !== null}
    >
      <SelectField
        label="Kind"
        value={equity?.kind ?? 'none'}
        options={KINDS}
        onChange={(kind) =>
          onChange(
            kind === 'none'
              ? null
              : kind === 'rsu'
                ? { kind, value: '100000' }
                : { kind, units: '10000', price: '10', strike: '5' },
          )
        }
      />
      {equity && (
        <>
          <div className="grid grid-cols-2 gap-4">
            {!byUnits && number('value', 'Worth of all of them')}
            {byUnits && number('units', equity.kind === 'option' ? 'Options' : 'Shares')}
            {byUnits && number('price', 'Price of a share')}
            {equity.kind === 'option' && number('strike', 'Strike price')}
            {equity.kind === 'option' && number('term', 'Years they can be held', '10')}
            {number('volatility', 'Moves in a year', '0.5')}
            {number('cliff_months', 'Cliff, months', '0')}
          </div>
          <fieldset>
            <legend className="mb-1 text-sm font-medium">What vests in each year, of all</legend>
            <div className="grid grid-cols-4 gap-2">
              {YEARS.map((year) => (
                <TextField
                  key={year}
                  label={`Year ${year + 1}`}
                  param={`${at}.years.${year}`}
                  type="decimal"
                  value={equity.years?.[year] ?? (equity.years ? '' : '0.25')}
                  onChange={(text) =>
                    onChange({
                      ...equity,
                      years: YEARS.map((one) =>
                        one === year
                          ? (plainNumber(text) ?? '0')
                          : (equity.years?.[one] ?? (equity.years ? '0' : '0.25')),
                      ),
                    })
                  }
                />
              ))}
            </div>
          </fieldset>
        </>
      )}
    </Group>
  )
}
