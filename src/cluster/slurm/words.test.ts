import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HOUR, MINUTE, SECOND } from '#base/time.ts'
import {
  gpusOf,
  gpusOfNode,
  readMinutes,
  readNodes,
  readSpan,
  readTasks,
  readTime,
  writeSpan,
  writeTasks,
} from './words.ts'

test('a span that is written is read as it was', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 400 * 86_400 }), (seconds) => {
      assert.equal(readSpan(writeSpan(seconds * SECOND)), seconds * SECOND)
    }),
  )
  assert.equal(readSpan('1-02:03:04'), 26 * HOUR + 3 * MINUTE + 4 * SECOND)
  assert.equal(readSpan('00:01:00'), MINUTE)
  assert.equal(readSpan('05:06.123'), 5 * MINUTE + 6 * SECOND)
  for (const none of ['', 'UNLIMITED', 'INVALID']) assert.equal(readSpan(none), null)
})

test('a time that is not known is never a number', () => {
  assert.equal(readTime('1795302405'), 1_795_302_405_000)
  for (const none of ['Unknown', 'None', '0', '', '2026-11-21T22:41:25']) assert.equal(readTime(none), null)
  assert.equal(readMinutes('90'), 90 * MINUTE)
  for (const none of ['UNLIMITED', 'Partition_Limit', '']) assert.equal(readMinutes(none), null)
})

test('GPUs that no type accounts for are of no type, and none is counted twice', () => {
  assert.deepEqual(gpusOf('billing=2,cpu=2,gres/gpu:h100=8,gres/gpu=8,node=2'), [{ type: 'h100', count: 8n }])
  assert.deepEqual(gpusOf('gres/gpu=5,gres/gpu:h100=2,gres/gpu:a100=1'), [
    { type: 'a100', count: 1n },
    { type: 'h100', count: 2n },
    { type: null, count: 2n },
  ])
  assert.deepEqual(gpusOf('cpu=1,gres/gpu=2'), [{ type: null, count: 2n }])
  assert.deepEqual(gpusOf('cpu=1,mem=2000M,gres/gpumem=80G'), [])
})

test('the GPUs of a node are those of each type, with or without the places they have', () => {
  assert.deepEqual(gpusOfNode('gpu:h100:8(S:0-1),gpu:a100:2,nic:1'), [
    { type: 'h100', count: 8n },
    { type: 'a100', count: 2n },
  ])
  assert.deepEqual(gpusOfNode('gpu:h100:4(IDX:0,2-3,5)'), [{ type: 'h100', count: 4n }])
  assert.deepEqual(gpusOfNode('gpu:8'), [{ type: null, count: 8n }])
  for (const none of ['(null)', 'gpu:h100:0(IDX:N/A)', '']) assert.deepEqual(gpusOfNode(none), [])
})

test('a list of nodes names each once, with its zeros', () => {
  assert.deepEqual(readNodes('n[1-2,5],gpu-[009-011]x,login'), [
    'n1',
    'n2',
    'n5',
    'gpu-009x',
    'gpu-010x',
    'gpu-011x',
    'login',
  ])
  assert.deepEqual(readNodes('r[1-2]n[1-2]'), ['r1n1', 'r1n2', 'r2n1', 'r2n2'])
  for (const none of ['', '(null)', 'None assigned']) assert.deepEqual(readNodes(none), [])
  assert.ok(readNodes('n[0-999999999999]').length <= 100_000)
})

test('the tasks of an array are counted as the scheduler names them, and too many when it cuts them short', () => {
  assert.deepEqual(readTasks('0-99%7'), { tasks: 100, atOnce: 7 })
  assert.deepEqual(readTasks('1,3,5-7'), { tasks: 5, atOnce: null })
  assert.deepEqual(readTasks('0-999:3'), { tasks: 334, atOnce: null })
  assert.ok(readTasks('0-3,7,9,...').tasks > 1_000_000)
  assert.equal(writeTasks('2_[0-9:3,20%7]'), '2_[0,3,6,9,20]')
  assert.equal(writeTasks('2_[0-9%7]'), '2_[0-9]')
  for (const plain of ['7', '7_1', '6+1']) assert.equal(writeTasks(plain), plain)
})
