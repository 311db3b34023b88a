import { Fault } from '#base/fault.ts'
import { addDays, dayOf, isDate, type DateText, type Millis } from '#base/time.ts'
import type { Db } from '#db/sql.ts'
import { BASES, type Basis } from '#prices/hardware/mark.ts'
import { SCENARIO_IDS } from '#valuation/compare/scenarios.ts'
import { compare, type CompareAsk, type CompareView } from './compare.ts'
import { forward, type ForwardAsk, type ForwardRooms, type ForwardView, type Numbers } from './forward.ts'
import type { PriceRooms } from './prices.ts'
import { rights, type RightsAsk, type RightsView } from './rights.ts'
import { stress, stressAll, type StressView } from './stress.ts'
import { valued, type Of, type Span } from './valued.ts'
import { GROUPS, personValueView, valueView, type PersonValueView, type ValueView } from './views.ts'

export type ValueAsk = {
  /** A UTC day; today when absent. */
  readonly asOf?: string | undefined
  /** The day that it is compared with; 30 days before when absent. */
  readonly from?: string | undefined
  /** `replacement` when absent. */
  readonly basis?: string | undefined
  readonly by?: string | undefined
}

export type ScenariosView = {
  readonly day: DateText
  readonly basis: Basis
  readonly scenarios: readonly StressView[]
}

export type Value = ReturnType<typeof openValue>

const USUAL_DAYS = 30
const LONGEST_DAYS = 4_000

/** What everything that was promised is worth, and why that changed. Read-only, but for marks, which freeze their inputs. */
export function openValue(rooms: PriceRooms & ForwardRooms & { readonly db: Db }) {
  const { db } = rooms

  return {
    company: async (ask: ValueAsk, now: Millis): Promise<ValueView> => {
      const { span, basis } = read(ask, now)
      return valueView(await valued(rooms, span), basis, oneOf('by', ask.by ?? 'person', GROUPS))
    },

    /** Null: there is no such person. */
    person: async (id: string, ask: ValueAsk, now: Millis): Promise<PersonValueView | null> => {
      const [found] = await db.query<{ name: string }>('select name from people.person where id = $1', [id])
      if (!found) return null
      const { span, basis } = read(ask, now)
      return personValueView(await valued(rooms, span, { person: id }), { id, name: found.name }, basis)
    },

    /** One grant of its person's; null: there is no such grant. */
    grant: async (id: string, ask: ValueAsk, now: Millis): Promise<PersonValueView | null> => {
      const [person] = await db.query<{ id: string; name: string }>(
        'select p.id, p.name from grants.grant g join people.person p on p.id = g.person_id where g.id = $1',
        [id],
      )
      if (!person) return null
      const { span, basis } = read(ask, now)
      return personValueView(await valued(rooms, span, { grant: id }), person, basis)
    },

    /** Compute beside salary, bonus and shares. Throws Fault `invalid` that names the number. */
    compare: (ask: Partial<CompareAsk>, now: Millis): Promise<CompareView> => compare(rooms, ask, now),

    /** What an hour is expected to cost, month by month. Throws Fault `invalid` that names the number, `not_found`. */
    forward: (ask: ForwardAsk, given: Numbers, now: Millis): Promise<ForwardView> =>
      forward(rooms, ask, given, now),

    /** What rights around hours are worth. Throws Fault `invalid` that names the number, `not_found`. */
    rights: (ask: RightsAsk, given: Numbers, now: Millis): Promise<RightsView> =>
      rights(rooms.hardware, ask, given, now),

    /** Every scenario with its usual numbers, or one with the numbers that are given. */
    scenarios: async (
      ask: ValueAsk & { readonly scenario?: string | undefined },
      given: Readonly<Record<string, string | undefined>>,
      now: Millis,
      of: Of = {},
    ): Promise<ScenariosView> => {
      const { span, basis } = read({ ...ask, from: ask.asOf ?? dayOf(now) }, now)
      const id = ask.scenario === undefined ? null : oneOf('scenario', ask.scenario, SCENARIO_IDS)
      const odd = id === null && Object.keys(given).find((name) => given[name] !== undefined)
      if (odd)
        throw new Fault('invalid', `${odd} is a number of one scenario; say which`, { param: 'scenario' })
      const valuation = await valued(rooms, span, of)
      const scenarios = id === null ? stressAll(valuation, basis) : [stress(valuation, basis, id, given)]
      return { day: span.until, basis, scenarios }
    },
  }
}

function read({ asOf, from, basis }: ValueAsk, now: Millis): { span: Span; basis: Basis } {
  const today = dayOf(now)
  const until = day('as_of', asOf ?? today, today)
  const start = from === undefined ? addDays(until, -USUAL_DAYS) : day('from', from, today)
  if (start > until)
    throw new Fault('invalid', `from is ${start}, after ${until}; turn the two round`, { param: 'from' })
  if (addDays(start, LONGEST_DAYS) < until)
    throw new Fault('invalid', `from ${start} to ${until} are more than ${LONGEST_DAYS} days`, {
      param: 'from',
    })
  return {
    span: { from: start, until, now },
    basis: oneOf('basis', basis ?? 'replacement', BASES),
  }
}

function day(param: string, text: string, today: DateText): DateText {
  if (!isDate(text))
    throw new Fault('invalid', `${param} is "${text.slice(0, 40)}"; give a day as YYYY-MM-DD`, { param })
  if (text > today)
    throw new Fault('invalid', `${param} is ${text}; that day has not come, the last one is ${today}`, {
      param,
    })
  return text
}

function oneOf<T extends string>(param: string, text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text)
  if (found) return found
  throw new Fault('invalid', `${param} is "${text.slice(0, 40)}"; give one of ${known.join(', ')}`, { param })
}
