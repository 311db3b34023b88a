import assert from 'node:assert/strict'
import { Pool } from 'undici'
import { eventually } from './eventually.ts'
import type { Employee, TestGateway } from './gateway.ts'

const LONG = 60_000

export type Answered = { readonly status: number; readonly text: string; readonly retryAfter: string | null }

/** Calls of one person through a gateway: some always on their way, or one by itself. */
export function callersOf(at: TestGateway, who: Employee, { callers = 8, tokens = 12 } = {}) {
  const pool = new Pool(at.url, { connections: callers + 4 })
  /** Cost of what was answered whole, by the id of its call. */
  const answered = new Map<string, bigint>()
  const refused: Answered[] = []
  let broken = 0
  let stopped = true
  let running: Promise<unknown> = Promise.resolve()

  async function call(): Promise<Answered | null> {
    try {
      const reply = await pool.request({
        path: '/openai/v1/chat/completions',
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${who.key}` },
        body: JSON.stringify({
          model: 'gpt-5-mini',
          max_completion_tokens: 400,
          messages: [{ role: 'user', content: `Reply with ${tokens} tokens.` }],
        }),
      })
      const text = await reply.body.text()
      const { headers, statusCode: status } = reply
      if (status === 200)
        answered.set(String(headers['x-perq-call']), BigInt(String(headers['x-perq-cost-nano-usd'])))
      const answer = { status, text, retryAfter: headers['retry-after']?.toString() ?? null }
      if (status !== 200) refused.push(answer)
      return answer
    } catch {
      broken += 1
      return null
    }
  }

  return {
    answered,
    refused,
    broken: () => broken,
    call,
    start(): void {
      stopped = false
      running = Promise.all(
        Array.from({ length: callers }, async () => {
          while (!stopped) {
            const answer = await call()
            // A refusal asks for patience; a loop without any would only test itself.
            if (answer?.status !== 200) await new Promise((resolve) => setTimeout(resolve, 20))
          }
        }),
      )
    },
    /** Waits until so many more were answered. */
    async answers(more: number): Promise<void> {
      const enough = answered.size + more
      await eventually(
        () => assert.ok(answered.size >= enough, `${answered.size} of ${enough}: ${refused.at(-1)?.text}`),
        LONG,
      )
    },
    async stop(): Promise<void> {
      stopped = true
      await running
    },
    close: () => pool.close(),
    /** Waits until a new call is told to come again. */
    async refuses(): Promise<void> {
      await eventually(async () => assert.equal((await call())?.status, 503), LONG)
    },
    /** Every refusal said "come again", or that the use of a call is not recorded yet; and every answered call stands in the ledger at its cost. */
    async kept(): Promise<void> {
      const clear = ({ status, retryAfter, text }: Answered): boolean =>
        status === 503 && (Number(retryAfter) >= 1 || text.includes('could not be recorded in time'))
      assert.deepEqual(
        refused.filter((one) => !clear(one)),
        [],
      )
      await eventually(() => assert.equal(at.gateway.inFlight(), 0), LONG)
      await eventually(async () => assert.deepEqual(await at.ledger.openHolds(at.db, who.wallet), []), LONG)
      const rows = await at.usage(who.wallet)
      const costs = new Map(rows.map(({ id, cost }) => [id, cost]))
      assert.deepEqual(
        [...answered].filter(([id, cost]) => costs.get(id) !== cost),
        [],
        'nothing that was answered is lost',
      )
      for (const row of rows) assert.ok(row.charged <= row.held && row.charged + row.absorbed === row.cost)
    },
  }
}
