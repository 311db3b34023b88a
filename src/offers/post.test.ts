import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Fault } from '#base/fault.ts'
import { NANO_PER_USD } from '#base/money.ts'
import { vocabularyProblems } from '../../test/support/schema-org.ts'
import { jobPosting, type LdFacts } from './post-ld.ts'
import { checkPost, EMPLOYMENTS, type PostAsk } from './post.ts'
import { transparency } from './transparency.ts'

const ID = '0199b0a4-8c1e-7d3a-9c55-1f2e3d4c5b6a'
const ask = (change: Partial<PostAsk> = {}): PostAsk => ({
  title: 'Research engineer',
  level: 'IC5',
  family: 'Research',
  entity: ID,
  place: { country: 'US', region: 'CO', locality: 'Denver', remote: false },
  employment: 'FULL_TIME',
  description: 'You train models.\n\nYou measure them.',
  salary: { currency: 'USD', least: 180_000n * NANO_PER_USD, most: 220_000n * NANO_PER_USD },
  incentives: 'Bonus of 15% at target, RSUs.',
  benefits: ['Health insurance', '25 days of leave'],
  compute: [{ template: ID, least: 20_000n * NANO_PER_USD, most: 30_000n * NANO_PER_USD }],
  applyAt: 'https://example.com/apply',
  until: '2026-12-31',
  ...change,
})
const facts = (change: Partial<LdFacts> = {}): LdFacts => ({
  ...ask(),
  id: ID,
  company: 'Demo Labs',
  postedOn: '2026-11-01',
  url: 'https://perq.example/careers/1',
  compute: ['AI compute as pay: $20,000.00 to $30,000.00.'],
  document: { url: 'https://perq.example/careers/1/compute.json', sha256: 'ab'.repeat(32) },
  ...change,
})

const paramOf = (work: () => unknown): string | null => {
  try {
    work()
    return null
  } catch (error) {
    assert.ok(error instanceof Fault)
    return error.param
  }
}

test('a post is refused at the field that is wrong', () => {
  assert.equal(
    paramOf(() => checkPost(ask())),
    null,
  )
  const wrong: readonly (readonly [Partial<PostAsk>, string])[] = [
    [{ title: ' ' }, 'title'],
    [{ entity: 'x' }, 'entity_id'],
    [{ place: { ...ask().place, country: 'USA' } }, 'place.country'],
    [{ place: { ...ask().place, region: 'Colorado' } }, 'place.region'],
    [{ salary: { currency: 'USD', least: 1n, most: NANO_PER_USD } }, 'salary.least'],
    [{ salary: { currency: 'USD', least: 2n * NANO_PER_USD, most: NANO_PER_USD } }, 'salary.least'],
    [{ salary: { currency: 'dollars', least: NANO_PER_USD, most: NANO_PER_USD } }, 'salary.currency'],
    [{ compute: [{ template: ID, least: 2n, most: 1n }] }, 'compute[0].least'],
    [{ compute: [{ template: 'x', least: 1n, most: 1n }] }, 'compute[0].template_id'],
    [{ benefits: ['fine', ''] }, 'benefits[1]'],
    [{ applyAt: 'javascript:alert(1)' }, 'apply_at'],
    [{ applyAt: 'http://example.com' }, 'apply_at'],
    [{ until: '2026-02-30' }, 'until'],
    [{ description: 'bell \u0007' }, 'description'],
  ]
  for (const [change, param] of wrong)
    assert.equal(
      paramOf(() => checkPost(ask(change))),
      param,
    )
})

const text = fc.string({ maxLength: 60 })
const someFacts = fc
  .record({
    title: text,
    family: text,
    description: text,
    incentives: text,
    benefits: fc.array(text, { maxLength: 4 }),
    compute: fc.array(text, { maxLength: 3 }),
    employment: fc.constantFrom(...EMPLOYMENTS),
    place: fc.record({
      country: fc.constantFrom('US', 'DE'),
      region: text,
      locality: text,
      remote: fc.boolean(),
    }),
    salary: fc.constantFrom(null, ask().salary),
    document: fc.constantFrom(null, facts().document),
  })
  .map(facts)

test('every post in JSON-LD uses only types and properties of schema.org, each where it belongs', () => {
  fc.assert(fc.property(someFacts, (of) => assert.deepEqual(vocabularyProblems(jobPosting(of)), [])))
})

test('the check of the vocabulary finds what does not belong', () => {
  const ld = jobPosting(facts())
  assert.deepEqual(vocabularyProblems({ ...ld, computeGrant: 'much' }), ['/computeGrant is no property'])
  assert.deepEqual(vocabularyProblems({ ...ld, minValue: 1 }), ['/minValue is none of JobPosting'])
  assert.deepEqual(vocabularyProblems({ ...ld, '@type': 'Job' }), ['/@type is Job'])
  assert.deepEqual(vocabularyProblems({ ...ld, jobBenefits: { '@type': 'MonetaryAmount' } }), [
    '/jobBenefits is a MonetaryAmount',
  ])
  assert.deepEqual(vocabularyProblems({ ...ld, baseSalary: 'much' }), [
    '/baseSalary is a string, but has to be MonetaryAmount or Number or PriceSpecification',
  ])
})

test('the compute stands in the benefits as a sentence, and as a document with its hash', () => {
  const { jobBenefits, subjectOf, baseSalary } = jobPosting(facts())
  assert.match(String(jobBenefits), /^AI compute as pay: \$20,000\.00 to \$30,000\.00\. Health insurance\./)
  assert.deepEqual(subjectOf, {
    '@type': 'DigitalDocument',
    name: 'Compute of this job, for machines',
    url: 'https://perq.example/careers/1/compute.json',
    encoding: {
      '@type': 'MediaObject',
      contentUrl: 'https://perq.example/careers/1/compute.json',
      encodingFormat: 'application/json',
      sha256: 'ab'.repeat(32),
    },
  })
  assert.deepEqual(baseSalary, {
    '@type': 'MonetaryAmount',
    currency: 'USD',
    value: { '@type': 'QuantitativeValue', minValue: 180_000, maxValue: 220_000, unitText: 'YEAR' },
  })
})

test('what the law of a place wants is told with the field that would mend it, and where nothing is known nothing is said', () => {
  const missing = (change: Partial<PostAsk>): readonly string[] =>
    transparency(ask(change)).flatMap(({ place, requirement, state }) =>
      state === 'met' ? [] : [`${place} ${requirement} ${state}`],
    )
  assert.deepEqual(missing({}), [])
  assert.deepEqual(missing({ salary: null, incentives: '', benefits: [], compute: [] }), [
    'Colorado pay_range missing',
    'Colorado benefits missing',
    'Colorado other_pay missing',
    'Colorado compute unsure',
  ])
  const place = { country: 'US', region: 'NV', locality: '', remote: true }
  assert.deepEqual(missing({ place, salary: null }), [
    'Colorado pay_range unsure',
    'Washington pay_range unsure',
    'California pay_range unsure',
  ])
  assert.deepEqual(missing({ place: { ...place, country: 'FR' }, salary: null }), [
    'European Union pay_range missing',
  ])
  assert.deepEqual(transparency(ask({ place: { ...place, country: 'JP' } })), [])
  for (const finding of transparency(ask({ salary: null })))
    assert.equal(finding.param === null, finding.state === 'met')
})
