import { z } from 'zod'
import { Fault } from '#base/fault.ts'
import type { Purpose, Scope } from '#ledger/types.ts'
import type { ModelClass } from '#prices/types.ts'
import { WEIGHTS, type Weights } from '#prices/weights.ts'
import type { PerSpan } from './guard/rolling.ts'

export const PURPOSES = ['work', 'learning', 'personal', 'open_source'] as const satisfies readonly Purpose[]
export const CLASSES = ['small', 'standard', 'frontier', 'embedding'] as const satisfies readonly ModelClass[]

const classes = z.array(z.enum(CLASSES)).max(CLASSES.length)
/** Nano-dollars as decimal text, of at least a cent: a limit of nothing would stop everybody. */
const amount = z
  .union([
    z.bigint(),
    z
      .string()
      .regex(/^\d{1,18}$/, 'Give nano-dollars as text')
      .transform(BigInt),
  ])
  .refine((nano) => nano >= 10_000_000n, 'Give at least 10000000 nano-dollars, one cent')
const policySchema = z.strictObject({
  everyone: classes,
  levels: z
    .array(
      z.strictObject({
        track: z.string().regex(/^([A-Za-z]{1,20}|\*)$/),
        from: z.int().min(0).max(99),
        classes,
        weights: z.enum(WEIGHTS).optional(),
      }),
    )
    .max(100),
  guard: z
    .strictObject({ floor: z.strictObject({ five_minutes: amount, hour: amount, day: amount }) })
    .nullable()
    .optional(),
  sandbox: z
    .strictObject({
      quantity: amount,
      period: z.literal('month'),
      classes: classes.min(1),
      purposes: z.array(z.enum(PURPOSES)).min(1).max(PURPOSES.length),
    })
    .nullable()
    .optional(),
})

/**
 * Which classes of models a level may use: what everyone may, and what its track adds from a number on; `*` is every
 * track. `IC4` is track IC, number 4; a level without a number counts as 0. With `weights` a rule adds only models of
 * that kind. `guard`: what is unusual for somebody without history; absent: the default, null: nobody is watched.
 * `sandbox`: what each person may open for themselves every month; absent or null: nothing.
 */
export type Policy = z.infer<typeof policySchema>
export type SandboxPolicy = NonNullable<Policy['sandbox']>

const usd = (dollars: bigint): bigint => dollars * 1_000_000_000n

/** Nine in ten developers spend less than 30 dollars on a day of use; three times that is nobody's habit yet. */
export const DEFAULT_FLOOR: PerSpan<bigint> = { five_minutes: usd(25n), hour: usd(50n), day: usd(100n) }

/** The floor of the velocity guard; null when it is off. */
export const guardFloor = ({ guard }: Policy): PerSpan<bigint> | null =>
  guard === undefined ? DEFAULT_FLOOR : (guard?.floor ?? null)

/** Until an administrator records another. Managers and above start where IC4 does. */
export const DEFAULT_POLICY: Policy = {
  everyone: ['small', 'standard', 'embedding'],
  levels: [
    { track: 'IC', from: 4, classes: ['frontier'] },
    { track: 'M', from: 1, classes: ['frontier'] },
    { track: 'D', from: 0, classes: ['frontier'] },
    { track: 'VP', from: 0, classes: ['frontier'] },
  ],
}

/** Throws Fault `invalid` that names the field. */
export function parsePolicy(value: unknown): Policy {
  const result = policySchema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw new Fault('invalid', `The policy cannot be used: ${issue?.message ?? 'wrong shape'}.`, {
    param: issue?.path.join('.') ?? 'policy',
  })
}

/**
 * The classes of models with such weights that a level may use. Small models are always in: agents make small calls
 * beside the large one, and would fail at every start.
 */
export function classesFor(
  policy: Policy,
  level: string,
  weights: Weights = 'proprietary',
): readonly ModelClass[] {
  const match = /^([A-Za-z]+)[\s-]*(\d{1,3})?$/.exec(level.trim())
  const track = match?.[1]?.toUpperCase()
  const number = Number(match?.[2] ?? 0)
  const added = policy.levels
    .filter((rule) => rule.track === '*' || (rule.track.toUpperCase() === track && number >= rule.from))
    .filter((rule) => (rule.weights ?? weights) === weights)
    .flatMap((rule) => rule.classes)
  const allowed = new Set<ModelClass>(['small', ...policy.everyone, ...added])
  return CLASSES.filter((item) => allowed.has(item))
}

/** The classes that a person may use, of open and of proprietary models. */
export type Allowance = Readonly<Record<Weights, readonly ModelClass[]>>

export const allowanceFor = (policy: Policy, level: string): Allowance => ({
  open: classesFor(policy, level, 'open'),
  proprietary: classesFor(policy, level, 'proprietary'),
})

/** The purpose of a call: the key's, unless the call names a known one; null when it names something else. */
export function purposeOf(usual: Purpose, asked: string | null): Purpose | null {
  if (asked === null) return usual
  return PURPOSES.find((purpose) => purpose === asked.trim().toLowerCase()) ?? null
}

/** May a lot of this scope pay for such a call? An absent list means anywhere, an empty one nowhere. */
export function admits(
  scope: Scope,
  call: { readonly class: string; readonly provider: string; readonly purpose: Purpose },
): boolean {
  return (
    (scope.classes?.includes(call.class) ?? true) &&
    (scope.providers?.includes(call.provider) ?? true) &&
    (scope.purposes?.includes(call.purpose) ?? true)
  )
}

/**
 * Does a glob with `*` match, whatever the case? In time proportional to both lengths at worst, because globs and
 * names both come from outside: no regular expression is built from them.
 */
export function globMatches(glob: string, name: string): boolean {
  const pattern = glob.toLowerCase()
  const text = name.toLowerCase()
  let [p, t, star, resume] = [0, 0, -1, 0]
  while (t < text.length) {
    if (p < pattern.length && pattern[p] === '*') {
      star = p++
      resume = t
    } else if (p < pattern.length && pattern[p] === text[t]) {
      p++
      t++
    } else if (star >= 0) {
      p = star + 1
      t = ++resume
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}
