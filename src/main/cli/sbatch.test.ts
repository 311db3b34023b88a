import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askedOf, readArguments, readScript, secondsOf } from './sbatch.ts'

const asked = (args: string, script = '') => {
  const { options } = readArguments(args.split(' '))
  return askedOf(readScript(script), options)
}

test('what sbatch would ask for is read in every way in which people say it', () => {
  const cases: readonly (readonly [string, string | null, number])[] = [
    ['--gpus=h100:8 job.sh', 'h100', 8],
    ['--gpus h100:8 job.sh', 'h100', 8],
    ['-G h100:8 job.sh', 'h100', 8],
    ['-Gh100:8 job.sh', 'h100', 8],
    ['-G 4 job.sh', null, 4],
    ['--gres=gpu:h100:4 -N 2 job.sh', 'h100', 8],
    ['--gres=license:1,gpu:h100 job.sh', 'h100', 1],
    ['--gpus-per-node=h100:4 --nodes=2-3 job.sh', 'h100', 12],
    ['--gpus-per-task=h100:1 -n 6 job.sh', 'h100', 6],
    ['job.sh --gpus=h100:8', null, 0],
    ['--hold --parsable job.sh', null, 0],
  ]
  for (const [args, type, gpus] of cases) {
    const { type: said, gpus: count } = asked(args)
    assert.deepEqual([said, count], [type, gpus], args)
  }
})

test('times are those of sbatch', () => {
  const cases: readonly (readonly [string, number | null])[] = [
    ['90', 5_400],
    ['90:30', 5_430],
    ['2:30:15', 9_015],
    ['1-2', 93_600],
    ['1-2:30', 95_400],
    ['1-2:30:15', 95_415],
    ['UNLIMITED', null],
  ]
  for (const [text, seconds] of cases) assert.equal(secondsOf(text), seconds, text)
  assert.equal(secondsOf(undefined), null)
  for (const text of ['two hours', '1:2:3:4', '1-', '']) assert.throws(() => secondsOf(text), /--time/)
})

test('the command line counts before the script, whose options end where its commands begin', () => {
  const script = `#!/bin/bash
#SBATCH --gpus=h100:8 --time=60
# a word between
#SBATCH --comment="purpose=open-source" --array=0-31%4

echo start
#SBATCH --gpus=h100:1000
`
  assert.deepEqual(asked('--time=30 --qos=spot job.sh', script), {
    type: 'h100',
    gpus: 8,
    tasks: 32,
    timeLimitSeconds: 1_800,
    allowance: 'spot',
    purpose: 'open_source',
  })
  assert.equal(asked('--array=1,3,5-9:2 job.sh').tasks, 5)
  assert.throws(() => asked('--gpus=h100:many job.sh'), /--gpus is "h100:many"/)
  assert.throws(() => asked('--comment=purpose=fun job.sh'), /none of work/)
})
