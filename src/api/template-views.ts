import { z } from '@hono/zod-openapi'
import * as s from './schemas.ts'

/** Templates of grants, and how much they are used. */

export const template = z
  .strictObject({
    id: s.id,
    name: z.string(),
    version: z.int(),
    denomination: s.denomination,
    unit: z.unknown(),
    statements: z.unknown(),
    allocation: z.string(),
    basis: z.unknown(),
    formula: z.unknown(),
    expiry: s.expiry,
    scope: s.scope,
    priority: z.int(),
    clauses: z.unknown(),
    created_at: s.instant,
  })
  .openapi('Template')
export const templates = z
  .strictObject({
    templates: z.array(
      template
        .extend({
          says: z.string().openapi({ description: 'How it vests, in a sentence or two.' }),
          grants: z.int().openapi({ description: 'Written by any version of it.' }),
        })
        .openapi('TemplateInUse'),
    ),
  })
  .openapi('Templates')
