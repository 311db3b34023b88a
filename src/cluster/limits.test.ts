import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { MINUTE, SECOND } from '#base/time.ts'
import { verify } from '#ledger/verify.ts'
import { H100, H100_SPOT, openClusterStage, train, type ClusterStage } from '../../test/support/cluster.ts'
import { differences } from './diff.ts'
import type { Change, Limits } from './port.ts'
import { proveCluster } from './proof.ts'

const stages: ClusterStage[] = []
async function stage(options: Parameters<typeof openClusterStage>[0] = {}): Promise<ClusterStage> {
  const made = await openClusterStage(options)
  stages.push(made)
  return made
}
after(async () => {
  for (const one of stages) {
    assert.deepEqual((await verify(one.db)).findings, [])
    assert.deepEqual(await proveCluster(one.db), [])
    await one.close()
  }
})

test('grants become accounts, banks in whole minutes, and memberships; a second turn writes nothing', async () => {
  const lab = await stage()
  await lab.person('ada', [
    { asset: H100, quantity: 3_601n },
    { asset: H100_SPOT, quantity: 60n },
  ])
  await lab.person('bob', [])
  const kept = await lab.keep()
  assert.equal(kept.failed, 0)
  assert.deepEqual(
    [...lab.limits.allowances.values()],
    [
      {
        name: 'perq-spot',
        priority: 10,
        preempts: [],
        exempt: 60 * SECOND,
        gpuMinutes: {},
        gpusAtOnce: {},
        longest: null,
      },
      {
        name: 'perq-ada-h100-guaranteed',
        priority: 1_000,
        preempts: ['perq-spot'],
        exempt: 0,
        // Nothing of another accelerator.
        gpuMinutes: { h100: 61n, a100: 0n },
        gpusAtOnce: {},
        longest: null,
      },
    ],
  )
  assert.deepEqual(
    [...lab.limits.members.values()],
    [
      {
        login: 'ada',
        account: 'emp-ada',
        allowances: ['perq-ada-h100-guaranteed', 'perq-spot'],
        usual: 'perq-spot',
      },
      { login: 'bob', account: 'emp-bob', allowances: [], usual: null },
    ],
  )
  const before = lab.changes.length
  assert.deepEqual(await lab.keep(), { version: 1n, wanted: 6, written: 0, failed: 0, drifted: 0 })
  assert.equal(lab.changes.length, before)
})

test('a bank only grows with what vests, and what was used never has to be reset', async () => {
  const lab = await stage()
  const ada = await lab.person('ada', [{ asset: H100, quantity: 7_200n }])
  await lab.keep()
  const bank = () => lab.limits.allowances.get('perq-ada-h100-guaranteed')?.gpuMinutes.h100
  assert.equal(bank(), 120n)
  lab.submit(train('ada', 1n, { runs: 30 * MINUTE }))
  await lab.turn()
  await lab.keep()
  assert.equal(bank(), 120n)
  lab.world.advance(31 * MINUTE)
  await lab.turn()
  await lab.keep()
  assert.equal(bank(), 120n)
  await lab.grant(ada, [{ asset: H100, quantity: 3_600n }])
  await lab.keep()
  assert.equal(bank(), 180n)
})

test('what somebody changed by hand is told, and put right', async () => {
  const lab = await stage()
  await lab.person('ada', [{ asset: H100, quantity: 7_200n }])
  await lab.keep()
  const bank = lab.limits.allowances.get('perq-ada-h100-guaranteed')!
  lab.limits.allowances.set(bank.name, { ...bank, gpuMinutes: { h100: 9_999n, a100: 0n } })
  lab.limits.members.set('ada root', {
    login: 'ada',
    account: 'root',
    allowances: ['normal'],
    usual: 'normal',
  })
  const kept = await lab.keep()
  assert.deepEqual([kept.written, kept.failed, kept.drifted], [1, 0, 2])
  assert.deepEqual(lab.limits.allowances.get(bank.name), bank)
  const drifts = await lab.db.query<{ kind: string; name: string; found: unknown; open: boolean }>(
    'select kind, name, repaired_at is null as open from cluster.drift order by kind',
  )
  assert.deepEqual(drifts, [
    { kind: 'allowance', name: 'perq-ada-h100-guaranteed', open: true },
    { kind: 'foreign', name: 'ada in root', open: true },
  ])
  // The next turn sees that it stands; a membership elsewhere is not ours to end.
  assert.equal((await lab.keep()).drifted, 0)
  const still = await lab.db.query('select kind from cluster.drift where repaired_at is null')
  assert.deepEqual(still, [{ kind: 'foreign' }])
  assert.equal(lab.limits.members.has('ada root'), true)
})

