import { parseQuantity, quantityName } from '../lib/base.ts'
import type { Asset, Denomination } from '../lib/base.ts'
import { TextField } from './Field.tsx'

/** A quantity in what people count: dollars, hours, months. Its unit stands behind it. */
export function QuantityField({
  denomination,
  asset,
  value,
  onChange,
  ...field
}: {
  label: string
  param?: string
  hint?: string
  bare?: boolean
  placeholder?: string
  denomination: Denomination
  asset: Asset | null
  value: string
  onChange: (value: string) => void
}) {
  const wrong = value.trim() !== '' && parseQuantity(denomination, value.trim()) === null
  return (
    <TextField
      {...field}
      type="decimal"
      unit={unitOf(denomination, asset)}
      wrong={wrong ? 'Give a number above 0, such as 1,200 or 12.5.' : null}
      maxLength={40}
      value={value}
      onChange={onChange}
    />
  )
}

const SHORT: Readonly<Record<Denomination, string>> = {
  usd: 'dollars',
  seat_month: 'seat-months',
  gpu_hour: 'GPU-hours',
  node_hour: 'node-hours',
  exaflop_day: 'exaFLOP-days',
  token: 'tokens',
}
const unitOf = (denomination: Denomination, asset: Asset | null): string => {
  const full = asset === null ? SHORT[denomination] : quantityName(asset)
  return full.length > 14 ? SHORT[denomination] : full
}
