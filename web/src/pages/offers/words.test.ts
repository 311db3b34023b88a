import assert from 'node:assert/strict'
import { test } from 'node:test'

import { startOfDay } from '../../lib/base.ts'
import { checksSay } from './says.ts'
import { approvalSays } from './standing.ts'
import { expiryOf, nextAction, offersAnswer } from './words.ts'

const NOW = startOfDay('2027-01-10') + 5_000
const SENT = {
  status: 'sent',
  expires_on: '2027-01-14',
  starts_on: '2027-03-01',
  viewed_at: null,
  open_questions: 0,
} as const

test('each offer says what somebody should do next, questions first', () => {
  assert.equal(nextAction(SENT, NOW), 'Not opened yet')
  assert.equal(nextAction({ ...SENT, viewed_at: '2027-01-09T00:00:00Z' }, NOW), 'Waits for an answer')
  assert.equal(nextAction({ ...SENT, open_questions: 2 }, NOW), 'Answer 2 questions')
  assert.equal(nextAction({ ...SENT, status: 'accepted' }, NOW), 'Starts in 50 days')
  assert.equal(nextAction({ ...SENT, status: 'withdrawn' }, NOW), null)
})

test('an open offer that ends within a week is told apart, one that is answered is not', () => {
  assert.deepEqual(expiryOf(SENT, NOW), { soon: true, says: 'in 4 days' })
  assert.deepEqual(expiryOf({ ...SENT, expires_on: '2027-01-09' }, NOW), { soon: true, says: 'passed' })
  assert.deepEqual(expiryOf({ ...SENT, expires_on: '2027-02-01' }, NOW), {
    soon: false,
    says: 'Feb 1, 2027',
  })
  assert.equal(expiryOf({ ...SENT, status: 'declined' }, NOW).soon, false)
})

test('the list says in one sentence what waits for whom', () => {
  assert.equal(offersAnswer([], NOW), 'Nothing waits for anybody.')
  assert.equal(
    offersAnswer(
      [SENT, { ...SENT, status: 'pending' }, { ...SENT, status: 'approved', open_questions: 1 }],
      NOW,
    ),
    '1 waits for approval, 1 is to be sent, 1 has a question open and 1 expires within a week.',
  )
})

test('who cannot approve reads why and who can', () => {
  const drafted = { id: '', version: 1, kind: 'drafted', at: '', by: 'ada', by_name: 'Ada', body: {} }
  const offer = { status: 'pending', approvals: [], needed: 2, events: [drafted] } as const
  const may = ['offer:approve']
  const says = (id: string, more: object = {}, permissions = may): string | null =>
    approvalSays({ ...offer, ...more }, { id, permissions })
  const given = { person_id: 'bob', name: 'Bob', at: '', note: '', content_hash: '' }
  assert.match(says('eve', {}, []) ?? '', /Your role does not approve/)
  assert.equal(says('ada'), null, 'its author may be the first')
  assert.match(says('ada', { approvals: [given] }) ?? '', /You had a hand in it/)
  assert.equal(says('ada', { needed: 1 }), null)
  assert.match(says('bob', { approvals: [given] }) ?? '', /You have approved it/)
  assert.equal(says('eve', { approvals: [given] }), null)
  assert.equal(says('eve', { status: 'sent' }, []), null)
})

test('the checks in one line name the worst of them', () => {
  const check = { kind: 'bands', message: '', param: null } as const
  assert.equal(checksSay([{ ...check, severity: 'ok' }]), 'Everything that is checked is in order.')
  assert.equal(
    checksSay([
      { ...check, severity: 'warn' },
      { ...check, severity: 'refuse' },
      { ...check, severity: 'ok' },
    ]),
    '1 thing stands against it.',
  )
  assert.equal(
    checksSay([
      { ...check, severity: 'warn' },
      { ...check, severity: 'warn' },
    ]),
    '2 things want a look.',
  )
})
