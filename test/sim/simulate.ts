import { parseArgs } from 'node:util'
import { simulate } from './simulate/many.ts'

/** `npm run simulate -- --operations 1000000 --seed 1`: random companies, and the shortest story of the first promise that breaks. */
const { values } = parseArgs({
  options: {
    operations: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    slots: { type: 'string', default: '4' },
    json: { type: 'boolean', default: false },
  },
})
const [operations, seed, slots] = [values.operations, values.seed, values.slots].map(Number)
const log = (line: string): void => void process.stderr.write(`${line}\n`)
const result = await simulate({ operations: operations!, seed: seed!, slots: slots!, log })
const { broken, ...rest } = result
if (broken) {
  log(broken.story)
  process.exitCode = 1
}
process.stdout.write(`${JSON.stringify(values.json ? result : rest, null, values.json ? 0 : 2)}\n`)
