import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { exchange } from '../relay/exchange.ts'
import { undiciTransport } from '../relay/undici.ts'
import { http1Transport } from './transport.ts'

test('a body in pieces arrives as one, small or large, through either transport', async (t) => {
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => void parts.push(part))
    request.on('end', () => response.end(Buffer.concat(parts)))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const transports = [http1Transport(), undiciTransport()]
  t.after(async () => {
    for (const transport of transports) await transport.close()
    server.close()
  })
  for (const transport of transports)
    for (const size of [0, 1, 900, 20_000, 33_000, 200_000]) {
      const whole = Buffer.from(Array.from({ length: size }, (_, n) => n % 251))
      const cuts = [0, Math.min(1, size), size >> 1, Math.max(0, size - 3), size].toSorted((a, b) => a - b)
      const body = cuts.slice(1).map((to, n) => whole.subarray(cuts[n], to))
      const origin = `http://127.0.0.1:${port}`
      const headers = ['content-type', 'application/octet-stream']
      const answer = await exchange(
        transport,
        { origin, path: '/', method: 'POST', headers, body },
        2 * size + 10_000,
      )
      assert.equal(answer.kind, 'answer')
      assert.ok(answer.kind === 'answer' && answer.body.equals(whole), `${size} bytes`)
    }
})
