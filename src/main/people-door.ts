import type { RequestListener } from 'node:http'
import type { Probes } from '#api/probes.ts'
import type { Log } from './log.ts'

/**
 * The door of pages and API, which is opened when somebody first comes to it: a process that only serves calls does not carry it.
 * Machines that ask how it goes are answered without it.
 */
export function openPeopleDoor({
  probes,
  open,
  log,
}: {
  probes: Probes
  open: () => Promise<RequestListener>
  log: Log
}): RequestListener {
  let door: Promise<RequestListener> | null = null
  return (req, res) => {
    const fail = (error: unknown): void => {
      log('error', 'a request could not be answered', { path: req.url ?? '', error: String(error) })
      if (res.headersSent) return void res.destroy()
      res.writeHead(500).end()
    }
    const probe = req.method === 'GET' ? probes[req.url as keyof Probes] : undefined
    if (probe) {
      probe().then(({ status, type, body }) => {
        const headers = {
          'content-type': type,
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
        }
        res.writeHead(status, headers).end(body)
      }, fail)
      return
    }
    door ??= open()
    door.then(
      (listener) => void listener(req, res),
      (error: unknown) => {
        // The next one may be luckier.
        door = null
        fail(error)
      },
    )
  }
}
