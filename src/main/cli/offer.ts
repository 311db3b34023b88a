import type { Command } from 'commander'
import { Fault } from '#base/fault.ts'
import { isUuid } from '#base/id.ts'
import { linkUrl, previewView, rowView } from '#api/offer-detail.ts'
import { questionView } from '#api/offer-wire.ts'
import type { OfferSent } from '#commands/offers/offers.ts'
import { OFFER_STATUSES } from '#offers/status.ts'
import type { Environment } from '../config.ts'
import type { Rooms } from '../rooms.ts'
import { personByEmail, withRooms } from './context.ts'
import {
  detail,
  linesOf,
  linksOf,
  offerId,
  readAsk,
  shared,
  shownLines,
  viewed,
  type OfferOptions,
} from './offer-context.ts'
import { offerCompareCommand } from './offer-compare.ts'
import { offerReadCommands } from './offer-read.ts'
import { print, table } from './output.ts'

/** `perq offer`: what candidates are offered, from its draft to their answer. */
export function offerCommand(program: Command, env: Environment): void {
  const offer = program
    .command('offer')
    .description('offers to candidates: salary, equity and compute in one')
  writeCommands(offer, env)
  stepCommands(offer, env)
  linkCommands(offer, env)
  questionCommands(offer, env)
  offerReadCommands(offer, env)
  offerCompareCommand(offer, env)
}

const BY = '--by <email>'

function writeCommands(offer: Command, env: Environment): void {
  shared(offer.command('new'))
    .description('write an offer as a draft, from a file in the shape of the API’s body')
    .requiredOption('--file <file>', 'JSON; - is standard input')
    .requiredOption(BY, 'its author')
    .action(async (options: OfferOptions) => {
      const ask = await readAsk(options.file ?? '-')
      await withRooms(env, options, async (rooms) => {
        const by = (await personByEmail(rooms, options.by)).id
        const { offer: made } = await rooms.offering.draft({ ask, by })
        const told = await detail(rooms, env, made.id, options.by)
        print(options.json ?? false, told, () => linesOf(told))
      })
    })
  shared(offer.command('change').argument('<offer>'))
    .description('the whole of a draft anew')
    .requiredOption('--file <file>', 'JSON; - is standard input')
    .requiredOption(BY, 'who changes it')
    .action(async (id: string, options: OfferOptions) => {
      const ask = await readAsk(options.file ?? '-')
      await withRooms(env, options, async (rooms) => {
        const by = (await personByEmail(rooms, options.by)).id
        await rooms.offering.change({ offer: offerId(id), ask, by })
        const told = await detail(rooms, env, id, options.by)
        print(options.json ?? false, told, () => linesOf(told))
      })
    })
  shared(offer.command('preview').argument('[offer]'))
    .description('what a draft or a file would come to, and what stands against it; nothing is written')
    .option('--file <file>', 'JSON; - is standard input')
    .action(async (id: string | undefined, options: OfferOptions) => {
      if ((id === undefined) === (options.file === undefined))
        throw new Fault('invalid', 'give an offer or --file, one of them', { param: '--file' })
      const given = options.file === undefined ? null : await readAsk(options.file)
      await withRooms(env, options, async (rooms) => {
        const ask = given ?? (await rooms.offers.offer(rooms.db, offerId(id ?? '')))
        const told = await previewView(viewed(rooms, env), { ask, offer: id })
        print(options.json ?? false, told, () => [
          ...shownLines(told, ask.pay.currency),
          ...told.examples.map(({ says }) => says),
          `${told.needed === 2 ? 'Two persons approve' : 'One person approves'} it.`,
        ])
      })
    })
  shared(offer.command('list'))
    .description('offers, newest first')
    .option('--status <status>', OFFER_STATUSES.join(', '))
    .action(async (options: OfferOptions) => {
      const status = OFFER_STATUSES.find((one) => one === options.status)
      if (options.status !== undefined && !status)
        throw new Fault(
          'invalid',
          `--status is "${options.status}"; give one of ${OFFER_STATUSES.join(', ')}`,
          {
            param: '--status',
          },
        )
      await withRooms(env, options, async ({ offers, db }) => {
        const page = await offers.list(db, { status, limit: 200 })
        const rows = page.offers.map(rowView)
        print(options.json ?? false, { offers: rows, next: page.next }, () =>
          table(
            rows.map((row) => [row.id, row.status, row.candidate.name, row.title, row.level, row.starts_on]),
          ),
        )
      })
    })
  shared(offer.command('show').argument('<offer>'))
    .description('one offer: what it comes to, and where it stands')
    .action(async (id: string, options: OfferOptions) => {
      await withRooms(env, options, async (rooms) => {
        const told = await detail(rooms, env, offerId(id))
        print(options.json ?? false, told, () => linesOf(told))
      })
    })
}

