import { Fault } from '#base/fault.ts'
import type { DateText } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db, Sql } from '#db/sql.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { openLives, type Lives } from './lives.ts'
import { checkEntity, checkPerson, type LegalEntity, type Person, type PersonAsk } from './person.ts'
import { checkSalary, type Salary, type SalaryAsk } from './salary.ts'
import * as store from './store.ts'

export type ListAsk = {
  readonly q?: string | undefined
  readonly entity?: string | undefined
  readonly activeOn?: DateText | undefined
  readonly limit?: number | undefined
  readonly cursor?: string | undefined
}

/** Every function takes the caller's transaction as its last argument, or runs by itself. */
export interface People {
  /** Throws Fault `conflict` when the name is taken. */
  createEntity(ask: Omit<LegalEntity, 'id'> & { id?: string }, sql?: Sql): Promise<LegalEntity>
  entities(sql?: Sql): Promise<readonly LegalEntity[]>
  entity(id: string, sql?: Sql): Promise<LegalEntity | null>
  /** Throws Fault `conflict` when the email is taken, `not_found` for an unknown entity or manager. */
  create(ask: PersonAsk, sql?: Sql): Promise<Person>
  /** Changes the given fields. A change of level or leaving is seen by every gateway within a second. */
  update(id: string, change: Partial<Omit<Person, 'id'>>, sql?: Sql): Promise<Person>
  find(id: string, sql?: Sql): Promise<Person | null>
  /** As `find`; nobody changes them or has them leave until the transaction ends. Locked before any grant. */
  kept(id: string, sql: Sql): Promise<Person | null>
  /** As `kept`, alone: for whoever is about to change them. */
  locked(id: string, sql: Sql): Promise<Person | null>
  /** Any case. */
  findByEmail(email: string, sql?: Sql): Promise<Person | null>
  /** By name, a page at a time (50, at most 200). */
  list(ask?: ListAsk, sql?: Sql): Promise<{ people: readonly Person[]; next: string | null }>
  count(sql?: Sql): Promise<number>
  /** A base salary from a day on. The same id is a replay; throws Fault `not_found`, or `conflict` for other facts. */
  setSalary(ask: SalaryAsk, sql?: Sql): Promise<Salary>
  /** What holds on a day; null while nobody has recorded one for it. */
  salaryOn(person: string, day: DateText, sql?: Sql): Promise<Salary | null>
  /** Newest first, at most 200. */
  salaries(person: string, sql?: Sql): Promise<readonly Salary[]>
  /** Leaves of absence, leaving, and what else happened to a person. */
  readonly lives: Lives
}

const PAGE = 50
const PAGE_LIMIT = 200
const QUERY_LIMIT = 100

