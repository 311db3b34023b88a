import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openJobs } from '#spending/jobs.ts'
import { H100, H100_SPOT, openClusterStage, train } from '../../test/support/cluster.ts'
import { openQuotes, type QuoteAsk } from './quote.ts'

const lab = await openClusterStage()
after(() => lab.close())
const { db, world, ledger, exchange, room } = lab
const jobs = openJobs({ ledger, rateOf: exchange.rate, world })
const quotes = openQuotes({ db, world, clusters: room, jobs, ledger })

const ask = (more: Partial<QuoteAsk> = {}): QuoteAsk => ({
  gpus: { type: 'h100', count: 2n },
  timeLimitSeconds: 3_600,
  tasks: 1,
  purpose: 'work',
  ...more,
})

test('what is quoted is what is held when the job is submitted, to the second', async () => {
  const ada = await lab.person('ada', [{ asset: H100, quantity: 10n * 3_600n }])
  await lab.keep()
  const quote = await quotes(ada, ask())
  assert.ok(quote.kind === 'fits')
  assert.equal(quote.most, 7_200n)
  lab.submit(train('ada', 2n))
  await lab.look()
  assert.equal((await lab.balances(ada)).held, quote.hold)
  const next = await quotes(ada, ask())
  assert.ok(next.kind === 'fits')
  assert.equal(next.held, quote.hold)
  assert.equal(next.available, quote.available - quote.hold)
  const large = await quotes(ada, ask({ gpus: { type: 'h100', count: 8n }, tasks: 3 }))
  assert.ok(large.kind === 'short')
  assert.equal(large.most, 8n * 3_600n * 3n)
})

test('the accelerator may be named as the reference table does, and a tier instead of an allowance', async () => {
  const bob = await lab.person('bob', [
    { asset: H100, quantity: 36_000n },
    { asset: H100_SPOT, quantity: 36_000n },
  ])
  await lab.keep()
  const spot = await quotes(bob, ask({ gpus: { type: 'H100-SXM', count: 1n }, tier: 'spot' }))
  assert.ok(spot.kind === 'fits')
  assert.deepEqual([spot.asset, spot.type], [H100_SPOT, 'h100'])
  const which = await quotes(bob, ask())
  assert.ok(which.kind === 'refused')
  assert.match(which.reason, /^Say under what: .* or .*\.$/)
})

test('what would be refused at the queue is refused here in the same words', async () => {
  const eve = await lab.person('eve', [{ asset: H100, quantity: 36_000n }])
  await lab.keep()
  const reason = async (more: Partial<QuoteAsk>): Promise<string> => {
    const quote = await quotes(eve, ask(more))
    return quote.kind === 'refused' ? quote.reason : quote.kind
  }
  assert.match(await reason({ gpus: { type: null, count: 2n } }), /without saying which/)
  assert.match(await reason({ gpus: { type: 'tpu', count: 2n } }), /nobody has granted here/)
  assert.match(await reason({ timeLimitSeconds: null }), /no time limit/)
  assert.match(await reason({ allowance: 'normal' }), /is no grant/)
  assert.match(await reason({ tier: 'spot' }), /no H100-SXM hours in the spot tier at lab/)
  assert.match(await reason({ cluster: 'elsewhere' }), /no cluster "elsewhere"/)
  const nobody = await lab.people.create({
    email: 'new@perq.example',
    name: 'New',
    role: 'employee',
    level: 'IC3',
    entity: (await lab.people.entities())[0]!.id,
    country: 'US',
    hiredOn: '2026-01-01',
  })
  const unknown = await quotes(nobody.id, ask())
  assert.ok(unknown.kind === 'refused')
  assert.match(unknown.reason, /no login at lab/)
  const free = await quotes(eve, ask({ gpus: { type: null, count: 0n } }))
  assert.equal(free.kind, 'free')
})
