import { Plus, X } from 'lucide-react'

import type { DateText } from '../../lib/base.ts'
import { Button } from '../../ui/Button.tsx'
import { SelectField, TextField } from '../../ui/Field.tsx'
import { replaced } from '../templates/change.ts'
import type { FieldsProps } from './CandidateFields.tsx'
import { EQUITY } from './draft.ts'
import type { EquityDraft } from './draft.ts'

const KINDS = [
  { value: 'rsu', text: 'Shares (RSUs)' },
  { value: 'option', text: 'Options' },
] as const

/** Usual ways in which shares vest over years; any other can be typed. */
const SHAPES = [
  { text: 'Even', years: ['25', '25', '25', '25'] },
  { text: 'Late', years: ['5', '15', '40', '40'] },
  { text: 'Early', years: ['40', '30', '20', '10'] },
] as const

/** Shares of the company at a price that somebody said, vesting by year. */
export function EquityFields({ draft, change, today }: FieldsProps & { today: DateText }) {
  const { equity, currency } = draft
  if (equity === null)
    return (
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-sm text-ink-2">No shares or options.</p>
        <Button onClick={() => change({ equity: EQUITY(today) })}>
          <Plus size={14} aria-hidden /> Add equity
        </Button>
      </div>
    )
  const set = (part: Partial<EquityDraft>): void => change({ equity: { ...equity, ...part } })
  const option = equity.kind === 'option'
  return (
    <div className="flex flex-col gap-4">
      <div className="grid grid-cols-2 gap-4 sm:grid-cols-3">
        <SelectField
          label="Kind"
          param="pay.equity.kind"
          value={equity.kind}
          options={KINDS}
          onChange={(kind) => set({ kind })}
        />
        <TextField
          label="How many"
          param="pay.equity.units"
          type="number"
          placeholder="12,000"
          value={equity.units}
          onChange={(units) => set({ units })}
        />
        <TextField
          label="Price of a share"
          param="pay.equity.price"
          type="decimal"
          unit={currency}
          placeholder="8.50"
          value={equity.price}
          onChange={(price) => set({ price })}
        />
        {option && (
          <TextField
            label="Strike"
            param="pay.equity.strike"
            type="decimal"
            unit={currency}
            placeholder="2.10"
            value={equity.strike}
            onChange={(strike) => set({ strike })}
          />
        )}
        {option && (
          <TextField
            label="Moves in a year"
            param="pay.equity.volatility"
            type="decimal"
            unit="%"
            value={equity.volatility}
            onChange={(volatility) => set({ volatility })}
          />
        )}
        {option && (
          <TextField
            label="Held for"
            param="pay.equity.term_years"
            type="decimal"
            unit="years"
            value={equity.termYears}
            onChange={(termYears) => set({ termYears })}
          />
        )}
      </div>
      <div className="grid gap-4 sm:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <TextField
          label="Who says the price"
          param="pay.equity.source"
          placeholder="Appraisal of the board"
          value={equity.source}
          onChange={(source) => set({ source })}
        />
        <TextField
          label="As of"
          param="pay.equity.as_of"
          type="date"
          value={equity.asOf}
          onChange={(asOf) => set({ asOf })}
        />
      </div>
      <VestingYears years={equity.years} set={(years) => set({ years })} />
      <div className="flex justify-end">
        <Button look="quiet" onClick={() => change({ equity: null })}>
          <X size={14} aria-hidden /> No equity
        </Button>
      </div>
    </div>
  )
}

function VestingYears({ years, set }: { years: readonly string[]; set: (years: readonly string[]) => void }) {
  return (
    <fieldset className="flex min-w-0 flex-col gap-2 text-sm">
      <legend className="mb-1 font-medium">Vests in each year</legend>
      <div className="grid grid-cols-2 gap-3 sm:grid-cols-4">
        {years.map((percent, at) => (
          <TextField
            // Years are told by their place alone.
            key={at}
            bare
            label={`Year ${at + 1}`}
            param={`pay.equity.years.${at}`}
            type="decimal"
            unit={`% in year ${at + 1}`}
            value={percent}
            onChange={(text) => set(replaced(years, at, text))}
          />
        ))}
      </div>
      <div className="flex flex-wrap gap-2">
        {SHAPES.map((shape) => (
          <Button key={shape.text} look="quiet" onClick={() => set(shape.years)}>
            {shape.text}
          </Button>
        ))}
        {years.length < 6 && (
          <Button look="quiet" onClick={() => set([...years, '0'])}>
            One more year
          </Button>
        )}
        {years.length > 1 && (
          <Button look="quiet" onClick={() => set(years.slice(0, -1))}>
            One less
          </Button>
        )}
      </div>
    </fieldset>
  )
}
