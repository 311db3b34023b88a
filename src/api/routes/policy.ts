import { iso } from '#base/time.ts'
import { nextSandboxAt, sandboxEnds, sandboxId } from '#commands/sandbox.ts'
import { guardFloor } from '#spending/policy.ts'
import type { RecordedPolicy } from '#spending/types.ts'
import * as views from '../guard-views.ts'
import { signedIn, subject } from '../guard.ts'
import type { Parts } from '../parts.ts'
import * as s from '../schemas.ts'
import { wire } from '../wire.ts'
import { answers, body, described, once, type App } from './route.ts'

/** Who may use which models, what is unusual spending, and what each person may open for themselves. */
export function policyRoutes(app: App, parts: Parts): void {
  const { spending, commands, grants, db, world } = parts

  app.openapi(
    described('/api/v1/policy', {
      method: 'get',
      summary: 'The policy of the company',
      responses: answers(200, views.recordedPolicy, 'Version 0: nobody has recorded one, the default holds'),
    }),
    async (c) => c.json(policyView(await spending.policy()), 200),
  )

  app.openapi(
    described('/api/v1/policy', {
      method: 'put',
      summary: 'Records another policy; every gateway follows within a second',
      request: { body: body(views.policy) },
      responses: answers(200, views.recordedPolicy, 'The policy as it now stands'),
    }),
    async (c) => c.json(policyView(await spending.setPolicy(c.req.valid('json'), signedIn(c).email)), 200),
  )

  const sandboxOf = async (person: string) => {
    const now = world.now()
    const [{ policy }, grant] = await Promise.all([
      spending.policy(),
      grants.find(db, sandboxId(person, now)),
    ])
    const offer = policy.sandbox ?? null
    return wire({
      state: grant ? ('open' as const) : offer ? ('closed' as const) : ('none' as const),
      grant_id: grant?.id ?? null,
      quantity: grant?.quantity ?? offer?.quantity ?? null,
      classes: grant?.scope.classes ?? offer?.classes ?? null,
      purposes: grant?.scope.purposes ?? offer?.purposes ?? null,
      ends_on: sandboxEnds(now),
      next_at: iso(nextSandboxAt(now)),
    })
  }

  app.openapi(
    described('/api/v1/people/{id}/sandbox', {
      method: 'get',
      summary: 'The sandbox of this month: whether it is open, and what it gives',
      request: { params: s.personPath },
      responses: answers(200, views.sandbox, 'none: the policy gives none; closed: not opened yet'),
    }),
    async (c) => c.json(views.sandbox.parse(await sandboxOf(subject(c))), 200),
  )

  app.openapi(
    described('/api/v1/people/{id}/sandbox', {
      method: 'post',
      summary: 'Opens the sandbox of this month for oneself; opened already, it is the same one',
      request: { params: s.personPath },
      responses: answers(201, views.sandbox, 'The open sandbox'),
    }),
    async (c) => {
      const person = subject(c)
      const answer = await once(parts, c, null, {
        kind: 'once',
        run: async () => {
          const { policy } = await spending.policy()
          await commands.openSandbox({ person, policy: policy.sandbox ?? null })
          return { status: 201, body: await sandboxOf(person) }
        },
      })
      return c.json(views.sandbox.parse(answer), 201)
    },
  )
}

/** With what holds where the policy is silent, so that a page need not know the defaults. */
const policyView = ({ version, recordedAt, recordedBy, policy }: RecordedPolicy) => {
  const floor = guardFloor(policy)
  return wire({
    version,
    recorded_at: recordedAt === null ? null : iso(recordedAt),
    recorded_by: recordedBy,
    policy: { ...policy, guard: floor && { floor }, sandbox: policy.sandbox ?? null },
  })
}
