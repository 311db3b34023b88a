import { z } from '@hono/zod-openapi'
import type { Asset } from '#base/asset.ts'
import { Fault } from '#base/fault.ts'
import { toJson } from '#base/json.ts'
import { formatQuantity } from '#base/quantity.ts'
import { recordsCsv } from '#reports/cluster/evidence.ts'
import type { StatementView } from '#reports/cluster/views.ts'
import * as views from '../cluster-views.ts'
import { signedIn, subject } from '../guard.ts'
import type { Parts } from '../parts.ts'
import * as s from '../schemas.ts'
import { wire } from '../wire.ts'
import { answers, body, described, found, once, type App } from './route.ts'

/** What was promised of GPU-hours, whether it was kept, the evidence, and what makes good what was not. */
export function slaRoutes(app: App, parts: Parts): void {
  const { reports, commands, world } = parts
  const { cluster } = reports
  const ofMonth = z.strictObject({ month: views.month.optional() })

  app.openapi(
    described('/api/v1/sla', {
      method: 'get',
      summary: 'A month of everybody’s guarantees, those with breaches first',
      request: { query: ofMonth },
      responses: answers(200, views.companySla, 'A statement for each person, accelerator and tier'),
    }),
    async (c) => c.json(wire(await cluster.companySla(world.now(), c.req.valid('query').month)), 200),
  )

  app.openapi(
    described('/api/v1/people/{id}/sla', {
      method: 'get',
      summary:
        'A month of a person’s guarantees: promised, offered, delivered, and each breach with its jobs',
      request: { params: s.personPath, query: ofMonth },
      responses: answers(200, views.sla, 'A statement for each accelerator and tier'),
    }),
    async (c) => c.json(wire(await cluster.sla(subject(c), world.now(), c.req.valid('query').month)), 200),
  )

  app.openapi(
    described('/api/v1/people/{id}/sla/evidence', {
      method: 'get',
      summary: 'A statement with every row that it rests on, and hashes over both',
      request: {
        params: s.personPath,
        query: z.strictObject({
          month: views.month,
          asset: s.asset,
          format: z.enum(['json', 'csv']).default('json'),
        }),
      },
      responses: {
        200: {
          description:
            'As JSON all of it; as CSV the accounting’s rows, whose SHA-256 stands in the JSON and in x-perq-sha256',
          content: { 'application/json': {}, 'text/csv': {} },
        },
      },
    }),
    async (c) => {
      const { month, asset, format } = c.req.valid('query')
      const lane = { person: subject(c), asset }
      const evidence = found(await cluster.evidence(lane, month, world.now()), 'such promise in that month')
      const name = `perq-sla-${month}-${asset.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`
      const headers = (hash: string) => ({
        'content-type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json',
        'content-disposition': `attachment; filename="${name}.${format}"`,
        'cache-control': 'private, no-cache',
        'x-perq-sha256': hash,
      })
      if (format === 'csv')
        return c.body(recordsCsv(evidence.records), 200, headers(evidence.records_csv_sha256))
      return c.body(`${toJson(evidence, 2)}\n`, 200, headers(evidence.sha256))
    },
  )

  app.openapi(
    described('/api/v1/people/{id}/sla/credits', {
      method: 'post',
      summary:
        'Makes good one breach, as its contract says: hours of the same kind in a grant of their own, once',
      request: { params: s.personPath, body: body(views.creditAsk) },
      responses: answers(201, views.credit, 'The grant that makes it good'),
    }),
    async (c) => {
      const ask = c.req.valid('json')
      const person = subject(c)
      const answer = await once(parts, c, ask, {
        kind: 'once',
        run: async () => {
          const statement = await cluster.statement({ person, asset: ask.asset }, ask.month, world.now())
          const { quantity, gpus, name } = dueOf(found(statement, 'such promise in that month'), ask)
          const { grant } = await commands.creditBreach({
            grant: ask.grant_id,
            month: ask.month,
            breach: ask.breach,
            quantity,
            name,
            by: signedIn(c).id,
          })
          const told = { grant_id: grant.id, on: grant.grantDate, quantity: grant.quantity * gpus }
          return { status: 201, body: wire(told) }
        },
      })
      return c.json(views.credit.parse(answer), 201)
    },
  )
}

const WHAT: Readonly<Record<StatementView['breaches'][number]['kind'], string>> = {
  queue_wait: 'queue wait',
  preemption: 'preemption',
  uptime: 'uptime',
  nodes_at_once: 'nodes at once',
}

/** What a contract owes for a breach, in what the contract counts. Throws Fault `not_found` or `conflict`. */
function dueOf(
  { promises, breaches, asset }: StatementView,
  ask: { readonly grant_id: string; readonly breach: string; readonly month: string },
): { readonly quantity: bigint; readonly gpus: bigint; readonly name: string } {
  const breach = breaches.find((one) => one.key === ask.breach && one.grant_id === ask.grant_id)
  const promise = promises.find((one) => one.grant_id === ask.grant_id)
  if (!breach || !promise)
    throw new Fault('not_found', `In ${ask.month} there is no such breach of that contract.`, {
      param: 'breach',
    })
  if (!breach.final)
    throw new Fault(
      'conflict',
      `${ask.month} is not over: what is measured over the month may still change.`,
      {
        param: 'month',
      },
    )
  if (breach.remedy === 0n)
    throw new Fault(
      'conflict',
      'The contract credits nothing for it, or its ceiling of the month is reached.',
      {
        param: 'breach',
      },
    )
  const gpus = BigInt(promise.gpus_per_unit)
  return { quantity: breach.remedy / gpus, gpus, name: nameOf(breach.kind, ask.month, asset, breach.remedy) }
}

const nameOf = (
  kind: StatementView['breaches'][number]['kind'],
  month: string,
  asset: Asset,
  remedy: bigint,
): string => `Credit for ${WHAT[kind]}, ${month}: ${formatQuantity(asset, remedy)}`.slice(0, 100)
