/**
 * Holds the database server of the tests: one per checkout, without durability. It prints the superuser's URL and
 * stays until nobody has been connected for a while, or until standard input closes when the runner started it
 * (`--stay`). So that any test file can be run by hand, in any number at once, and nothing is left running.
 */
import { fileURLToPath } from 'node:url'
import { connect } from '#db/connect.ts'
import { startEmbedded } from '#db/embedded.ts'

const LOOK_EVERY = 500
const IDLE_LOOKS = 6

const dir = fileURLToPath(new URL('../../.perq/test/postgres', import.meta.url))
const stay = process.argv.includes('--stay')
const server = await startEmbedded({ dir, role: 'tool', durable: false, log: (line) => console.error(line) })
const admin = await connect(server.adminUrl, { max: 1, name: 'perq test server' })

if (!server.adopted) {
  const left = await admin.query<{ name: string }>(
    `select datname as name from pg_database where datname like 'perq\\_t\\_%' or datname like 'perq\\_building\\_%'`,
  )
  for (const { name } of left) await admin.query(`drop database if exists ${name} with (force)`)
}
console.log(server.adminUrl)

if (stay) {
  for await (const _ of process.stdin) continue
} else {
  for (let idle = 0; idle < IDLE_LOOKS && !server.adopted;) {
    await new Promise((done) => setTimeout(done, LOOK_EVERY))
    const [row] = await admin.query<{ others: number }>(
      `select count(*)::int as others from pg_stat_activity
       where backend_type = 'client backend' and pid <> pg_backend_pid()`,
    )
    idle = row?.others === 0 ? idle + 1 : 0
  }
}
await admin.close()
await server.stop()
