import type { Db } from '#db/sql.ts'
import { NOTHING_PLANTED, openSlot, type Planted, type Slot } from './company.ts'
import { runScript, type Counts, type Failure } from './run.ts'
import { scriptOf, type Command } from './script.ts'
import { tellStory } from './tell.ts'

/** Operations of one seed: long enough for months to pass. */
export const PER_SEED = 1_000

export type ManyAsk = {
  readonly operations: number
  /** The first one; the next ones follow. */
  readonly seed: number
  /** Databases side by side, so that neither this process nor the server waits for the other. */
  readonly slots?: number
  readonly planted?: Planted
  readonly plant?: (db: Db) => Promise<void>
  readonly log?: (line: string) => void
  readonly perSeed?: number
  /** Runs that look for a shorter story. */
  readonly tries?: number
}
export type ManyResult = {
  readonly operations: number
  readonly seeds: number
  readonly seconds: number
  readonly perSecond: number
  readonly counts: Readonly<Record<string, number>>
  /** Null: everything held. */
  readonly broken: { readonly seed: number; readonly promise: string; readonly story: string } | null
}

const LOG_EVERY = 15_000
const TRIES = 200

/** Seeds from the first one on, until so many operations are done or one of them breaks a promise: then its shortest story. */
export async function simulate(ask: ManyAsk): Promise<ManyResult> {
  const {
    operations,
    seed: first,
    planted = NOTHING_PLANTED,
    plant,
    log = () => {},
    perSeed = PER_SEED,
    tries = TRIES,
  } = ask
  const seeds = Math.ceil(operations / perSeed)
  const counts: Counts = new Map()
  const began = performance.now()
  let [next, done, toldAt] = [first, 0, began]
  const failures: { readonly seed: number; readonly failure: Failure }[] = []
  const each = async (slot: Slot): Promise<void> => {
    while (next < first + seeds && failures.length === 0) {
      const seed = next
      next += 1
      const failure = await runScript(slot, { seed, script: scriptOf(seed, perSeed), planted, counts })
      if (failure) failures.push({ seed, failure })
      done += 1
      const now = performance.now()
      if (now - toldAt < LOG_EVERY) continue
      toldAt = now
      log(
        `${done} of ${seeds} seeds, ${Math.round((done * perSeed * 1_000) / (now - began))} operations a second`,
      )
    }
  }
  const slots: Slot[] = []
  try {
    for (let n = 0; n < Math.min(ask.slots ?? 1, seeds); n += 1) slots.push(await openSlot(plant))
    await Promise.all(slots.map(each))
    const seconds = (performance.now() - began) / 1_000
    const [failed] = failures.toSorted((a, b) => a.seed - b.seed)
    const broken = failed ? await shortest(slots[0]!, failed, { planted, log, perSeed, tries }) : null
    return {
      operations: done * perSeed,
      seeds: done,
      seconds: Math.round(seconds),
      perSecond: Math.round((done * perSeed) / seconds),
      counts: Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      broken,
    }
  } finally {
    for (const slot of slots) await slot.close()
  }
}

/**
 * The shortest story that breaks the same promise: what came after is dropped, then halves, quarters and so on down to
 * single commands, as long as it still breaks.
 */
async function shortest(
  slot: Slot,
  { seed, failure: found }: { seed: number; failure: Failure },
  {
    planted,
    log,
    perSeed,
    tries: most,
  }: { planted: Planted; log: (line: string) => void; perSeed: number; tries: number },
) {
  let failure = found
  const whole = scriptOf(seed, perSeed)
  const end = failure.index >= whole.length
  let script: readonly Command[] = whole.slice(0, failure.index + 1)
  log(`seed ${seed}: ${found.finding.promise}: ${found.finding.how}; looking for its shortest story`)
  let tries = 0
  const attempt = async (shorter: readonly Command[]): Promise<boolean> => {
    tries += 1
    const next = await runScript(slot, { seed, script: shorter, planted, counts: new Map(), end })
    if (next?.finding.promise !== failure.finding.promise) return false
    failure = next
    script = shorter.slice(0, next.index + 1)
    return true
  }
  for (
    let size = script.length >> 1;
    size >= 1 && tries < most;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let from = script.length - size; from > -size && tries < most; from -= size) {
      const at = Math.max(from, 0)
      if (at < script.length) await attempt([...script.slice(0, at), ...script.slice(from + size)])
    }
    log(`${script.length} commands left`)
  }
  // What is left is told with as few calls as it needs.
  for (let at = script.length - 1; at >= 0 && tries < 2 * most; at -= 1) {
    const command = script[at]!
    if (command.kind !== 'hold' || command.calls.length < 2) continue
    for (const call of command.calls) {
      const now = script[at]
      if (now?.kind !== 'hold' || now.calls.length < 2) break
      await attempt(script.with(at, { ...now, calls: now.calls.filter((one) => one !== call) }))
    }
  }
  const replay = `npm run -s simulate -- --seed ${seed} --operations ${perSeed}`
  return { seed, promise: failure.finding.promise, story: tellStory(failure, replay) }
}
