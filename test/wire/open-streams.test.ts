import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { eventually } from '../support/eventually.ts'
import { serve, testGateway, type Employee, type TestGateway } from '../support/gateway.ts'

const STREAMS = 24
const MEGABYTE = 1024 * 1024
const WITHIN = 15_000

const EVENT = `data: {"id":"c","choices":[{"index":0,"delta":{"content":"x"}}]}\n\n`
const USAGE = `data: {"id":"c","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}\n\n`
const BODY = JSON.stringify({
  model: 'gpt-5.2',
  stream: true,
  max_tokens: 100,
  messages: [{ role: 'user', content: 'x'.repeat(MEGABYTE) }],
})

let provider: Awaited<ReturnType<typeof serve>>
let gateway: TestGateway
let mary: Employee
/** Replies of the provider that have begun. */
const open: ServerResponse[] = []

before(async () => {
  provider = await serve((req, res) => {
    // Read to nowhere: nothing of it is kept on this side.
    req.resume().once('end', () => {
      res.writeHead(200, { 'content-type': 'text/event-stream' }).write(EVENT)
      open.push(res)
    })
  })
  gateway = await testGateway({ openaiBase: `${provider.url}/v1` })
  mary = await gateway.employee(1_000_000_000_000n)
})
after(async () => {
  await gateway.close()
  await provider.close()
})

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const inUse = (): number => {
  collect()
  return process.memoryUsage().arrayBuffers
}

test('an open stream keeps nothing of the request that it answers', async () => {
  const { hostname, port } = new URL(gateway.url)
  const head = [
    'POST /openai/v1/chat/completions HTTP/1.1',
    `Host: ${hostname}`,
    `Authorization: Bearer ${mary.key}`,
    'Content-Type: application/json',
    `Content-Length: ${BODY.length}`,
  ].join('\r\n')
  const request = Buffer.from(`${head}\r\n\r\n${BODY}`)
  const begun = inUse()
  const clients: { socket: Socket; came: string }[] = []
  for (let n = 0; n < STREAMS; n += 1) {
    const client = { socket: connect(Number(port), hostname), came: '' }
    client.socket.setEncoding('utf8').on('data', (text: string) => (client.came += text))
    client.socket.write(request)
    clients.push(client)
  }
  await eventually(() => assert.ok(clients.every(({ came }) => came.includes(EVENT.trim()))), WITHIN)

  await eventually(() => {
    const kept = inUse() - begun
    assert.ok(kept < (STREAMS * MEGABYTE) / 4, `${STREAMS} streams keep ${kept} bytes of buffers`)
  }, WITHIN)

  for (const res of open) res.end(`${USAGE}data: [DONE]\n\n`)
  await eventually(() => assert.ok(clients.every(({ came }) => came.includes('[DONE]'))), WITHIN)
  for (const { socket } of clients) socket.destroy()
})
