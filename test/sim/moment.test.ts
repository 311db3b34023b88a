import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NOTHING_PLANTED, openSlot } from './simulate/company.ts'
import { runScript, type Told } from './simulate/run.ts'
import type { Command, Single } from './simulate/script.ts'

/** Both of them send fewer statements than that. */
const STATEMENTS = 40

test('a grant to whoever leaves at the same moment ends with them, or is refused: it never stands by itself', async () => {
  const slot = await openSlot()
  try {
    const grant: Single = {
      kind: 'grant',
      grant: 1,
      person: 0,
      contract: 0,
      quantity: 1_000,
      replica: 0,
      mishap: null,
    }
    const leave: Single = { kind: 'leave', person: 0, reason: 0, replica: 1, mishap: null }
    const heard = new Set<string>()
    for (const [first, second] of [
      [grant, leave],
      [leave, grant],
    ] as const) {
      for (let at = 1; at <= STATEMENTS; at += 1) {
        const script: Command[] = [
          { kind: 'hire', person: 0 },
          { kind: 'both', first, second, at },
        ]
        const told: Told[] = []
        const run = { seed: 1, script, planted: NOTHING_PLANTED, counts: new Map(), end: false, told }
        assert.equal(await runScript(slot, run), null, `${first.kind} stands still at ${at}`)
        heard.add(told.at(-1)!.heard.flat().toSorted().join())
      }
    }
    assert.deepEqual([...heard].toSorted(), ['conflict,left', 'granted,left'])
  } finally {
    await slot.close()
  }
})
