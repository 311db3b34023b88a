import { formatQuantity, quantityName } from '#base/quantity.ts'
import { DEFAULT_LEAVE, DEFAULT_LEAVING } from '#grants/defaults.ts'
import type { OfferContent, OfferLine } from '#offers/content.ts'
import type { LineWorth } from '#offers/worth.ts'
import type { Section } from '../words/clauses.ts'
import { contractWords } from '../words/contract.ts'
import { reckoningWords } from '../words/reckoning.ts'
import { count, dated } from '../words/text.ts'
import type { LetterSection, LetterTable } from './letter.ts'
import { money } from './letter-money.ts'
import { promisesOf } from './letter-promises.ts'
import { saying, termsOf } from './letter-terms.ts'

/** Of the kinds of words that a contract has, these need not be said again for each of several grants. */
const SHARED = new Set([
  'While you are away',
  'When you leave the company',
  'What goes with you',
  'Where it can be spent',
  'How long it lasts',
  'What is guaranteed',
])

/** Each grant in plain words; what holds for all of them alike is said once. */
export function computeSections(content: OfferContent): LetterSection[] {
  const { lines, position } = content
  if (lines.length === 0) return []
  const words = lines.map((line) => wordsOf(content, line))
  const alike = lines.length < 2 ? [] : (words[0] ?? []).filter((one) => inAll(one, words))
  const own = words.map((sections) =>
    sections.filter(({ title }) => !alike.some((one) => one.title === title)),
  )
  return [
    {
      id: 'compute',
      title: 'Your compute',
      lines: [
        `${count(lines.length, 'grant')} of compute ${lines.length === 1 ? 'is' : 'are'} part of this offer. They start on ${dated(position.startsOn)} and are kept in a ledger, entry by entry: ` +
          'what was granted can be used, and not a cent more.',
      ],
    },
    ...own.flatMap((sections, index) => parted(`grant-${lines[index]!.n}`, lines[index]!.name, sections)),
    ...(alike.length === 0 ? [] : parted('grants', 'For every grant', alike)),
  ]
}

const inAll = (one: Section, all: readonly (readonly Section[])[]): boolean =>
  SHARED.has(one.title) &&
  all.every((sections) =>
    sections.some(({ title, lines }) => title === one.title && lines.join('\n') === one.lines.join('\n')),
  )

/** A section and its parts; the first part's lines stand under its name. */
function parted(id: string, title: string, sections: readonly Section[]): LetterSection[] {
  const [first, ...rest] = sections
  const head = first?.title === GRANTED ? first : null
  return [
    { id, title, lines: head?.lines ?? [] },
    ...(head ? rest : sections).map((one) => ({ id: `${id}.${slug(one.title)}`, ...one })),
  ]
}

const slug = (title: string): string => title.toLowerCase().replaceAll(/[^a-z]+/g, '-')
const GRANTED = 'What is granted'

function wordsOf(content: OfferContent, line: OfferLine): readonly Section[] {
  const { statements, expiry, scope, clauses } = termsOf(line)
  const { guarantees: _, ...other } = clauses
  const promised = promisesOf(content).find(({ n }) => n === line.n)
  return [
    ...contractWords({
      name: line.name,
      quantity: formatQuantity(line.asset, line.quantity),
      reckoning: reckoningWords(line.reckoning),
      startDate: content.position.startsOn,
      grantDate: content.position.startsOn,
      statements,
      expiry,
      scope,
      // What holds where the contract is silent is said too: nobody should have to know it.
      clauses: {
        ...other,
        leave: [
          ...(other.leave ?? []),
          ...DEFAULT_LEAVE.filter(({ leave }) =>
            (other.leave ?? []).every((own) => own.leave !== leave && own.leave !== '*'),
          ),
        ],
        leaving: { ...DEFAULT_LEAVING, ...other.leaving },
      },
      amount: saying(line.asset),
    }),
    ...(other.portability
      ? []
      : [
          {
            title: 'What goes with you',
            lines: ['Nothing beyond what leaving allows: it cannot be taken to another employer.'],
          },
        ]),
    {
      title: 'What is guaranteed',
      lines: (promised?.promises ?? []).map(({ name, value }) => `${name}: ${value}.`),
    },
  ]
}

/** Where the schedules begin; their tables follow it. */
export const scheduleSections = ({ lines }: OfferContent): LetterSection[] =>
  lines.length === 0
    ? []
    : [
        {
          id: 'schedules',
          title: 'Schedules',
          lines: [
            'What vests on which day, exactly, and how much that is in all. Quantities are shown with every digit.',
          ],
        },
      ]

/** What each grant comes to, then when exactly how much of it vests. */
export function computeTables(content: OfferContent): LetterTable[] {
  const { lines, worth, pay } = content
  if (lines.length === 0) return []
  const say = money(pay.currency)
  return [
    {
      id: 'compute.grants',
      title: 'The grants over four years',
      head: ['Grant', 'Quantity', 'All of it used', 'As expected'],
      rows: worth.lines.map((line) => [
        line.name,
        formatQuantity(line.asset, line.total.quantity, 'exact'),
        priced(line, say(line.total.cap)),
        priced(line, say(line.total.expected)),
      ]),
      note: worth.lines.some(({ beyond }) => beyond.quantity > 0n)
        ? 'What vests later than that, or on an event without a day, is in the schedules and not in these figures.'
        : null,
    },
    ...lines.map((line) => schedule(line)),
  ]
}

const priced = ({ price }: LineWorth, said: string): string =>
  price.kind === 'priced' ? said : 'no price, counted as nothing'

function schedule({ n, name, asset, quantity, tranches }: OfferLine): LetterTable {
  const say = (amount: bigint): string => figure(formatQuantity(asset, amount, 'exact'))
  let sum = 0n
  const rows = tranches.map((tranche) => {
    sum += tranche.quantity
    return [tranche.date, say(tranche.quantity), say(sum)]
  })
  return {
    id: `schedules.grant-${n}`,
    title: `“${name}”, in ${quantityName(asset)}`,
    head: ['Vests on', 'Quantity', 'In all'],
    rows,
    note:
      sum === quantity
        ? null
        : `${formatQuantity(asset, quantity - sum, 'exact')} more vests on events that have no day yet.`,
  }
}

/** The unit stands above the table: "1,200.5 H100-SXM GPU-hours" → "1,200.5". */
const figure = (said: string): string => said.split(' ', 1)[0] ?? said
