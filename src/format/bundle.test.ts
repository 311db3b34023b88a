import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalJson } from '#base/json.ts'
import { LEAVER_REASONS } from '#grants/clauses.ts'
import { ALLOCATION_TYPES } from '#vesting/allocate.ts'
import { DAY_POLICIES } from '#vesting/dates.ts'
import { readBundle, type Bundle } from './bundle.ts'
import { readFile } from './ocf.ts'
import type { Problem } from './problem.ts'
import { rewrite } from './rewrite.ts'
import { exchangeDocument, grantDocument, templateDocument } from './write.ts'

const format = 'open-compute-grant/1'
const monthly = (more: object = {}): object => ({
  order: 1,
  percentage: '1',
  schedule: { occurrences: 12, period: 1, period_type: 'MONTHS', ...more },
})
const terms = (more: object = {}): object => ({
  counts: { denomination: 'usd' },
  vesting: { statements: [monthly()] },
  ...more,
})
const grant = (more: object = {}): object => ({
  format,
  type: 'grant',
  person: 'ada@example.com',
  quantity: '4800',
  start_date: '2026-01-31',
  terms: terms(),
  ...more,
})
const template = (more: object = {}): object => ({
  format,
  type: 'template',
  name: 'T',
  terms: terms(),
  ...more,
})
const bundle = (...documents: readonly object[]): object => ({ format, type: 'bundle', documents })

function read(value: unknown): Bundle {
  const result = readBundle(value)
  if (result.kind === 'problems') assert.fail(JSON.stringify(result.problems, null, 2))
  return result.value
}
function problems(value: unknown): readonly Problem[] {
  const result = readBundle(value)
  if (result.kind === 'read') assert.fail('it was read')
  return result.problems
}
/** One problem, at this field, with these words. */
function refused(value: unknown, pointer: string, words: RegExp): void {
  const found = problems(value)
  assert.deepEqual(
    found.map((one) => one.pointer),
    [pointer],
    JSON.stringify(found),
  )
  assert.match(found[0]!.message, words)
}

test('amounts are exact in the smallest unit, or refused', () => {
  const counts = { denomination: 'gpu_hour', accelerator: 'H100-SXM', tier: 'spot' }
  const hours = (quantity: string): object => ({
    terms: terms({ counts, amount: { kind: 'fixed', quantity } }),
  })
  const fixed = (value: object): unknown => read(template(value)).templates[0]!.terms.formula
  assert.deepEqual(fixed(hours('1000.5')), { kind: 'fixed', quantity: '3601800' })
  assert.deepEqual(fixed(hours('0:20:01')), { kind: 'fixed', quantity: '1201' })
  refused(template(hours('0.0001')), '/terms/amount/quantity', /whole in seconds/)
  const dollars = (quantity: string): object => ({ terms: terms({ amount: { kind: 'fixed', quantity } }) })
  assert.deepEqual(fixed(dollars('0.000000001')), { kind: 'fixed', quantity: '1' })
  refused(template(dollars('1:00:00')), '/terms/amount/quantity', /only hours/)
  const levels = { kind: 'by_level', levels: { 'L/4.1': '1:00:00' }, otherwise: null }
  refused(template({ terms: terms({ amount: levels }) }), '/terms/amount/levels/L~14.1', /only hours/)
  refused(grant({ quantity: 4800 }), '/quantity', /is 4800; give a quantity above 0 as decimal text/)
  refused(bundle(grant({ quantity: '0.0000000001' })), '/documents/0/quantity', /decimal text/)
})

test('every problem of every document is told at once, each at its field', () => {
  const broken = bundle(
    grant({ start_date: '2026-02-30', colour: 'red' }),
    template({ terms: terms({ vesting: { statements: [monthly({ period_type: 'MONTH' })] } }) }),
    { format, type: 'grant' },
    { format: 'other', type: 'grant' },
    { format, type: 'event', kind: 'promoted' },
    bundle(),
  )
  assert.deepEqual(
    problems(broken).map(({ pointer }) => pointer),
    [
      '/documents/0/start_date',
      '/documents/0/colour',
      '/documents/1/terms/vesting/statements/0/schedule/period_type',
      '/documents/2/person',
      '/documents/2/start_date',
      '/documents/3/format',
      '/documents/4/kind',
      '/documents/5/type',
    ],
  )
})

