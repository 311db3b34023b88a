import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT } from '#main/config.ts'
import { freePort, startProgram, type Subject } from './subject.ts'
import { treeOf } from './processes.ts'

const KEPT = join(ROOT, '.cache/bench/nginx')

/** The machine's nginx, or Debian's package unpacked into a folder of ours; null when there is none to be had. */
function findNginx(log: (line: string) => void): string | null {
  const unpacked = join(KEPT, 'usr/sbin/nginx')
  const standing = ['/usr/sbin/nginx', unpacked].find((path) => existsSync(path))
  if (standing) return standing
  log('nginx is not here; taking it out of the package of this system')
  try {
    mkdirSync(KEPT, { recursive: true })
    execFileSync('apt-get', ['download', 'nginx'], { cwd: KEPT, stdio: 'ignore' })
    for (const file of readdirSync(KEPT).filter((name) => name.endsWith('.deb')))
      execFileSync('dpkg', ['-x', file, KEPT], { cwd: KEPT, stdio: 'ignore' })
    return existsSync(unpacked) ? unpacked : null
  } catch {
    return null
  }
}

/** A plain proxy, set up as well as it can be: connections kept on both sides, nothing buffered, nothing written. */
const config = ({ port, upstream, folder }: { port: number; upstream: number; folder: string }): string => `
daemon off;
worker_processes 1;
worker_rlimit_nofile 65536;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 16384; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  client_max_body_size 32m;
  client_body_buffer_size 512k;
  keepalive_requests 1000000000;
  keepalive_timeout 300s;
  upstream provider {
    server 127.0.0.1:${upstream};
    keepalive 512;
    keepalive_requests 1000000000;
    keepalive_timeout 300s;
  }
  server {
    listen 127.0.0.1:${port} backlog=8192;
    location / {
      proxy_pass http://provider;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }
  }
}
`

/** null: not here, and the bench says so. */
export async function startNginx(
  { upstream, keys }: { upstream: number; keys: readonly string[] },
  log: (line: string) => void,
): Promise<Subject | null> {
  const program = findNginx(log)
  if (!program) return null
  const folder = mkdtempSync(`${tmpdir()}/perq-bench-nginx-`)
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  const port = await freePort()
  writeFileSync(`${folder}/nginx.conf`, config({ port, upstream, folder }))
  try {
    const running = await startProgram(program, ['-p', folder, '-c', `${folder}/nginx.conf`], {
      port,
      cwd: folder,
    })
    return {
      name: 'nginx',
      target: { port, path: '/v1/chat/completions', keys, headers: {} },
      pids: () => treeOf(running.pid),
      verbatim: true,
      pinned: true,
      stop: async () => {
        await running.stop()
        remove()
      },
    }
  } catch (error) {
    remove()
    log(String((error as Error).message))
    return null
  }
}
