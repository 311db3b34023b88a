import { Fault } from '#base/fault.ts'
import { isUuid } from '#base/id.ts'
import { NANO_PER_USD } from '#base/money.ts'
import { isDate, type DateText, type Millis } from '#base/time.ts'

/** A job that is advertised: pay of an unnamed person, with the compute beside the salary. */

export const EMPLOYMENTS = ['FULL_TIME', 'PART_TIME', 'CONTRACTOR', 'TEMPORARY', 'INTERN'] as const
export type Employment = (typeof EMPLOYMENTS)[number]

export type PostPlace = {
  /** ISO 3166-1 alpha-2. */
  readonly country: string
  /** A state or province, as ISO 3166-2 has it after the country: CO. Empty: none said. */
  readonly region: string
  readonly locality: string
  /** Done from anywhere in the country. */
  readonly remote: boolean
}

/** What a grant from a template may come to, in the smallest unit, as the template's basis counts it. */
export type PostLine = { readonly template: string; readonly least: bigint; readonly most: bigint }

/** Of a year, in billionths of the currency; whole units, because that is how ranges are advertised. */
export type SalaryRange = { readonly currency: string; readonly least: bigint; readonly most: bigint }

export type PostAsk = {
  readonly title: string
  readonly level: string
  readonly family: string
  /** Id of the legal entity that employs. */
  readonly entity: string
  readonly place: PostPlace
  readonly employment: Employment
  /** Paragraphs with an empty line between them. */
  readonly description: string
  readonly salary: SalaryRange | null
  /** Bonus, equity, commission: whatever varies, in words. Empty: none. */
  readonly incentives: string
  /** Everything else, a line each. */
  readonly benefits: readonly string[]
  readonly compute: readonly PostLine[]
  /** An https address or a mailto; null: the page says nothing of it. */
  readonly applyAt: string | null
  /** The last day on which one can apply. */
  readonly until: DateText
}

export type PostStatus = 'draft' | 'open' | 'closed'

export type Post = PostAsk & {
  readonly id: string
  readonly status: PostStatus
  readonly createdBy: string
  readonly createdAt: Millis
  readonly changedAt: Millis
  /** When it was opened first; null: never. */
  readonly openedAt: Millis | null
}

const MOST_LINES = 20
const MOST_BENEFITS = 40

/** Checks every field and trims texts. Throws Fault `invalid` that names the field, the value and the remedy. */
export function checkPost(ask: PostAsk): PostAsk {
  if (!isUuid(ask.entity)) throw invalid('entity_id', ask.entity, 'give the id of a legal entity')
  if (!EMPLOYMENTS.includes(ask.employment))
    throw invalid('employment', ask.employment, `give one of ${EMPLOYMENTS.join(', ')}`)
  if (!isDate(ask.until)) throw invalid('until', ask.until, 'give a real date as YYYY-MM-DD')
  if (ask.compute.length > MOST_LINES)
    throw invalid('compute', `${ask.compute.length} lines`, `give at most ${MOST_LINES}`)
  for (const [index, line] of ask.compute.entries()) checkLine(line, `compute[${index}]`)
  if (ask.benefits.length > MOST_BENEFITS)
    throw invalid('benefits', `${ask.benefits.length} lines`, `give at most ${MOST_BENEFITS}`)
  return {
    ...ask,
    title: text('title', ask.title, 200),
    level: text('level', ask.level, 40, true),
    family: text('family', ask.family, 80, true),
    place: checkPlace(ask.place),
    description: text('description', ask.description, 20_000),
    salary: ask.salary && checkSalary(ask.salary),
    incentives: text('incentives', ask.incentives, 1_000, true),
    benefits: ask.benefits.map((one, index) => text(`benefits[${index}]`, one, 300)),
    applyAt: ask.applyAt === null ? null : checkAddress(ask.applyAt),
  }
}

function checkPlace({ country, region, locality, remote }: PostPlace): PostPlace {
  const code = country.trim().toUpperCase()
  if (!/^[A-Z]{2}$/.test(code))
    throw invalid('place.country', country, 'give two letters of ISO 3166, such as US')
  const part = region.trim().toUpperCase()
  if (!/^[A-Z0-9]{0,3}$/.test(part))
    throw invalid('place.region', region, 'give the code of a state as in ISO 3166-2, such as CO')
  return { country: code, region: part, locality: text('place.locality', locality, 100, true), remote }
}

function checkSalary({ currency, least, most }: SalaryRange): SalaryRange {
  if (!/^[A-Z]{3}$/.test(currency))
    throw invalid('salary.currency', currency, 'give three letters of ISO 4217, such as USD')
  for (const [param, amount] of [
    ['salary.least', least],
    ['salary.most', most],
  ] as const) {
    if (amount <= 0n || amount % NANO_PER_USD !== 0n || amount > MOST_SALARY)
      throw invalid(param, String(amount), 'give whole units of the currency, above 0, in billionths')
  }
  if (least > most)
    throw invalid('salary.least', String(least), `give at most ${most}, the upper end of the range`)
  return { currency, least, most }
}
/** Ten billion a year: beyond it somebody has typed billionths twice. */
const MOST_SALARY = 10_000_000_000n * NANO_PER_USD

function checkLine({ template, least, most }: PostLine, param: string): void {
  if (!isUuid(template)) throw invalid(`${param}.template_id`, template, 'give the id of a template')
  if (least <= 0n || most > MOST_QUANTITY)
    throw invalid(`${param}.least`, String(least), 'give a quantity above 0 in the smallest unit')
  if (least > most)
    throw invalid(`${param}.least`, String(least), `give at most ${most}, the upper end of the range`)
}
const MOST_QUANTITY = 9_000_000_000_000_000_000n

/** Only what a browser may be sent to from a public page. */
function checkAddress(address: string): string {
  const trimmed = address.trim()
  const mail = /^mailto:[^\s@<>"]+@[^\s@<>"]+$/.test(trimmed)
  if (trimmed.length <= 500 && (mail || (URL.canParse(trimmed) && new URL(trimmed).protocol === 'https:')))
    return trimmed
  throw invalid('apply_at', trimmed, 'give an https address, or mailto: and an address')
}

function text(param: string, value: string, limit: number, empty = false): string {
  const trimmed = value.trim()
  // Line breaks alone belong into a description.
  if (trimmed.length <= limit && (empty || trimmed !== '') && !/[^\P{Cc}\n\r\t]/u.test(trimmed))
    return trimmed
  throw invalid(
    param,
    `${trimmed.length} characters`,
    `give ${empty ? 0 : 1} to ${limit}, all of them visible`,
  )
}

const invalid = (param: string, value: string, remedy: string): Fault =>
  new Fault('invalid', `${param} is ${JSON.stringify(value.slice(0, 80))}; ${remedy}`, { param })
