import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assetWords, gpuHours, shareWords, spanWords, waitWords } from './hours.ts'

test('a wait is told in two units at most and never longer than it was', () => {
  const told: readonly (readonly [number, string])[] = [
    [0, '0 s'],
    [0.4, 'under 1 s'],
    [59.9, '59 s'],
    [60, '1 min'],
    [719, '11 min 59 s'],
    [7_199, '1 h 59 min'],
    [172_800, '2 days'],
    [180_000, '2 days 2 h'],
  ]
  for (const [seconds, words] of told) assert.equal(spanWords(seconds), words)
  assert.equal(waitWords({ kind: 'at_least', seconds: 720 }), 'over 12 min')
  assert.equal(waitWords(null), 'none yet')
})

test('a share never says more than was kept', () => {
  for (const [share, words] of [
    ['0.994999', '99.49%'],
    ['0.995', '99.5%'],
    ['1.000000', '100%'],
    ['0.000000', '0%'],
    ['0.05', '5%'],
    ['0.999999', '99.99%'],
  ] as const)
    assert.equal(shareWords(share), words)
})

test('hours stand alone where their GPU is named beside them', () => {
  assert.equal(gpuHours(4_321_800n, 'GPU_SECOND/H100-SXM/guaranteed'), '1,200.5')
  assert.equal(assetWords('GPU_SECOND/H100-SXM/spot'), 'H100-SXM, spot')
})
