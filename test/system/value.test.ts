import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { perq, tempFolder } from '../support/perq.ts'

type Basis = { basis: string; cap: { total: string } }
type Value = {
  bases: Basis[]
  change: { cap: { opening: string; closing: string; parts: Record<string, string> } }
  groups?: { name: string; bases: Basis[] }[]
  rows?: { grant_id: string; bases: Basis[] }[]
}

const folder = tempFolder()
const at = ['--data', folder.path]
const json = async <T>(...args: string[]): Promise<T> => {
  const { code, out, err } = await perq([...args, '--json', ...at])
  assert.equal(code, 0, `${args.join(' ')}: ${err}`)
  return JSON.parse(out) as T
}

before(async () => {
  await json('person', 'add', 'ada@perq.test', '--name', 'Ada Byron')
  await json('grant', 'template', 'add', 'Monthly', '--refill-months', '12')
  await json('grant', 'issue', 'ada@perq.test', '--template', 'Monthly', '--usd', '50', '--first', 'today')
})
after(() => folder.remove())

test('the value of the company, of a person and of a grant is one and the same on the command line', async () => {
  const company = await json<Value>('value')
  const person = await json<Value>('value', '--person', 'ada@perq.test')
  const grant = await json<Value>('value', '--grant', person.rows![0]!.grant_id)
  assert.deepEqual(
    company.groups!.map(({ name }) => name),
    ['Ada Byron'],
  )
  for (const one of [company, person, grant])
    for (const { cap } of one.bases) assert.equal(cap.total, '600000000000')
  const { opening, closing, parts } = company.change.cap
  const sum = Object.values(parts).reduce((total, part) => total + BigInt(part), BigInt(opening))
  assert.equal(sum, BigInt(closing))
  const { out } = await perq(['value', ...at])
  assert.match(out, /What 1 person is still owed of 1 grant,/)
  assert.match(out, /replacement +\$600\.00/)
})

test('scenarios and a comparison are told, and wrong numbers are bad usage', async () => {
  const { scenarios } = await json<{ scenarios: { id: string; dollar_buys: string }[] }>(
    'value',
    '--scenario',
    'vendor',
    '--set',
    'factor=4',
  )
  assert.deepEqual(
    scenarios.map(({ id, dollar_buys: buys }) => [id, buys]),
    [['vendor', '0.2500']],
  )
  const compared = await json<{ years: unknown[]; breakEven: string | null }>(
    'value',
    'compare',
    '--salary',
    '100000',
    '--cash',
    '10000',
    '--basis',
    'list',
  )
  assert.equal(compared.years.length, 4)
  assert.ok(BigInt(compared.breakEven!) > 0n)
  for (const args of [
    ['value', '--basis', 'fair'],
    ['value', '--scenario', 'vendor', '--set', 'factor=99'],
    ['value', 'compare', '--used', '2'],
    ['value', '--grant', 'mine'],
  ]) {
    const { code, out, err } = await perq([...args, ...at])
    assert.equal(code, 2, `${args.join(' ')}: ${err}`)
    assert.equal(out, '')
  }
  const unknown = await perq(['value', 'compare', '--accelerator', 'Abacus', ...at])
  assert.equal(unknown.code, 1, unknown.err)
})
