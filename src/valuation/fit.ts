/** What a calibration is worth: `weak` with the reasons in plain words, empty when there are none. */
export type Confidence = { readonly weak: boolean; readonly reasons: readonly string[] }

/** A list of what speaks against a fit, each with its words. */
export function confidence(doubts: readonly (readonly [boolean, string])[]): Confidence {
  const reasons = doubts.filter(([holds]) => holds).map(([, words]) => words)
  return { weak: reasons.length > 0, reasons }
}

export const meanOf = (values: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < values.length; i += 1) sum += values[i]!
  return sum / values.length
}

/** Sum of squared distances from the mean. */
export const squaresOf = (values: ArrayLike<number>): number => {
  const mean = meanOf(values)
  let sum = 0
  for (let i = 0; i < values.length; i += 1) sum += (values[i]! - mean) ** 2
  return sum
}
