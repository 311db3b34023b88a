import assert from 'node:assert/strict'
import type { AccountingRecord, Realm, Scheduler, SeenJob } from '#cluster/port.ts'
import { hasEnded } from '#cluster/verdict.ts'
import { startSlurm } from '../support/slurm/cluster.ts'
import { portTo, recordsOf } from '../support/slurm/port.ts'
import { waitFor } from '../support/slurm/wait.ts'

export const REALM: Realm = { root: 'acme', prefix: 'perq-', logins: ['alice', 'bob'] }

type Options = Omit<Parameters<typeof startSlurm>[0], 'people' | 'nodes'>

/**
 * A cluster, and what Perq keeps there for two people: an account of their own, an allowance that is guaranteed (one GPU-minute
 * of h100) and one that gives way, which is the usual one.
 */
export async function openScene(options: Options = {}) {
  const slurm = await startSlurm({ people: ['alice', 'bob'], ...options })
  const port = portTo(slurm)
  const close = async (): Promise<void> => {
    await port.close()
    await slurm.remove()
  }
  try {
    await fill(port)
  } catch (error) {
    await close()
    throw error
  }

  const text = (login: string, ...command: string[]): Promise<string> => slurm.must(login, command)

  /** When each job was accepted, or a little earlier: after a kill an id may mean another job. */
  const acceptedAt = new Map<string, number>()
  const isOf = (record: AccountingRecord, job: string): boolean =>
    record.job === job && record.submittedAt >= (acceptedAt.get(job) ?? 0)

  /** The id of a job that was accepted. */
  async function submit(login: string, ...args: string[]): Promise<string> {
    const at = Math.floor(Date.now() / 1000) * 1000
    const said = await text(login, 'sbatch', ...args)
    const job = /\d+$/.exec(said)?.[0] ?? assert.fail(said)
    acceptedAt.set(job, at)
    return job
  }

  /** What a person is told, of a job that was not accepted. */
  async function refusal(login: string, ...args: string[]): Promise<string> {
    const { code, err } = await slurm.run(login, ['sbatch', ...args])
    assert.notEqual(code, 0, `sbatch ${args.join(' ')} was accepted`)
    return err
  }

  const seen = async (job: string): Promise<SeenJob | undefined> =>
    (await port.jobs()).find((one) => one.job === job)

  const state = (job: string, wanted: SeenJob['state']): Promise<SeenJob> =>
    waitFor(`job ${job} is ${wanted}`, async () => {
      const one = await seen(job)
      return one?.state === wanted ? one : null
    })

  const recorded = (job: string, what: string, is: (record: AccountingRecord) => boolean) =>
    waitFor(`job ${job} ${what}`, async () =>
      (await recordsOf(port)).find((record) => isOf(record, job) && is(record)),
    )

  return {
    slurm,
    port,
    text,
    submit,
    refusal,
    seen,
    state,
    isOf,
    close,

    ended: (job: string) => recorded(job, 'has ended', hasEnded),

    async release(job: string): Promise<void> {
      await port.release(await state(job, 'held'))
    },

    /** The accounting knows that it runs. Of a run whose end comes before its start, little else is recorded. */
    begun: (job: string) => recorded(job, 'is recorded as running', ({ state }) => state === 'running'),
    endLasting: (login: string) => text(login, 'touch', 'enough'),
  }
}

/** Runs until its person says `endLasting`; one of a person at a time. Then a file says in which second it ended. */
export const LASTING = 'until [ -e enough ]; do sleep 0.1; done; rm enough; date +%s > ended'

async function fill(port: Scheduler): Promise<void> {
  const allowance = (
    name: string,
    priority: number,
    preempts: string[],
    gpuMinutes: Record<string, bigint>,
  ) =>
    port.change(REALM, {
      kind: 'put_allowance',
      allowance: { name, priority, preempts, gpuMinutes, exempt: 0, gpusAtOnce: {}, longest: null },
    })
  await allowance('perq-spot', 10, [], {})
  await allowance('perq-1', 1_000, ['perq-spot'], { h100: 1n, a100: 1_000n })
  for (const [login, account] of [
    ['alice', 'emp-1'],
    ['bob', 'emp-2'],
  ] as const) {
    await port.change(REALM, { kind: 'put_account', account: { name: account, parent: 'acme', open: true } })
    await port.change(REALM, {
      kind: 'put_member',
      member: { login, account, allowances: ['perq-1', 'perq-spot'], usual: 'perq-spot' },
    })
  }
}
