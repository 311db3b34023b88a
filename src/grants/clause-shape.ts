import { z } from 'zod'
import { isAsset } from '#base/asset.ts'
import { Fault } from '#base/fault.ts'
import { compare, fromDecimal, ONE, rational, ZERO, type Rational } from '#base/rational.ts'
import { LEAVER_REASONS, type Clauses, type Formula, type Unit } from './clauses.ts'

/** Formulas, units and clauses as they come from JSON: shape and range of each field by itself. */

const MAX_DAYS = 36_525
const MAX_MONTHS = 1_200

const decimal = (from: Rational, to: Rational | null, open: boolean, remedy: string) =>
  z.string().refine((text) => {
    const value = fromDecimal(text)
    if (!value) return false
    const low = compare(value, from)
    return (open ? low > 0 : low >= 0) && (to === null || compare(value, to) <= 0)
  }, remedy)

const share = decimal(ZERO, ONE, true, 'give a decimal above 0 and at most 1, such as "0.5"')
const days = (least: number) => z.int().min(least).max(MAX_DAYS)
const word = z.string().min(1).max(200)
const amount = z
  .string()
  .regex(/^[1-9]\d{0,18}$/, 'give a quantity above 0 in the smallest unit, as text')
  .refine((text) => BigInt(text) < 2n ** 63n, 'give a quantity of at most 9223372036854775807')
const tier = z.enum(['guaranteed', 'priority', 'spot'])
const reason = z.enum(LEAVER_REASONS)
const reasons = z.array(reason).max(LEAVER_REASONS.length)

const acceleration = z.strictObject({
  id: word,
  events: z
    .array(word)
    .min(1)
    .max(10)
    .refine((list) => new Set(list).size === list.length, 'name each event once'),
  withinMonths: z.int().min(1).max(MAX_MONTHS).nullable(),
  share,
  from: z.enum(['soonest', 'latest', 'pro_rata']),
})

const leavingRule = z.strictObject({
  unvested: z.enum(['forfeit', 'accelerate', 'continue']),
  vested: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('expire_now') }),
    z.strictObject({ kind: z.literal('window'), days: days(1) }),
    z.strictObject({ kind: z.literal('keep') }),
    z.strictObject({ kind: z.literal('revoke') }),
  ]),
  held: z.enum(['finish', 'cancel']),
})

const guarantees = z.strictObject({
  serviceTier: tier.optional(),
  queueWait: z
    .strictObject({
      percentile: z.number().gt(0).lt(100),
      seconds: z
        .int()
        .min(0)
        .max(MAX_DAYS * 86_400),
    })
    .optional(),
  preemptionsPerMonth: z.int().min(0).max(1_000_000).optional(),
  uptime: share.optional(),
  nodesAtOnce: z.int().min(1).max(1_000_000).optional(),
  noticeDays: days(0).optional(),
  remedy: z
    .strictObject({ credit: amount, atMostPerMonth: amount })
    .refine(({ credit, atMostPerMonth }) => BigInt(credit) <= BigInt(atMostPerMonth), {
      path: ['atMostPerMonth'],
      error: 'give at least the credit of one breach',
    })
    .optional(),
})

export const clausesShape = z.strictObject({
  fold: z.enum(['onto_grant_date', 'into_next']).optional(),
  acceleration: z
    .array(acceleration)
    .max(20)
    .refine((list) => new Set(list.map(({ id }) => id)).size === list.length, 'give each an id of its own')
    .optional(),
  leave: z
    .array(
      z.strictObject({
        leave: word,
        policy: z.enum(['continue', 'pause_extend', 'pause_forfeit']),
        graceDays: days(0),
      }),
    )
    .max(50)
    .refine((list) => new Set(list.map(({ leave }) => leave)).size === list.length, 'name each leave once')
    .optional(),
  leaving: z.partialRecord(reason, leavingRule).optional(),
  portability: z
    .strictObject({
      purposes: z
        .array(z.enum(['work', 'learning', 'personal', 'open_source']))
        .min(1)
        .max(4),
      share,
      days: days(1),
      except: reasons,
    })
    .optional(),
  repricing: z
    .strictObject({
      index: z
        .string()
        .refine(
          (text) => isAsset(text) && text !== 'USD',
          'give an asset of the exchange table, such as "GPU_SECOND/H100-SXM/guaranteed"',
        ),
      floor: z.enum(['dollars', 'quantity']),
      threshold: share,
      atMost: decimal(ONE, rational(1_000n), false, 'give a decimal from 1 to 1000'),
    })
    .optional(),
  exchange: z
    .array(z.string().refine(isAsset, 'give assets, such as "USD"'))
    .max(20)
    .refine((list) => new Set(list).size === list.length, 'name each asset once')
    .optional(),
  guarantees: guarantees.optional(),
})

export const unitShape = z.strictObject({
  accelerator: word.optional(),
  tier: tier.optional(),
  gpusPerNode: z.int().min(1).max(9_999).optional(),
  modelClass: word.optional(),
})

const level = z.string().min(1).max(40)
export const formulaShape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('given') }),
  z.strictObject({ kind: z.literal('fixed'), quantity: amount }),
  z.strictObject({
    kind: z.literal('salary_share'),
    share: decimal(ZERO, rational(10n), true, 'give a decimal above 0 and at most 10, such as "0.5"'),
  }),
  z.strictObject({
    kind: z.literal('by_level'),
    levels: z
      .record(level, amount)
      .refine((map) => Object.keys(map).length > 0 && Object.keys(map).length <= 200, 'name 1 to 200 levels'),
    otherwise: amount.nullable(),
  }),
])

/** Throws Fault `invalid` that names the field, its value and the remedy. */
export const parseClauses = (value: unknown): Clauses => parse(clausesShape, value, 'clauses') as Clauses
export const parseUnit = (value: unknown): Unit => parse(unitShape, value, 'unit') as Unit
export const parseFormula = (value: unknown): Formula => parse(formulaShape, value, 'formula')

function parse<S extends z.ZodType>(shape: S, value: unknown, root: string): z.output<S> {
  const result = shape.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const path = issue?.path ?? []
  const extra = issue?.code === 'unrecognized_keys' ? [issue.keys[0] ?? ''] : []
  const param = [root, ...path.map(String), ...extra].join('.')
  const shown = JSON.stringify(at(value, [...path, ...extra])) ?? 'missing'
  const remedy = issue?.code === 'unrecognized_keys' ? 'there is no such field' : (issue?.message ?? 'wrong')
  throw new Fault('invalid', `${param} is ${shown.slice(0, 100)}; ${remedy}`, { param })
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let here: unknown = value
  for (const key of path) {
    if (typeof here !== 'object' || here === null) return undefined
    here = Reflect.get(here, key)
  }
  return here
}
