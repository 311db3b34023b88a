import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { eventually } from '../../test/support/eventually.ts'
import { listen } from './server.ts'

/** A client that shows what it got, and whether it was hung up. */
function dial(port: number): { socket: Socket; said: () => string; ended: () => boolean; ask: () => void } {
  const socket = connect(port, '127.0.0.1')
  let [text, over] = ['', false]
  socket.on('data', (bytes) => (text += bytes.toString()))
  socket.on('error', () => {})
  socket.on('close', () => (over = true))
  return {
    socket,
    said: () => text,
    ended: () => over,
    ask: () => void socket.write('GET / HTTP/1.1\r\nhost: perq\r\n\r\n'),
  }
}

const answers = (text: string): number => text.split('HTTP/1.1 200').length - 1
const at = { host: '127.0.0.1', port: 0 }

test('a door that closes answers whoever comes within the grace, and tells them to go', async () => {
  const door = await listen((_, res) => void res.end('yes'), at)
  const client = dial(door.port)
  client.ask()
  await eventually(() => assert.equal(answers(client.said()), 1))
  assert.match(client.said(), /connection: keep-alive/i)
  const closed = door.close(60_000)
  client.ask()
  await closed
  await eventually(() => assert.ok(client.ended()))
  assert.equal(answers(client.said()), 2)
  assert.match(client.said(), /connection: close/i)
})

test('silent connections are hung up after the grace, those with an answer on its way only after it', async () => {
  const waiting: ServerResponse[] = []
  const door = await listen((_, res) => void waiting.push(res), at)
  const [silent, busy] = [dial(door.port), dial(door.port)]
  busy.ask()
  await eventually(() => assert.equal(waiting.length, 1))
  // Both have been accepted by then: connections come in their order.
  const closed = door.close(0)
  await eventually(() => assert.ok(silent.ended()))
  assert.equal(busy.ended(), false)
  waiting[0]!.end('late')
  await closed
  await eventually(() => assert.ok(busy.ended()))
  assert.equal(answers(busy.said()), 1)
  assert.match(busy.said(), /connection: close/i)
})

test('a stream that began before keeps its connection to its end, and the next request on it is answered', async () => {
  const waiting: ServerResponse[] = []
  const door = await listen((_, res) => {
    res.write('first ')
    waiting.push(res)
  }, at)
  const client = dial(door.port)
  client.ask()
  await eventually(() => assert.match(client.said(), /first/))
  const closed = door.close(60_000)
  waiting[0]!.end('last')
  await eventually(() => assert.match(client.said(), /last/))
  client.ask()
  await eventually(() => assert.equal(waiting.length, 2))
  waiting[1]!.end()
  await closed
  await eventually(() => assert.ok(client.ended()))
  assert.equal(answers(client.said()), 2)
})

test('a closed door takes no new connections, and one that is cut ends every one', async () => {
  const door = await listen(() => {}, at)
  const client = dial(door.port)
  client.ask()
  await eventually(() => assert.ok(client.socket.bytesWritten > 0))
  const closed = door.close(60_000)
  const late = dial(door.port)
  await eventually(() => assert.ok(late.ended()))
  door.cut()
  await closed
  await eventually(() => assert.ok(client.ended()))
})
