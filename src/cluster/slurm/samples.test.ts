import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { MINUTE, SECOND } from '#base/time.ts'
import type { AccountingRecord } from '../port.ts'
import { fieldsOf, recordReader, sacctArguments } from './accounting.ts'
import { overrunOf, readConfig, shortcomings } from './config.ts'
import { limitsIn, readAssociations, readQos } from './limits.ts'
import { readEvents, readNodeStates } from './nodes.ts'
import { readPreemptions } from '../../../test/support/slurm/preemptions.ts'
import { readQueue } from './queue.ts'

// What the same jobs on the same fake cluster looked like to both versions; only names of fields that nobody reads are left out.
const VERSIONS = ['22.05', '24.11'] as const
type Version = (typeof VERSIONS)[number]
const FOLDER = fileURLToPath(new URL('../../../test/data/slurm', import.meta.url))
const sample = (version: Version, name: string): string =>
  readFileSync(`${FOLDER}/${version}/${name}`, 'utf8')

const SEPARATOR = '<id>'
const readAll = (version: Version, cut = 1 << 20): AccountingRecord[] => {
  const fields = fieldsOf(sample(version, 'helpformat.txt'))
  const reader = recordReader(fields, SEPARATOR)
  const text = sample(version, 'sacct.txt')
  const records: AccountingRecord[] = []
  for (let at = 0; at < text.length; at += cut) records.push(...reader.read(text.slice(at, at + cut)))
  assert.equal(reader.rest(), '')
  return records
}

for (const version of VERSIONS) {
  test(`${version}: jobs that wait, run and come again are seen as they are, and ended ones are not`, () => {
    const jobs = new Map(readQueue(sample(version, 'squeue.json')).map((job) => [job.job, job]))
    assert.deepEqual([...jobs.values()].map(({ job, state }) => `${job} ${state}`).toSorted(), [
      '1 held',
      '2 held',
      '6 held',
      '7 waiting',
      '8 running',
      '9 held',
    ])
    const [named, array, running, again] = ['1', '2', '8', '9'].map((id) => jobs.get(id))
    assert.equal(named?.name, 'a b|c\n1|2')
    assert.equal(named?.comment, 'purpose=learning "x"\n|y')
    assert.deepEqual(named?.gpus, [{ type: 'h100', count: 2n }])
    assert.equal(named?.timeLimit, 10 * MINUTE)
    assert.equal(named?.eligibleAt, null)
    assert.equal(array?.tasks, 34)
    assert.deepEqual(array?.array, { job: '2', task: '0-99:3%7', atOnce: 7 })
    assert.deepEqual(running?.nodes, ['n1', 'n2'])
    assert.deepEqual(running?.gpus, [{ type: 'h100', count: 8n }])
    assert.equal(running?.allowance, 'perq-g1')
    assert.ok((running?.startedAt ?? 0) >= (running?.submittedAt ?? Infinity))
    assert.equal(again?.restarts, 1)
    assert.deepEqual(again?.array, { job: '3', task: '0', atOnce: null })
    assert.equal(again?.startedAt, null)
    assert.ok((again?.expectedAt ?? 0) > (again?.submittedAt ?? Infinity))
  })

  test(`${version}: a job that wants its nodes alone, or names no accelerator, is of no known size`, () => {
    const jobs = new Map(readQueue(sample(version, 'squeue.json')).map((job) => [job.job, job]))
    assert.deepEqual(jobs.get('6')?.gpus, [{ type: null, count: 1n }])
    assert.equal(jobs.get('6')?.timeLimit, null)
    assert.deepEqual(jobs.get('7')?.gpus, [{ type: null, count: 2n }])
  })

  test(`${version}: records are the same wherever the output was cut`, () => {
    const whole = readAll(version)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), (cut) => {
        assert.deepEqual(readAll(version, cut), whole)
      }),
      { numRuns: 40 },
    )
  })

  test(`${version}: a record says what ran, for how long, and where it came from`, () => {
    const records = new Map(readAll(version).map((record) => [record.job, record]))
    assert.equal(records.size, 5)
    assert.deepEqual(
      [...records.values()].map(({ job, state }) => `${job} ${state}`),
      ['4 completed', '5 completed', '8 running', '9 requeued', '3 cancelled'],
    )
    assert.equal(records.get('8')?.endedAt, null)
    assert.deepEqual(records.get('8')?.nodes, ['n1', 'n2'])
    assert.deepEqual(records.get('8')?.allocated, [{ type: 'h100', count: 8n }])
    assert.deepEqual(records.get('9')?.array, { job: '3', task: '0' })
    assert.deepEqual(records.get('5')?.part, { job: '4', index: 1 })
    assert.equal(records.get('3')?.stateText, 'CANCELLED by 0')
    assert.equal(records.get('3')?.timeLimit, 2 * MINUTE)
    for (const record of records.values()) {
      assert.equal(record.restarts, version === '22.05' ? null : 0)
      if (record.endedAt !== null && record.startedAt !== null)
        assert.equal(record.elapsedSeconds, BigInt((record.endedAt - record.startedAt) / SECOND))
    }
  })

  test(`${version}: limits are read as they stand, and an allowance that forgets is none`, () => {
    const realm = { root: 'acme', prefix: 'perq-', logins: ['alice'] }
    const limits = limitsIn(realm, {
      associations: readAssociations(sample(version, 'associations.txt')),
      qos: readQos(sample(version, 'qos.txt')),
    })
    assert.deepEqual(limits.accounts, [
      { name: 'emp-1', parent: 'acme', open: true },
      { name: 'emp-2', parent: 'acme', open: false },
    ])
    assert.deepEqual(
      limits.allowances.map(({ name }) => name),
      ['perq-spot', 'perq-g1'],
    )
    assert.deepEqual(limits.allowances[1], {
      name: 'perq-g1',
      priority: 1_000,
      preempts: ['perq-spot'],
      exempt: MINUTE,
      gpuMinutes: { a100: 5n, h100: 1_000n },
      gpusAtOnce: { h100: 8n },
      longest: ((24 + 2) * 60 + 3) * MINUTE,
    })
    assert.deepEqual(limits.members, [
      { login: 'alice', account: 'emp-1', allowances: ['perq-g1', 'perq-spot'], usual: 'perq-spot' },
      { login: 'bob', account: 'emp-2', allowances: ['perq-spot'], usual: null },
    ])
  })

  test(`${version}: a node that drains or is down is not up, whatever it was given for a reason`, () => {
    const nodes = readNodeStates(sample(version, 'sinfo.txt'))
    assert.deepEqual(
      nodes.map(({ node, up }) => `${node} ${up}`),
      ['n1 true', 'n2 true', 'n3 true', 'n4 false'],
    )
    assert.deepEqual(nodes[0]?.used, [{ type: 'h100', count: 4n }])
    assert.deepEqual(nodes[3]?.gpus, [{ type: 'h100', count: 8n }])
    const [event] = readEvents(sample(version, 'events.txt'))
    assert.equal(`${event?.node} ${event?.state} ${event?.reason}`, 'n4 DRAIN fan|two')
    assert.equal(event?.to, null)
    assert.deepEqual(event?.gpus, [{ type: 'h100', count: 8n }])
  })

  test(`${version}: what a configuration lacks is said, and how long a job may outlive its limit`, () => {
    const config = readConfig(sample(version, 'config.txt'))
    assert.equal(config.get('ClusterName'), 'perq')
    assert.equal(overrunOf(config, 'PartitionName=gpu OverTimeLimit=NONE'), 2 * SECOND)
    assert.equal(overrunOf(config, 'PartitionName=gpu OverTimeLimit=3'), 3 * MINUTE + 2 * SECOND)
    assert.throws(
      () => overrunOf(config, 'PartitionName=gpu OverTimeLimit=UNLIMITED'),
      /no hold is ever large enough/,
    )
    assert.deepEqual(
      shortcomings(config).map((text) => text.split(' ')[0]),
      ['JobSubmitPlugins'],
    )
  })
}

