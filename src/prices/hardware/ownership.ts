import { parseUsd } from '#base/money.ts'
import {
  add,
  compare,
  div,
  fromDecimal,
  mul,
  ONE,
  rational,
  sub,
  ZERO,
  type Rational,
} from '#base/rational.ts'
import { Fault } from '#base/fault.ts'
import { power } from './statistics.ts'

/** What it takes to own one GPU, as people say it: decimals as text. */
export type OwnershipTerms = {
  /** Dollars for one GPU with its share of the server, the network and the building. */
  readonly capexUsd: string
  /** Of the price, at the end of its life. */
  readonly residualShare: string
  readonly lifeYears: number
  /** A year, of the capital. */
  readonly capitalCost: string
  /** A year, of the price. */
  readonly opexShare: string
  /** Of all hours, those that are sold or used. */
  readonly utilisation: string
  readonly kilowatts: string
  /** Power of the building for one of the machine; 1 where `kilowatts` has it in. */
  readonly pue: string
  readonly usdPerKwh: string
}

/** An H100 of mid-2026; the 1.73 kW include cooling. */
export const USUAL_TERMS: OwnershipTerms = {
  capexUsd: '37500',
  residualShare: '0.10',
  lifeYears: 5,
  capitalCost: '0.10',
  opexShare: '0.05',
  utilisation: '0.80',
  kilowatts: '1.73',
  pue: '1',
  usdPerKwh: '0.08',
}
export const USUAL_SOURCE =
  'usual assumptions for an H100 in 2026: power as SemiAnalysis publishes it, life as cloud providers depreciate, US industrial electricity'

const HOURS_A_YEAR = rational(8_760n)
const LONGEST_LIFE = 20

type Bounds = { readonly least: Rational; readonly most: Rational; readonly said: string }
const SHARE: Bounds = { least: ZERO, most: ONE, said: 'a decimal from 0 to 1, such as 0.1' }

/** Throws Fault `invalid` with the field as `param`. */
export function readTerms(terms: OwnershipTerms) {
  const within = (field: keyof OwnershipTerms, { least, most, said }: Bounds): Rational => {
    const text = String(terms[field])
    const value = fromDecimal(text)
    if (value && compare(value, least) >= 0 && compare(value, most) <= 0) return value
    throw new Fault('invalid', `${field} is "${text.slice(0, 60)}"; give ${said}`, { param: field })
  }
  const { lifeYears, capexUsd } = terms
  if (!Number.isInteger(lifeYears) || lifeYears < 1 || lifeYears > LONGEST_LIFE)
    throw new Fault('invalid', `lifeYears is ${lifeYears}; give whole years from 1 to ${LONGEST_LIFE}`, {
      param: 'lifeYears',
    })
  const capexNano = parseUsd(capexUsd)
  if (capexNano === null || capexNano <= 0n || capexNano > 10n ** 16n)
    throw new Fault(
      'invalid',
      `capexUsd is "${capexUsd.slice(0, 60)}"; give dollars of one GPU, such as 37500`,
      {
        param: 'capexUsd',
      },
    )
  const kwhNano = parseUsd(terms.usdPerKwh)
  if (kwhNano === null || kwhNano < 0n || kwhNano > 10n ** 10n)
    throw new Fault('invalid', `usdPerKwh is "${terms.usdPerKwh.slice(0, 60)}"; give dollars, such as 0.08`, {
      param: 'usdPerKwh',
    })
  return {
    lifeYears,
    capex: rational(capexNano),
    kwh: rational(kwhNano),
    residual: within('residualShare', SHARE),
    capital: within('capitalCost', SHARE),
    opex: within('opexShare', SHARE),
    utilisation: within('utilisation', {
      ...SHARE,
      least: rational(1n, 100n),
      said: 'a decimal from 0.01 to 1',
    }),
    kilowatts: within('kilowatts', { least: ZERO, most: rational(100n), said: 'kilowatts from 0 to 100' }),
    pue: within('pue', { least: ONE, most: rational(5n), said: 'a decimal from 1 to 5' }),
  }
}

/**
 * Nano-dollars for a sold hour of one GPU: the capital recovered over its life, less what is left of it, upkeep, and power.
 * [(capex − residual/(1+w)^L)·w/(1−(1+w)^−L) + capex·opex] / (8760·utilisation) + kW·PUE·$/kWh, exactly.
 */
export function ownershipFloor(terms: OwnershipTerms, lifeYears: number = terms.lifeYears): Rational {
  const { capex, kwh, residual, capital, opex, utilisation, kilowatts, pue } = readTerms({
    ...terms,
    lifeYears,
  })
  const growth = power(add(ONE, capital), lifeYears)
  const recovery =
    capital.n === 0n ? rational(1n, BigInt(lifeYears)) : div(capital, sub(ONE, div(ONE, growth)))
  const left = div(mul(residual, capex), growth)
  const yearly = add(mul(sub(capex, left), recovery), mul(capex, opex))
  return add(div(yearly, mul(HOURS_A_YEAR, utilisation)), mul(mul(kilowatts, pue), kwh))
}
