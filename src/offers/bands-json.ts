import { z } from 'zod'
import type { Json } from '#base/json.ts'
import { amount } from './ask-json.ts'
import type { Bands } from './bands.ts'

/** Bands as JSON: the same fields, amounts as decimal text. */

const range = { min: amount, max: amount }
const shape = z.strictObject({
  bands: z.array(
    z.strictObject({
      level: z.string(),
      family: z.string(),
      salary: z.strictObject({ ...range, currency: z.string() }).nullable(),
      compute: z.strictObject(range).nullable(),
    }),
  ),
  budget: z.array(z.strictObject({ year: z.int(), compute: amount })),
})

export const bandsFromJson = (value: unknown): Bands => shape.parse(value)

export const bandsToJson = ({ bands, budget }: Bands): Json => ({
  bands: bands.map(({ level, family, salary, compute }) => ({
    level,
    family,
    salary: salary && { min: String(salary.min), max: String(salary.max), currency: salary.currency },
    compute: compute && { min: String(compute.min), max: String(compute.max) },
  })),
  budget: budget.map(({ year, compute }) => ({ year, compute: String(compute) })),
})
