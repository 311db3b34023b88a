import type { Command } from 'commander'
import { isUuid } from '#base/id.ts'
import { Fault } from '#base/fault.ts'
import { formatUsd } from '#base/money.ts'
import { formatQuantity } from '#base/quantity.ts'
import type { Part } from '#reports/value/attribution.ts'
import type { Numbers } from '#reports/value/forward.ts'
import type { StressView } from '#reports/value/stress.ts'
import type { ValueAsk } from '#reports/value/value.ts'
import type { GrantValueRow, Sums } from '#reports/value/views.ts'
import type { Environment } from '../config.ts'
import { personByEmail, withRooms, type Shared } from './context.ts'
import { print, table } from './output.ts'
import { compareCommand } from './value-compare.ts'
import { aheadCommands, collect } from './value-forward.ts'

type Options = Shared & {
  readonly asOf?: string
  readonly from?: string
  readonly basis?: string
  readonly by?: string
  readonly person?: string
  readonly grant?: string
  readonly scenario?: string | true
  readonly set: Numbers
}

/** `perq value`: what is owed is worth, why that changed, and with --scenario what could happen to it. */
export function valueCommand(program: Command, env: Environment): void {
  const command = program
    .command('value')
    .description(
      'what promised compute is worth on four bases, why that changed, and what could happen to it',
    )
    .option('--as-of <day>', 'at the end of that UTC day; today when absent')
    .option('--from <day>', 'told against that day; 30 days before when absent')
    .option('--basis <name>', 'list, replacement, index or cost', 'replacement')
    .option('--by <what>', 'person, entity, manager, level, country or asset', 'person')
    .option('--person <email>', 'the grants of one person')
    .option('--grant <id>', 'one grant')
    .option('--scenario [name]', 'what could happen: every scenario, or one')
    .option('--set <name=value>', 'a number of that scenario; may be given again', collect, {})
    .option('--json', 'one JSON document, amounts in nano-dollars as text')
    .option('--data <folder>', 'data folder of the embedded database')
    .action(async (options: Options) => {
      const ask = asked(options)
      await withRooms(env, options, async (rooms) => {
        const now = rooms.world.now()
        const person = options.person === undefined ? null : (await personByEmail(rooms, options.person)).id
        const [json, grant] = [options.json ?? false, options.grant ?? null]
        const { value } = rooms
        if (options.scenario !== undefined) {
          const one = options.scenario === true ? {} : { scenario: options.scenario }
          const view = await named(value.scenarios({ ...ask, ...one }, options.set, now, { person, grant }))
          print(json, view, () => view.scenarios.flatMap((scenario) => scenarioLines(scenario, view.basis)))
          return
        }
        if (grant !== null || person !== null) {
          const found = grant === null ? value.person(person!, ask, now) : value.grant(grant, ask, now)
          const view = await named(found)
          if (view === null) throw new Fault('not_found', `there is no grant ${grant}`, { param: 'grant' })
          print(json, view, () => [
            `What ${view.person.name} is still owed, at the end of ${view.day} (UTC)`,
            ...sumLines(view, view),
            ...grantLines(view.rows, view.basis),
          ])
          return
        }
        const view = await named(value.company(ask, now))
        print(json, view, () => [
          `What ${counted(view.people, 'person is', 'people are')} still owed of ${counted(view.grants, 'grant', 'grants')}, at the end of ${view.day} (UTC)`,
          ...sumLines(view, view),
          ...missingLines(view),
          '',
          ...table([
            [`by ${view.by}`, 'cap', 'expected use', 'vested', 'not vested', 'change'],
            ...view.groups.map((group) => {
              const one = group.bases.find(({ basis }) => basis === view.basis)!
              const { opening, closing } = group.change.cap
              return [
                group.name,
                formatUsd(one.cap.total),
                formatUsd(one.expected.total),
                formatUsd(one.cap.vested),
                formatUsd(one.cap.unvested),
                signed(closing - opening),
              ]
            }),
          ]),
        ])
      })
    })
  compareCommand(command, env)
  aheadCommands(command, env)
}

function asked({ asOf, from, basis, by, grant }: Options): ValueAsk {
  if (grant !== undefined && !isUuid(grant))
    throw new Fault('invalid', `--grant is "${grant}"; give the id of a grant`, { param: '--grant' })
  return { asOf, from, basis, by }
}