test('what the rooms refuse is told at the field of the document', () => {
  const vesting = (value: object): object => template({ terms: terms({ vesting: value }) })
  const half = { order: 2, percentage: '0.5', event_condition: { event_id: 'e' } }
  refused(vesting({ statements: [monthly(), half] }), '/terms/vesting/statements', /sum to 3\/2/)
  refused(
    vesting({ statements: [monthly(), { ...half, order: 1, percentage: '0' }] }),
    '/terms/vesting/statements/1/order',
    /has it already/,
  )
  const late = { event_id: 'e', after: '2026-02-01', before: '2026-01-01' }
  refused(
    vesting({ parts: [{ share: '1', statements: [{ ...half, event_condition: late }] }] }),
    '/terms/vesting/parts/0/statements/0/event_condition',
    /no day/,
  )
  const lost = { id: 'a', quantity: '1', trigger: { type: 'VESTING_START_DATE' }, next_condition_ids: ['b'] }
  refused(
    vesting({ graph: [lost] }),
    '/terms/vesting/graph/0/next_condition_ids/0',
    /no condition has that id/,
  )
  const seat = { counts: { denomination: 'seat_month' }, scope: { classes: ['small'] } }
  refused(template({ terms: terms(seat) }), '/terms/scope/classes', /leave it out/)
  const clauses = { guarantees: { remedy: { credit: '2', at_most_per_month: '1' } } }
  refused(
    template({ terms: terms({ clauses }) }),
    '/terms/clauses/guarantees/remedy/at_most_per_month',
    /at least the credit/,
  )
  const hours = { denomination: 'gpu_hour', accelerator: 'H100-SXM', tier: 'spot' }
  const promised = { counts: hours, clauses: { guarantees: { service_tier: 'priority' } } }
  refused(template({ terms: terms(promised) }), '/terms/clauses/guarantees/service_tier', /tier spot/)
})

test('documents of a bundle fit each other', () => {
  const named = grant({ template: 'T', terms: undefined })
  const { grants, templates } = read(bundle(named, template()))
  assert.equal(grants[0]!.templateId, templates[0]!.id)
  assert.equal(read(named).grants[0]!.templateId, null, 'it may stand already')
  refused(bundle(template(), template()), '/documents/1/name', /\/documents\/0 is that already/)
  refused(bundle(grant(), grant()), '/documents/1/id', /is that already/)
  refused(
    bundle(template(), grant({ template: 'T', terms: undefined, quantity: undefined })),
    '/documents/1/quantity',
    /missing/,
  )
  refused(grant({ template: 'T' }), '', /either "template", by its name, or "terms"/)
})

test('the same file asks for the same things: ids follow from what it says', () => {
  const file = bundle(template(), grant(), grant({ quantity: '1' }))
  assert.deepEqual(read(file), read(structuredClone(file)))
  const [one, other] = read(file).grants
  assert.notEqual(one!.id, other!.id)
  assert.equal(one!.templateId, other!.templateId, 'equal terms are one template')
})

