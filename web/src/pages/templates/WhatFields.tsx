import { useQuery } from '@tanstack/react-query'
import { Plus, X } from 'lucide-react'
import { useId } from 'react'

import { DENOMINATIONS, TIERS } from '../../lib/base.ts'
import type { Asset, Denomination, Tier } from '../../lib/base.ts'
import { acceleratorsQuery } from '../../lib/templates.ts'
import { titled } from '../../lib/words.ts'
import { Button } from '../../ui/Button.tsx'
import { SelectField, TextField } from '../../ui/Field.tsx'
import type { Option } from '../../ui/Field.tsx'
import { QuantityField } from '../../ui/QuantityField.tsx'
import { replaced, without } from './change.ts'
import type { Draft, FormulaDraft } from './draft.ts'

type Props = {
  readonly draft: Draft
  readonly asset: Asset | null
  readonly change: (part: Partial<Draft>) => void
}

const COUNTS: Readonly<Record<Denomination, string>> = {
  usd: 'Dollars of model use',
  seat_month: 'Months of a seat',
  gpu_hour: 'GPU-hours',
  node_hour: 'Node-hours',
  exaflop_day: 'exaFLOP-days',
  token: 'Tokens of a class of models',
}
const UNITS: readonly Option<Denomination>[] = DENOMINATIONS.map((value) => ({ value, text: COUNTS[value] }))
const TIER_OPTIONS: readonly Option<Tier>[] = TIERS.map((value) => ({ value, text: titled(value) }))

/** What is granted, and how much of it. */
export function WhatFields({ draft, asset, change }: Props) {
  const { denomination } = draft
  const compute = denomination === 'gpu_hour' || denomination === 'node_hour'
  return (
    <>
      <TextField
        focus
        label="Name"
        param="name"
        placeholder="Research compute, four years"
        value={draft.name}
        onChange={(name) => change({ name })}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField
          label="What it counts"
          param="denomination"
          value={denomination}
          options={UNITS}
          onChange={(next) => change({ denomination: next })}
        />
        {denomination === 'token' && (
          <TextField
            label="Class of models"
            param="unit.modelClass"
            value={draft.modelClass}
            onChange={(modelClass) => change({ modelClass })}
          />
        )}
        {compute && <Accelerator draft={draft} change={change} />}
        {denomination === 'node_hour' && (
          <TextField
            label="GPUs of one node"
            param="unit.gpusPerNode"
            type="number"
            value={draft.gpusPerNode}
            onChange={(gpusPerNode) => change({ gpusPerNode })}
          />
        )}
        {compute && (
          <SelectField
            label="Service tier"
            param="unit.tier"
            value={draft.tier}
            options={TIER_OPTIONS}
            onChange={(tier) => change({ tier })}
          />
        )}
      </div>
      <FormulaFields draft={draft} asset={asset} change={change} />
    </>
  )
}

function Accelerator({ draft, change }: Pick<Props, 'draft' | 'change'>) {
  const id = useId()
  const { data } = useQuery(acceleratorsQuery)
  return (
    <>
      <TextField
        label="Accelerator"
        param="unit.accelerator"
        list={`${id}-list`}
        value={draft.accelerator}
        onChange={(accelerator) => change({ accelerator })}
      />
      <datalist id={`${id}-list`}>
        {(data?.accelerators ?? []).map((one) => (
          <option key={one.id} value={one.id}>
            {one.vendor}
          </option>
        ))}
      </datalist>
    </>
  )
}

const FORMULAS: readonly Option<FormulaDraft['kind']>[] = [
  { value: 'given', text: 'As said with each grant' },
  { value: 'fixed', text: 'The same for everybody' },
  { value: 'salary_share', text: 'A share of base salary' },
  { value: 'by_level', text: 'By level' },
]

function FormulaFields({ draft, asset, change }: Props) {
  const { formula, denomination } = draft
  const set = (part: Partial<FormulaDraft>): void => change({ formula: { ...formula, ...part } })
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField
          label="How much"
          param="formula.kind"
          value={formula.kind}
          options={FORMULAS}
          onChange={(kind) =>
            set({
              kind,
              ...(kind === 'by_level' &&
                formula.levels.length === 0 && { levels: [{ level: 'L4', quantity: '' }] }),
            })
          }
        />
        <SelectField
          label="A quantity is"
          param="basis.installments"
          value={draft.perInstallment ? 'each' : 'all'}
          options={[
            { value: 'all', text: 'Of the whole grant' },
            { value: 'each', text: 'Of one installment' },
          ]}
          onChange={(value) => change({ perInstallment: value === 'each' })}
        />
        {draft.perInstallment && (
          <TextField
            label="Installments"
            param="basis.installments"
            type="number"
            hint="As many as the schedule below gives."
            value={draft.installments}
            onChange={(installments) => change({ installments })}
          />
        )}
        {formula.kind === 'fixed' && (
          <QuantityField
            label="Quantity"
            param="formula.quantity"
            denomination={denomination}
            asset={asset}
            value={formula.quantity}
            onChange={(quantity) => set({ quantity })}
          />
        )}
        {formula.kind === 'salary_share' && (
          <TextField
            label="Share of a year’s base salary"
            param="formula.share"
            type="decimal"
            unit="%"
            hint="As it stands on the grant date, at that day’s exchange rate."
            value={formula.percent}
            onChange={(percent) => set({ percent })}
          />
        )}
      </div>
      {formula.kind === 'by_level' && <Levels draft={draft} asset={asset} set={set} />}
    </>
  )
}

function Levels({
  draft: { formula, denomination },
  asset,
  set,
}: {
  draft: Draft
  asset: Asset | null
  set: (part: Partial<FormulaDraft>) => void
}) {
  const { levels } = formula
  return (
    <fieldset className="flex flex-col gap-2 text-sm">
      <legend className="mb-1 font-medium">Quantity of each level</legend>
      {levels.map((row, at) => (
        <div key={at} className="grid grid-cols-[minmax(70px,110px)_minmax(0,1fr)_auto] items-start gap-2">
          <TextField
            bare
            label={`Level ${at + 1}`}
            placeholder="L4"
            value={row.level}
            onChange={(level) => set({ levels: replaced(levels, at, { ...row, level }) })}
          />
          <QuantityField
            bare
            label={`Quantity of level ${row.level}`}
            param={`formula.levels.${row.level}`}
            denomination={denomination}
            asset={asset}
            value={row.quantity}
            onChange={(quantity) => set({ levels: replaced(levels, at, { ...row, quantity }) })}
          />
          <Button
            look="quiet"
            aria-label={`Remove level ${row.level}`}
            className="h-9 px-2"
            onClick={() => set({ levels: without(levels, at) })}
          >
            <X size={14} aria-hidden />
          </Button>
        </div>
      ))}
      <div className="grid grid-cols-[minmax(70px,110px)_minmax(0,1fr)_auto] items-start gap-2">
        <span className="flex h-9 items-center text-ink-2">All others</span>
        <QuantityField
          bare
          label="Quantity of all other levels"
          param="formula.otherwise"
          hint="Empty: other levels are refused."
          denomination={denomination}
          asset={asset}
          value={formula.otherwise}
          onChange={(otherwise) => set({ otherwise })}
        />
        <span className="w-8" />
      </div>
      <Button
        look="quiet"
        className="-ml-3 self-start"
        onClick={() => set({ levels: [...levels, { level: '', quantity: '' }] })}
      >
        <Plus size={14} aria-hidden /> Add a level
      </Button>
    </fieldset>
  )
}
