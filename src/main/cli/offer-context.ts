import type { z } from '@hono/zod-openapi'
import type { Command } from 'commander'
import { Fault } from '#base/fault.ts'
import { isUuid } from '#base/id.ts'
import { formatMoney } from '#base/money.ts'
import { invalidOf } from '#api/faults.ts'
import { offerAsk } from '#api/offer-ask-views.ts'
import { offerView, type OfferRooms } from '#api/offer-detail.ts'
import { askFrom } from '#api/offer-wire.ts'
import { openOfferLinks } from '#offers/link.ts'
import type { OfferAsk } from '#offers/offer.ts'
import { dataFolder, setting, type Environment } from '../config.ts'
import type { Rooms } from '../rooms.ts'
import { masterSecret } from '../secret.ts'
import { personByEmail, type Shared } from './context.ts'
import { textOf } from './input.ts'
import { table } from './output.ts'

/** What the commands of offers share: how they are read, named and told. The JSON is that of the API. */

export type OfferOptions = Shared & {
  readonly by: string
  readonly file?: string
  readonly url?: string
  readonly note?: string
  readonly reason?: string
  readonly text?: string
  readonly status?: string
  readonly out?: string
}

const MOST_BYTES = 1024 * 1024

export const shared = (command: Command): Command =>
  command
    .option('--json', 'one JSON document')
    .option('--data <folder>', 'data folder of the embedded database')
    .option('--clock <instant>', 'the clock starts here instead of now')

export function offerId(id: string): string {
  if (isUuid(id)) return id
  throw new Fault('invalid', `the offer is "${id}"; give its id: "perq offer list" names them`, {
    param: '--offer',
  })
}

/** The rooms as the API's views ask for them. */
export const viewed = (rooms: Rooms, env: Environment): OfferRooms => ({
  ...rooms,
  config: { company: setting(env, 'PERQ_COMPANY') },
})

export const detail = async (rooms: Rooms, env: Environment, id: string, by?: string) =>
  offerView(viewed(rooms, env), id, by === undefined ? null : await personByEmail(rooms, by))

/** A file in the shape of the API's body. Throws Fault `invalid` that names the field. */
export async function readJson<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
): Promise<z.output<Schema>> {
  const text = await textOf(file, MOST_BYTES)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Fault('invalid', `${file} is no JSON`, { param: '--file' })
  }
  const read = schema.safeParse(value)
  if (read.success) return read.data
  throw invalidOf(read.error, 'json', value)
}

export const readAsk = async (file: string): Promise<OfferAsk> => askFrom(await readJson(file, offerAsk))

/** Where people reach the server, and what signs the links of its candidates. */
export function linksOf(env: Environment, { url, data }: OfferOptions) {
  const local = `http://${setting(env, 'PERQ_HOST')}:${setting(env, 'PERQ_PORT')}`
  return {
    site: (url ?? (setting(env, 'PERQ_URL') || local)).replace(/\/$/, ''),
    links: openOfferLinks(masterSecret(env, dataFolder(env, data))),
  }
}

type Told = Awaited<ReturnType<typeof offerView>>
type Shown = Pick<Told, 'worth' | 'checks' | 'needed'>

/** An offer in a few lines: what it comes to, what stands against it, who has to agree. */
export function linesOf(offer: Told): readonly string[] {
  const { candidate, position, status, version, approvals, needed, questions } = offer
  const open = questions.filter(({ answer }) => answer === null).length
  return [
    `${offer.id}  ${status}, version ${version}`,
    `${position.title}, ${position.level}, for ${candidate.name} <${candidate.email}> from ${position.starts_on}; answer by ${offer.expires_on}`,
    ...shownLines(offer, offer.pay.currency),
    ...(status === 'pending' ? [`${approvals.length} of ${needed} approvals`] : []),
    ...(open > 0 ? [`${open} of ${questions.length} questions wait for an answer`] : []),
  ]
}

export function shownLines({ worth, checks }: Shown, currency: string): readonly string[] {
  const money = (amount: bigint): string => formatMoney(amount, currency)
  return [
    ...(worth
      ? table([
          ['year', 'cash and equity', 'compute, cap', 'expected', 'total, cap', 'expected'],
          ...[...worth.years, worth.total].map((year) => [
            year.year === 0 ? 'all' : String(year.year),
            money(year.total_cap - year.compute_cap),
            money(year.compute_cap),
            money(year.compute_expected),
            money(year.total_cap),
            money(year.total_expected),
          ]),
        ])
      : []),
    ...checks
      .filter(({ severity }) => severity !== 'ok')
      .map(
        ({ kind, severity, message }) =>
          `${severity === 'refuse' ? 'REFUSED' : 'note'} (${kind}): ${message}`,
      ),
  ]
}
