import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { perq, tempFolder } from '../support/perq.ts'

const SAMPLE = fileURLToPath(new URL('../data/ocf/VestingTerms.example2.ocf.json', import.meta.url))

type Answer = {
  committed: boolean
  done: { kind: string; id: string; replayed: boolean }[]
  problems: { pointer: string; message: string }[]
}

describe('grants come and go as documents', () => {
  const folder = tempFolder()
  const at = ['--data', folder.path]
  after(() => folder.remove())
  const file = (name: string, value: unknown): string => {
    const path = join(folder.path, name)
    writeFileSync(path, JSON.stringify(value))
    return path
  }

  test('a file is looked at, imported, imported again, exported, and what was exported says the same', async () => {
    const hired = await perq(['person', 'add', 'ada@company.example', '--name', 'Ada', ...at])
    assert.equal(hired.code, 0, hired.err)
    const grant = {
      format: 'open-compute-grant/1',
      type: 'grant',
      id: '0193b2d4-5a00-7000-8000-000000000001',
      person: 'ada@company.example',
      name: 'Research hours',
      quantity: '1000.5',
      start_date: '2026-01-31',
      grant_date: '2026-01-31',
      terms: {
        counts: { denomination: 'gpu_hour', accelerator: 'H100-SXM', tier: 'guaranteed' },
        vesting: {
          statements: [
            { order: 1, percentage: '1', schedule: { occurrences: 4, period: 1, period_type: 'YEARS' } },
          ],
        },
        expiry: { kind: 'days_after_vest', days: 365 },
      },
    }
    const path = file('grant.json', grant)
    const run = async (...more: string[]): Promise<Answer> => {
      const { code, out, err } = await perq(['import', path, '--json', ...more, ...at])
      assert.equal(code, 0, err)
      return JSON.parse(out) as Answer
    }
    const dry = await run('--dry-run')
    assert.deepEqual([dry.committed, dry.done.map(({ kind }) => kind)], [false, ['template', 'grant']])
    assert.deepEqual(
      (await run()).done.map(({ replayed }) => replayed),
      [false, false],
    )
    assert.deepEqual(
      (await run()).done.map(({ replayed }) => replayed),
      [true, true],
    )
    const exported = await perq(['grant', 'export', 'ada@company.example', ...at])
    assert.equal(exported.code, 0, exported.err)
    assert.deepEqual(JSON.parse(exported.out), {
      format: 'open-compute-grant/1',
      type: 'bundle',
      documents: [grant],
    })
    const { out } = await perq(['grant', 'template', 'export', 'Research hours', ...at])
    assert.deepEqual(
      (JSON.parse(out) as { documents: { terms: unknown }[] }).documents[0]!.terms,
      grant.terms,
    )
  })

  test('how a template vests is told in the shape of the Open Cap Format', async () => {
    const { out, code, err } = await perq([
      'grant',
      'template',
      'export',
      'Research hours',
      '--ocf',
      '2',
      ...at,
    ])
    assert.equal(code, 0, err)
    const { items } = JSON.parse(out) as { items: { object_type: string; statements: unknown }[] }
    const schedule = { occurrences: 4, period: 1, period_type: 'YEARS' }
    assert.deepEqual(
      items.map(({ object_type: type, statements }) => [type, statements]),
      [['VESTING_TERMS', [{ order: 1, schedule, percentage: '1' }]]],
    )
  })

  test('what is wrong is told by field, value and remedy, and nothing is imported', async () => {
    const broken = file('broken.json', {
      format: 'open-compute-grant/1',
      type: 'bundle',
      documents: [{ format: 'open-compute-grant/1', type: 'grant', person: 'ada', quantity: 12 }],
    })
    const { code, out, err } = await perq(['import', broken, '--json', ...at])
    assert.equal(code, 1)
    assert.deepEqual(
      (JSON.parse(out) as Answer).problems.map(({ pointer }) => pointer),
      ['/documents/0/person', '/documents/0/quantity', '/documents/0/start_date'],
    )
    assert.match(err, /\/documents\/0\/quantity is 12; give a quantity above 0 as decimal text/)
    assert.match(err, /nothing was imported/)
    const plain = await perq(['import', broken, ...at])
    assert.deepEqual([plain.code, plain.out], [1, ''])
    const missing = await perq(['import', join(folder.path, 'none.json'), ...at])
    assert.deepEqual([missing.code, missing.out], [1, ''])
    assert.equal((await perq(['import', broken, '--as', 'magic', ...at])).code, 2)
    assert.equal((await perq(['grant', 'export', ...at])).code, 2)
  })

  test('vesting terms of the Open Cap Format are imported as they are', async () => {
    const { code, out, err } = await perq(['import', SAMPLE, '--json', ...at])
    assert.equal(code, 0, err)
    assert.deepEqual(
      (JSON.parse(out) as Answer).done.map(({ kind }) => kind),
      ['template'],
    )
    const back = await perq([
      'grant',
      'template',
      'export',
      'Documentation: Example 2',
      '--ocf',
      '1.2',
      ...at,
    ])
    const conditions = (text: string): unknown =>
      (JSON.parse(text) as { items: { vesting_conditions: unknown }[] }).items[0]!.vesting_conditions
    assert.deepEqual(conditions(back.out), conditions(readFileSync(SAMPLE, 'utf8')), back.err)
    const again = await perq(['grant', 'export', '--all', ...at])
    assert.equal(again.code, 0, again.err)
  })
})