test('vesting terms of the Open Cap Format become templates that count what is asked for', () => {
  const sample = (name: string): unknown =>
    JSON.parse(readFileSync(new URL(`../../test/data/ocf/${name}.ocf.json`, import.meta.url), 'utf8'))
  const counts = { denomination: 'usd' } as const
  const result = readFile(sample('VestingTerms'), { counts })
  assert.ok(result.kind === 'read')
  assert.deepEqual(
    result.value.templates.map(({ name, terms: { allocation } }) => [name, allocation]),
    [
      ['Four Year / One Year Cliff', 'CUMULATIVE_ROUNDING'],
      ['Multi-tranche, event-based with 100%, double-trigger acceleration', 'CUMULATIVE_ROUND_DOWN'],
      [
        'Custom terms object specifically for test-plan-security-issuance-full-fields',
        'CUMULATIVE_ROUND_DOWN',
      ],
      ['Six Year Option - Back Loaded', 'BACK_LOADED'],
      ['Path-Dependent Milestone Vesting', 'CUMULATIVE_ROUNDING'],
    ],
  )
  const broken = readFile(sample('tutorial.VestingTerms'), { counts })
  assert.ok(broken.kind === 'problems')
  assert.equal(broken.problems[0]!.pointer, '/items/0/vesting_conditions/2/trigger/relative_to_condition_id')
})

test('any JSON at all is read or refused, and never breaks the reader', () => {
  const types = fc.constantFrom('template', 'grant', 'exchange_table', 'event', 'bundle')
  const anything = fc.oneof(
    fc.jsonValue(),
    fc
      .tuple(
        types,
        fc.dictionary(
          fc.constantFrom('terms', 'documents', 'person', 'quantity', 'kind', 'rates', 'name'),
          fc.jsonValue(),
        ),
      )
      .map(([type, fields]) => ({ format, type, ...fields })),
  )
  fc.assert(
    fc.property(anything, (value) => {
      const result = readBundle(value)
      if (result.kind === 'problems') assert.ok(result.problems.length > 0)
    }),
    { numRuns: 2_000 },
  )
})

const aWord = fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom(...'abcXYZ019 _-/~') })
const aShare = fc.integer({ min: 1, max: 10_000 }).map((n) => decimal(n, 4))
const aPart = fc.integer({ min: 0, max: 5_000 }).map((n) => decimal(n, 4))
const aDate = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((at) => at.toISOString().slice(0, 10))
const decimal = (n: number, places: number): string => {
  const digits = String(n).padStart(places + 1, '0')
  const fraction = digits.slice(-places).replace(/0+$/, '')
  return fraction === '' ? digits.slice(0, -places) : `${digits.slice(0, -places)}.${fraction}`
}
const aQuantity = fc.integer({ min: 1, max: 1_000_000_000 }).map(String)
const optional = <T>(key: string, value: fc.Arbitrary<T>): fc.Arbitrary<object> =>
  fc.option(value, { nil: undefined }).map((said) => (said === undefined ? {} : { [key]: said }))
const together = (...parts: readonly fc.Arbitrary<object>[]): fc.Arbitrary<object> =>
  fc.tuple(...parts).map((list) => Object.assign({}, ...list) as object)
const tier = fc.constantFrom('guaranteed', 'priority', 'spot')
const accelerator = fc.constantFrom('H100-SXM', 'B200', 'A100-80G')

const aCounts = fc.oneof(
  fc.constant({ denomination: 'usd' }),
  fc.constant({ denomination: 'exaflop_day' }),
  fc.record({ denomination: fc.constant('token'), model_class: fc.constantFrom('small', 'standard') }),
  fc.record({ denomination: fc.constant('gpu_hour'), accelerator, tier }),
  fc.record({
    denomination: fc.constant('node_hour'),
    accelerator,
    tier,
    gpus_per_node: fc.integer({ min: 1, max: 16 }),
  }),
)
const span = { period_type: fc.constantFrom('DAYS', 'MONTHS', 'YEARS') }
const aSchedule = together(
  fc.record({
    occurrences: fc.integer({ min: 1, max: 48 }),
    period: fc.integer({ min: 0, max: 12 }),
    ...span,
  }),
  optional('vesting_day_of_month', fc.constantFrom(...DAY_POLICIES)),
  optional('cliff', fc.record({ length: fc.integer({ min: 0, max: 24 }), ...span, percentage: aPart })),
)
const statements = (list: fc.Arbitrary<object>): fc.Arbitrary<object[]> =>
  fc
    .array(list, { minLength: 1, maxLength: 2 })
    .map((all) => all.map((one, index) => ({ ...one, order: index + 1 })))
