import type { UsageRow } from '../../support/gateway.ts'
import type { Case } from '../cases.ts'
import type { Client } from '../clients.ts'
import type { House } from './house.ts'
import { runClient, type Turn } from './run.ts'
import { follow } from './setup.ts'
import { shownBy, type Row } from './table.ts'
import type { Seen } from './wire.ts'

/** A call by this name reads the harvest. */
export const NOTE = 'The harvest is on Tuesday.'

export type Taken = {
  readonly turn: Turn
  readonly seen: readonly Seen[]
  /** Calls that the provider got. */
  readonly forwarded: number
  readonly usage: readonly UsageRow[]
  readonly held: number
  readonly row: Row
}

const WITHIN = 90_000
/** So much of a long reply has arrived when somebody presses Ctrl-C. */
const SOME = 4_000

let homes = 0

/** One prompt of a new person with a new home, from the page's instructions to the ledger's rows. */
export async function takeTurn(house: House, client: Client, one: Case): Promise<Taken> {
  const who = await house.employee(one.nano ?? PLENTY)
  const guide = (await house.guides(who)).find(({ tool }) => tool === client.page)!
  homes += 1
  const home = follow(guide, {
    path: `${house.folder}/${homes}`,
    outside: house.outside.url,
    byFile: client.byFile ?? false,
  })
  await one.before?.(house, who)
  house.provider.be(one.mood?.() ?? { kind: 'quick' })
  house.wire.clear()
  const until = one.interrupted ? interruption(house) : undefined
  const turn = await runClient(
    {
      ...client.command(one.prompt(client), one.large),
      cwd: home.project,
      env: { ...home.env, ...client.env },
    },
    { within: WITHIN, ...(until ? { until } : {}) },
  )
  const held = await house.quiet(who.wallet)
  const seen = house.wire.seen()
  const row: Row = {
    case: one.name,
    client: client.name,
    requests: String(seen.length),
    forwarded: house.provider.requests(),
    exit: turn.late ? 'never' : String(turn.code),
    shown: shownBy(client, turn),
  }
  return {
    turn,
    seen,
    forwarded: house.provider.requests(),
    usage: await house.usage(who.wallet),
    held,
    row,
  }
}

export const PLENTY = 100_000_000_000n

const interruption = (house: House): Promise<void> => house.wire.streaming(SOME)
