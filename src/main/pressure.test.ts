import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { request } from 'undici'
import { eventually } from '../../test/support/eventually.ts'
import { isFull, limited, watchMemory } from './pressure.ts'

const memory = (heap: number, used: number) => ({ heap, heapMost: 100, used, most: 1_000 })

test('new work waits before the heap or the process is full, and until there is clearly room again', () => {
  assert.equal(isFull(memory(85, 850), false), false)
  assert.equal(isFull(memory(86, 0), false), true)
  assert.equal(isFull(memory(0, 851), false), true)
  assert.equal(isFull(memory(80, 0), true), true)
  assert.equal(isFull(memory(75, 750), true), false)
})

test('a change is told once', async () => {
  let heap = 10
  const told: boolean[] = []
  const watch = watchMemory({
    most: 1,
    processes: 1,
    told: (full) => told.push(full),
    read: () => memory(heap, 0),
  })
  heap = 90
  await eventually(() => assert.equal(watch.full(), true))
  heap = 10
  await eventually(() => assert.equal(watch.full(), false))
  watch.stop()
  assert.deepEqual(told, [true, false])
})

test('the people’s door takes so many requests at once, tells the others when to come again, and always says how it is', async () => {
  const waiting: ServerResponse[] = []
  let full = false
  const listener = limited(
    (req, res) => {
      if (req.url === '/healthz') res.end('ok')
      else waiting.push(res)
    },
    { most: 2, full: () => full, always: (url) => url === '/healthz', id: () => 'an-id' },
  )
  const server = createServer(listener).listen(0, '127.0.0.1')
  await eventually(() => assert.ok(server.listening))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const ask = async (path: string): Promise<[number, unknown]> => {
    const reply = await request(`${url}${path}`)
    await reply.body.dump()
    return [reply.statusCode, reply.headers['retry-after']]
  }
  const first = [ask('/a'), ask('/b')]
  await eventually(() => assert.equal(waiting.length, 2))
  assert.deepEqual(await ask('/c'), [503, '2'])
  assert.deepEqual(await ask('/healthz'), [200, undefined])
  for (const res of waiting.splice(0)) res.end()
  await Promise.all(first)
  full = true
  await eventually(async () => assert.deepEqual(await ask('/d'), [503, '2']))
  full = false
  const last = ask('/e')
  await eventually(() => assert.equal(waiting.length, 1))
  waiting[0]!.end()
  assert.deepEqual(await last, [200, undefined])
  server.close()
  server.closeAllConnections()
})
