import { decimalQuantity, denominationOf, halfEven, parseAsset, rational } from '../../lib/base.ts'
import type { CandidateOffer, CandidateTerms, OfferLineWorth } from '../../lib/contract.ts'
import type { ComputeItem, EquityItem, SideAsk } from '../../lib/contract/compare.ts'
import { nano } from '../../lib/money.ts'

/** This offer as a side of a comparison: it travels in the address, behind the #, and stays in the browser. */
export function sideOf({ company }: Pick<CandidateOffer, 'company'>, offer: CandidateTerms): SideAsk {
  const { worth, currency, rate, equity } = offer
  const [first] = worth.years
  return {
    name: company,
    ...(currency === 'USD' ? {} : { currency, ...(rate !== null && { rate }) }),
    salary: money(nano(first?.salary)),
    bonus_amount: money(nano(first?.bonus)),
    signing: money(nano(worth.total.signing)),
    equity: equity && equityItem(equity),
    compute: worth.lines.flatMap((line) => itemOf(line)),
  }
}

const money = (amount: bigint): string => decimalQuantity('usd', amount)

function equityItem(equity: NonNullable<CandidateTerms['equity']>): EquityItem {
  const shares = { units: equity.units, price: money(nano(equity.price)), years: equity.years }
  return equity.kind === 'rsu'
    ? { kind: 'rsu', ...shares }
    : {
        kind: 'option',
        ...shares,
        strike: money(nano(equity.strike)),
        volatility: equity.volatility,
        term: equity.term_years,
      }
}

function itemOf(line: OfferLineWorth): ComputeItem[] {
  const whole = nano(line.total.quantity)
  if (whole === 0n) return []
  const common = {
    name: line.name,
    per: 'all',
    standing: 'right',
    used: line.used.share,
    years: line.years.map(({ quantity }) => `${quantity}/${whole}`),
  } as const
  const denomination = denominationOf(line.asset)
  const { accelerator, tier, gpusPerNode = 1 } = parseAsset(line.asset)?.unit ?? {}
  switch (denomination) {
    case 'usd':
      return [{ kind: 'usd', quantity: money(whole), ...common }]
    case 'gpu_hour':
    case 'node_hour':
      return [
        {
          kind: 'gpu_hours',
          quantity: decimal(whole * BigInt(gpusPerNode), 3_600n),
          accelerator,
          tier,
          delivered: line.delivered.share,
          ...common,
        },
      ]
    case 'exaflop_day':
      return [{ kind: 'exaflop_days', quantity: decimal(whole, 1_000_000_000n), ...common }]
    case 'token':
      return [{ kind: 'tokens', quantity: decimal(whole, 1_000_000n), ...common }]
    case 'seat_month':
      // A month of a seat is one month of a year of seats: as many months in all.
      return [{ kind: 'seats', quantity: decimal(whole, 48n), name: line.name, standing: 'right' }]
  }
}

/** A fraction as decimal text, to a millionth. */
function decimal(n: bigint, d: bigint): string {
  const millionths = halfEven(rational(n * 1_000_000n, d))
  const rest = String(millionths % 1_000_000n)
    .padStart(6, '0')
    .replace(/0+$/, '')
  return `${millionths / 1_000_000n}${rest === '' ? '' : `.${rest}`}`
}
