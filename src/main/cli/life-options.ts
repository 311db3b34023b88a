import type { Command } from 'commander'
import { Fault } from '#base/fault.ts'
import { isUuid } from '#base/id.ts'
import { parseQuantity } from '#base/quantity.ts'
import { reasonOf } from '#commands/life/leave.ts'
import { LEAVER_REASONS } from '#grants/clauses.ts'
import type { Grant } from '#grants/grant.ts'
import type { Rooms } from '../rooms.ts'

/** What the commands of a life read from their options. */

export const REASONS = LEAVER_REASONS.join(', ')

export const shared = (command: Command): Command =>
  command
    .option('--json', 'one JSON document')
    .option('--data <folder>', 'data folder of the embedded database')
    .option('--clock <date>', 'as if it were then')

export function commandNamed(program: Command, name: string): Command {
  const found = program.commands.find((command) => command.name() === name)
  return found ?? program.command(name)
}

export const reasonNamed = (text: string) => {
  const name = text.toUpperCase().replaceAll('-', '_')
  if (LEAVER_REASONS.some((known) => known === name)) return reasonOf(name)
  throw new Fault('invalid', `--reason is "${text}"; give one of ${REASONS}`, { param: '--reason' })
}

export function needed(value: string | undefined, option: string): string {
  if (value !== undefined) return value
  throw new Fault('invalid', `${option} is missing`, { param: option })
}

export function uuidOption(text: string | undefined): string | undefined {
  if (text === undefined || isUuid(text)) return text
  throw new Fault('invalid', `--id is "${text}"; give a lower-case uuid`, { param: '--id' })
}

export function grantId(text: string): string {
  if (isUuid(text)) return text
  throw new Fault('invalid', `"${text}" is no id of a grant`, { param: '--grant' })
}

export function quantityOf(
  grant: Pick<Grant, 'denomination'>,
  text: string | undefined,
  param: string,
): bigint | undefined {
  if (text === undefined) return undefined
  const quantity = parseQuantity(grant.denomination, text)
  if (quantity !== null && quantity > 0n) return quantity
  throw new Fault('invalid', `${param} is "${text}"; give an amount above 0 as people say it`, { param })
}

export async function templateNamed({ grants, db }: Rooms, text: string): Promise<string> {
  if (isUuid(text)) return text
  const found = (await grants.templates(db)).find(({ name }) => name === text)
  if (found) return found.id
  throw new Fault('not_found', `there is no template "${text}"`, { param: '--template' })
}
