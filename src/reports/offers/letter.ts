import { sealedContent, type OfferContent } from '#offers/content.ts'
import { dated } from '../words/text.ts'
import { computeSections, computeTables, scheduleSections } from './letter-compute.ts'
import { money } from './letter-money.ts'
import { payLines, payTable } from './letter-pay.ts'
import { taxLines, TAX_NOTES, type TaxNotes } from './letter-tax.ts'
import { marksOf, valuedLines } from './letter-valued.ts'

/**
 * A dot in an id makes it part of what stands before the dot: `grant-1.leaving` belongs to `grant-1`, and the table
 * `pay.years` stands behind the section `pay` and its parts.
 */
export type LetterSection = { readonly id: string; readonly title: string; readonly lines: readonly string[] }
export type LetterTable = {
  readonly id: string
  readonly title: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly note: string | null
}

/** An offer in words and figures that are ready to be read: paper, page and API show the same. */
export type Letter = {
  readonly company: string
  readonly title: string
  /** Name and value, such as "To" and "Ada Park". */
  readonly facts: readonly (readonly [name: string, value: string])[]
  readonly sections: readonly LetterSection[]
  readonly tables: readonly LetterTable[]
  /** Hashes and sources, by which everything can be held against what it was made from. */
  readonly marks: readonly string[]
  /** At the foot of each page. */
  readonly foot: string
}

/** The letter of a version, made from its content and nothing else. `notes` are words on tax, by country. */
export function letterOf(content: OfferContent, notes: TaxNotes = TAX_NOTES): Letter {
  const { candidate, position, company, entityName, managerName, offer, version, expiresOn } = content
  const section = (id: string, title: string, lines: readonly string[]): LetterSection => ({
    id,
    title,
    lines,
  })
  return {
    company,
    title: `Offer of employment: ${position.title}`,
    facts: [
      ['To', `${candidate.name} (${candidate.email})`],
      ['From', entityName],
      ['Position', position.level === '' ? position.title : `${position.title}, level ${position.level}`],
      ...(managerName === null ? [] : [['Reports to', managerName] as const]),
      ['First day', dated(position.startsOn)],
      ['Answer by', dated(expiresOn)],
      ['Offer', `${offer}, version ${version}`],
    ],
    sections: [
      section('welcome', `Dear ${candidate.name}`, welcomeLines(content)),
      section('pay', 'What you are paid', payLines(content)),
      ...computeSections(content),
      section('valued', 'How compute and equity are valued', valuedLines(content)),
      section('tax', 'Tax', taxLines(candidate.country, notes)),
      section('answer', 'Your answer', answerLines(content)),
      ...scheduleSections(content),
    ],
    tables: [payTable(content), ...computeTables(content)],
    marks: [`SHA-256 of this offer: ${sealedContent(content).hash}`, ...marksOf(content)],
    foot: `Offer ${offer}, version ${version}`,
  }
}

function welcomeLines({
  company,
  entityName,
  position,
  managerName,
  worth,
  pay,
  message,
}: OfferContent): string[] {
  const say = money(pay.currency)
  const to = managerName === null ? '' : `, reporting to ${managerName}`
  const { totalCap, totalExpected } = worth.total
  return [
    `${company} offers you the position of ${position.title} from ${dated(position.startsOn)} on, employed by ${entityName}${to}.`,
    totalCap === totalExpected
      ? `Over four years this offer comes to ${say(totalCap)}.`
      : `Over four years this offer comes to ${say(totalExpected)} with compute as it is expected to be used, and to ${say(totalCap)} when all of it is used.`,
    ...paragraphs(message),
  ]
}

const paragraphs = (text: string): string[] =>
  text
    .split(/\n+/)
    .map((line) => line.trim())
    .filter((line) => line !== '')

const answerLines = ({ expiresOn, position, lines }: OfferContent): string[] => [
  `You can accept to the end of ${dated(expiresOn)} (UTC), on the page of this offer, by typing your full name.`,
  'What is kept then: your name as you typed it, the time, and the SHA-256 of this offer, so that nobody can change what you agreed to.',
  ...(lines.length === 0
    ? []
    : [
        `Your compute starts on ${dated(position.startsOn)}: from that day its schedule runs and your keys work.`,
      ]),
  'You can also ask questions there, or decline; declining needs no reason.',
]
