import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { formatUsd } from '#base/money.ts'
import { fourYearMonthly, monthlyRefill } from '#grants/shapes.ts'
import { contractWords, scopeWords, type ContractFacts } from './contract.ts'
import { leavingWords } from './clauses.ts'
import { expiryWords } from './expiry.ts'
import { percent } from './text.ts'
import { vestingWords } from './vesting.ts'

const facts = (change: Partial<ContractFacts> = {}): ContractFacts => ({
  name: 'Compute 2026',
  quantity: '$24,000.00',
  reckoning: null,
  startDate: '2026-01-31',
  grantDate: '2026-01-31',
  statements: fourYearMonthly().statements,
  expiry: { kind: 'never' },
  scope: {},
  clauses: {},
  amount: (quantity) => formatUsd(BigInt(quantity)),
  ...change,
})

describe('a contract is told in words that say what it does', () => {
  test('four years with a cliff', () => {
    assert.deepEqual(vestingWords(fourYearMonthly().statements), [
      '100% vests over 4 years, every month; nothing in the first year, then 25% of it at once.',
    ])
  })

  test('a refill', () => {
    assert.deepEqual(vestingWords(monthlyRefill({ months: 12 }).statements), [
      '100% vests over 1 year, every month.',
    ])
    assert.equal(
      expiryWords({ kind: 'end_of_month_after_vest', months: 3 }),
      'What vests can be spent to the end of the 3rd month after the one in which it vests.',
    )
  })

  test('statements that follow one another, events, windows, parts and graphs', () => {
    const yearly = (order: number, percentage: string) => ({
      order,
      percentage,
      schedule: { occurrences: 1, period: 12, period_type: 'MONTHS' },
    })
    assert.deepEqual(vestingWords([yearly(1, '0.05'), yearly(2, '0.15')]), [
      '5% vests after 1 year.',
      'Then 15% vests after 1 year.',
    ])
    const milestone = {
      order: 1,
      percentage: '1',
      event_condition: { event_id: 'launch', after: '2026-02-01', before: '2027-01-01' },
    }
    assert.deepEqual(vestingWords([milestone]), [
      '100% vests at once when “launch” has happened (not before 2026-02-01 and before 2027-01-01).',
    ])
    assert.deepEqual(vestingWords({ parts: [{ share: '0.5', statements: [yearly(1, '1')] }] }), [
      'Part 1: 50% of the grant, beside the others.',
      '100% vests after 1 year.',
    ])
    assert.match(vestingWords({ graph: [{}, {}] })[0]!, /2 conditions/)
  })

  test('a share is exact, whatever its digits', () => {
    for (const [share, said] of [
      ['1', '100%'],
      ['0.25', '25%'],
      ['0.1666666666', '16.66666666%'],
      ['0.005', '0.5%'],
      ['0', '0%'],
    ] as const)
      assert.equal(percent(share), said)
  })

  test('what was granted late says when the missed part vests', () => {
    const late = contractWords(facts({ grantDate: '2026-05-10' }))
    assert.match(late[1]!.lines.at(-1)!, /before 10 May 2026.*vests on that day/)
    const next = contractWords(facts({ grantDate: '2026-05-10', clauses: { fold: 'into_next' } }))
    assert.match(next[1]!.lines.at(-1)!, /with the first part after it/)
  })

  test('every clause is told, and what is not promised is not', () => {
    const sections = contractWords(
      facts({
        clauses: {
          acceleration: [
            {
              id: 'sale',
              events: ['change_of_control', 'dismissal'],
              withinMonths: 12,
              share: '0.5',
              from: 'soonest',
            },
          ],
          leave: [
            { leave: 'parental', policy: 'continue', graceDays: 0 },
            { leave: '*', policy: 'pause_extend', graceDays: 30 },
          ],
          portability: {
            purposes: ['open_source'],
            share: '1',
            days: 365,
            except: ['INVOLUNTARY_WITH_CAUSE'],
          },
          repricing: { index: 'TOKEN/frontier', floor: 'dollars', threshold: '0.1', atMost: '3' },
          guarantees: {
            serviceTier: 'guaranteed',
            queueWait: { percentile: 95, seconds: 600 },
            uptime: '0.995',
            remedy: { credit: '3600000000000', atMostPerMonth: '7200000000000' },
          },
        },
      }),
    )
    assert.deepEqual(
      sections.map(({ title }) => title),
      [
        'What is granted',
        'When it vests',
        'How long it lasts',
        'Where it can be spent',
        'Earlier than planned',
        'While you are away',
        'What goes with you',
        'When prices fall',
        'What is guaranteed',
      ],
    )
    const said = sections.flatMap(({ lines }) => lines).join('\n')
    for (const part of [
      '“change_of_control” and “dismissal” have all happened, the last within 1 year of the first, 50% of what is unvested vests at once, the soonest first.',
      'Parental leave changes nothing',
      'Any other leave pauses vesting after its first 30 days',
      'All of what is available',
      'for open source for 365 days',
      'by 10% or more',
      'Available 99.5% of each month',
      '$3,600.00, at most $7,200.00 a month',
    ])
      assert.ok(said.includes(part), `${part}\nnot in\n${said}`)
  })

  test('leaver reasons with the same rule share a sentence', () => {
    const rule = { unvested: 'forfeit', vested: { kind: 'window', days: 90 }, held: 'finish' } as const
    assert.deepEqual(leavingWords({ VOLUNTARY_OTHER: rule, VOLUNTARY_RETIREMENT: rule }), [
      'If you resign or if you retire: what has not vested is forfeited; what has vested can be spent for 90 days more; calls and jobs that run may finish.',
    ])
  })

  test('scope and exchange', () => {
    assert.deepEqual(scopeWords({ classes: ['small', 'standard'], purposes: ['open_source'] }, ['USD']), [
      'Only for models of the class small or standard and the purpose open source.',
      'When it is spent it may be exchanged into USD at the rate of the day.',
    ])
    assert.deepEqual(scopeWords({}, []), ['Anywhere that Perq meters.'])
  })
})
