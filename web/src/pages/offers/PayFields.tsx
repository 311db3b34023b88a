import { useId } from 'react'

import { SelectField, TextField } from '../../ui/Field.tsx'
import { isDollars } from './ask.ts'
import { Options } from './CandidateFields.tsx'
import type { FieldsProps } from './CandidateFields.tsx'
import type { OfferDraft } from './draft.ts'

const BONUS = [
  { value: 'share', text: 'A share of salary' },
  { value: 'amount', text: 'An amount' },
  { value: 'none', text: 'None' },
] as const

/** What is paid in money, in the currency of the offer. */
export function PayFields({ draft, change, currencies }: FieldsProps & { currencies: readonly string[] }) {
  const id = useId()
  const { bonus, currency } = draft
  const setBonus = (part: Partial<OfferDraft['bonus']>): void => change({ bonus: { ...bonus, ...part } })
  return (
    <div className="flex flex-col gap-4">
      <div className="grid grid-cols-2 gap-4 sm:grid-cols-3">
        <TextField
          label="Currency"
          param="pay.currency"
          list={`${id}-currencies`}
          maxLength={3}
          value={currency}
          onChange={(next) => change({ currency: next.toUpperCase() })}
        />
        <TextField
          label="Salary of a year"
          param="pay.salary"
          type="decimal"
          unit={currency}
          placeholder="180,000"
          value={draft.salary}
          onChange={(salary) => change({ salary })}
        />
        <TextField
          label="Signing bonus"
          param="pay.signing"
          type="decimal"
          unit={currency}
          placeholder="None"
          value={draft.signing}
          onChange={(signing) => change({ signing })}
          className="max-sm:col-span-2"
        />
      </div>
      {!isDollars(currency) && <RateFields draft={draft} change={change} />}
      <div className="grid grid-cols-2 gap-4 sm:grid-cols-3">
        <SelectField
          label="Bonus of a year"
          param="pay.bonus.kind"
          value={bonus.kind}
          options={BONUS}
          onChange={(kind) => setBonus({ kind })}
        />
        {bonus.kind === 'share' && (
          <TextField
            label="At target"
            param="pay.bonus.share"
            type="decimal"
            unit="%"
            placeholder="None"
            value={bonus.percent}
            onChange={(percent) => setBonus({ percent })}
          />
        )}
        {bonus.kind === 'amount' && (
          <TextField
            label="At target"
            param="pay.bonus.amount"
            type="decimal"
            unit={currency}
            placeholder="None"
            value={bonus.amount}
            onChange={(amount) => setBonus({ amount })}
          />
        )}
      </div>
      <Options id={`${id}-currencies`} values={currencies} />
    </div>
  )
}

/** Compute is priced in dollars: one rate, with who said so, stands in the offer. */
function RateFields({ draft: { rate, currency }, change }: FieldsProps) {
  const set = (part: Partial<OfferDraft['rate']>): void => change({ rate: { ...rate, ...part } })
  return (
    <div className="grid gap-4 rounded-xl bg-sunken p-3 sm:grid-cols-3">
      <TextField
        label={`1 ${currency || 'unit'} is`}
        param="pay.rate.usd"
        type="decimal"
        unit="USD"
        placeholder="1.08"
        value={rate.usd}
        onChange={(usd) => set({ usd })}
      />
      <TextField
        label="As said by"
        param="pay.rate.source"
        placeholder="ECB reference rate"
        value={rate.source}
        onChange={(source) => set({ source })}
      />
      <TextField type="date" label="On" param="pay.rate.on" value={rate.on} onChange={(on) => set({ on })} />
    </div>
  )
}