type Run = (
  rooms: Rooms['offering'],
  by: { readonly offer: string; readonly by: string },
  options: OfferOptions,
) => Promise<unknown>

function stepCommands(offer: Command, env: Environment): void {
  const step = (name: string, about: string, run: Run): Command =>
    shared(offer.command(name).argument('<offer>'))
      .description(about)
      .requiredOption(BY, 'who does it')
      .action(async (id: string, options: OfferOptions) => {
        await withRooms(env, options, async (rooms) => {
          const by = (await personByEmail(rooms, options.by)).id
          await run(rooms.offering, { offer: offerId(id), by }, options)
          const told = await detail(rooms, env, id, options.by)
          print(options.json ?? false, told, () => linesOf(told))
        })
      })
  step('submit', 'seal a draft and give it to those who approve it', (rooms, by) => rooms.submit(by))
  step('approve', 'approve what was submitted', (rooms, by, { note }) =>
    rooms.approve({ ...by, note }),
  ).option('--note <text>')
  step('reject', 'send it back to be a draft', (rooms, by, { reason = '' }) =>
    rooms.reject({ ...by, reason }),
  ).requiredOption('--reason <text>')
  step('revoke', 'end the candidate’s link', (rooms, by) => rooms.revoke(by))
  step('withdraw', 'take back what was not answered', (rooms, by, { reason = '' }) =>
    rooms.withdraw({ ...by, reason }),
  ).requiredOption('--reason <text>')
  step('revise', 'back to a draft, of the next version', (rooms, by) => rooms.revise(by))
}

function linkCommands(offer: Command, env: Environment): void {
  const linked = (
    name: string,
    about: string,
    run: (
      rooms: Rooms['offering'],
      by: { readonly offer: string; readonly by: string },
    ) => Promise<OfferSent>,
  ): Command =>
    shared(offer.command(name).argument('<offer>'))
      .description(about)
      .requiredOption(BY, 'who does it')
      .option('--url <base>', 'how people reach the server; PERQ_URL, or the local address, when absent')
      .action(async (id: string, options: OfferOptions) => {
        const { site, links } = linksOf(env, options)
        await withRooms(env, options, async (rooms) => {
          const by = (await personByEmail(rooms, options.by)).id
          const { link } = await run(rooms.offering, { offer: offerId(id), by })
          const url = linkUrl(links, link, site)
          const told = { offer: await detail(rooms, env, id, options.by), url }
          print(options.json ?? false, told, () => [url])
        })
      })
  linked('send', 'send what was approved; tells the candidate’s link', (rooms, by) => rooms.send(by))
  linked('link', 'a new link for the candidate; those before it end', (rooms, by) => rooms.newLink(by))
}

function questionCommands(offer: Command, env: Environment): void {
  shared(offer.command('questions').argument('<offer>'))
    .description('what the candidate asked, and what was answered')
    .action(async (id: string, options: OfferOptions) => {
      await withRooms(env, options, async ({ offers, db }) => {
        await offers.offer(db, offerId(id))
        const questions = (await offers.questions(db, id)).map(questionView)
        print(options.json ?? false, { questions }, () =>
          questions.flatMap((one) => [`${one.id}  ${one.text}`, `  ${one.answer ?? '(no answer yet)'}`]),
        )
      })
    })
  shared(offer.command('answer').argument('<question>'))
    .description('answer a question, once; the candidate reads it on the offer’s page')
    .requiredOption(BY, 'who answers')
    .requiredOption('--text <text>')
    .action(async (question: string, options: OfferOptions) => {
      if (!isUuid(question))
        throw new Fault(
          'invalid',
          `the question is "${question}"; give its id: "perq offer questions" names them`,
          {
            param: '--question',
          },
        )
      await withRooms(env, options, async (rooms) => {
        const by = (await personByEmail(rooms, options.by)).id
        const answered = await rooms.offering.answer({ question, text: options.text ?? '', by })
        print(options.json ?? false, questionView(answered), () => [`Answered: ${answered.text}`])
      })
    })
}
