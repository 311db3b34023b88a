import type { AddressInfo } from 'node:net'
import { http } from '#base/http.ts'
import type { World } from '#base/world.ts'
import { createDemoProvider } from '#gateway/demo/provider.ts'
import type { Upstreams } from '#gateway/upstreams/upstreams.ts'

const PATHS = { openai: '/openai/v1', anthropic: '/anthropic', gemini: '/gemini' } as const

/**
 * The built-in provider on a loopback port of its own, and an upstream of each protocol that points there. The port
 * is another at every start, so the upstreams are pointed anew.
 */
export async function startDemoProvider({
  world,
  upstreams,
  pace,
}: {
  world: World
  upstreams: Upstreams
  pace: number
}) {
  const server = http.createServer(createDemoProvider({ world, pace }))
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const standing = new Map((await upstreams.list()).map((upstream) => [upstream.name, upstream]))
  for (const protocol of ['openai', 'anthropic', 'gemini'] as const) {
    const name = `demo-${protocol}`
    const baseUrl = `http://127.0.0.1:${port}${PATHS[protocol]}`
    const before = standing.get(name)
    if (before) await upstreams.change(before.id, { baseUrl, standIn: true })
    // Anything else that speaks the protocol takes its place: nobody pays real money for its words.
    else await upstreams.create({ name, protocol, baseUrl, key: 'demo', priority: 100, standIn: true })
  }
  return {
    port,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
