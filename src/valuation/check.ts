import { Fault } from '#base/fault.ts'

const RANGES = {
  finite: { holds: (value: number) => Number.isFinite(value), words: 'a finite number' },
  positive: { holds: (value: number) => value > 0 && value < Infinity, words: 'above 0 and finite' },
  notNegative: { holds: (value: number) => value >= 0 && value < Infinity, words: 'at least 0 and finite' },
  // More than any price does, and little enough that no sum of them overflows.
  moderate: { holds: (value: number) => Math.abs(value) <= 50, words: 'between -50 and 50' },
  share: { holds: (value: number) => value >= 0 && value <= 1, words: 'between 0 and 1' },
  correlation: { holds: (value: number) => value >= -1 && value <= 1, words: 'between -1 and 1' },
  count: {
    holds: (value: number) => Number.isSafeInteger(value) && value > 0,
    words: 'a whole number above 0',
  },
} as const

/**
 * Refuses by name what a formula cannot use, so that nothing is computed from NaN, from infinity or from what
 * makes no sense. Throws the Fault `invalid` with the name of the number as its `param`.
 */
export function need(range: keyof typeof RANGES, values: Readonly<Record<string, number>>): void {
  const { holds, words } = RANGES[range]
  for (const name in values) {
    const value = values[name]!
    if (!holds(value))
      throw new Fault('invalid', `${name} is ${value}; it has to be ${words}`, { param: name })
  }
}
