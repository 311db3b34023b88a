import { z } from '@hono/zod-openapi'
import type { Parts } from '../parts.ts'
import * as s from '../schemas.ts'
import { answers, described, type App } from './route.ts'

const entities = z
  .strictObject({
    entities: z.array(
      z.strictObject({ id: s.id, name: z.string(), country: z.string(), currency: z.string() }),
    ),
  })
  .openapi('LegalEntities')

/** Who employs people and owes their grants. */
export function entityRoutes(app: App, { people }: Parts): void {
  app.openapi(
    described('/api/v1/entities', {
      method: 'get',
      summary: 'The legal entities of the company',
      responses: answers(200, entities, 'By name'),
    }),
    async (c) => {
      const all = await people.entities()
      const views = all.map(({ id, name, country, currency }) => ({ id, name, country, currency }))
      return c.json({ entities: views.toSorted((a, b) => a.name.localeCompare(b.name, 'en')) }, 200)
    },
  )
}
