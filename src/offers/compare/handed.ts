import type { ComputeItem, EquityItem, SideAsk } from './ask.ts'

/**
 * An offer of Perq, as its candidate's page and its file have it, as one side of a comparison. Quantities stay exact: what is no short decimal is
 * a fraction. The web reads it too, so this file needs no other at run time.
 */

type Amount = string
type Line = {
  readonly name: string
  readonly asset: string
  readonly price:
    | { readonly kind: 'priced'; readonly nano_usd: { readonly n: Amount; readonly d: Amount } }
    | { readonly kind: 'unpriced' }
  readonly delivered: { readonly share: string }
  readonly used: { readonly share: string }
  readonly years: readonly { readonly quantity: Amount }[]
  readonly total: { readonly quantity: Amount }
}
export type HandedOffer = {
  readonly company: string
  readonly offer: {
    readonly currency: string
    readonly rate: string | null
    readonly equity:
      | ({
          readonly units: Amount
          readonly price: Amount
          readonly years: readonly string[]
        } & (
          | { readonly kind: 'rsu' }
          | {
              readonly kind: 'option'
              readonly strike: Amount
              readonly volatility: string
              readonly term_years: string
            }
        ))
      | null
    readonly worth: {
      readonly basis: string
      readonly lines: readonly Line[]
      readonly years: readonly {
        readonly salary: Amount
        readonly bonus: Amount
        readonly signing: Amount
        readonly benefits: Amount
      }[]
    }
  }
}

const NANO = 1_000_000_000n
const MILLION = 1_000_000n

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b))

/** Decimal text where nine places hold it, else a fraction. */
export function fractionText(n: bigint, d: bigint): string {
  const common = gcd(n < 0n ? -n : n, d) || 1n
  const [a, b] = [n / common, d / common]
  if (NANO % b !== 0n) return `${a}/${b}`
  const scaled = a * (NANO / b)
  const fraction = String(scaled % NANO)
    .padStart(9, '0')
    .replace(/0+$/, '')
  return fraction === '' ? String(scaled / NANO) : `${scaled / NANO}.${fraction}`
}

const money = (nano: Amount): string => fractionText(BigInt(nano), NANO)

export function handedSide({ company, offer }: HandedOffer): SideAsk {
  const { currency, rate, equity, worth } = offer
  const [first] = worth.years
  const benefits = worth.years.map((year) => BigInt(year.benefits))
  const whole = benefits.reduce((sum, one) => sum + one, 0n)
  return {
    name: company.slice(0, 80),
    ...(currency === 'USD' ? {} : { currency, ...(rate === null ? {} : { rate }) }),
    salary: money(first?.salary ?? '0'),
    bonus_amount: money(first?.bonus ?? '0'),
    signing: money(first?.signing ?? '0'),
    equity: equity && equityItem(equity),
    compute: [
      ...worth.lines.flatMap(lineItem),
      ...(whole === 0n ? [] : [benefitItem(whole, benefits, rate)]),
    ],
  }
}

function equityItem(equity: NonNullable<HandedOffer['offer']['equity']>): EquityItem {
  const shared = { units: equity.units, price: money(equity.price), years: equity.years.slice(0, 4) }
  if (equity.kind === 'rsu') return { kind: 'rsu', ...shared }
  return {
    kind: 'option',
    ...shared,
    strike: money(equity.strike),
    volatility: equity.volatility,
    // Nobody is told less than the years that are compared.
    term: Number(equity.term_years) < 4 ? '4' : equity.term_years,
  }
}

/** Nothing where none of it comes within the years. */
function lineItem({ name, asset, price, delivered, used, years, total }: Line): ComputeItem[] {
  const quantity = BigInt(total.quantity)
  if (quantity === 0n) return []
  const shared = {
    name: name.slice(0, 120),
    per: 'all',
    standing: 'right',
    used: used.share,
    years: years.map((year) => fractionText(BigInt(year.quantity), quantity)),
  } as const
  const [what = '', of = '', tier = ''] = asset.split('/')
  const each = price.kind === 'priced' ? price.nano_usd : null
  switch (what) {
    case 'USD':
      return [{ kind: 'usd', quantity: fractionText(quantity, NANO), ...shared }]
    case 'GPU_SECOND':
    case 'NODE_SECOND': {
      const [, accelerator = of, gpus = '1'] = what === 'NODE_SECOND' ? (/^(.*)x(\d+)$/.exec(of) ?? []) : []
      const seconds = quantity * BigInt(gpus)
      return [
        {
          kind: 'gpu_hours',
          quantity: fractionText(seconds, 3_600n),
          accelerator,
          tier,
          delivered: delivered.share,
          ...shared,
        },
      ]
    }
    case 'EXAFLOP_DAY':
      return [{ kind: 'exaflop_days', quantity: fractionText(quantity, NANO), ...shared }]
    case 'SEAT_MONTH':
      return [
        {
          kind: 'seats',
          quantity: String(quantity),
          ...shared,
          ...(each && { price: fractionText(BigInt(each.n), BigInt(each.d) * NANO) }),
        },
      ]
    case 'TOKEN':
      return [
        {
          kind: 'tokens',
          quantity: fractionText(quantity, MILLION),
          ...shared,
          ...(each && { price: fractionText(BigInt(each.n) * MILLION, BigInt(each.d) * NANO) }),
        },
      ]
    default:
      return []
  }
}

/** What the company pays beside grants: at its price, whether it is used or not. In dollars to the cent, as prices of seats are. */
function benefitItem(whole: bigint, years: readonly bigint[], rate: string | null): ComputeItem {
  const [units = '1', places = ''] = (rate ?? '1').split('.')
  const unit = (NANO / 100n) * 10n ** BigInt(places.length)
  const cents = (2n * whole * BigInt(units + places) + unit) / (2n * unit)
  return {
    kind: 'usd',
    name: 'Seats and subscriptions',
    quantity: fractionText(cents, 100n),
    per: 'all',
    standing: 'right',
    used: '1',
    years: years.map((year) => fractionText(year, whole)),
  }
}
