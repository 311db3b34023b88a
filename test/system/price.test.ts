import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { COLUMNS } from '#prices/hardware/import.ts'
import { testDb, type TestDb } from '../support/database.ts'
import { perq, tempFolder, type Ran } from '../support/perq.ts'

const DOC = readFileSync(new URL('../../docs/prices.md', import.meta.url), 'utf8')

type Marks = {
  hours: string
  marks: { kind: string; basis: string; mid: string; worth: string; hash: string; n: number; level: number }[]
}

describe('prices of hardware on the command line', () => {
  const folder = tempFolder()
  let db: TestDb
  let leave: () => Promise<void>
  const run = (...args: string[]): Promise<Ran> =>
    perq(['price', ...args, '--clock', '2026-09-10T12:00:00Z'], { env: { DATABASE_URL: db.url } })
  /** The JSON document of a command that must not fail. */
  const told = async (...args: string[]): Promise<unknown> => {
    const { code, out, err } = await run(...args, '--json')
    assert.equal(code, 0, err)
    return JSON.parse(out) as unknown
  }
  const file = (name: string, text: string): string => {
    const path = join(folder.path, name)
    writeFileSync(path, text)
    return path
  }
  let spread: Marks
  before(async () => {
    db = await testDb()
    // The server of tests that are run by hand stays while somebody is connected, however slow the commands are.
    leave = await db.listen(
      'price_test',
      () => {},
      () => {},
    )
    spread = (await told('gpu', 'H100', '--as-of', '2026-08-22', '--hours', '10000')) as Marks
  })
  after(async () => {
    folder.remove()
    await leave()
    await db.drop()
  })

  test('ten thousand H100 hours are told on every basis, as the documentation works them out', async () => {
    const { marks } = spread
    assert.deepEqual(
      marks.map(({ basis, worth }) => [basis, worth]),
      [
        ['list', '68800000000000'],
        ['replacement', '23622156830000'],
        ['index', '29000000000000'],
        ['cost', '17298904360000'],
      ],
    )
    for (const { basis, hash, n, level } of marks) {
      const row = DOC.split('\n').find(
        (line) => line.startsWith(`| \`${basis}\``) && line.includes(hash.slice(0, 12)),
      )
      assert.ok(row, `docs/prices.md has the mark ${hash} of basis ${basis}`)
      const cells = row.split('|').map((cell) => cell.trim())
      assert.deepEqual([cells[5], cells[6]], [String(n), String(level)])
    }
    const text = await run('gpu', 'H100', '--basis', 'index', '--as-of', '2026-08-22')
    assert.match(text.out, /\$2\.90/)
    assert.match(text.out, /Ornn OCPI H100/)
  })

  test('a table in the documented format is taken whole, and a broken one not at all', async () => {
    const sample = /```csv\n([\s\S]*?)```/.exec(DOC)?.[1]
    assert.ok(sample, 'the documentation has a table')
    assert.deepEqual(sample.split('\n')[0]?.split(','), COLUMNS)
    const whole = await told('import', file('quotes.csv', sample), '--by', 'a@b.example')
    assert.equal((whole as { added: number }).added, 2)
    const broken = await run(
      'import',
      file('bad.csv', sample.replace('on_demand', 'ondemand')),
      '--by',
      'a@b.example',
    )
    assert.equal(broken.code, 1)
    assert.match(broken.err, /row 2: tier is "ondemand"; give one of on_demand/)
    const { loads } = (await told('sources')) as { loads: { kind: string; added: number }[] }
    assert.deepEqual(
      loads.map(({ kind, added }) => [kind, added]).toSorted(([, a], [, b]) => Number(a) - Number(b)),
      [
        ['file', 2],
        ['shipped', 7],
        ['shipped', 322],
        ['shipped', 1_522],
      ],
    )
  })

  test('what a feed answered is read from a file', async () => {
    const answer = { offers: [{ gpu_name: 'H100 SXM', num_gpus: 2, dph_total: 4.4 }] }
    const path = file('vast.json', JSON.stringify(answer))
    const taken = await told('import', path, '--as', 'vast', '--by', 'a@b.example')
    assert.equal((taken as { added: number }).added, 2)
  })

  test('what owning costs is the company’s own from when it says so', async () => {
    const said = await run(
      'own',
      'H100',
      '--capex-usd',
      '30000',
      '--source',
      'register',
      '--by',
      'a@b.example',
    )
    assert.equal(said.code, 0, said.err)
    const { out } = await run('gpu', 'H100', '--basis', 'cost', '--json')
    const [mark] = (JSON.parse(out) as Marks).marks
    assert.ok(BigInt(mark!.mid) < BigInt(spread.marks[3]!.mid))
  })

  test('bad usage exits 2, a refusal 1', async () => {
    const asked = [
      ['gpu', '--basis', 'blend'],
      ['gpu', '--hours', 'many'],
      ['gpu', 'Abacus'],
    ]
    const codes = await Promise.all(asked.map(async (args) => (await run(...args)).code))
    assert.deepEqual(codes, [2, 2, 1])
  })
})
