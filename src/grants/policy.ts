import { z } from 'zod'
import { DENOMINATIONS, type Denomination } from '#base/asset.ts'
import { Fault } from '#base/fault.ts'
import { MAX_QUANTITY } from './quantity.ts'

/**
 * How many must agree to a grant. It stands here and not with the spending policy: spending asks what pay may be used
 * for, this asks who may promise it, and those who promise must not be the ones who set it.
 */
export type GrantPolicy = {
  /**
   * A grant of more than so much, in the smallest unit, needs two persons and cannot be promised directly. A denomination
   * that is absent needs one.
   */
  readonly twoAbove: Readonly<Partial<Record<Denomination, bigint>>>
}

/** Until somebody records another. */
export const DEFAULT_GRANT_POLICY: GrantPolicy = { twoAbove: {} }

const amount = z
  .union(
    [
      z.bigint(),
      z
        .string()
        .regex(/^\d{1,19}$/)
        .transform(BigInt),
    ],
    {
      error: 'give a quantity in the smallest unit, as text',
    },
  )
  .refine((value) => value >= 0n && value <= MAX_QUANTITY, `give 0 to ${MAX_QUANTITY}`)

const shape = z.strictObject({ twoAbove: z.partialRecord(z.enum(DENOMINATIONS), amount) })

/** Throws Fault `invalid` that names the field. */
export function parseGrantPolicy(value: unknown): GrantPolicy {
  const result = shape.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const param = issue?.path.join('.') || 'policy'
  throw new Fault('invalid', `${param} cannot be used: ${issue?.message ?? 'wrong shape'}`, { param })
}

export function approvalsNeeded(
  { twoAbove }: GrantPolicy,
  grant: { readonly denomination: Denomination; readonly quantity: bigint },
): 1 | 2 {
  const most = twoAbove[grant.denomination]
  return most !== undefined && grant.quantity > most ? 2 : 1
}

/** The approval that decides may not be the author's: above the threshold at least one other person has looked at it. */
export type Standing = { readonly needed: 1 | 2; readonly by: readonly string[] }

export type Judgement =
  | { readonly kind: 'counts'; readonly decides: boolean }
  | { readonly kind: 'replay' }
  | { readonly kind: 'refused'; readonly reason: 'own_pay' | 'author_decides' }

/** May this person approve, and is it the deciding approval? */
export function judge(
  standing: Standing,
  who: { readonly approver: string; readonly author: string | null; readonly receiver: string },
): Judgement {
  if (who.approver === who.receiver) return { kind: 'refused', reason: 'own_pay' }
  if (standing.by.includes(who.approver)) return { kind: 'replay' }
  const decides = standing.by.length + 1 >= standing.needed
  if (standing.needed === 2 && decides && who.approver === who.author)
    return { kind: 'refused', reason: 'author_decides' }
  return { kind: 'counts', decides }
}
