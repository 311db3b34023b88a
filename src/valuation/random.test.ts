import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { near } from '../../test/support/near.ts'
import { exponentials } from './exponentials.ts'
import { normalCdf, normalDensity } from './normal.ts'
import { quantiles } from './quantiles.ts'
import { nextWord, PURPOSES, streamOf, uniform } from './random.ts'
import { EDGES, fillNormals, normal } from './ziggurat.ts'

test('the generator is xoshiro128++', () => {
  const stream = Int32Array.of(1, 2, 3, 4)
  const words = Array.from({ length: 10 }, () => nextWord(stream) >>> 0)
  assert.deepEqual(
    words,
    [
      641, 1573767, 3222811527, 3517856514, 836907274, 4247214768, 3867114732, 1355841295, 495546011,
      621204420,
    ],
  )
})

test('a stream is the same for its seed, block and purpose, and every other is another', () => {
  const starts = new Set<string>()
  for (const seed of [0, 1, 2, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 52])
    for (const block of [0, 1, 2, 99, 100])
      for (const purpose of PURPOSES) {
        const start = streamOf(seed, block, purpose).join()
        assert.equal(start, streamOf(seed, block, purpose).join())
        starts.add(start)
      }
  assert.equal(starts.size, 7 * 5 * PURPOSES.length)
  assert.throws(() => streamOf(-1, 0, 'short'), { param: 'seed' })
})

test('neighbouring streams have nothing in common: half of their bits differ', () => {
  let differing = 0
  const ones = (word: number): number => word.toString(2).replaceAll('0', '').length
  for (let block = 0; block < 2_000; block += 1) {
    const [a, b] = [streamOf(7, block, 'short'), streamOf(7, block + 1, 'short')]
    for (let i = 0; i < 4; i += 1) differing += ones((a[i]! ^ b[i]!) >>> 0)
  }
  // 256,000 bits, each differs or not: a standard deviation of 253.
  assert.ok(Math.abs(differing - 128_000) < 4 * 253, `${differing}`)
})

test('uniforms are even and never 0 or 1', () => {
  const stream = streamOf(1, 0, 'glut')
  const counts = new Float64Array(100)
  for (let i = 0; i < 1_000_000; i += 1) {
    const u = uniform(stream)
    assert.ok(u > 0 && u < 1)
    counts[Math.floor(u * 100)]! += 1
  }
  const square = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)
  // 99 degrees of freedom: mean 99, deviation √198.
  assert.ok(Math.abs(square - 99) < 4 * Math.sqrt(198), `${square}`)
})

test('the layers of the ziggurat have equal areas and close at the top', () => {
  const height = (x: number): number => Math.exp(-(x * x) / 2)
  const base = EDGES[1]! * height(EDGES[1]!) + Math.sqrt(2 * Math.PI) * normalCdf(-EDGES[1]!)
  for (let i = 1; i < 255; i += 1) {
    near(EDGES[i]! * (height(EDGES[i + 1]!) - height(EDGES[i]!)), base, {
      relative: 1e-11,
      what: `layer ${i}`,
    })
  }
  near(EDGES[255]! * (1 - height(EDGES[255]!)), base, { relative: 1e-10 })
})

test('drawn one by one or many at once, the normals are the same', () => {
  const [one, many] = [streamOf(3, 1, 'long'), streamOf(3, 1, 'long')]
  const drawn = new Float64Array(100_000)
  fillNormals(many, drawn, drawn.length, 1)
  for (const value of drawn) assert.equal(normal(one), value)
  assert.deepEqual(one, many)
})

test('normals have the moments, the bins and the tails of the normal distribution', () => {
  const count = 2_000_000
  const drawn = new Float64Array(count)
  fillNormals(streamOf(11, 0, 'short'), drawn, count, 1)
  const powers = [0, 0, 0, 0, 0]
  const bins = new Float64Array(202)
  for (const z of drawn) {
    for (let k = 1; k <= 4; k += 1) powers[k]! += z ** k / count
    bins[Math.min(201, Math.max(0, Math.floor((z + 5) * 20) + 1))]! += 1
  }
  // E z, z², z³, z⁴ are 0, 1, 0, 3 with variances 1, 2, 15, 96.
  const [, first, second, third, fourth] = powers
  assert.ok(Math.abs(first!) < 4 * Math.sqrt(1 / count), `${first}`)
  assert.ok(Math.abs(second! - 1) < 4 * Math.sqrt(2 / count), `${second}`)
  assert.ok(Math.abs(third!) < 4 * Math.sqrt(15 / count), `${third}`)
  assert.ok(Math.abs(fourth! - 3) < 4 * Math.sqrt(96 / count), `${fourth}`)
  let [square, used] = [0, 0]
  for (let i = 1; i < 201; i += 1) {
    const expected = count * (normalCdf((i - 100) / 20) - normalCdf((i - 101) / 20))
    if (expected < 10) continue
    square += (bins[i]! - expected) ** 2 / expected
    used += 1
  }
  assert.ok(Math.abs(square - used) < 4 * Math.sqrt(2 * used), `${square} over ${used} bins`)
  const beyond = drawn.filter((z) => Math.abs(z) > EDGES[1]!).length
  const expected = 2 * count * normalCdf(-EDGES[1]!)
  assert.ok(Math.abs(beyond - expected) < 4 * Math.sqrt(expected), `${beyond} of ${expected}`)
  near(normalDensity(0), 1 / Math.sqrt(2 * Math.PI))
})

test('exponentials are those of Math.exp to the last digits, far out and at the edges too', () => {
  const sums = [
    0,
    -0,
    1e-300,
    10.9999,
    11.1,
    -11.1,
    30,
    -30,
    300,
    -740,
    -10_000,
    700,
    ...Array.from({ length: 22_000 }, (_, i) => (i - 11_000) / 1_000.7),
  ]
  const [a, b] = [Float64Array.from(sums, (x) => x * 0.25), Float64Array.from(sums, (x) => x * 0.75)]
  const out = new Float64Array(sums.length)
  exponentials(a, b, out, 0, sums.length)
  sums.forEach((_, i) =>
    near(out[i]!, Math.exp(a[i]! + b[i]!), { relative: 5e-16, absolute: 5e-324, what: `e^${sums[i]}` }),
  )
  const few = Float64Array.of(9, 9, 9)
  exponentials(Float64Array.of(0, 0, 0), Float64Array.of(0, 0, 0), few, 1, 2)
  assert.deepEqual([...few], [9, 1, 9])
})

test('quantiles are those of the sorted values', () => {
  const value = fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(0, 1, 2))
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 300 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (values, share) => {
        const sorted = Float64Array.from(values).sort()
        const shares = [share / 2, share, (1 + share) / 2]
        const expected = shares.map((own) => sorted[Math.max(0, Math.ceil(own * values.length) - 1)])
        // A zero has no sign here.
        assert.deepEqual(
          quantiles(Float64Array.from(values), shares).map((x) => x + 0),
          expected.map((x) => x! + 0),
        )
      },
    ),
  )
  const many = Float64Array.from({ length: 100_001 }, (_, i) => (i * 7_919) % 100_001)
  assert.deepEqual(quantiles(many, [0.05, 0.5, 0.95]), [5_000, 50_000, 95_000])
})
