import { Fault } from '#base/fault.ts'
import { isDate, type DateText } from '#base/time.ts'
import { isUuid } from '#base/id.ts'
import { ROLES, type Role } from './access.ts'

export type LegalEntity = {
  readonly id: string
  readonly name: string
  /** ISO 3166-1 alpha-2. */
  readonly country: string
  /** ISO 4217. */
  readonly currency: string
}

export type Person = {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly role: Role
  /** The company's own ladder, free text: IC3, M2. */
  readonly level: string
  readonly title: string
  /** Id of the legal entity that employs the person. */
  readonly entity: string
  readonly country: string
  readonly hiredOn: DateText
  /** The first day on which the person no longer works here; null while nobody has set it. */
  readonly leftOn: DateText | null
  readonly managerId: string | null
  /** A leaver may sign in before this day; null: not at all. Never set while nobody has left. */
  readonly accessUntil: DateText | null
  /** What a leaver may make keys for until then; null: whatever their lots allow. */
  readonly accessPurposes: readonly string[] | null
}

export type Status = 'upcoming' | 'active' | 'left'

/** Where a person stands on a day: the day of leaving is already a day after. */
export function statusOn(person: Pick<Person, 'hiredOn' | 'leftOn'>, day: DateText): Status {
  if (person.leftOn !== null && day >= person.leftOn) return 'left'
  return day < person.hiredOn ? 'upcoming' : 'active'
}

/** May the person come in on that day: somebody who left only while something of theirs can be used. */
export const maySignIn = (
  person: Pick<Person, 'hiredOn' | 'leftOn' | 'accessUntil'>,
  day: DateText,
): boolean => statusOn(person, day) !== 'left' || (person.accessUntil !== null && day < person.accessUntil)

export type PersonAsk = Omit<
  Person,
  'id' | 'leftOn' | 'managerId' | 'title' | 'accessUntil' | 'accessPurposes'
> & {
  readonly id?: string
  readonly title?: string
  readonly leftOn?: DateText | null
  readonly managerId?: string | null
}

/** Checks every field and trims texts. Throws Fault `invalid` with the field's name. */
export function checkPerson(person: Person): Person {
  const name = text('name', person.name, 200)
  const email = person.email.trim()
  if (email.length > 254 || !/^[^\s@<>"]+@[^\s@<>".]+(\.[^\s@<>".]+)*$/.test(email)) {
    throw invalid('email', `"${email.slice(0, 80)}" is no email address.`)
  }
  if (!ROLES.includes(person.role)) {
    throw invalid('role', `"${String(person.role)}" is none of the roles ${ROLES.join(', ')}.`)
  }
  if (!isUuid(person.entity)) throw invalid('entity', 'The legal entity is named by its id.')
  if (person.managerId !== null && !isUuid(person.managerId)) {
    throw invalid('manager_id', 'A manager is named by their id.')
  }
  if (person.managerId === person.id) throw invalid('manager_id', 'Nobody manages themself.')
  if (!isDate(person.hiredOn)) throw invalid('hired_on', `"${person.hiredOn}" is no date, YYYY-MM-DD.`)
  if (person.leftOn !== null && !isDate(person.leftOn)) {
    throw invalid('left_on', `"${person.leftOn}" is no date, YYYY-MM-DD.`)
  }
  if (person.leftOn !== null && person.leftOn < person.hiredOn) {
    throw invalid('left_on', `${person.leftOn} lies before the hiring on ${person.hiredOn}.`)
  }
  if (person.accessUntil !== null && (person.leftOn === null || person.accessUntil < person.leftOn)) {
    throw invalid('access_until', 'Access after leaving ends on or after the day of leaving.')
  }
  const title = person.title.trim()
  if (title.length > 200 || /\p{Cc}/u.test(title)) {
    throw invalid('title', 'A title has at most 200 characters, all of them visible.')
  }
  return {
    ...person,
    name,
    email,
    title,
    level: text('level', person.level, 40),
    country: code('country', person.country, 2, 'ISO 3166, for example DE'),
  }
}

export function checkEntity(entity: LegalEntity): LegalEntity {
  return {
    id: entity.id,
    name: text('name', entity.name, 200),
    country: code('country', entity.country, 2, 'ISO 3166, for example DE'),
    currency: code('currency', entity.currency, 3, 'ISO 4217, for example EUR'),
  }
}

function text(param: string, value: string, limit: number): string {
  const trimmed = value.trim()
  if (trimmed === '' || trimmed.length > limit || /\p{Cc}/u.test(trimmed)) {
    throw invalid(param, `It has 1 to ${limit} characters, all of them visible.`)
  }
  return trimmed
}

function code(param: string, value: string, letters: number, hint: string): string {
  const upper = value.trim().toUpperCase()
  if (upper.length !== letters || !/^[A-Z]+$/.test(upper)) {
    throw invalid(param, `"${value.slice(0, 20)}" is no code of ${letters} letters (${hint}).`)
  }
  return upper
}

const invalid = (param: string, message: string): Fault => new Fault('invalid', message, { param })
