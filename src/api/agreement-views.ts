import { z } from '@hono/zod-openapi'
import { DENOMINATIONS } from '#base/asset.ts'
import { GRANT_STATUSES } from '#grants/status.ts'
import * as s from './schemas.ts'

/** What people agree to, and where a grant stands on its way. */

export const hash = z.string().regex(/^[0-9a-f]{64}$/, 'Give a SHA-256 in lower-case hex')
const needed = z.union([z.literal(1), z.literal(2)])
const asset = z.string().openapi({ example: 'GPU_SECOND/H100-SXM/guaranteed' })

export const agreement = z
  .strictObject({
    grant_id: s.id,
    status: z.enum(GRANT_STATUSES),
    version: z.int(),
    content: z
      .string()
      .openapi({ description: 'Canonical JSON of the contract as it reads now, to the byte.' }),
    content_hash: hash.openapi({ description: 'SHA-256 of `content` in UTF-8; accepting it repeats it.' }),
    approvals_needed: needed,
    approvals: z.array(
      z.strictObject({ person_id: s.id, at: s.instant, note: z.string(), content_hash: hash }),
    ),
    acceptance: z
      .strictObject({ version: z.int(), typed_name: z.string(), content_hash: hash, at: s.instant })
      .nullable(),
  })
  .openapi('Agreement')

export const grantPolicy = z
  .strictObject({
    two_above: z
      .partialRecord(z.enum(DENOMINATIONS), s.amount)
      .openapi({ description: 'A grant of more, in the smallest unit, needs two persons. Absent: one.' }),
    version: z.int(),
  })
  .openapi('GrantPolicy')

export const bulkReport = z
  .strictObject({
    file_hash: hash,
    rows: z.int(),
    committed: z.boolean(),
    replayed: z.boolean().openapi({ description: 'The same file was committed before; nothing was done.' }),
    errors: z.array(
      z.strictObject({ row: z.int(), column: z.string(), value: z.string(), remedy: z.string() }),
    ),
    totals: z.array(z.strictObject({ asset, grants: z.int(), quantity: s.amount })),
    grants: z.array(
      z.strictObject({
        row: z.int(),
        id: s.id,
        person_id: s.id,
        email: z.string(),
        template: z.string(),
        name: z.string(),
        denomination: s.denomination,
        asset,
        quantity: s.amount,
        start_date: s.day,
        grant_date: s.day,
        tranches: z.int(),
        first_vest: s.day.nullable(),
        last_vest: s.day.nullable(),
        approvals_needed: needed,
      }),
    ),
  })
  .openapi('BulkReport')

const salaryFields = {
  effective_on: s.day,
  amount: z
    .string()
    .regex(/^\d{1,19}$/, 'Give billionths of the currency as text')
    .openapi({ description: 'A year, in 1e-9 of the currency.', example: '120000000000000' }),
  currency: z.string().regex(/^[A-Z]{3}$/, 'Give a code of three letters, such as EUR'),
}
export const newSalary = z.strictObject(salaryFields).openapi('NewSalary')
export const salary = z
  .strictObject({ id: s.id, person_id: s.id, ...salaryFields, recorded_at: s.instant })
  .openapi('Salary')
export const salaries = z.strictObject({ salaries: z.array(salary) }).openapi('Salaries')
