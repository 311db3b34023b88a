import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mayMove, nextStatus, OFFER_STATUSES, type OfferMove, type OfferStatus } from './status.ts'
import { statusOn } from './over.ts'

/** Every move that may be made, each with where it leads; nothing else may. */
const WAYS: Readonly<Record<OfferMove, Readonly<Partial<Record<OfferStatus, OfferStatus>>>>> = {
  submit: { draft: 'pending' },
  reject: { pending: 'draft' },
  approve: { pending: 'approved' },
  send: { approved: 'sent' },
  accept: { sent: 'accepted' },
  decline: { sent: 'declined' },
  expire: { approved: 'expired', sent: 'expired' },
  withdraw: { draft: 'withdrawn', pending: 'withdrawn', approved: 'withdrawn', sent: 'withdrawn' },
  revise: { approved: 'draft', sent: 'draft', declined: 'draft', expired: 'draft' },
}
const ENDS: Readonly<Record<OfferMove, OfferStatus>> = {
  submit: 'pending',
  reject: 'draft',
  approve: 'approved',
  send: 'sent',
  accept: 'accepted',
  decline: 'declined',
  expire: 'expired',
  withdraw: 'withdrawn',
  revise: 'draft',
}
const MOVES = Object.keys(WAYS) as OfferMove[]

test('an offer goes only the ways it may, and a move that was made is not made again', () => {
  for (const move of MOVES)
    for (const status of OFFER_STATUSES) {
      const to = WAYS[move][status]
      assert.equal(mayMove(move, status), to !== undefined, `${move} of what is ${status}`)
      if (to !== undefined) assert.equal(nextStatus(move, status), to)
      else if (status === ENDS[move]) assert.equal(nextStatus(move, status), null)
      else assert.throws(() => nextStatus(move, status), { code: 'conflict', param: 'status' })
    }
})

test('nothing leads out of what was accepted or withdrawn', () => {
  for (const move of MOVES) {
    assert.equal(WAYS[move].accepted, undefined)
    assert.equal(WAYS[move].withdrawn, undefined)
  }
})

test('an offer is over on the day after its last, whether or not a worker has been there', () => {
  const expiresOn = '2026-02-28'
  for (const status of OFFER_STATUSES) {
    assert.equal(statusOn({ status, expiresOn }, '2026-02-28'), status)
    const after = status === 'sent' || status === 'approved' ? 'expired' : status
    assert.equal(statusOn({ status, expiresOn }, '2026-03-01'), after)
  }
})
