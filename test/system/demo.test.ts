import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { after, describe, test } from 'node:test'
import { perq, servePerq, tempFolder } from '../support/perq.ts'

const CLI = fileURLToPath(new URL('../../src/main/cli.ts', import.meta.url))

describe('starting the demo', () => {
  const folder = tempFolder()
  after(() => folder.remove())

  test('a demo that was killed while it was being made is made anew, and then stays', async () => {
    const child = spawn(
      process.execPath,
      [CLI, 'serve', '--demo', '--json', '--port', '0', '--data', folder.path],
      {
        env: { ...process.env, PERQ_DEMO_DAYS: '90' },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    )
    const exit = once(child, 'exit')
    let said = ''
    let begun = false
    for await (const line of createInterface({ input: child.stderr })) {
      said += `${line}\n`
      begun = /demo: \d+ calls/.test(line)
      if (begun) break
    }
    child.kill('SIGKILL')
    await exit
    assert.ok(begun, `the first server ended before it made calls. It said:\n${said}`)

    const served = await servePerq({ data: folder.path, env: { PERQ_DEMO_DAYS: '3' } })
    assert.match(served.said(), /made anew/)
    assert.equal(served.people.length, 40)
    for (const role of ['employee', 'people', 'finance', 'admin'])
      assert.ok(served.people.some((one) => one.role === role))
    const [first] = served.people
    const wallet = await perq(['wallet', first!.email, '--json', '--data', folder.path])
    assert.equal(await served.stop(), 0)

    const again = await servePerq({ data: folder.path, env: { PERQ_DEMO_DAYS: '3' } })
    assert.doesNotMatch(again.said(), /making the demo/)
    assert.equal(again.people[0]!.key, first!.key, 'keys stay from start to start')
    const later = await perq(['wallet', first!.email, '--json', '--data', folder.path])
    assert.equal(
      (JSON.parse(later.out) as { spent: string }).spent,
      (JSON.parse(wallet.out) as { spent: string }).spent,
    )
    assert.equal(await again.stop(), 0)
  })

  test('a clock that is set ahead vests what is due by then', async () => {
    const vested = async (): Promise<bigint> => {
      const { out } = await perq([
        'wallet',
        'maya.lindqvist@fernhill.example',
        '--json',
        '--data',
        folder.path,
      ])
      const { granted, unvested } = JSON.parse(out) as { granted: string; unvested: string }
      return BigInt(granted) - BigInt(unvested)
    }
    const before = await vested()
    const served = await servePerq({ data: folder.path, args: ['--demo', '--clock', '2027-12-01'] })
    assert.equal(served.clock.slice(0, 10), '2027-12-01')
    assert.ok((await vested()) > before)
    assert.equal(await served.stop(), 0)
    assert.equal((await perq(['ledger', 'verify', '--data', folder.path])).code, 0)
  })

  test('a port that is taken is told at once, before anything is made', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const fresh = tempFolder()
    const { code, err, out } = await perq([
      'serve',
      '--demo',
      '--json',
      '--port',
      String(port),
      '--data',
      fresh.path,
    ])
    taken.close()
    fresh.remove()
    assert.equal(code, 1)
    assert.equal(out, '')
    assert.match(err, new RegExp(`port ${port} is taken`))
    assert.doesNotMatch(err, /demo/)
  })

  test('a company of its own prints no way in: an operator asks for each', async () => {
    const own = tempFolder()
    await perq([
      'person',
      'add',
      'first@company.example',
      '--name',
      'First',
      '--role',
      'admin',
      '--data',
      own.path,
    ])
    const served = await servePerq({ data: own.path, args: [] })
    assert.deepEqual(
      served.people.map(({ key, signin_url }) => [key, signin_url]),
      [[null, null]],
    )
    assert.equal(await served.stop(), 0)
    own.remove()
  })
})