/** What was typed wrong is bad usage: the fault names the option. */
async function named<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'invalid' || error.param === null) throw error
    const option = OPTIONS.get(error.param) ?? '--set'
    throw new Fault('invalid', `${option}: ${error.message}`, { param: option })
  }
}
const OPTIONS: ReadonlyMap<string, string> = new Map([
  ['as_of', '--as-of'],
  ['from', '--from'],
  ['basis', '--basis'],
  ['by', '--by'],
  ['scenario', '--scenario'],
])

const counted = (number: number, one: string, many: string): string =>
  `${number} ${number === 1 ? one : many}`

/** Why a value changed, in the words of a person without finance training. */
const WHY: Readonly<Record<Part, string>> = {
  granted: 'new promises, less those made smaller',
  exchanged: 'exchanged into other compute',
  vesting: 'vested',
  use: 'used',
  expiry: 'expired unused',
  forfeiture: 'forfeited by who left',
  revocation: 'taken back',
  price: 'prices moved',
  model: 'time passed, and what is assumed',
}

const signed = (nano: bigint): string => (nano > 0n ? `+${formatUsd(nano)}` : formatUsd(nano))
const orNone = (nano: bigint | null): string => (nano === null ? 'none' : formatUsd(nano))

function sumLines(sums: Sums, { from, basis }: { readonly from: string; readonly basis: string }): string[] {
  const { cap } = sums.change
  const moved = (Object.keys(WHY) as Part[]).filter((part) => cap.parts[part] !== 0n)
  return [
    '',
    ...table([
      ['basis', 'cap', 'bid', 'ask', 'expected use', 'vested', 'not vested'],
      ...sums.bases.map((one) => [
        one.missing.length > 0 ? `${one.basis} *` : one.basis,
        formatUsd(one.cap.total),
        orNone(one.bid),
        orNone(one.ask),
        formatUsd(one.expected.total),
        formatUsd(one.cap.vested),
        formatUsd(one.cap.unvested),
      ]),
    ]),
    '',
    `keeping the promise costs ${formatUsd(sums.own_cost.cap)} at the company's own cost, ${formatUsd(sums.own_cost.expected)} as expected`,
    '',
    `since ${from} the cap at ${basis} went from ${formatUsd(cap.opening)} to ${formatUsd(cap.closing)}: ${signed(cap.closing - cap.opening)}`,
    ...table(moved.map((part) => [`  ${WHY[part]}`, signed(cap.parts[part])])),
  ]
}

function missingLines({ bases }: Sums): string[] {
  const lines = bases.flatMap(({ basis, missing }) =>
    missing.map(({ asset, reason }) => `* ${basis} is without ${asset}: ${reason}`),
  )
  return lines.length === 0 ? [] : ['', ...new Set(lines)]
}

const grantLines = (rows: readonly GrantValueRow[], basis: string): string[] => [
  '',
  ...table([
    ['grant', 'still owed', 'cap', 'expected use', 'change'],
    ...rows.map((row) => {
      const one = row.bases.find((sum) => sum.basis === basis)!
      const { opening, closing } = row.change.cap
      const [missing] = one.missing
      return [
        row.name,
        formatQuantity(row.asset, row.unvested + row.vested),
        missing ? 'no price' : formatUsd(one.cap.total),
        missing ? 'no price' : formatUsd(one.expected.total),
        signed(closing - opening),
      ]
    }),
  ]),
  ...new Set(
    rows.flatMap(
      ({ bases }) =>
        bases.find((sum) => sum.basis === basis)?.missing.map(({ asset, reason }) => `${asset}: ${reason}`) ??
        [],
    ),
  ),
]

const scenarioLines = (scenario: StressView, basis: string): string[] => [
  `${scenario.name} (${scenario.id}): ${scenario.says}`,
  ...scenario.parameters.map(({ name, value, says }) => `  ${name} = ${value}: ${says}`),
  ...scenario.bases
    .filter((one) => one.basis === basis)
    .map(
      ({ before, after, change }) =>
        `  the cap at ${basis} goes from ${formatUsd(before)} to ${formatUsd(after)}: ${signed(change)}`,
    ),
  ...(scenario.dollar_buys === '1.0000'
    ? []
    : [`  a dollar buys ${scenario.dollar_buys} of the tokens it buys today`]),
  '',
]
