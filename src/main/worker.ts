import { MINUTE, SECOND, type Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Turn } from '#db/sql.ts'
import type { Log } from './log.ts'

export type Duty = {
  readonly name: string
  readonly every: Millis
  /** Of every process for itself; the others are done by the one whose turn it is. */
  readonly own?: true
  readonly run: (now: Millis) => Promise<unknown>
}

export type WorkerParts = {
  readonly world: World
  readonly ledger: {
    heartbeat(now: Millis): Promise<void>
    lapse(now: Millis): Promise<number>
    seal(): Promise<number>
    openMonths(now: Millis): Promise<number>
    rollUp(): Promise<boolean>
  }
  readonly vestDue: (now: Millis) => Promise<number>
  /** What the lives of people bring: leavings whose day has come, leaves that are over, rollover, expiry, re-pricing. */
  readonly life: {
    work(now: Millis): Promise<number>
    expireDue(now: Millis): Promise<number>
    repriceDue(): Promise<number>
  }
  /** Spends seats whose use was recorded by a process that then ended. */
  readonly backSeats: (now: Millis) => Promise<number>
  /** Settles the calls of batches that their provider has ended. */
  readonly settleBatches: (now: Millis) => Promise<number>
  /** Ends offers that are past their last day. */
  readonly expireOffers: (now: Millis) => Promise<number>
  /** Fetches the feeds of prices that are enabled and due. */
  readonly fetchPrices: (now: Millis) => Promise<number>
  /** What there is to do at a GPU cluster, where one is looked after. */
  readonly cluster?: readonly Duty[]
  /** Sends what webhooks have to send. */
  readonly deliver: (now: Millis) => Promise<number>
  /** Forgets ended sessions, used links and old answers. */
  readonly sweep: () => Promise<number>
  /** Whether the duties that one process can do for all are this process's. */
  readonly turn: Pick<Turn, 'mine'>
  readonly log: Log
  /** Where it is counted how they go. */
  readonly watch: { did(duty: string, at: Millis): void; failed(duty: string): void }
}

/**
 * What has to happen by itself. Each duty is safe to do at once and twice, so whose turn it is only saves work: the others
 * do it too, at every twelfth time, lest a process that stands still with the turn should stop the clock of all.
 */
export const duties = ({
  ledger,
  life,
  vestDue,
  backSeats,
  settleBatches,
  expireOffers,
  fetchPrices,
  cluster = [],
  deliver,
  sweep,
}: WorkerParts): readonly Duty[] => [
  { name: 'heartbeat', every: 5 * SECOND, own: true, run: ledger.heartbeat },
  { name: 'lapse', every: 5 * SECOND, own: true, run: ledger.lapse },
  { name: 'life', every: 5 * SECOND, run: life.work },
  { name: 'vest', every: 5 * SECOND, run: vestDue },
  { name: 'seats', every: MINUTE, run: backSeats },
  { name: 'batches', every: 15 * SECOND, run: settleBatches },
  { name: 'offers', every: MINUTE, run: expireOffers },
  { name: 'price feeds', every: 10 * MINUTE, run: fetchPrices },
  ...cluster,
  { name: 'webhooks', every: SECOND, run: deliver },
  { name: 'expire', every: 30 * SECOND, run: life.expireDue },
  { name: 'seal', every: SECOND, run: ledger.seal },
  { name: 'roll up', every: 5 * SECOND, run: ledger.rollUp },
  { name: 'months', every: MINUTE, run: ledger.openMonths },
  { name: 'reprice', every: 10 * MINUTE, run: life.repriceDue },
  { name: 'forget', every: 10 * MINUTE, run: sweep },
]

/** A duty that fails is told once a minute at most, and tried again at its next turn. */
const TELL_AGAIN_AFTER = MINUTE
const OTHERS_EVERY = 12

export function startWorker(parts: WorkerParts): { stop(): Promise<void> } {
  const running = new Set<Promise<void>>()
  const timers: NodeJS.Timeout[] = []
  let stopped = false

  const start = (duty: Duty): void => {
    let busy = false
    let idle = 0
    let toldAt = Number.NEGATIVE_INFINITY
    const turn = async (): Promise<void> => {
      const now = parts.world.now()
      try {
        await duty.run(now)
        parts.watch.did(duty.name, now)
      } catch (error) {
        parts.watch.failed(duty.name)
        if (stopped || now - toldAt < TELL_AGAIN_AFTER) return
        toldAt = now
        parts.log('error', `the duty "${duty.name}" failed and will be tried again`, { error: String(error) })
      }
    }
    const timer = setInterval(() => {
      if (busy || stopped) return
      idle = duty.own || parts.turn.mine() ? 0 : (idle + 1) % OTHERS_EVERY
      if (idle !== 0) return
      busy = true
      const done = turn().finally(() => {
        busy = false
        running.delete(done)
      })
      running.add(done)
    }, duty.every)
    timers.push(timer)
  }

  for (const duty of duties(parts)) start(duty)
  return {
    stop: async () => {
      stopped = true
      for (const timer of timers) clearInterval(timer)
      await Promise.all(running)
    },
  }
}
