/** Exact fractions of bigints, always reduced, denominator always positive. */
export type Rational = { readonly n: bigint; readonly d: bigint }

export const ZERO: Rational = { n: 0n, d: 1n }
export const ONE: Rational = { n: 1n, d: 1n }

const gcd = (a: bigint, b: bigint): bigint => {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b]
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}

/** n/d. Throws RangeError when d is 0. */
export function rational(n: bigint, d: bigint = 1n): Rational {
  if (d === 0n) throw new RangeError('a rational needs a denominator other than 0')
  const sign = d < 0n ? -1n : 1n
  const common = gcd(n, d) || 1n
  return { n: (sign * n) / common, d: (sign * d) / common }
}

export const add = (a: Rational, b: Rational): Rational => rational(a.n * b.d + b.n * a.d, a.d * b.d)
export const sub = (a: Rational, b: Rational): Rational => rational(a.n * b.d - b.n * a.d, a.d * b.d)
export const mul = (a: Rational, b: Rational): Rational => rational(a.n * b.n, a.d * b.d)
export const div = (a: Rational, b: Rational): Rational => rational(a.n * b.d, a.d * b.n)
export const compare = (a: Rational, b: Rational): -1 | 0 | 1 => {
  const difference = a.n * b.d - b.n * a.d
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

/** Largest integer not above a. */
export function floor(a: Rational): bigint {
  const quotient = a.n / a.d
  return a.n < 0n && quotient * a.d !== a.n ? quotient - 1n : quotient
}

/** Smallest integer not below a. */
export const ceil = (a: Rational): bigint => -floor({ n: -a.n, d: a.d })

/** Nearest integer; a tie goes to the even one (banker's rounding), so that sums do not drift. */
export function halfEven(a: Rational): bigint {
  const low = floor(a)
  const twice = 2n * (a.n - low * a.d)
  if (twice < a.d) return low
  if (twice > a.d) return low + 1n
  return low % 2n === 0n ? low : low + 1n
}

/** "0.25", "-3", "1.0": exact, or null when the text is not a plain decimal of at most 40 digits a side. */
export function fromDecimal(text: string): Rational | null {
  const match = /^(-?)(\d{1,40})(?:\.(\d{1,40}))?$/.exec(text)
  if (!match) return null
  const fraction = match[3] ?? ''
  const n = BigInt(`${match[2]}${fraction}`)
  return rational(match[1] === '-' ? -n : n, 10n ** BigInt(fraction.length))
}