test('a scheduler that goes away half-way is gone on with from there', async () => {
  const lab = await stage()
  for (const login of ['ada', 'bob', 'eve']) await lab.person(login, [{ asset: H100, quantity: 7_200n }])
  for (let step = 0; step < 6; step += 1) {
    lab.faults.changes = 2
    await lab.keep().catch((error: unknown) => assert.match(String(error), /went away/))
  }
  lab.faults.changes = Infinity
  assert.equal((await lab.keep()).failed, 0)
  // Each object was written once: 4 allowances, 3 accounts, 3 memberships.
  assert.equal(lab.changes.length, 10)
  assert.equal((await lab.db.query('select 1 from cluster.drift')).length, 0)
})

test('a leaver has no limits after one turn: the account is closed and the bank is empty', async () => {
  const lab = await stage()
  const ada = await lab.person('ada', [
    { asset: H100, quantity: 7_200n },
    { asset: H100_SPOT, quantity: 7_200n },
  ])
  await lab.keep()
  const before = lab.changes.length
  await lab.db.query('update people.person set left_on = $2 where id = $1', [ada, '2026-01-15'])
  await lab.keep()
  assert.equal(lab.limits.accounts.get('emp-ada')?.open, false)
  assert.deepEqual(lab.limits.allowances.get('perq-ada-h100-guaranteed')?.gpuMinutes, { h100: 0n, a100: 0n })
  assert.deepEqual(lab.limits.members.get('ada emp-ada')?.allowances, ['perq-ada-h100-guaranteed'])
  // Closing comes before everything else that there is to write.
  assert.equal(lab.changes[before]?.kind, 'put_account')
})

test('under fast somebody with nothing left is refused, and under notional never', async () => {
  for (const mode of ['fast', 'notional'] as const) {
    const lab = await stage({ mode })
    const ada = await lab.person('ada', [{ asset: H100, quantity: 1_000n }])
    await lab.keep()
    const first = lab.submit(train('ada', 1n, { runs: 20 * MINUTE }))
    await lab.turn()
    assert.equal(lab.find(first)?.held, false)
    assert.deepEqual(await lab.balances(ada), { available: 1_000n, held: 0n, spent: 0n })
    lab.world.advance(21 * MINUTE)
    await lab.turn()
    assert.deepEqual(await lab.balances(ada), { available: 0n, held: 0n, spent: 1_000n })
    const [row] = await lab.db.query<object>('select charged, absorbed from cluster.record')
    assert.deepEqual(row, { charged: 1_000n, absorbed: 200n })
    const second = lab.submit(train('ada', 1n))
    await lab.turn()
    assert.equal(lab.find(second)?.held, mode === 'fast')
    if (mode === 'fast') assert.match(lab.told(second), /used up\. Ask your people team/)
  }
})

test('a grant may say otherwise than its cluster: the strictest counts', async () => {
  const lab = await stage({ mode: 'tracking' })
  const ada = await lab.person('ada', [{ asset: H100, quantity: 7_200n }])
  await lab.person('bob', [{ asset: H100, quantity: 7_200n }])
  const [book] = await lab.db.query<{ id: string }>(
    'select grant_id as id from ledger.grant_book b join ledger.wallet w on w.id = b.wallet_id where w.person_id = $1',
    [ada],
  )
  await lab.room.setGrantMode({ grant: book!.id, mode: 'strict' })
  await lab.keep()
  lab.submit(train('ada', 1n))
  lab.submit(train('bob', 1n))
  await lab.turn()
  assert.equal((await lab.balances(ada)).held, 3_635n)
  assert.equal((await lab.db.query('select 1 from cluster.hold')).length, 1)
})

