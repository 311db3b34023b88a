import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { perq, tempFolder } from '../support/perq.ts'

describe('a life on the command line', () => {
  const folder = tempFolder()
  const at = ['--json', '--data', folder.path]
  after(() => folder.remove())

  async function run<T>(...args: string[]): Promise<T> {
    const { code, out, err } = await perq([...args, ...at])
    assert.equal(code, 0, `${args.join(' ')}: ${err}`)
    return JSON.parse(out) as T
  }
  type Plan = { hash: string; grants: { entries: { kind: string; amount: string }[] }[]; keys: unknown[] }

  test('a preview is what the confirmation then does; who comes back has a grant that counts the service', async () => {
    const email = 'ada@perq.example'
    await run('person', 'add', email, '--name', 'Ada Lovelace', '--hired', '2025-01-01')
    await run('grant', 'template', 'add', 'Four years')
    await run('grant', 'issue', email, '--usd', '4800', '--template', 'Four years', '--start', '2025-01-01')
    const date = '2026-03-01'
    const leave = [email, '--date', date, '--reason', 'voluntary-other']
    const preview = await run<Plan>('grant', 'preview-leave', ...leave)
    const kinds = preview.grants.flatMap(({ entries }) => entries.map(({ kind }) => kind))
    assert.ok(kinds.includes('forfeit'))
    const done = await run<Plan & { leaving: { state: string } }>(
      'person',
      'leave',
      ...leave,
      '--expect',
      preview.hash,
    )
    assert.equal(done.leaving.state, 'done')
    assert.deepEqual(done.grants, preview.grants)
    const back = await run<{ credited_days: number; grants: { tranches: unknown[] }[] }>(
      'person',
      'rehire',
      email,
      '--on',
      '2026-04-01',
      '--credit',
      'all',
      '--template',
      'Four years',
      '--quantity',
      '1200',
    )
    assert.equal(back.credited_days, 424)
    assert.equal(back.grants.length, 1)
  })

  test('a reason that nobody knows is bad usage and names those that there are', async () => {
    const { code, err } = await perq([
      'grant',
      'preview-leave',
      'ada@perq.example',
      '--date',
      '2026-05-01',
      '--reason',
      'bored',
      '--data',
      folder.path,
    ])
    assert.equal(code, 2)
    assert.match(err, /VOLUNTARY_OTHER/)
  })
})
