import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serve } from '../../../test/support/gateway.ts'
import { relay, type RelayJob, type Try } from './relay.ts'
import { openPatience } from '../patience.ts'
import type { ClientReply } from './transport.ts'
import { undiciTransport } from './undici.ts'

const REQUEST = { path: '/', method: 'POST', headers: [], body: Buffer.from('{}') } as const

test('a request that cannot even be begun fails as not sent, after the sender has its exchange', async () => {
  const transport = undiciTransport()
  const begin = (headers: readonly string[]): Promise<string> =>
    new Promise((resolve) => {
      let returned = false
      const never = (): void => assert.fail('nothing was sent')
      transport.send(
        { ...REQUEST, headers, origin: 'http://127.0.0.1:9' },
        {
          head: never,
          data: never,
          end: never,
          failed: ({ kind }) => resolve(returned ? kind : 'before the sender had its exchange'),
        },
      )
      returned = true
    })
  assert.equal(await begin(['x-odd', 'a\nb']), 'unsent')
  await transport.close()
  assert.equal(await begin([]), 'unsent')
})

test('a call that went on to the next upstream before it was begun still ends in its time', async (t) => {
  const silent = await serve((req) => req.resume())
  t.after(() => silent.close())
  const transport = undiciTransport()
  const ends: string[] = []
  const nothing = (): void => {}
  const to = (origin: string, headers: readonly string[]): Try => ({
    begin: () => ({ ...REQUEST, headers, origin }),
    head: nothing,
    byte: nothing,
    over: ({ passedOn }) => void ends.push(passedOn ? 'passed on' : 'over'),
  })
  const reply = { onDrain: nothing, onGone: nothing } as unknown as ClientReply
  const job = {
    transport,
    tries: [to(silent.url, ['x-odd', 'a\nb']), to(silent.url, [])],
    reply,
    headers: [],
    drainFor: 100,
    deadlines: openPatience(100),
    mayPassOn: () => true,
    framing: null,
    onEnd: nothing,
    settle: async () => {
      ends.push('settled')
      return null
    },
    fail: () => void ends.push('told'),
  } as unknown as RelayJob
  await relay(job)
  assert.deepEqual(ends, ['passed on', 'settled', 'told', 'over'])
  await transport.close()
})
