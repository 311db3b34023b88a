import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { sha256Hex } from '#base/json.ts'
import { rational } from '#base/rational.ts'
import { DAY, dayOf } from '#base/time.ts'
import { contentFrom } from '#offers/content-json.ts'
import { verify } from '#ledger/verify.ts'
import { openStage } from '../../../test/support/offers.ts'

const stage = await openStage()
const { db, world, offers, commands, grants, people, ledger } = stage
after(async () => {
  assert.deepEqual((await verify(db)).findings, [])
  await stage.close()
})
const { author, second, finance } = stage

test('a draft becomes a person with the salary and the grants that they read', async () => {
  const { offer, link, hash } = await stage.sent()
  const accepted = await commands.accept({ link, typedName: offer.candidate.name, contentHash: hash })
  assert.equal(accepted.offer.status, 'accepted')
  const person = await people.find(accepted.person)
  assert.deepEqual(
    [person?.email, person?.hiredOn, person?.level, person?.role],
    [offer.candidate.email, offer.position.startsOn, offer.position.level, 'employee'],
  )
  const salary = await people.salaryOn(accepted.person, offer.position.startsOn)
  assert.deepEqual([salary?.amount, salary?.currency], [offer.pay.salary, 'USD'])
  const [grant] = await grants.grantsOf(db, accepted.person)
  assert.equal(grant?.id, accepted.grants[0])
})