const aStatement = fc.oneof(
  together(
    fc.record({ percentage: aPart, schedule: aSchedule }),
    optional('event_condition', fc.record({ event_id: aWord })),
  ),
  fc.record({
    percentage: aPart,
    event_condition: together(fc.record({ event_id: aWord }), optional('after', aDate)),
  }),
)
const aVesting = fc.oneof(
  statements(aStatement).map((list) => ({ statements: list })),
  statements(aStatement).map((list) => ({
    parts: [
      { share: '0.5', statements: list },
      { share: '0.5', statements: list },
    ],
  })),
  aQuantity.map((quantity) => ({
    graph: [
      { id: 'start', quantity: '0', trigger: { type: 'VESTING_START_DATE' }, next_condition_ids: ['e'] },
      { id: 'e', description: 'd', quantity, trigger: { type: 'VESTING_EVENT' }, next_condition_ids: [] },
    ],
  })),
)
const aRollover = fc.record({
  share: aShare,
  cap: fc.option(aQuantity),
  months: fc.integer({ min: 1, max: 12 }),
})
const anExpiry = fc.oneof(
  fc.record({ kind: fc.constant('on'), date: aDate }),
  together(
    fc.record({ kind: fc.constant('days_after_vest'), days: fc.integer({ min: 1, max: 900 }) }),
    optional('rollover', aRollover),
  ),
  together(
    fc.record({ kind: fc.constant('end_of_month_after_vest'), months: fc.integer({ min: 0, max: 9 }) }),
    optional('rollover', aRollover),
  ),
)
const anAmount = fc.oneof(
  fc.record({ kind: fc.constant('fixed'), quantity: aQuantity }),
  fc.record({
    kind: fc.constant('by_level'),
    levels: fc.dictionary(aWord, aQuantity, { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
    otherwise: fc.option(aQuantity),
  }),
)
const aRule = fc.record({
  unvested: fc.constantFrom('forfeit', 'accelerate', 'continue'),
  vested: fc.constantFrom(
    { kind: 'keep' },
    { kind: 'window', days: 90 },
    { kind: 'revoke' },
    { kind: 'expire_now' },
  ),
  held: fc.constantFrom('finish', 'cancel'),
})
const someReasons = fc.subarray([...LEAVER_REASONS])
const someClauses = together(
  fc.constant({ fold: 'into_next' }),
  optional(
    'acceleration',
    fc
      .record({
        id: aWord,
        events: fc.uniqueArray(aWord, { minLength: 1, maxLength: 3 }),
        within_months: fc.option(fc.integer({ min: 1, max: 24 })),
        share: aShare,
        from: fc.constantFrom('soonest', 'latest', 'pro_rata'),
      })
      .map((one) => [one]),
  ),
  optional(
    'leave',
    fc.record({ leave: aWord, policy: fc.constant('continue'), grace_days: fc.nat(90) }).map((one) => [one]),
  ),
  optional(
    'leaving',
    fc
      .tuple(someReasons, aRule)
      .map(([reasons, rule]) => Object.fromEntries(reasons.map((reason) => [reason, rule]))),
  ),
  optional(
    'portability',
    fc.record({
      purposes: fc.constant(['open_source']),
      share: aShare,
      days: fc.integer({ min: 1, max: 900 }),
      except: someReasons,
    }),
  ),
  optional(
    'repricing',
    fc.record({
      index: fc.constant({ denomination: 'gpu_hour', accelerator: 'H200', tier: 'spot' }),
      floor: fc.constantFrom('dollars', 'quantity'),
      threshold: aShare,
      at_most: fc.constant('2.5'),
    }),
  ),
  optional('exchange', fc.constant([{ denomination: 'token', model_class: 'frontier' }])),
  optional(
    'guarantees',
    fc.record({
      preemptions_per_month: fc.nat(9),
      queue_wait: fc.constant({ percentile: 99.5, seconds: 60 }),
      remedy: aQuantity.map((most) => ({ credit: '1', at_most_per_month: most })),
    }),
  ),
)
const someTerms = together(
  fc.record({ counts: aCounts, vesting: aVesting }),
  optional('amount', anAmount),
  optional(
    'allocation',
    fc.constantFrom(...ALLOCATION_TYPES.filter((type) => type !== 'CUMULATIVE_ROUND_DOWN')),
  ),
  optional('expiry', anExpiry),
  optional(
    'scope',
    together(fc.constant({ providers: ['openai'] }), optional('purposes', fc.constant(['work']))),
  ),
  optional('priority', fc.integer({ min: 0, max: 49 })),
  optional('clauses', someClauses),
)

test('any terms come in and go out as the same document', () => {
  let compared = 0
  fc.assert(
    fc.property(someTerms, aDate, (said, date) => {
      const document = template({ terms: said })
      const result = readBundle(document)
      // Quantities of some units are beyond what a wallet holds.
      if (result.kind === 'problems') {
        assert.ok(
          result.problems.every(({ message }) => /at most 9223372036854775807/.test(message)),
          JSON.stringify(result.problems),
        )
        return
      }
      compared += 1
      const [{ terms: understood, name }] = result.value.templates as [Bundle['templates'][number]]
      assert.equal(canonicalJson(templateDocument({ ...understood, name })), canonicalJson(document))
      assert.equal(canonicalJson(rewrite(result.value)), canonicalJson([document]))
      const id = '0193b2d4-5a00-7000-8000-000000000001'
      const facts = { id, name, quantity: 3_600_000_000_000n, startDate: date, grantDate: date }
      const own = grantDocument({ ...understood, ...facts }, 'ada@example.com')
      const back = read(own)
      assert.deepEqual(back.templates[0]!.terms, understood)
      assert.equal(canonicalJson(rewrite(back)), canonicalJson([own]))
    }),
    { numRuns: 1_000 },
  )
  assert.ok(compared > 500, `only ${compared}`)
})

test('recorded rates leave in whole units, and come back as the same asks', () => {
  const rows = [
    {
      kind: 'rate',
      id: '0193b2d4-5a00-7000-8000-000000000001',
      from: 'GPU_SECOND/H100-SXM/spot',
      to: 'USD',
      rate: { n: 6_250_000n, d: 9n },
      effectiveFrom: Date.UTC(2026, 0, 1),
      source: 's',
    },
    {
      kind: 'rate',
      id: '0193b2d4-5a00-7000-8000-000000000002',
      from: 'CUR/EUR',
      to: 'USD',
      rate: null,
      effectiveFrom: Date.UTC(2026, 0, 1, 1),
      source: 's',
    },
    {
      kind: 'utilisation',
      id: '0193b2d4-5a00-7000-8000-000000000003',
      accelerator: null,
      share: { n: 2n, d: 5n },
      effectiveFrom: 0,
      source: 's',
    },
  ] as const
  const document = exchangeDocument(rows)
  const { rates } = read(document)
  assert.deepEqual(rates, [
    {
      at: '/rates/0',
      id: rows[0].id,
      kind: 'rate',
      from: rows[0].from,
      to: 'USD',
      rate: '2.5',
      effectiveFrom: rows[0].effectiveFrom,
      source: 's',
    },
    {
      at: '/rates/1',
      id: rows[1].id,
      kind: 'rate',
      from: 'CUR/EUR',
      to: 'USD',
      rate: null,
      effectiveFrom: rows[1].effectiveFrom,
      source: 's',
    },
    {
      at: '/utilisations/0',
      id: rows[2].id,
      kind: 'utilisation',
      accelerator: null,
      share: '0.4',
      effectiveFrom: 0,
      source: 's',
    },
  ])
})
