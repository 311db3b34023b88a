import { invariant } from '#base/invariant.ts'
import { NANO_PER_USD } from '#base/money.ts'
import { fromDecimal, halfEven, mul, rational } from '#base/rational.ts'
import { isDate, startOfDay } from '#base/time.ts'
import { chipNamed, FORMS } from './chips.ts'
import { readCsv, type CsvRow } from './csv.ts'
import type { PriceTier, Said } from './observation.ts'
import { providerNamed } from './providers.ts'
import { judged } from './quality.ts'
import type { TokenSaid } from './tokens.ts'

/** The files that Perq ships are its own: a broken row is a bug. */

const TIERS: Readonly<Record<string, PriceTier>> = {
  on_demand: 'on_demand',
  spot: 'spot',
  marketplace_ask_min: 'marketplace_ask_min',
  marketplace_ask_median: 'marketplace_ask_median',
}

/** data/gpu-prices/gpu_price_history.csv: months of what was seen, by provider and source. */
export const readHistory = (text: string): readonly Said[] =>
  readCsv(text, ['month', 'provider', 'median_usd_per_gpu_hour', 'first_obs', 'last_obs']).map((row) => {
    const provider = providerNamed(row.of('provider'))
    const named = chipNamed(row.of('accelerator'))
    const tier = TIERS[row.of('tier')]
    invariant(provider && named && tier, `row ${row.line} of the history names what Perq knows`)
    return judged({
      provider,
      accelerator: named.chip.id,
      form: FORMS.find((form) => form === row.of('form_factor')) ?? null,
      tier,
      // The file says `list` and `global` where the source names no place.
      region: null,
      termMonths: null,
      offer: '',
      priceNano: nano(row, 'median_usd_per_gpu_hour'),
      lowNano: nano(row, 'min_usd_per_gpu_hour'),
      highNano: nano(row, 'max_usd_per_gpu_hour'),
      effectiveFrom: startOfDay(day(row, 'first_obs')),
      observedAt: startOfDay(day(row, 'last_obs')),
      source: row.of('source'),
      licence: row.of('licence'),
      note: null,
    })
  })

/** data/llm-prices/llm_price_events.csv: prices of models by the day a source first showed them. */
export const readTokenEvents = (text: string): readonly TokenSaid[] =>
  readCsv(text, ['first_seen_or_effective', 'provider', 'model', 'input_usd_per_mtok']).map((row) => ({
    provider: row.of('provider'),
    model: row.of('model'),
    inputPico: pico(row, 'input_usd_per_mtok') ?? 0n,
    outputPico: pico(row, 'output_usd_per_mtok') ?? 0n,
    cachedPico: pico(row, 'cached_input_usd_per_mtok'),
    effectiveFrom: day(row, 'first_seen_or_effective'),
    source: row.of('source'),
    revision: row.of('commit') || null,
    licence: row.of('licence'),
  }))

function nano(row: CsvRow, column: string): bigint {
  const usd = fromDecimal(row.of(column))
  invariant(usd, `row ${row.line} of the history has a ${column}`)
  return halfEven(mul(usd, rational(NANO_PER_USD)))
}

/** Dollars for a million tokens are millions of pico-dollars for one. */
function pico(row: CsvRow, column: string): bigint | null {
  const text = row.of(column)
  if (text === '') return null
  const usd = fromDecimal(text)
  invariant(usd, `row ${row.line} of the token prices has a decimal in ${column}`)
  return halfEven(mul(usd, rational(1_000_000n)))
}

function day(row: CsvRow, column: string): string {
  const text = row.of(column)
  invariant(isDate(text), `row ${row.line} has a day in ${column}`)
  return text
}
