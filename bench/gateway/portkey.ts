import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, startProgram, type Subject } from './subject.ts'
import { treeOf } from './processes.ts'

const PEERS = fileURLToPath(new URL('../peers/', import.meta.url))
const PROGRAM = join(PEERS, 'node_modules/@portkey-ai/gateway/build/start-server.js')
const SHIM = join(PEERS, 'portkey-shim.mjs')

/** How everything here is installed, in plain JavaScript. */
type NpmSetup = { npmCi(folder: string, nodeBin: string): Promise<void> }

/** Said beside each figure. */
export const PORTKEY_SHIM =
  'as installed it answers streams with 500 (TypeError: immutable); measured with a fetch that gives headers which can be changed'

const lockedVersion = (): string => {
  const lock = JSON.parse(readFileSync(join(PEERS, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version?: string }>
  }
  return lock.packages['node_modules/@portkey-ai/gateway']?.version ?? 'unknown'
}

/** From npm, exactly the locked version, installed when it is first needed. null: not to be had here. */
export async function startPortkey(
  { upstream, keys }: { upstream: number; keys: readonly string[] },
  log: (line: string) => void,
): Promise<(Subject & { readonly version: string }) | null> {
  try {
    if (!existsSync(PROGRAM)) {
      log('installing @portkey-ai/gateway (once, about 25 MB)')
      const { npmCi } = (await import(new URL('../../setup/npm.mjs', import.meta.url).href)) as NpmSetup
      await npmCi(PEERS, dirname(process.execPath))
    }
    const port = await freePort()
    const running = await startProgram(
      process.execPath,
      [`--import=${SHIM}`, PROGRAM, `--port=${port}`, '--headless'],
      { port, cwd: PEERS, env: { ...process.env, NODE_ENV: 'production' } },
    )
    return {
      name: 'portkey',
      version: lockedVersion(),
      target: {
        port,
        path: '/v1/chat/completions',
        keys,
        headers: {
          'x-portkey-provider': 'openai',
          'x-portkey-custom-host': `http://127.0.0.1:${upstream}/v1`,
        },
      },
      pids: () => treeOf(running.pid),
      verbatim: false,
      pinned: false,
      stop: running.stop,
    }
  } catch (error) {
    log(String((error as Error).message))
    return null
  }
}
