import { writeFile } from 'node:fs/promises'
import { extname } from 'node:path'
import type { Command } from 'commander'
import { Fault } from '#base/fault.ts'
import { formatMoney, formatUsd } from '#base/money.ts'
import { offerLetterHtml } from '#api/documents/offer-letter-html.ts'
import { offerLetterPdf } from '#api/documents/offer-letter-pdf.ts'
import { offerPaper } from '#api/documents/offer-paper.ts'
import { contentNow } from '#api/offer-detail.ts'
import { bandsAsk } from '#api/offer-ask-views.ts'
import { bandsFrom } from '#api/offer-wire.ts'
import type { KeptBands } from '#offers/offers.ts'
import type { Environment } from '../config.ts'
import { personByEmail, withRooms } from './context.ts'
import { offerId, readJson, shared, viewed, type OfferOptions } from './offer-context.ts'
import { print, table } from './output.ts'

/** `perq offer letter`, `bands` and `stats`. */
export function offerReadCommands(offer: Command, env: Environment): void {
  shared(offer.command('letter').argument('<offer>'))
    .description('the letter as a file: .pdf, .html, or .json for the grants as data')
    .requiredOption('--out <file>', 'its name says what it is')
    .action(async (id: string, options: OfferOptions) => {
      const out = options.out ?? ''
      const kind = (['.pdf', '.html', '.json'] as const).find((one) => one === extname(out))
      if (!kind)
        throw new Fault('invalid', `--out is "${out}"; give a name that ends in .pdf, .html or .json`, {
          param: '--out',
        })
      await withRooms(env, options, async (rooms) => {
        const content = await contentNow(viewed(rooms, env), offerId(id))
        const paper = offerPaper(content, await rooms.offers.acceptance(rooms.db, id))
        const bytes = {
          '.pdf': async () => offerLetterPdf(paper),
          '.html': async () => offerLetterHtml(paper),
          '.json': async () => content.document.text,
        }
        await writeFile(out, await bytes[kind]())
        const told = { file: out, document_sha256: content.document.sha256 }
        print(options.json ?? false, told, () => [`${out} (grants: SHA-256 ${told.document_sha256})`])
      })
    })
  bandCommands(offer, env)
  shared(offer.command('stats'))
    .description('how offers were answered, by the compute that they promised; small groups are not told')
    .action(async (options: OfferOptions) => {
      await withRooms(env, options, async ({ offerReports }) => {
        const told = await offerReports.statistics()
        const shown = (count: number | null): string => (count === null ? '–' : String(count))
        const row = (name: string, one: (typeof told)['total']): string[] => [
          name,
          ...[one.sent, one.viewed, one.accepted, one.declined, one.expired, one.open].map(shown),
          one.acceptance ?? '–',
        ]
        print(options.json ?? false, told, () => [
          ...table([
            ['compute over four years', 'sent', 'viewed', 'accepted', 'declined', 'expired', 'open', 'rate'],
            ...told.bands.map((one) => row(one.band, one)),
            row('all', told.total),
          ]),
          `Groups of fewer than ${told.least} are not told.`,
        ])
      })
    })
}

function bandCommands(offer: Command, env: Environment): void {
  const bands = offer
    .command('bands')
    .description('what a level may be offered, and what a year may promise of compute')
  shared(bands.command('get'))
    .description('the bands that hold')
    .action(async (options: OfferOptions) => {
      await withRooms(env, options, async ({ offers, db }) => {
        const kept = await offers.bands(db)
        print(options.json ?? false, kept, () => bandLines(kept))
      })
    })
  shared(bands.command('set'))
    .description('all bands and budgets anew, from a file in the shape of the API’s body')
    .requiredOption('--file <file>', 'JSON; - is standard input')
    .requiredOption('--by <email>', 'who sets them')
    .action(async (options: OfferOptions) => {
      const asked = bandsFrom(await readJson(options.file ?? '-', bandsAsk))
      await withRooms(env, options, async (rooms) => {
        const by = (await personByEmail(rooms, options.by)).id
        const kept = await rooms.offering.setBands({ bands: asked, by })
        print(options.json ?? false, kept, () => bandLines(kept))
      })
    })
}

const bandLines = ({ bands, budget, version }: KeptBands): readonly string[] => [
  ...(version === 0 ? ['Nobody has set any bands yet.'] : [`version ${version}`]),
  ...table(
    bands.map(({ level, family, salary, compute }) => [
      family === '' ? level : `${level}, ${family}`,
      salary
        ? `${formatMoney(salary.min, salary.currency)} to ${formatMoney(salary.max, salary.currency)}`
        : 'any salary',
      compute ? `${formatUsd(compute.min)} to ${formatUsd(compute.max)} of compute` : 'any compute',
    ]),
  ),
  ...budget.map(({ year, compute }) => `${year}: ${formatUsd(compute)} of compute in offers`),
]
