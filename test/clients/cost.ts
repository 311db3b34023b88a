import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { cost } from '#prices/cost.ts'
import type { Price } from '#prices/types.ts'
import type { UsageRow } from '../support/gateway.ts'
import { CLIENTS } from './clients.ts'
import { openHouse, type House } from './support/house.ts'
import { runClient } from './support/run.ts'
import { follow } from './support/setup.ts'
import { telemetrySink, type Told } from './support/sink.ts'
import { PLENTY } from './support/turn.ts'

// Claude Code counts for itself what a call cost and exports it; Perq counts from its own price book. Neither knows
// the other's figure.

type Session = {
  readonly model: string
  readonly calls: number
  readonly output: number
  readonly env?: Readonly<Record<string, string>>
  /** Standard input, added to the prompt. */
  readonly input?: string
}

const HOUR = { ENABLE_PROMPT_CACHING_1H: '1' }
const SESSIONS: readonly Session[] = [
  { model: 'claude-opus-5-5', calls: 7, output: 411 },
  { model: 'claude-opus-5-5', calls: 5, output: 1, env: HOUR },
  { model: 'claude-haiku-4-5', calls: 6, output: 333 },
  { model: 'claude-sonnet-4-6', calls: 5, output: 1_234, env: HOUR },
  { model: 'claude-sonnet-4-5', calls: 4, output: 77 },
  { model: 'claude-opus-4-8', calls: 3, output: 29 },
]
const LEAST = 20
/** More than 200,000 tokens, above which this model has other rates. */
const LONG: Session = {
  model: 'claude-sonnet-4-5[1m]',
  calls: 2,
  output: 33,
  input: 'straw and grain '.repeat(60_000),
}
const WITHIN = 60_000

type Call = { readonly told: Told; readonly kept: UsageRow }

let house: House
let sink: Awaited<ReturnType<typeof telemetrySink>>
let homes = 0

before(async () => {
  house = await openHouse()
  sink = await telemetrySink()
})
after(async () => {
  await sink.close()
  await house.close()
})

/** A session of Claude Code: what it exported beside what the ledger kept, call by call. */
async function session({ model, calls, output, env = {}, input }: Session): Promise<Call[]> {
  const claude = CLIENTS.find(({ name }) => name === 'claude-code')!
  const who = await house.employee(PLENTY)
  const guide = (await house.guides(who)).find(({ tool }) => tool === claude.page)!
  homes += 1
  const home = follow(guide, { path: `${house.folder}/cost-${homes}`, outside: house.outside.url })
  const order = `Please use the tool Bash ${calls - 1} times with {"command":"cat notes.txt","description":"read"}`
  const { program, args } = claude.command(`${order}. Reply with ${output} tokens.`)
  const telemetry = {
    CLAUDE_CODE_ENABLE_TELEMETRY: '1',
    OTEL_LOGS_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
    OTEL_LOGS_EXPORT_INTERVAL: '200',
  }
  const before = sink.told().length
  const turn = await runClient(
    {
      program,
      args: [...args, '--model', model, '--allowedTools', 'Bash'],
      cwd: home.project,
      env: { ...home.env, ...telemetry, ...env },
      ...(input === undefined ? {} : { input }),
    },
    { within: WITHIN },
  )
  assert.equal(turn.code, 0, turn.out + turn.err)
  await house.quiet(who.wallet)
  const kept = await house.usage(who.wallet)
  const told = sink.told().slice(before)
  assert.equal(kept.length, calls, 'calls in the ledger')
  assert.equal(told.length, calls, 'calls that Claude Code tells of')
  return told.map((one) => ({
    told: one,
    kept: kept.find((row) => idOf(row.provider_id) === idOf(one.requestId))!,
  }))
}

/** `msg_…` in the reply and `req_…` in its head, the same behind it. */
const idOf = (id: string | null): string => id?.slice(id.indexOf('_')) ?? ''

function sameTokens({ told, kept }: Call): void {
  assert.deepEqual(
    [told.input, told.cacheRead, told.cacheWrite5m, told.cacheWrite1h, told.output].map(BigInt),
    [kept.input, kept.cache_read, kept.cache_write_5m, kept.cache_write_1h, kept.output],
  )
}

/** It counts in dollars as floating point, which the nearest nano-dollar undoes, and rounds that to micro-dollars. */
function sameCost(told: Told, nano: bigint): void {
  assert.equal(BigInt(Math.round(told.usd * 1e9)), nano, `${told.model}: ${told.usd} and ${nano}`)
  assert.equal(told.usdMicros, Math.round(told.usd * 1e6))
  const apart = BigInt(told.usdMicros) * 1_000n - nano
  assert.ok(apart <= 500n && apart >= -500n, `${told.model}: ${told.usdMicros} and ${nano}`)
}

test('Claude Code and the ledger tell the same cost of every call, to the nano-dollar', async () => {
  const calls: Call[] = []
  for (const one of SESSIONS) calls.push(...(await session(one)))
  for (const call of calls) {
    sameTokens(call)
    sameCost(call.told, call.kept.cost)
    assert.equal(call.kept.charged, call.kept.cost)
  }
  assert.ok(calls.length >= LEAST)
  const some = (what: (row: UsageRow) => bigint): boolean => calls.some(({ kept }) => what(kept) > 0n)
  assert.ok(
    some((row) => row.cache_read) && some((row) => row.cache_write_5m) && some((row) => row.cache_write_1h),
  )
  process.stdout.write(`\n${calls.length} calls, each cost told twice:\n${lines(calls)}\n`)
})

test('above 200,000 tokens the ledger has the rates of the tier; Claude Code knows none and tells the plain ones', async () => {
  const calls = await session(LONG)
  for (const call of calls) {
    const { told, kept } = call
    sameTokens(call)
    const price = house.rooms.prices.resolve('anthropic', kept.model, house.now())!
    const tokens = {
      input: told.input,
      cacheRead: told.cacheRead,
      cacheWrite5m: told.cacheWrite5m,
      cacheWrite1h: told.cacheWrite1h,
      output: told.output,
    }
    assert.equal(kept.cost, cost(price, tokens).nano)
    const plain: Price = { ...price, tiers: [] }
    sameCost(told, cost(plain, tokens).nano)
    assert.ok(kept.cost > cost(plain, tokens).nano, 'the tier is dearer')
  }
  process.stdout.write(`\n${lines(calls)}\n`)
})

const lines = (calls: readonly Call[]): string =>
  calls
    .map(({ told, kept }) => {
      const tokens = [kept.input, kept.cache_read, kept.cache_write_5m, kept.cache_write_1h, kept.output]
      return `${kept.model.padEnd(18)} ${tokens.join('/').padEnd(28)} told ${told.usdMicros} µ$, kept ${kept.cost} n$`
    })
    .join('\n')
