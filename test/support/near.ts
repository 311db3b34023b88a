import assert from 'node:assert/strict'

/** Fails unless `actual` is within `relative` of `expected`, or within `absolute` of it: what is next to nothing has few digits. */
export function near(
  actual: number,
  expected: number,
  {
    relative = 1e-12,
    absolute = 1e-200,
    what = '',
  }: { relative?: number; absolute?: number; what?: string } = {},
): void {
  const miss = Math.abs(actual - expected)
  assert.ok(
    miss <= Math.max(relative * Math.abs(expected), absolute),
    `${what} ${actual} is not ${expected}: off by ${miss} (${miss / Math.abs(expected)} of it)`,
  )
}
