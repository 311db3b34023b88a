import assert from 'node:assert/strict'
import { cpSync, rmSync, statSync } from 'node:fs'
import { after, test } from 'node:test'
import { USUAL } from '#cluster/rules.ts'
import { hasEnded, verdictOf } from '#cluster/verdict.ts'
import { recordsOf } from '../support/slurm/port.ts'
import { waitFor } from '../support/slurm/wait.ts'
import { LASTING, openScene } from './scene.ts'

// What a kill -9 of Slurm's daemons loses or changes, and what of Perq answers it.

const { slurm, port, text, submit, seen, state, isOf, ended, release, endLasting, close } = await openScene()
after(close)

test('a controller that is away is never an empty queue', async () => {
  await submit('alice', '--gpus=h100:1', '--time=1', '--wrap', 'true')
  await slurm.kill('slurmctld')
  assert.equal((await port.ping()).controller, false)
  await assert.rejects(port.jobs(), { code: 'unavailable' })
  await slurm.start('slurmctld')
  assert.equal((await port.ping()).controller, true)
})

test('a submission that a kill lost gives its id to the next job, which is another job to us', async () => {
  // What a kill loses is what was not written yet. So that it is lost every time, the state is put back as it was before.
  const [from, to] = [`${slurm.folder}/state`, `${slurm.folder}/before`]
  await slurm.stop('slurmctld')
  cpSync(from, to, { recursive: true })
  await slurm.start('slurmctld')
  const ask = ['--gpus=h100:1', '--time=1', '--wrap', 'true']
  const first = await submit('alice', ...ask)
  const lost = await state(first, 'held')
  await slurm.kill('slurmctld')
  rmSync(from, { recursive: true })
  cpSync(to, from, { recursive: true })
  await slurm.start('slurmctld')
  assert.equal(await seen(first), undefined)
  await waitFor('another second has begun', async () => Date.now() > lost.submittedAt + 1_000)
  const second = await waitFor('the id is given again', async () => {
    const id = await submit('alice', ...ask)
    return id === first ? id : null
  })
  const other = await state(second, 'held')
  assert.equal(other.job, lost.job)
  assert.notEqual(other.submittedAt, lost.submittedAt)
  await port.release(lost)
  assert.equal(
    (await state(second, 'held')).state,
    'held',
    'what was held for the lost job lets nothing else go',
  )
  for (const job of await port.jobs()) await port.cancel(job, 'the test is over')
})

test('a run whose end the controller did not see is recorded too long, and what nobody saw is not charged', async () => {
  const job = await submit('alice', '--gpus=h100:2', '--time=5', '--wrap', LASTING)
  await release(job)
  const { startedAt } = await state(job, 'running')
  // A job that it does not know to run would be begun anew. It writes after a change; what is written first may have been read before.
  for (const change of ['first', 'second']) {
    const at = Date.now()
    await text('root', 'scontrol', 'update', `JobId=${job}`, `AdminComment=${change}`)
    await waitFor(
      'the controller has written down what it knows',
      async () => statSync(`${slurm.folder}/state/job_state`).mtimeMs > at,
    )
  }
  const from = Date.now()
  await slurm.kill('slurmctld')
  await endLasting('alice')
  const real = await waitFor('the job has ended by itself', async () => {
    const { code, out } = await slurm.run('alice', ['cat', 'ended'])
    return code === 0 && out.trim() !== '' ? Number(out) : null
  })
  // As long again as it ran: what is recorded is when the controller learned of it.
  await waitFor('some more time has passed', async () => Date.now() / 1000 > real + 4)
  await slurm.start('slurmctld')
  const to = Date.now()
  const record = await ended(job)
  const worked = BigInt(real - (startedAt ?? 0) / 1000)
  assert.ok(record.elapsedSeconds > worked + 1n, `${record.elapsedSeconds} s for ${worked} s of work`)
  const verdict = verdictOf(record, USUAL, [{ from, to }])
  assert.equal(verdict.class, 'outage')
  assert.equal(verdict.inOutage, true)
  assert.ok(
    verdict.share <= 2n * (worked + 1n),
    `charged ${verdict.share} for ${2n * worked} GPU-seconds of work`,
  )
})

test('a run is settled when its end is known, and not before, whatever its state says meanwhile', async () => {
  const job = await submit('alice', '--gpus=h100:2', '--time=2', '--wrap', LASTING)
  await release(job)
  const { startedAt } = await state(job, 'running')
  await slurm.kill('slurmdbd')
  const told = Date.now()
  await endLasting('alice')
  await waitFor('it ended while the accounting was away', async () => (await seen(job)) === undefined)
  const gone = Date.now()
  await assert.rejects(recordsOf(port), { code: 'unavailable' })
  await slurm.start('slurmdbd')
  const readings: string[] = []
  const settled = await waitFor('its end is known', async () => {
    const record = (await recordsOf(port)).find((one) => isOf(one, job))
    if (!record) return null
    readings.push(`${record.stateText} ${record.elapsedSeconds} ${record.endedAt}`)
    return hasEnded(record) ? record : null
  })
  const [least, most] = [told, gone].map((at) => Math.floor((at - (startedAt ?? 0)) / 1000))
  const elapsed = Number(settled.elapsedSeconds)
  assert.ok(elapsed >= least! && elapsed <= most! + 1, readings.join('\n'))
  assert.equal(hasEnded({ state: 'completed', endedAt: null }), false)
})
