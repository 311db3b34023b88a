import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY, MINUTE, SECOND } from '#base/time.ts'
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

test('a call that ends while its person leaves moves the time from which what is kept goes on, and nothing else', async () => {
  const slot = await openSlot()
  try {
    const sent = { replica: 0, mishap: null }
    const ask = { call: 1, person: 0, key: 0, cls: 'standard', purpose: 'work', min: 100, max: 300 } as const
    for (const at of [2, 5, 8]) {
      const script: Command[] = [
        { kind: 'hire', person: 0 },
        { kind: 'grant', grant: 1, person: 0, contract: 1, quantity: 20_000, ...sent },
        { kind: 'pass', by: 40 * DAY },
        { kind: 'vest', ...sent },
        { kind: 'hold', calls: [{ ...ask, floor: 50, lasting: null }], ...sent },
        { kind: 'pass', by: SECOND },
        {
          kind: 'both',
          first: { kind: 'leave', person: 0, reason: at % 3, ...sent },
          second: { kind: 'settle', call: 1, cost: 120, replica: 1, mishap: null },
          at,
        },
        { kind: 'work', ...sent },
      ]
      const run = { seed: 1, script, planted: NOTHING_PLANTED, counts: new Map<string, number>() }
      assert.equal(await runScript(slot, run), null, `the leaving stands still at ${at}`)
    }
  } finally {
    await slot.close()
  }
})

test('a hold of the very instant whose balance was read, beside something later, is no change of the past', async () => {
  const slot = await openSlot()
  try {
    const sent = { replica: 0, mishap: null }
    const ask = {
      call: 1,
      person: 0,
      key: 1,
      cls: 'small',
      purpose: 'work',
      min: 5,
      max: 9,
      floor: 0,
    } as const
    const script: Command[] = [
      { kind: 'hire', person: 0 },
      { kind: 'grant', grant: 1, person: 0, contract: 4, quantity: 20_000, ...sent },
      { kind: 'jump', replica: 2, by: -25 * MINUTE },
      { kind: 'pass', by: 15 * MINUTE },
      {
        kind: 'both',
        first: { kind: 'cap', person: 0, key: 1, limit: null, ...sent },
        second: { kind: 'hold', calls: [{ ...ask, lasting: null }], replica: 2, mishap: null },
        at: 4,
      },
    ]
    const told: Told[] = []
    const run = { seed: 1, script, planted: NOTHING_PLANTED, counts: new Map<string, number>(), told }
    assert.equal(await runScript(slot, run), null)
    assert.deepEqual(told[4]?.heard, [['set'], ['held 9']])
  } finally {
    await slot.close()
  }
})
