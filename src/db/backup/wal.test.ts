import assert from 'node:assert/strict'
import { test } from 'node:test'
import { archiveSettings, recoverySettings } from './archive.ts'
import { isSegment, segmentsBetween } from './wal.ts'

const MIB = 1024 * 1024

test('the segments of a backup are all from its first to its last, across the end of a part of the name', () => {
  assert.deepEqual(segmentsBetween('0000000100000000000000FE', '000000010000000100000001', 16 * MIB), [
    '0000000100000000000000FE',
    '0000000100000000000000FF',
    '000000010000000100000000',
    '000000010000000100000001',
  ])
  assert.deepEqual(segmentsBetween('00000001000000000000003F', '000000010000000100000000', 64 * MIB), [
    '00000001000000000000003F',
    '000000010000000100000000',
  ])
  assert.throws(() => segmentsBetween('000000010000000000000002', '000000020000000000000003', 16 * MIB))
  assert.deepEqual(['00000002.history', '000000010000000000000003.00000028.backup'].map(isSegment), [
    false,
    false,
  ])
})

test('no folder name breaks out of the commands that archive and fetch the log, and a % in it means itself', () => {
  const folder = "/a b/it's 100%f/$(touch x)"
  const quoted = `'/a b/it'\\''s 100%%f/$(touch x)'`
  const { archive_command: archive } = archiveSettings(folder)
  assert.ok(archive!.startsWith(`if test -f ${quoted}/%f.gz;`))
  assert.equal(
    recoverySettings(folder, null)['restore_command'],
    `test -f ${quoted}/%f.gz && gzip -dc ${quoted}/%f.gz > %p`,
  )
})
