import { z } from 'zod'
import { TIERS, type Tier } from '#base/asset.ts'
import { Fault } from '#base/fault.ts'

/**
 * What the contract makes of runs that did not go as they should, and how tiers are treated. What a cluster does not say is as
 * in USUAL.
 */
export type Rules = {
  /** Allowances that stood before Perq, and the tier that jobs under them draw on. */
  readonly allowances: Readonly<Record<string, Tier>>
  readonly tiers: Readonly<Record<Tier, TierRule>>
  readonly payers: Readonly<Record<Mishap, Payer>>
}

export type TierRule = {
  readonly priority: number
  /** Gives way to tiers that say `preempts`. Its people share one allowance, so that who preempts need not name each of them. */
  readonly givesWay: boolean
  readonly preempts: boolean
  /** Seconds for which a job does not give way. */
  readonly exemptSeconds: number
}

/** Ways in which a run can end that are not its person's doing. */
export const MISHAPS = [
  'preempted',
  'node_failed',
  'boot_failed',
  'launch_failed',
  'other_gpus',
  'outage',
] as const
export type Mishap = (typeof MISHAPS)[number]

/** review: the person pays until somebody has looked at it. */
export type Payer = 'company' | 'person' | 'review'

export const USUAL: Rules = {
  allowances: {},
  tiers: {
    guaranteed: { priority: 1_000, givesWay: false, preempts: true, exemptSeconds: 0 },
    priority: { priority: 500, givesWay: false, preempts: true, exemptSeconds: 0 },
    spot: { priority: 10, givesWay: true, preempts: false, exemptSeconds: 60 },
  },
  payers: {
    preempted: 'company',
    node_failed: 'company',
    boot_failed: 'company',
    // Anybody may begin a job of theirs anew, which looks the same: else they would run for nothing.
    launch_failed: 'review',
    other_gpus: 'company',
    outage: 'company',
  },
}

const tier = z.enum(TIERS)
const payer = z.enum(['company', 'person', 'review'])
const tierShape = z.strictObject({
  priority: z.int().min(0).max(1_000_000).optional(),
  givesWay: z.boolean().optional(),
  preempts: z.boolean().optional(),
  exemptSeconds: z.int().min(0).max(86_400).optional(),
})
const shape = z.strictObject({
  allowances: z.record(z.string().min(1).max(100), tier).optional(),
  tiers: z.partialRecord(tier, tierShape).optional(),
  payers: z.partialRecord(z.enum(MISHAPS), payer).optional(),
})

/** Throws Fault `invalid`, naming the rule. */
export function parseRules(value: unknown): Rules {
  const read = shape.safeParse(value)
  if (!read.success) {
    const [first] = read.error.issues
    const param = ['rules', ...(first?.path ?? [])].join('.')
    throw new Fault('invalid', `${param}: ${first?.message ?? 'is not understood'}`, { param })
  }
  const { allowances = {}, tiers = {}, payers = {} } = read.data
  const of = (name: Tier): TierRule => ({ ...USUAL.tiers[name], ...said(tiers[name] ?? {}) })
  return {
    allowances,
    tiers: { guaranteed: of('guaranteed'), priority: of('priority'), spot: of('spot') },
    payers: { ...USUAL.payers, ...said(payers) },
  }
}

/** What is said, without what is left open. */
const said = <T extends object>(part: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
