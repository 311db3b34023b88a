import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { CASES } from './cases.ts'
import { CLIENTS, type Client } from './clients.ts'
import { installed } from './support/homes.ts'
import { openHouse, type House } from './support/house.ts'
import { tableOf, type Row } from './support/table.ts'
import { takeTurn } from './support/turn.ts'

const GOLDEN = fileURLToPath(new URL('golden.md', import.meta.url))

let house: House
const rows: Row[] = []

before(async () => {
  house = await openHouse()
})
after(async () => {
  await house.close()
})

for (const one of CASES)
  for (const client of CLIENTS)
    test(`${client.name}: ${one.guarantee}`, async () => {
      const turn = await takeTurn(house, client, one)
      rows.push(turn.row)
      one.check(turn, client)
      assert.equal(turn.held, 0, 'something is still held')
    })

const variants: readonly (readonly [what: string, of: string, change: Partial<Client>])[] = [
  ['Claude Code, set up in its settings file', 'claude-code', { byFile: true }],
  [
    'opencode, with a model of OpenAI',
    'opencode',
    {
      command: (prompt) => ({
        program: installed('opencode-{system}/bin/opencode'),
        args: ['run', '-m', 'openai/gpt-5.2'],
        input: prompt,
      }),
    },
  ],
]
for (const [what, of, change] of variants)
  test(`${what}: a turn with a tool is answered and paid, as the page says`, async () => {
    const client: Client = { ...CLIENTS.find(({ name }) => name === of)!, ...change }
    const one = CASES.find(({ name }) => name === 'A turn with a tool')!
    const turn = await takeTurn(house, client, one)
    one.check(turn, client)
    assert.equal(turn.held, 0, 'something is still held')
  })

test('what every client sends, shows and ends with is what it did before', () => {
  const table = tableOf(rows)
  process.stdout.write(`${table}\n`)
  // PERQ_GOLDEN=write accepts what a new version of a client does, after somebody has read it.
  if (process.env['PERQ_GOLDEN'] === 'write') writeFileSync(GOLDEN, table)
  assert.equal(table, existsSync(GOLDEN) ? readFileSync(GOLDEN, 'utf8') : '')
})
