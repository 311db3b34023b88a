import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  admits,
  allowanceFor,
  CLASSES,
  classesFor,
  DEFAULT_FLOOR,
  DEFAULT_POLICY,
  globMatches,
  guardFloor,
  parsePolicy,
  purposeOf,
  PURPOSES,
} from './policy.ts'
import { hashSecret, newSecret, prefixOf, secretOf } from './secret.ts'

test('small models are allowed whatever the policy says, so that an agent’s side calls work', () => {
  const anyPolicy = fc.record({
    everyone: fc.subarray([...CLASSES]),
    levels: fc.array(
      fc.record({
        track: fc.constantFrom('IC', 'm', 'VP'),
        from: fc.nat(9),
        classes: fc.subarray([...CLASSES]),
      }),
    ),
  })
  fc.assert(
    fc.property(
      anyPolicy,
      fc.oneof(fc.constantFrom('IC1', 'IC10', 'M2', 'VP', ''), fc.string()),
      (policy, level) => {
        assert.ok(classesFor(parsePolicy(policy), level).includes('small'))
      },
    ),
  )
})

test('frontier models begin at IC4, and a number is a number: IC10 is above IC4', () => {
  const frontier = (level: string): boolean => classesFor(DEFAULT_POLICY, level).includes('frontier')
  assert.deepEqual(['IC1', 'IC3', 'IC', 'contractor', '', 'IC3.5'].filter(frontier), [])
  assert.deepEqual(
    ['IC4', 'ic5', 'IC 6', 'IC-7', 'IC10', 'M1', 'D2', 'VP'].filter((level) => !frontier(level)),
    [],
  )
  for (const level of ['IC1', 'anything']) {
    assert.deepEqual(classesFor(DEFAULT_POLICY, level), ['small', 'standard', 'embedding'])
  }
})

test('a policy that cannot be used is refused by the field that is wrong', () => {
  const bad: [unknown, string][] = [
    [{ everyone: ['huge'], levels: [] }, 'everyone.0'],
    [{ everyone: [], levels: [{ track: 'IC4', from: 0, classes: [] }] }, 'levels.0.track'],
    [{ everyone: [], levels: [{ track: 'IC', from: -1, classes: [] }] }, 'levels.0.from'],
    [{ everyone: [] }, 'levels'],
  ]
  for (const [policy, param] of bad) {
    assert.throws(() => parsePolicy(policy), { name: 'Fault', code: 'invalid', param })
  }
})

test('a rule for open weights opens them alone; without weights it opens both', () => {
  const open = { track: '*', from: 0, classes: ['frontier'], weights: 'open' }
  const mixed = { track: 'IC', from: 4, classes: ['frontier'] }
  const policy = parsePolicy({ everyone: ['standard'], levels: [open, mixed] })
  for (const level of ['IC3', 'contractor', ''])
    assert.deepEqual(allowanceFor(policy, level), {
      open: ['small', 'standard', 'frontier'],
      proprietary: ['small', 'standard'],
    })
  assert.ok(allowanceFor(policy, 'IC4').proprietary.includes('frontier'))
  const closed = parsePolicy({ everyone: [], levels: [{ ...open, weights: 'proprietary' }] })
  assert.deepEqual(allowanceFor(closed, 'IC1'), { open: ['small'], proprietary: ['small', 'frontier'] })
})

test('a policy recorded before there were guard, sandbox and weights means what it meant', () => {
  const old = parsePolicy({
    everyone: ['standard'],
    levels: [{ track: 'IC', from: 4, classes: ['frontier'] }],
  })
  assert.deepEqual(guardFloor(old), DEFAULT_FLOOR)
  assert.equal(old.sandbox ?? null, null)
  const { open, proprietary } = allowanceFor(old, 'IC5')
  assert.deepEqual(open, proprietary)
  // As the database gives it back.
  const floor = { five_minutes: 10_000_000n, hour: 20_000_000n, day: 30_000_000n }
  const text = { five_minutes: '10000000', hour: '20000000', day: '30000000' }
  assert.deepEqual(guardFloor(parsePolicy({ ...old, guard: { floor: text } })), floor)
  assert.equal(guardFloor(parsePolicy({ ...old, guard: null })), null)
})

test('a call’s purpose is the key’s unless it names a known one; an unknown one is never guessed', () => {
  assert.equal(purposeOf('work', null), 'work')
  for (const purpose of PURPOSES) assert.equal(purposeOf('work', ` ${purpose.toUpperCase()}`), purpose)
  for (const asked of ['', 'fun', 'constructor', 'open-source']) assert.equal(purposeOf('work', asked), null)
})

test('a scope admits by every list that it has: an absent list means anywhere, an empty one nowhere', () => {
  const call = { class: 'standard', provider: 'openai', purpose: 'learning' } as const
  assert.ok(admits({}, call))
  assert.ok(admits({ classes: ['standard'], providers: ['openai', 'google'], purposes: ['learning'] }, call))
  assert.ok(!admits({ classes: [] }, call))
  assert.ok(!admits({ classes: ['standard'], providers: ['anthropic'] }, call))
  assert.ok(!admits({ purposes: ['work'] }, call))
})

test('a glob means what the same pattern means elsewhere', () => {
  const letters = fc
    .array(fc.constantFrom('a', 'b', '*', '-', '.'), { maxLength: 8 })
    .map((all) => all.join(''))
  fc.assert(
    fc.property(letters, letters, (glob, name) => {
      const source = glob.replaceAll('.', String.raw`\.`).replaceAll('*', '.*')
      assert.equal(globMatches(glob, name), new RegExp(`^${source}$`, 's').test(name))
    }),
    { numRuns: 3_000 },
  )
  assert.ok(globMatches('Claude-*', 'claude-opus-5-5'))
})

test('a hostile glob costs no more than its length times the name’s', () => {
  const started = performance.now()
  assert.ok(!globMatches('*a'.repeat(50), 'a'.repeat(48) + 'b'.repeat(80)))
  assert.ok(performance.now() - started < 100)
})

test('a secret carries all 256 bits, is recognised by its shape, and its prefix gives four signs away', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const secret = newSecret(() => bytes)
      assert.deepEqual(secretOf(secret), { hash: hashSecret(secret) })
      let value = 0n
      for (const sign of secret.slice(8)) {
        value =
          value * 62n + BigInt('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'.indexOf(sign))
      }
      assert.equal(value, BigInt(`0x${Buffer.from(bytes).toString('hex')}`))
      assert.equal(prefixOf(secret).length, 12)
      assert.match(hashSecret(secret), /^[0-9a-f]{64}$/)
    }),
  )
  for (const text of [
    '',
    'pq_live_',
    'sk-proj-x',
    `pq_live_${'a'.repeat(44)}`,
    `pq_live_${'-'.repeat(43)}`,
  ]) {
    assert.equal(secretOf(text), null)
  }
})