test('nodes and exaFLOP-days pay for GPU time through the exchange table, and dollars for spot where the grant says so', async () => {
  const lab = await stage()
  await lab.exchange.record(
    { kind: 'rate', from: 'USD', to: H100_SPOT, rate: '1/2', effectiveFrom: 0, source: 'a test' },
    'finance@perq.example',
  )
  const nodes = await lab.person('nodes', [{ asset: 'NODE_SECOND/H100-SXMx8/guaranteed', quantity: 1_000n }])
  const flops = await lab.person('flops', [{ asset: 'EXAFLOP_DAY', quantity: 1_000_000_000n }])
  const spots = await lab.person('spots', [
    { asset: 'USD', quantity: 100_000_000_000n, scope: { exchange: [H100_SPOT] } },
  ])
  const saver = await lab.person('saver', [{ asset: 'USD', quantity: 100_000_000_000n }])
  await lab.keep()
  assert.equal(lab.limits.allowances.get('perq-nodes-h100-guaranteed')?.gpuMinutes.h100, 134n)
  assert.equal(lab.limits.allowances.has('perq-flops-h100-guaranteed'), false)
  assert.equal(lab.limits.allowances.has('perq-flops-h100-priority'), true)
  const jobs = [
    lab.submit(train('nodes', 2n)),
    lab.submit(train('flops', 1n, { allowance: 'perq-flops-h100-priority' })),
    lab.submit(train('spots', 1n, { allowance: 'perq-spot' })),
    lab.submit(train('saver', 1n, { allowance: 'perq-spot' })),
  ]
  await lab.look()
  assert.deepEqual(
    jobs.map((job) => lab.find(job)?.held),
    [false, false, false, true],
  )
  // Just enough was exchanged: 2 × 3635 GPU-seconds are 909 node-seconds, rounded up against whoever converts.
  assert.equal((await lab.balances(nodes, 'NODE_SECOND/H100-SXMx8/guaranteed')).available, 1_000n - 909n)
  assert.deepEqual(await lab.balances(nodes), { available: 2n, held: 7_270n, spent: 0n })
  assert.equal((await lab.balances(flops, 'GPU_SECOND/H100-SXM/priority')).held, 3_635n)
  assert.equal((await lab.balances(spots, H100_SPOT)).held, 3_635n)
  assert.equal((await lab.balances(spots, 'USD')).available < 100_000_000_000n, true)
  assert.equal((await lab.balances(saver, 'USD')).available, 100_000_000_000n)
})

test('whatever stands, writing the differences makes it what it should be, and nothing is left to write', () => {
  const name = fc.constantFrom('perq-a', 'perq-b', 'perq-c')
  const account = fc.constantFrom('emp-a', 'emp-b')
  const limits = fc
    .record({
      allowances: fc.uniqueArray(
        fc.record({
          name,
          priority: fc.integer({ min: 0, max: 3 }),
          preempts: fc.constant<readonly string[]>([]),
          exempt: fc.constant(0),
          gpuMinutes: fc.dictionary(fc.constantFrom('h100', 'a100'), fc.bigInt({ min: 0n, max: 3n })),
          gpusAtOnce: fc.constant({}),
          longest: fc.constant(null),
        }),
        { selector: (one) => one.name },
      ),
      accounts: fc.uniqueArray(
        fc.record({ name: account, parent: fc.constant('acme'), open: fc.boolean() }),
        {
          selector: (one) => one.name,
        },
      ),
      members: fc.uniqueArray(
        fc.record({
          login: fc.constantFrom('ada', 'bob'),
          account,
          allowances: fc.uniqueArray(name),
          usual: fc.constant(null),
        }),
        { selector: (one) => `${one.login} ${one.account}` },
      ),
    })
    .map((made): Limits => made)
  fc.assert(
    fc.property(limits, limits, (wanted, found) => {
      const all = differences(wanted, found, 'acme')
      const after = all.reduce((now, { change }) => (change ? applied(now, change) : now), found)
      const closed = differences(wanted, after, 'acme').filter(({ change }) => change !== null)
      assert.deepEqual(closed, [])
    }),
  )
})

function applied(limits: Limits, change: Change): Limits {
  const without = <T>(list: readonly T[], same: (one: T) => boolean): T[] => list.filter((one) => !same(one))
  switch (change.kind) {
    case 'put_account':
      return {
        ...limits,
        accounts: [...without(limits.accounts, (one) => one.name === change.account.name), change.account],
      }
    case 'put_allowance':
      return {
        ...limits,
        allowances: [
          ...without(limits.allowances, (one) => one.name === change.allowance.name),
          change.allowance,
        ],
      }
    case 'put_member': {
      const { login, account } = change.member
      return {
        ...limits,
        members: [
          ...without(limits.members, (one) => one.login === login && one.account === account),
          change.member,
        ],
      }
    }
    case 'drop_member':
      return {
        ...limits,
        members: without(
          limits.members,
          (one) => one.login === change.login && one.account === change.account,
        ),
      }
    case 'drop_allowance':
      return { ...limits, allowances: without(limits.allowances, (one) => one.name === change.name) }
  }
}
