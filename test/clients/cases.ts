import assert from 'node:assert/strict'
import type { Client } from './clients.ts'
import type { Employee, House } from './support/house.ts'
import type { Mood } from './support/provider.ts'
import { NOTE, PLENTY, type Taken } from './support/turn.ts'

export type Case = {
  readonly name: string
  readonly guarantee: string
  readonly prompt: (client: Client) => string
  /** Nano-dollars in the wallet; plenty when not given. */
  readonly nano?: bigint
  readonly before?: (house: House, who: Employee) => Promise<unknown>
  readonly mood?: () => Mood
  readonly interrupted?: boolean
  /** With a model that is not a small one. */
  readonly large?: boolean
  readonly check: (taken: Taken, client: Client) => void
}

const hello = (): string => 'Say hello.'

const readNote = ({ reads: [tool, given] }: Client): string =>
  `Please use the tool ${tool} with ${JSON.stringify(given)}`

/** All that was forwarded is paid: no call without its row, no row without its cost. */
function paid({ usage, forwarded }: Taken): void {
  assert.equal(usage.length, forwarded, 'calls and usage rows differ')
  for (const row of usage) {
    assert.ok(
      row.cost > 0n && row.charged === row.cost,
      `${row.model} cost ${row.cost}, charged ${row.charged}`,
    )
    assert.ok(row.cost <= row.held, `${row.model} cost more than was held`)
  }
}

/** One request for each call the client makes, an answer in Perq's own words, nothing spent. */
function refusedOnce({ seen, forwarded, usage, turn, row }: Taken, client: Client): void {
  assert.equal(seen.length, 1 + client.sideCalls)
  assert.ok(seen.every(({ status }) => status === 400))
  assert.equal(forwarded, 0)
  assert.equal(usage.length, 0)
  assert.notEqual(turn.code, 0)
  assert.match(row.shown, /Perq: /)
}

export const CASES: readonly Case[] = [
  {
    name: 'A turn',
    guarantee: 'a turn is answered and paid to the nano-dollar',
    prompt: hello,
    check(taken, client) {
      assert.equal(taken.turn.code, 0, taken.turn.err)
      assert.equal(taken.seen.length, 1 + client.sideCalls)
      assert.equal(taken.forwarded, 1 + client.sideCalls)
      paid(taken)
    },
  },
  {
    name: 'A turn with a tool',
    guarantee: "the client's own tool runs, its result is sent and every call is paid",
    prompt: readNote,
    check(taken, client) {
      assert.equal(taken.turn.code, 0, taken.turn.err)
      assert.equal(taken.seen.length, 2 + client.sideCalls)
      assert.ok(taken.seen.at(-1)!.body.includes(NOTE), 'the result of the tool was not sent')
      paid(taken)
    },
  },
  {
    name: 'Budget exhausted',
    guarantee: 'an empty wallet costs one request, and its owner reads why',
    prompt: hello,
    nano: 1_000n,
    check: refusedOnce,
  },
  {
    name: 'Paused by the velocity guard',
    guarantee: 'a paused wallet costs one request, and its owner reads where to confirm',
    prompt: hello,
    before: (house, who) => house.pause(who),
    check(taken, client) {
      refusedOnce(taken, client)
      assert.match(taken.row.shown, /your calls are paused: .* Confirm in one click at \(link\)/)
    },
  },
  {
    name: 'Slowed by the velocity guard, in the second call of a turn',
    guarantee: 'a slowed call waits a moment and goes on, where the client waits at all',
    prompt: readNote,
    large: true,
    nano: 10n * PLENTY,
    before: (house, who) => house.spend(who, 80_000_000_000n),
    check(taken) {
      assert.ok(taken.seen.every(({ status }) => status === 200 || status === 429))
      paid({ ...taken, usage: taken.usage.filter(({ upstream }) => upstream !== 'before') })
    },
  },
  {
    name: 'Key revoked',
    guarantee: 'a revoked key costs one request and spends nothing, and its owner reads why',
    prompt: hello,
    before: (house, who) => house.revoke(who),
    check({ seen, forwarded, usage, turn, row }, client) {
      assert.equal(seen.length, 1 + client.sideCalls)
      assert.ok(seen.every(({ status }) => status === 401 || status === 403 || status === 400))
      assert.equal(forwarded, 0)
      assert.equal(usage.length, 0)
      assert.notEqual(turn.code, 0)
      assert.match(row.shown, /Perq: the key is unknown, expired or revoked/)
    },
  },
  {
    name: 'Provider overloaded once (529)',
    guarantee: 'a busy provider is asked again by clients that do so, and only the answer is paid',
    prompt: hello,
    mood: () => ({ kind: 'overloaded', times: 1 }),
    check({ usage, forwarded }) {
      assert.equal(usage.length, forwarded - 1)
    },
  },
  {
    name: 'Interrupted with Ctrl-C',
    guarantee: 'an interrupted reply is paid for what it was, and nothing stays held',
    prompt: () => 'Reply with 600 tokens.',
    mood: () => ({ kind: 'slow' }),
    interrupted: true,
    check(taken) {
      paid(taken)
      assert.ok(taken.usage.some(({ status }) => status === 'cancelled'))
    },
  },
]
