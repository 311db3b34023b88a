import { mkdtempSync, rmSync } from 'node:fs'
import { connect as dial, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A way to the database that can be cut: a unix socket that passes everything on to the real one. */
export function breakable(url: string) {
  const real = new URL(url.replace('@/', '@unix/')).searchParams
  const port = real.get('port')!
  const folder = mkdtempSync(join(tmpdir(), 'perq-wire-'))
  const sockets = new Set<Socket>()
  let server: Server | null = null
  const mend = (): Promise<void> =>
    new Promise((resolve) => {
      server = createServer((near) => {
        const far = dial(join(real.get('host')!, `.s.PGSQL.${port}`))
        for (const [one, other] of [
          [near, far],
          [far, near],
        ] as const) {
          sockets.add(one)
          one.on('error', () => {})
          one.on('close', () => {
            sockets.delete(one)
            other.destroy()
          })
          one.pipe(other)
        }
      }).listen(join(folder, `.s.PGSQL.${port}`), resolve)
    })
  const cut = (): Promise<void> =>
    new Promise((resolve) => {
      server?.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  const query = new URLSearchParams({ host: folder, port })
  return {
    url: `${url.slice(0, url.indexOf('?'))}?${query.toString()}`,
    mend,
    cut,
    remove: () => rmSync(folder, { recursive: true }),
  }
}
