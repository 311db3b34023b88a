import { z } from 'zod'
import { TIERS } from '#base/asset.ts'
import { LEAVER_REASONS } from '#grants/clauses.ts'
import { counts, oneOf, quantity, share, text, unique, whole } from './pieces.ts'

/** How life changes a grant. Every clause may be left out; the documentation says what holds then. */

const MAX_DAYS = 36_525
const MAX_MONTHS = 1_200

const reason = oneOf(LEAVER_REASONS)

const acceleration = z
  .strictObject({
    id: text(200),
    events: unique(text(200), 1, 10).describe('All of them must have fired'),
    within_months: whole(1, MAX_MONTHS)
      .nullable()
      .describe('All within so many months of the first; null: whenever'),
    share: share.describe('Of what is unvested then'),
    from: oneOf(['soonest', 'latest', 'pro_rata']).describe('Which installments it is taken from'),
  })
  .meta({ id: 'acceleration' })

const leaveRule = z
  .strictObject({
    leave: text(200).describe(
      'parental, medical, unpaid, … as the company names its leaves; * for all others',
    ),
    policy: oneOf(['continue', 'pause_extend', 'pause_forfeit']),
    grace_days: whole(0, MAX_DAYS).describe('The first so many days pause nothing'),
  })
  .meta({ id: 'leave_rule' })

const leavingRule = z
  .strictObject({
    unvested: oneOf(['forfeit', 'accelerate', 'continue']),
    vested: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('expire_now') }),
      z.strictObject({ kind: z.literal('window'), days: whole(1, MAX_DAYS) }),
      z.strictObject({ kind: z.literal('keep') }),
      z.strictObject({ kind: z.literal('revoke') }),
    ]),
    held: oneOf(['finish', 'cancel']).describe('Calls and jobs that run on the day of leaving'),
  })
  .meta({ id: 'leaving_rule' })

const A_MULTIPLE = 'give a decimal text from 1 to 1000, such as "2"'
const multiple = z
  .string(A_MULTIPLE)
  .regex(/^(?:[1-9]\d{0,2}(?:\.\d{1,10})?|1000(?:\.0{1,10})?)$/, A_MULTIPLE)

export const guarantees = z
  .strictObject({
    service_tier: oneOf(TIERS).optional(),
    queue_wait: z
      .strictObject({
        percentile: z
          .number('give a number between 0 and 100')
          .gt(0, 'give a number between 0 and 100')
          .lt(100, 'give a number between 0 and 100'),
        seconds: whole(0, MAX_DAYS * 86_400),
      })
      .optional()
      .describe('So many percent of jobs start within so many seconds'),
    preemptions_per_month: whole(0, 1_000_000).optional(),
    uptime: share.optional(),
    nodes_at_once: whole(1, 1_000_000).optional(),
    notice_days: whole(0, MAX_DAYS).optional().describe('Before anything here changes'),
    remedy: z
      .strictObject({
        credit: quantity.describe('For each breach, in the unit of the grant'),
        at_most_per_month: quantity,
      })
      .optional(),
  })
  .meta({ id: 'guarantees' })

/** Ids that a schema cannot compare are compared by the reader. */
export const clauses = z
  .strictObject({
    fold: oneOf(['onto_grant_date', 'into_next'])
      .optional()
      .describe('What would vest before the grant date vests on it, or with the first installment after it'),
    acceleration: z.array(acceleration).max(20, 'give at most 20').optional(),
    leave: z.array(leaveRule).max(50, 'give at most 50').optional(),
    leaving: z.partialRecord(reason, leavingRule).optional().describe('By reason of leaving'),
    portability: z
      .strictObject({
        purposes: unique(oneOf(['work', 'learning', 'personal', 'open_source']), 1, 4),
        share: share.describe('Of what is available on the day of leaving'),
        days: whole(1, MAX_DAYS),
        except: unique(reason, 0, LEAVER_REASONS.length),
      })
      .optional()
      .describe('What stays usable for named purposes after leaving'),
    repricing: z
      .strictObject({
        index: counts.describe('Whose price in dollars is watched'),
        floor: oneOf(['dollars', 'quantity']),
        threshold: share.describe('A smaller fall changes nothing'),
        at_most: multiple.describe('Never more than so many times the first quantity'),
      })
      .optional(),
    exchange: z.array(counts).max(20, 'give at most 20').optional().describe('What it may be spent as'),
    guarantees: guarantees.optional(),
  })
  .meta({ id: 'clauses' })
