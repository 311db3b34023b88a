import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { openChain } from './chain.ts'

type One = { readonly name: number; before: One | null; after: One | null }

const all = (chain: { first(): One | null }): number[] => {
  const names: number[] = []
  for (let one = chain.first(); one; one = one.after) names.push(one.name)
  return names
}

test('a chain holds what has come and not left, in order, whoever leaves and however often', () => {
  const step = fc.record({ come: fc.boolean(), which: fc.nat(12) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const chain = openChain<One>()
      const known: One[] = []
      let standing: number[] = []
      for (const { come, which } of steps) {
        if (come || known.length === 0) {
          const one: One = { name: known.length, before: null, after: null }
          known.push(one)
          chain.add(one)
          standing.push(one.name)
        } else {
          const one = known[which % known.length]!
          chain.remove(one)
          standing = standing.filter((name) => name !== one.name)
          assert.deepEqual([one.before, one.after], [null, null], 'who has left holds nobody')
        }
        assert.deepEqual(all(chain), standing)
        assert.equal(chain.isEmpty(), standing.length === 0)
      }
    }),
  )
})
