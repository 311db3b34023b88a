import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { SETTINGS } from '#main/config.ts'
import { perq, tempFolder } from '../support/perq.ts'

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

describe('the command line', () => {
  const folder = tempFolder()
  const at = ['--data', folder.path]
  after(() => folder.remove())

  test('bad usage exits 2, a refusal 1, and neither writes to standard output', async () => {
    for (const args of [
      ['nonsense'],
      ['price'],
      ['price', 'gpt-5.2', '--in', 'many'],
      ['wallet'],
      ['serve', '--clock', 'yesterday'],
    ]) {
      const { code, out, err } = await perq([...args, ...(args[0] === 'nonsense' ? [] : at)])
      assert.equal(code, 2, `${args.join(' ')}: ${err}`)
      assert.equal(out, '')
      assert.notEqual(err, '')
    }
    const refused = await perq(['wallet', 'nobody@company.example', '--json', ...at])
    assert.equal(refused.code, 1)
    assert.equal(refused.out, '')
    assert.match(refused.err, /nobody@company\.example/)
  })

  test('a price is explained line by line, and an unknown model is refused by name', async () => {
    const { out } = await perq([
      'price',
      'claude-opus-5-5',
      '--in',
      '12',
      '--cache-read',
      '200',
      '--cache-write-5m',
      '60',
      '--cache-write-1h',
      '40',
      '--out',
      '5',
      '--json',
      ...at,
    ])
    const price = JSON.parse(out) as { costNano: string; lines: unknown[] }
    // What Claude Code itself reports for this usage: 808 micro-dollars.
    assert.equal(price.costNano, '808000')
    assert.equal(price.lines.length, 5)
    const batch = await perq([
      'price',
      'claude-opus-5-5',
      '--out',
      '5',
      '--searches',
      '2',
      '--batch',
      '--json',
      ...at,
    ])
    // Half of every token, and all of each search.
    assert.equal((JSON.parse(batch.out) as { costNano: string }).costNano, '20050000')
    const sound = await perq(['price', 'gemini-2.5-flash', '--audio-in', '1000', '--json', ...at])
    assert.equal((JSON.parse(sound.out) as { costNano: string }).costNano, '1000000')
    const closed = await perq(['price', 'gemini-2.5-flash', '--searches', '1', ...at])
    assert.equal(closed.code, 1)
    assert.match(closed.err, /no fee for searches/)
    const unknown = await perq(['price', 'no-such-model', '--in', '1', ...at])
    assert.equal(unknown.code, 1)
    assert.match(unknown.err, /no-such-model/)
  })

  test('a model that the book does not have can be priced by an operator', async () => {
    const priced = [
      '--provider',
      'openai',
      '--input',
      '1.5',
      '--output',
      '6',
      '--reason',
      'contract',
      '--by',
      'ops@company.example',
    ]
    const bare = await perq(['price-override', 'our-own-model', ...priced, ...at])
    assert.equal(bare.code, 1)
    assert.match(bare.err, /class/)
    const whole = await perq([
      'price-override',
      'our-own-model',
      ...priced,
      '--class',
      'standard',
      '--max-output',
      '8192',
      ...at,
    ])
    assert.equal(whole.code, 0, whole.err)
    const { out } = await perq(['price', 'our-own-model', '--in', '1000', '--out', '100', '--json', ...at])
    assert.equal((JSON.parse(out) as { costNano: string }).costNano, '2100000')
  })

  test('schedules go through as JSON Lines, one answer a line', async () => {
    const lines = [
      {
        id: 'a',
        template: [
          { order: 1, percentage: '1', schedule: { occurrences: 3, period: 1, period_type: 'MONTHS' } },
        ],
        quantity: '100',
        runtime: { startDate: '2025-01-31' },
      },
      { id: 'b', template: [], quantity: '1', runtime: { startDate: '2025-02-30' } },
    ]
    const { out, code } = await perq(['vesting', 'preview', '--json'], {
      input: lines.map((line) => JSON.stringify(line)).join('\n'),
    })
    const [first, second] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    assert.equal(code, 0)
    assert.deepEqual(first, {
      id: 'a',
      installments: [
        ['2025-02-28', '33'],
        ['2025-03-31', '33'],
        ['2025-04-30', '34'],
      ],
      total: '100',
    })
    assert.equal(second!['id'], 'b')
    assert.ok('error' in second!)
  })

  test('doctor names every setting and finds all well', async () => {
    const { out, code } = await perq(['doctor', '--json', ...at])
    const doctor = JSON.parse(out) as { ok: boolean; settings: { name: string }[] }
    assert.equal(code, 0, out)
    assert.equal(doctor.ok, true)
    assert.ok(doctor.settings.some(({ name }) => name === 'PERQ_DATA'))
  })
})

describe('the README', () => {
  const folder = tempFolder()
  const env = { PERQ_DATA: folder.path }
  after(() => folder.remove())
  let help = ''
  before(async () => void (help = (await perq(['--help'])).out))

  test('its table names commands that exist', () => {
    const named = [...README.matchAll(/^\| `\.\/perq ([\w-]+)/gm)].map(([, name]) => name!)
    assert.ok(named.length >= 8)
    for (const name of named) assert.match(help, new RegExp(`^  ${name}\\b`, 'm'))
  })

  test('its settings are the settings, with their defaults', () => {
    const told = [...README.matchAll(/^\| `([A-Z_]+)` \| (?:`([^`]*)`)? ?\|/gm)].map(([, name, fallback]) => [
      name,
      fallback ?? '',
    ])
    const real = Object.entries(SETTINGS).map(([name, { fallback }]) => [name, fallback])
    assert.deepEqual(told, real)
  })

  test('"A company of your own" works as it is written', async () => {
    const block = /## A company of your own\n\n```sh\n([\s\S]*?)```/.exec(README)![1]!
    const commands = block.split('\n').filter((line) => line.startsWith('./perq') && !line.includes('serve'))
    assert.equal(commands.length, 4)
    for (const command of commands) {
      const args = [...command.slice('./perq '.length).matchAll(/"([^"]*)"|(\S+)/g)].map(
        ([, quoted, plain]) => quoted ?? plain!,
      )
      const { code, err } = await perq(args, { env })
      assert.equal(code, 0, `${command}: ${err}`)
    }
    const { out } = await perq(['wallet', 'you@company.example', '--json'], { env })
    const wallet = JSON.parse(out) as { granted: string; available: string }
    assert.equal(wallet.granted, String(250n * 24n * 1_000_000_000n))
    assert.equal(wallet.available, String(250n * 1_000_000_000n), 'the first refill is there at once')
  })
})
