import cluster, { type Worker } from 'node:cluster'
import { fileURLToPath } from 'node:url'
import { Fault } from '#base/fault.ts'
import { MINUTE, SECOND, type Millis } from '#base/time.ts'
import type { Log } from '../log.ts'
import { IDLE_GRACE } from '../replica.ts'
import { openBroker } from './scrape.ts'
import type { Brief, Order, Word } from './words.ts'

/** A process that is not ready by then will not be. */
const READY_WITHIN = MINUTE
const FIRST_PAUSE = 100
const LONGEST_PAUSE = 10 * SECOND
/** A process that has served for so long did not die of how it starts. */
const CALM_AFTER = 30 * SECOND
/** Beyond the time that calls have to end, for closing all else. */
const END_GRACE = 20 * SECOND

type Ready = Extract<Word, { kind: 'ready' }>
type Member = {
  readonly pid: number
  readonly startedAt: Millis
  readonly ready: Promise<Ready>
  readonly ended: Promise<string>
  tell(order: Order): void
  kill(): void
}

export type Crew = Awaited<ReturnType<typeof startCrew>>

/**
 * As many processes as the settings say, each a whole replica, on one listening socket that this process owns and whose
 * connections it gives to them in turn: the kernel would give most of a few long-lived connections to the same one. One
 * that dies is replaced; all are replaced, one by one, by `roll`. Ready when it returns; throws when the first ones fail.
 */
export async function startCrew({ brief, log }: { brief: Brief; log: Log }) {
  const { workers: count, stopWithin } = brief.settings
  cluster.schedulingPolicy = cluster.SCHED_RR
  cluster.setupPrimary({ exec: fileURLToPath(new URL('member.ts', import.meta.url)), args: [] })

  const places: Member[] = []
  const living = new Set<Member>()
  const broker = openBroker()
  const leaving = new Set<Member>()
  let closing = false
  let wanted = brief.settings.port
  let known: Ready | null = null

  /** A new process; `ready` rejects when it ends before. */
  function launch(): Member {
    // A free port was asked for, and whoever held the one that was found is gone: that one again.
    if (living.size === 0 && known) wanted = known.port
    const worker = cluster.fork()
    const member = follow(worker)
    living.add(member)
    void member.ended.then(() => living.delete(member))
    worker.on('message', (word: Word) =>
      broker.hear(
        member,
        word,
        places.filter((one) => living.has(one)),
      ),
    )
    member.tell({ kind: 'begin', brief: { ...brief, settings: { ...brief.settings, port: wanted } } })
    return member
  }

  async function launchReady(): Promise<Member> {
    const member = launch()
    try {
      known = await member.ready
      return member
    } catch (error) {
      member.kill()
      await member.ended
      throw error
    }
  }

  async function retire(member: Member, grace: Millis, patience: Millis): Promise<void> {
    leaving.add(member)
    member.tell({ kind: 'leave', grace, patience })
    const late = setTimeout(() => member.kill(), grace + patience + END_GRACE)
    await member.ended
    clearTimeout(late)
  }

  /** Keeps a place taken for as long as the crew serves. */
  async function keep(place: number): Promise<void> {
    let pause = FIRST_PAUSE
    for (;;) {
      const member = places[place]!
      const reason = await member.ended
      if (closing) return
      if (places[place] !== member) continue
      if (performance.now() - member.startedAt > CALM_AFTER) pause = FIRST_PAUSE
      log('error', `a serving process is gone (${reason}); another takes its place`, { process: member.pid })
      const fresh = await replacement(place, member, pause)
      if (!fresh) return
      pause = Math.min(pause * 2, LONGEST_PAUSE)
    }
  }

  /** Null when the crew is closing. */
  async function replacement(place: number, gone: Member, first: Millis): Promise<Member | null> {
    for (let pause = first; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      await new Promise((resolve) => setTimeout(resolve, pause))
      if (closing) return null
      const fresh = await launchReady().catch((error: unknown) => {
        log('error', 'a serving process does not start; it is tried again', { error: String(error) })
        return null
      })
      if (!fresh) continue
      if (closing) return null
      // A restart of all may have been quicker.
      if (places[place] === gone) places[place] = fresh
      else void retire(fresh, 0, stopWithin)
      return places[place]!
    }
  }

  let rolling: Promise<void> | null = null
  let again = false

  async function rollAll(): Promise<void> {
    log('info', `replacing ${count} serving processes, one by one`)
    for (const place of places.keys()) {
      if (closing) return
      let fresh: Member
      try {
        fresh = await launchReady()
      } catch (error) {
        log('error', 'the new process does not start; those that serve go on', { error: String(error) })
        return
      }
      const old = places[place]!
      places[place] = fresh
      if (living.has(old)) await retire(old, IDLE_GRACE, stopWithin)
    }
    log('info', 'all serving processes are new')
  }

  async function roll(): Promise<void> {
    if (rolling) {
      // What was asked for may be newer than what the processes of the running one have read.
      again = true
      return rolling
    }
    rolling = (async () => {
      do {
        again = false
        await rollAll()
      } while (again && !closing)
    })().finally(() => (rolling = null))
    return rolling
  }

  async function close({ grace, patience }: { grace: Millis; patience: Millis }): Promise<void> {
    closing = true
    await Promise.all(
      [...living].filter((one) => !leaving.has(one)).map((one) => retire(one, grace, patience)),
    )
    await Promise.all([...living].map(({ ended }) => ended))
  }

  const first = await Promise.allSettled(Array.from({ length: count }, launchReady))
  const failed = first.find((one) => one.status === 'rejected')
  if (failed || !known) {
    await close({ grace: 0, patience: 0 })
    throw failed?.reason
  }
  places.push(...first.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])))
  const kept = Promise.all([...places.keys()].map(keep))
  const { url } = known as Ready
  return {
    url,
    roll,
    leave: (): void => {
      for (const one of living) one.tell({ kind: 'look away' })
    },
    close: async (how: { grace: Millis; patience: Millis }): Promise<void> => {
      await close(how)
      await kept
    },
  }
}

function follow(worker: Worker): Member {
  const { pid = 0 } = worker.process
  const ended = new Promise<string>((resolve) => {
    worker.once('exit', (code: number | null, signal: string | null) =>
      resolve(signal ? `killed by ${signal}` : `ended with code ${code ?? 0}`),
    )
    worker.once('error', (error) => resolve(String(error)))
  })
  const ready = new Promise<Ready>((resolve, reject) => {
    const late = setTimeout(
      () => reject(unready(`process ${pid} was not ready within a minute`)),
      READY_WITHIN,
    )
    worker.on('message', (word: Word) => {
      if (word.kind === 'ready') resolve(word)
      if (word.kind === 'failed') reject(unready(word.text.replace(/^perq: /, '')))
    })
    void ended.then((reason) => reject(unready(`process ${pid} ${reason} before it was ready`)))
    const settled = (): void => clearTimeout(late)
    void ended.then(settled)
    worker.once('message', settled)
  })
  return {
    pid,
    startedAt: performance.now(),
    ready,
    ended,
    // One that is just going away hears nothing.
    tell: (order) => void (worker.isConnected() && worker.send(order, () => {})),
    kill: () => void worker.process.kill('SIGKILL'),
  }
}

const unready = (message: string): Fault => new Fault('unavailable', message)
