import { z } from '@hono/zod-openapi'
import { EMPLOYMENTS } from '#offers/post.ts'
import * as s from './schemas.ts'

/** Advertised jobs, with the compute beside the salary. */

const place = z.strictObject({
  country: z.string().max(2).openapi({ description: 'ISO 3166-1 alpha-2.', example: 'US' }),
  region: z
    .string()
    .max(3)
    .openapi({ description: 'A state, as ISO 3166-2 has it; empty: none.', example: 'CO' }),
  locality: z.string().max(100),
  remote: z.boolean().openapi({ description: 'Done from anywhere in the country.' }),
})
const salary = z.strictObject({
  currency: z.string().max(3),
  least: s.amount,
  most: s.amount,
})
const text = {
  title: z.string().max(200),
  level: z.string().max(40),
  family: z.string().max(80),
  place,
  employment: z.enum(EMPLOYMENTS),
  description: z.string().max(20_000).openapi({ description: 'Paragraphs with an empty line between them.' }),
  salary: salary.nullable().openapi({ description: 'Of a year, in billionths of the currency.' }),
  incentives: z.string().max(1_000).openapi({ description: 'Bonus, equity, commission, in words.' }),
  benefits: z.array(z.string().max(300)).max(40),
  apply_at: z.string().max(500).nullable().openapi({ description: 'An https address or a mailto.' }),
  until: s.day.openapi({ description: 'The last day on which one can apply.' }),
}
const line = {
  template_id: s.id,
  least: s.quantity,
  most: s.quantity,
}

export const postAsk = z
  .strictObject({
    ...text,
    entity_id: s.id,
    compute: z
      .array(z.strictObject(line))
      .max(20)
      .openapi({ description: 'Quantities in the smallest unit, as the template counts them.' }),
  })
  .openapi('JobPostAsk')

const finding = z
  .strictObject({
    place: z.string(),
    requirement: z.enum(['pay_range', 'benefits', 'other_pay', 'compute']),
    state: z.enum(['met', 'missing', 'unsure']),
    wants: z.string().openapi({ description: 'All that the place wants.' }),
    says: z.string(),
    param: z.string().nullable(),
    source: z.string(),
  })
  .openapi('PayTransparency')

const told = {
  lines: z.array(
    z.strictObject({
      ...line,
      name: z.string(),
      asset: s.asset,
      quantity: z.string().openapi({ description: 'Of the whole grant, in words.' }),
      says: z.string(),
      words: z.array(z.string()),
    }),
  ),
  findings: z.array(finding).openapi({
    description: 'What the law of its place wants it to say; empty: nothing is known of that place.',
  }),
  json_ld: z.record(z.string(), z.unknown()).openapi({ description: 'schema.org JobPosting.' }),
}

export const postPreview = z.strictObject(told).openapi('JobPostPreview')

export const post = z
  .strictObject({
    id: s.id,
    status: z.enum(['draft', 'open', 'closed']),
    public: z.boolean().openapi({ description: 'Open, and its last day has not passed.' }),
    ...text,
    entity: z.strictObject({ id: s.id, name: z.string() }),
    ...told,
    urls: z.strictObject({ page: z.string(), badge: z.string(), document: z.string() }),
    embed: z.string().openapi({ description: 'The badge with its link, as HTML for another site.' }),
    created_at: s.instant,
    changed_at: s.instant,
    opened_at: s.instant.nullable(),
  })
  .openapi('JobPost')
export const posts = z.strictObject({ posts: z.array(post) }).openapi('JobPosts')