test('a record key beyond what a signed 64-bit number holds stays as it is', () => {
  const records = readAll('24.11').map(({ record }) => record)
  assert.ok(records.every((record) => BigInt(record) > 2n ** 63n))
  assert.equal(new Set(records).size, records.length)
})

test('a name and a comment that look like another record make none', () => {
  const fields = fieldsOf('')
  const values = (name: string, comment: string): string =>
    fields
      .map((field) =>
        field === 'DBIndex'
          ? '7'
          : field === 'Submit'
            ? '1795302405'
            : field === 'JobName'
              ? name
              : field === 'Comment'
                ? comment
                : 'x',
      )
      .map((value) => `${value}${SEPARATOR}`)
      .join('')
  const forged = fields.map(() => '9|').join('')
  const text = `${values(`a\n${forged}\n9|9`, '\n8\n|')}\n${values('b', '')}\n`
  const records = recordReader(fields, SEPARATOR).read(text)
  assert.deepEqual(
    records.map(({ record, name }) => `${record} ${name.slice(0, 1)}`),
    ['7 a', '7 b'],
  )
})

test('records are asked for by state: without states, one that was held while it ran is left out', () => {
  const args = sacctArguments({ fields: fieldsOf(''), separator: SEPARATOR, from: 1, to: 2 })
  assert.ok(args.some((arg) => arg.startsWith('--state=') && arg.includes('RQ') && arg.includes('NF')))
  assert.ok(args.includes('--duplicates') && args.includes('--allocations') && args.includes('--allusers'))
})

test('an empty queue with an error is no empty queue', () => {
  const silent = JSON.stringify({
    errors: [{ error: 'Unspecified error', source: 'slurm_load_jobs' }],
    jobs: [],
  })
  assert.throws(() => readQueue(silent), { code: 'unavailable' })
  assert.throws(() => readQueue('slurm_load_jobs error'), { code: 'unavailable' })
  assert.deepEqual(readQueue('{"jobs":[],"errors":[]}'), [])
})

test('who gave way to whom is read from the log of the controller', () => {
  const log = `[2026-11-21T10:00:00.000] preempted JobId=11 has been requeued to reclaim resources for JobId=12
[2026-11-21T10:00:01.000] sched: Allocate JobId=12 NodeList=n1 #CPUs=1 Partition=gpu
[2026-11-21T10:00:02.000] preempted JobId=13_4(17) has been killed to reclaim resources for JobId=14`
  assert.deepEqual(readPreemptions(log), [
    { job: '11', by: '12', outcome: 'requeued' },
    { job: '17', by: '14', outcome: 'ended' },
  ])
})