export function openPeople({ db, world }: { db: Db; world: World }): People {
  const within = <T>(sql: Sql | undefined, work: (sql: Sql) => Promise<T>): Promise<T> =>
    sql ? work(sql) : db.tx(work)

  return {
    createEntity: (ask, sql) =>
      within(sql, async (tx) => {
        const entity = checkEntity({ ...ask, id: ask.id ?? world.id() })
        if (!(await store.insertEntity(tx, entity, world.now()))) {
          throw new Fault('conflict', `There is already a legal entity "${entity.name}".`, { param: 'name' })
        }
        return entity
      }),

    entities: (sql) => store.entities(sql ?? db),
    entity: (id, sql) => store.entity(sql ?? db, id),

    create: (ask, sql) =>
      within(sql, async (tx) => {
        const { id = world.id(), title = '', leftOn = null, managerId = null, ...rest } = ask
        const person = checkPerson({
          ...rest,
          id,
          title,
          leftOn,
          managerId,
          accessUntil: null,
          accessPurposes: null,
        })
        await checkLinks(tx, person)
        if (!(await store.insertPerson(tx, person, world.now()))) throw emailTaken(person.email)
        return person
      }),

    update: (id, change, sql) =>
      within(sql, async (tx) => {
        const before = await store.person(tx, id, 'change')
        if (!before) throw new Fault('not_found', `There is no person ${id}.`, { param: 'id' })
        const person = checkPerson({ ...before, ...change, id })
        await checkLinks(tx, person)
        await checkEmail(tx, person)
        await store.updatePerson(tx, person, world.now())
        await store.announce(tx, id)
        return person
      }),

    find: (id, sql) => store.person(sql ?? db, id, 'read'),
    kept: (id, sql) => store.person(sql, id, 'keep'),
    locked: (id, sql) => store.person(sql, id, 'change'),
    findByEmail: (email, sql) => store.personByEmail(sql ?? db, email.trim()),

    async list({ q, entity, activeOn, limit = PAGE, cursor } = {}, sql) {
      if (!Number.isSafeInteger(limit) || limit < 1 || limit > PAGE_LIMIT) {
        throw new Fault('invalid', `A page has 1 to ${PAGE_LIMIT} people.`, { param: 'limit' })
      }
      if (q !== undefined && (q.length > QUERY_LIMIT || q.includes('\0'))) {
        throw new Fault('invalid', `A search has at most ${QUERY_LIMIT} characters, none of them null.`, {
          param: 'q',
        })
      }
      const rows = await store.list(sql ?? db, {
        q: q?.trim() || null,
        entity: entity ?? null,
        activeOn: activeOn ?? null,
        after: cursor === undefined ? null : decodeCursor(cursor),
        limit: limit + 1,
      })
      const page = rows.slice(0, limit)
      const last = page.at(-1)
      return {
        people: page.map(({ person }) => person),
        next: rows.length > limit && last ? encodeCursor({ key: last.key, id: last.person.id }) : null,
      }
    },

    count: (sql) => store.count(sql ?? db),

    setSalary: (ask, sql) =>
      within(sql, async (tx) => {
        const { by, id = world.id(), ...facts } = checkSalary(ask)
        if (!(await store.person(tx, facts.person, 'read')))
          throw new Fault('not_found', `There is no person ${facts.person}.`, { param: 'person_id' })
        const row = { ...facts, id, recordedAt: world.now(), recordedBy: by }
        if (await store.insertSalary(tx, row)) return row
        const standing = await store.salary(tx, id)
        if (standing && isSameSalary(standing, row)) return standing
        throw new Fault('conflict', `Salary ${id} stands with other facts.`, { param: 'id' })
      }),

    salaryOn: (person, day, sql) => store.salaryOn(sql ?? db, person, day),
    salaries: (person, sql) => store.salaries(sql ?? db, person, PAGE_LIMIT),
    lives: openLives(world),
  }
}

const isSameSalary = (a: Salary, b: Salary): boolean =>
  a.person === b.person &&
  a.effectiveOn === b.effectiveOn &&
  a.amount === b.amount &&
  a.currency === b.currency

async function checkLinks(sql: Sql, person: Person): Promise<void> {
  if (!(await store.entity(sql, person.entity))) {
    throw new Fault('not_found', `There is no legal entity ${person.entity}.`, { param: 'entity' })
  }
  if (person.managerId === null) return
  if (!(await store.person(sql, person.managerId, 'read'))) {
    throw new Fault('not_found', `There is no person ${person.managerId}.`, { param: 'manager_id' })
  }
  if ((await store.managersAbove(sql, person.managerId)).includes(person.id)) {
    throw new Fault('invalid', 'The manager would report to this person.', { param: 'manager_id' })
  }
}

/** The unique index still has the last word; this gives the refusal a name without ending the transaction. */
async function checkEmail(sql: Sql, person: Person): Promise<void> {
  const other = await store.personByEmail(sql, person.email)
  if (other && other.id !== person.id) throw emailTaken(person.email)
}

const emailTaken = (email: string): Fault =>
  new Fault('conflict', `Somebody with the email ${email} is already here.`, { param: 'email' })
