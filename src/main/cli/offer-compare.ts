import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { compareDocument } from '#api/compare-document.ts'
import { ask as askSchema } from '#api/compare-views.ts'
import { Fault, messageOf } from '#base/fault.ts'
import { formatUsd } from '#base/money.ts'
import { MOST_OFFERS, type CompareAsk, type SideAsk } from '#offers/compare/ask.ts'
import { readOffer } from '#offers/read/read.ts'
import { openCompareOffers } from '#reports/offers/compare.ts'
import type { ComparedOffers } from '#reports/offers/compare-view.ts'
import type { Environment } from '../config.ts'
import { withRooms, type Shared } from './context.ts'
import { print, say, table } from './output.ts'
import { collect } from './value-forward.ts'

type Options = Shared & {
  readonly text: readonly string[]
  readonly basis?: string
  readonly set: Readonly<Record<string, string | undefined>>
}

/** `perq offer compare`: offers side by side over four years, from files in any of the forms that the page reads. */
export function offerCompareCommand(group: Command, env: Environment): void {
  group
    .command('compare [files...]')
    .description('offers side by side over four years, on one basis and in dollars')
    .option(
      '--text <file>',
      'an offer in words; may be given again',
      (one, all: string[]) => [...all, one],
      [],
    )
    .option('--basis <name>', 'list, replacement, index or cost')
    .option('--set <name=value>', 'a number that is assumed for all; may be given again', collect, {})
    .option('--json', 'one JSON document, amounts in nano-dollars as text')
    .option('--data <folder>', 'data folder of the embedded database')
    .action(async (files: readonly string[], _: Options, self: Command) => {
      const options = self.optsWithGlobals<Options>()
      const ask = await askOf(files, options)
      await withRooms(env, options, async ({ hardware, exchange, world }) => {
        const view = await openCompareOffers({ hardware, exchange })(ask, world.now())
        print(options.json ?? false, view, () => lines(view))
      })
    })
}

async function askOf(files: readonly string[], { text: words, basis, set }: Options): Promise<CompareAsk> {
  const assumptions = { ...set, ...(basis !== undefined && { basis }) }
  const offers: SideAsk[] = []
  for (const file of [...files, ...words]) {
    const found = await offersIn(file)
    if ('offers' in found) {
      offers.push(...found.offers)
      for (const [name, value] of Object.entries(found.assumptions ?? {}))
        Object.assign(assumptions, { [name]: set[name] ?? value })
    } else offers.push(named(found, offers))
  }
  if (offers.length < 2 || offers.length > MOST_OFFERS)
    throw new Fault(
      'invalid',
      `there are ${offers.length} offers; give 2 to ${MOST_OFFERS} files, or one that holds them`,
      {
        param: '--text',
      },
    )
  return { offers, assumptions }
}

/** What a text does not name is told apart by its number. */
const named = (offer: SideAsk, others: readonly SideAsk[]): SideAsk =>
  offer.name === 'Other offer' ? { ...offer, name: `Offer ${others.length + 1}` } : offer

async function offersIn(file: string): Promise<CompareAsk | SideAsk> {
  const told = await content(file)
  const whole = askSchema.safeParse(jsonOf(told))
  if (whole.success) return whole.data
  const { offer, not_understood: missed, notes } = readOffer(told, { document: compareDocument })
  for (const one of missed) say(`${file}: not understood: ${one}`)
  for (const one of notes) say(`${file}: ${one}`)
  return offer
}

function jsonOf(told: string): unknown {
  try {
    return JSON.parse(told)
  } catch {
    return null
  }
}

async function content(file: string): Promise<string> {
  try {
    return file === '-' ? await text(process.stdin) : await readFile(file, 'utf8')
  } catch (error) {
    throw new Fault('invalid', `${file} cannot be read: ${messageOf(error)}`, { param: '--text' })
  }
}

function lines(view: ComparedOffers): readonly string[] {
  const { offers, differences } = view
  const row = (name: string, of: (index: number) => bigint, apart: (index: number) => bigint): string[] => [
    name,
    ...offers.map((_, index) => formatUsd(of(index))),
    ...differences.map((__, index) => formatUsd(apart(index))),
  ]
  const kinds = [
    ['salary', 'salary'],
    ['bonus', 'bonus'],
    ['signing', 'signing'],
    ['shares', 'equity'],
    ['compute, expected', 'compute_expected'],
    ['together, expected', 'total_expected'],
    ['compute, at its cap', 'compute_cap'],
    ['together, at the cap', 'total_cap'],
  ] as const
  return [
    `four years in dollars, compute at ${view.basis} prices of ${view.day}`,
    '',
    ...table([
      [
        '',
        ...offers.map(({ name }) => name),
        ...differences.map(({ offer }) => `${offers[offer]!.name} more`),
      ],
      ...kinds.map(([name, key]) =>
        row(
          name,
          (index) => offers[index]!.total[key],
          (index) => differences[index]!.total[key],
        ),
      ),
    ]),
    '',
    'worth today, after waiting, leaving and expected use',
    ...table([
      ['', 'mean', 'p5', 'p50', 'p95'],
      ...offers.map(({ name, today: { all } }) => [
        name,
        ...[all.mean, all.p5, all.p50, all.p95].map((amount) => formatUsd(amount)),
      ]),
    ]),
    '',
    ...offers.flatMap(({ name, items, same_work: same }) => [
      ...items.map((item) =>
        item.reason === null
          ? `${name}: ${item.name}${item.hours ? `, ${item.hours.total} hours of ${item.hours.accelerator} ${item.hours.tier}` : ''}: ${formatUsd(item.total.cap)} at its cap, ${formatUsd(item.total.expected)} expected`
          : `${name}: ${item.name} is in no sum: ${item.reason}`,
      ),
      ...(same ? [`${name}: all of it is the work of ${same.hours} hours of ${same.accelerator}`] : []),
    ]),
    ...differences.map(({ offer, better, break_even: even }) =>
      [
        `${offers[offer]!.name} is worth more than ${offers[0]!.name} in ${Math.round(better * 100)} of 100 outcomes`,
        even.price === null ? even.says : `break-even at ${formatUsd(even.price)} an hour: ${even.says}`,
      ].join('; '),
    ),
    '',
    ...view.numbers
      .filter(({ offer }) => offer === null)
      .map(({ name, value, says, source }) => `${name} ${value}: ${says} (${source})`),
  ]
}
