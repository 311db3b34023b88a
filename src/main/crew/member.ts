import cluster from 'node:cluster'
import { never } from '#base/invariant.ts'
import { connect } from '#db/connect.ts'
import { migrate } from '#db/migrate.ts'
import { failure, say } from '../cli/output.ts'
import { openLog } from '../log.ts'
import { openReplica, type Replica } from '../replica.ts'
import { realWorld } from '../world.ts'
import { openGatherer } from './scrape.ts'
import type { Brief, Order, Word } from './words.ts'

/**
 * One process of a crew: a replica as every other, except that the primary gives it its connections. When the primary is
 * gone it ends at once, and what it held lapses as that of any process that dies.
 */
let leave: (grace: number, patience: number) => Promise<void> = () => Promise.resolve()
let replica: Replica | null = null

// They come to every process of a terminal or of a service; the primary alone decides what they mean.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

const tell = (word: Word): void => void process.send?.(word)
const gatherer = openGatherer(tell)

async function begin(brief: Brief): Promise<void> {
  const db = await connect(brief.database, { max: brief.pool })
  // The code may be newer than that of the process whose place this one takes.
  await migrate(db)
  replica = await openReplica({
    ...brief,
    env: process.env,
    db,
    world: realWorld(brief.offset),
    master: Buffer.from(brief.master, 'hex'),
    log: openLog(say, brief.settings.log),
    gather: gatherer.gather,
  })
  const { close, port, url } = replica
  leave = async (grace, patience) => {
    await close({ grace, patience })
    await db.close()
  }
  tell({ kind: 'ready', port, url })
}

async function obey(order: Order): Promise<void> {
  switch (order.kind) {
    case 'begin':
      return begin(order.brief)
    case 'look away':
      return replica?.leave()
    case 'scrape':
      return tell({ kind: 'scraped', id: order.id, text: (await replica?.scrape()) ?? '' })
    case 'gathered':
      return gatherer.gathered(order)
    case 'leave':
      await leave(order.grace, order.patience)
      return process.exit(0)
    default:
      return never(order)
  }
}

if (cluster.isWorker) {
  process.on('message', (order: Order) => {
    obey(order).catch((error: unknown) => {
      tell({ kind: 'failed', text: failure(error).text })
      process.exitCode = 1
      process.disconnect()
    })
  })
}
