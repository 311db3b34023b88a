import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { SECOND } from '#base/time.ts'
import { testDb } from '../support/database.ts'
import { testGateway, type Employee, type TestGateway } from '../support/gateway.ts'

const PEOPLE = 20
const ROUNDS = 5
/** Of each person, at once. */
const CALLS = 4

describe('what calls ask of the database beside their holds and settlements', () => {
  let gateway: TestGateway
  let people: readonly Employee[] = []
  const asked: string[] = []

  before(async () => {
    const db = await testDb()
    // Each statement once, those of transactions as well; the group commits of the ledger are the calls' own.
    const noted = (text: string): void => {
      if (!text.includes('ledger.spend(')) asked.push(text.trim().slice(0, 60))
    }
    gateway = await testGateway({
      db: {
        ...db,
        query: (text, values) => {
          noted(text)
          return db.query(text, values)
        },
        tx: (work) =>
          db.tx((sql) =>
            work({
              query: (text, values) => {
                noted(text)
                return sql.query(text, values)
              },
            }),
          ),
      },
    })
    const hired: Employee[] = []
    for (let n = 0; n < PEOPLE; n += 1) hired.push(await gateway.employee(1_000_000_000_000n))
    people = hired
  })
  after(() => gateway.close())

  const call = async ({ key }: Employee): Promise<void> => {
    const reply = await fetch(`${gateway.url}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'gpt-5-mini',
        max_completion_tokens: 20,
        messages: [{ role: 'user', content: 'Say yes.' }],
      }),
    })
    assert.equal(reply.status, 200, await reply.text())
  }
  const everybody = (): Promise<unknown> =>
    Promise.all(people.flatMap((one) => Array.from({ length: CALLS }, () => call(one))))
  const settled = (): Promise<{ count: number }[]> =>
    gateway.db.query<{ count: number }>('select count(*)::int as count from ledger.usage')

  test('calls of many people at once are a few statements together, not some for each of them', async () => {
    // Everybody is read once: who they are, what they spent, what they usually spend.
    await everybody()
    asked.length = 0
    for (let round = 0; round < ROUNDS; round += 1) {
      // Long enough for all that is known of everybody to be looked at again.
      gateway.world.advance(SECOND)
      await everybody()
    }
    await gateway.trail.flush()
    const statements = [...asked]
    assert.deepEqual(await settled(), [{ count: PEOPLE * CALLS * (ROUNDS + 1) }])
    // Even where each person's key is looked at alone, which happens on a machine that is too busy to take them together.
    const most = (PEOPLE * CALLS * ROUNDS) / 2
    assert.ok(statements.length < most, `${statements.length} statements:\n${statements.join('\n')}`)
  })
})
