import type { ComputeItem, EquityItem, SideAsk, Standing } from '../compare/ask.ts'
import { clausesOf, NUMBER, shifted, SIZE, type Found, type Span } from './span.ts'

/** Clause by clause: what each says of an offer, and which of its characters said so. */

type Draft = { -readonly [Key in keyof SideAsk]?: SideAsk[Key] }
type DraftItem = { -readonly [Key in keyof ComputeItem]: ComputeItem[Key] }
type DraftEquity = { -readonly [Key in keyof EquityItem]: EquityItem[Key] }

const MONEY = new RegExp(
  String.raw`(?<sign>[$€£]|\b(?:USD|EUR|GBP)\s)\s?(?<n>${NUMBER})\s?(?<size>${SIZE})?|(?<n2>${NUMBER})\s?(?<size2>${SIZE})?\s?(?<sign2>USD|EUR|GBP|dollars|euros|pounds)\b`,
  'gi',
)
const PERCENT = new RegExp(String.raw`(${NUMBER})\s?(?:%|percent\b)`, 'i')
const ACCELERATOR =
  /\b(?:NVIDIA\s+)?((?:A100|H100|H200|GH200|B200|B300|GB200|GB300|L40S|MI300X|MI325X|MI355X)|TPU[- ]?v\d\w?|Trainium\d)(?:[- ](SXM|PCIe|NVL)\d?)?(?:s\b|\b)/i
const HOURS = new RegExp(String.raw`(${NUMBER})\s?(${SIZE})?\s+(?:[\w-]+\s+){0,3}?(?:GPU[- ]?)?hours?\b`, 'i')
const GPUS = new RegExp(
  String.raw`(${NUMBER})\s?(${SIZE})?\s?(?:x\s?)?(?:[\w-]+\s+){0,2}?(?:GPUs?\b|(?:A100|H100|H200|GH200|B200|B300|GB200|GB300|L40S|MI300X|MI325X|MI355X)s?\b)`,
  'i',
)
const NODES = new RegExp(String.raw`\b(?:(${NUMBER})|(a|an|one|your own))\s+(?:[\w-]+\s+){0,3}?nodes?\b`, 'i')
const PEOPLE = new RegExp(
  String.raw`(?:by|among|amongst|between|for|with|across|of)\s+(?:about\s+|some\s+|a\s+team\s+of\s+|other\s+)?(${NUMBER})\s?(${SIZE})?\s*(?:people|persons|engineers|researchers|employees|colleagues|scientists|staff|users|others|of\s+us)\b`,
  'i',
)
const OF_IT = new RegExp(
  String.raw`(${NUMBER})\s?%\s+(?:of\s+(?:it|them|the\s+\w+)|available|is\s+(?:there|available))`,
  'i',
)
const TOKENS = new RegExp(String.raw`(${NUMBER})\s?(${SIZE})\s+tokens?\b`, 'i')
const EXAFLOP = new RegExp(String.raw`(${NUMBER})\s*(?:exa-?flops?|EFLOPS?)[- ]?days?\b`, 'i')
const UNITS = new RegExp(
  String.raw`(?<![$€£\d.,])(${NUMBER})\s?(${SIZE})?\s+(?:stock\s+)?(RSUs?|shares?|options?|ISOs?|NSOs?)\b`,
  'i',
)
const SPLIT = /\b(\d{1,2})\s?%?\s?\/\s?(\d{1,2})\s?%?\s?\/\s?(\d{1,2})\s?%?\s?\/\s?(\d{1,2})\b/
const OVER = /\bover\s+(\d{1,2}|one|two|three|four)\s+(?:years?|yrs?)\b/i
const CLIFF = /\b(\d{1,2}|one)[- ]?(years?|yrs?|months?|mo)[- ]cliff\b/i

const INFERENCE =
  /\b(inference|tokens?|API|credits?|compute|Claude|Anthropic|GPT(?:-\d)?|ChatGPT|OpenAI|Gemini|Cursor|Copilot|Codex|LLMs?|AI|seats?|subscriptions?|licen[cs]es?|GPU|cloud|fine-?tuning)\b/i
const EQUITY = /\b(RSUs?|stocks?|equity|shares?|options?|ISOs?|NSOs?)\b/i
const SALARY = /\b(base|salary|salaries|fixed)\b/i
const RIGHTS = /\b(vest(?:s|ed|ing)?|guaranteed?|granted?|contractual|reserved|dedicated|your own|yours)\b/i
const SHARED = /\b(shared?|sharing|pool|cluster|among|between)\b/i

/** `from`, `to`: within the whole text. */
type Take = { readonly from: number; readonly to: number }

const codeOf = (sign: string): string =>
  /€|eur/i.test(sign) ? 'EUR' : /£|gbp|pound/i.test(sign) ? 'GBP' : 'USD'

export function openReading() {
  const draft: Draft = {}
  const items: DraftItem[] = []
  let equity: DraftEquity | null = null
  const found: Found[] = []
  const taken: Take[] = []
  const missed: string[] = []
  const notes = new Set<string>()

  const take = ({ from }: Span, match: RegExpExecArray, path: string | null, value: string): void => {
    const at = { from: from + match.index, to: from + match.index + match[0].length }
    taken.push(at)
    if (path !== null) found.push({ path, value, quote: match[0], ...at })
  }
  const isTaken = (at: number): boolean => taken.some(({ from, to }) => from <= at && at < to)
  const first = <Field extends 'salary' | 'bonus' | 'bonus_amount' | 'signing' | 'raise'>(
    field: Field,
    clause: Span,
    match: RegExpExecArray,
    value: string | null,
  ): boolean => {
    if (value === null || draft[field] !== undefined) return false
    draft[field] = value
    take(clause, match, field, value)
    return true
  }

  function moneyIn(clause: Span): { match: RegExpExecArray; value: string; code: string } | null {
    const match = new RegExp(MONEY.source, 'i').exec(clause.text)
    if (!match) return null
    const { n, size, sign = '', n2, size2, sign2 = '' } = match.groups ?? {}
    const value = shifted(n ?? n2 ?? '', size ?? size2)
    return value === null ? null : { match, value, code: codeOf(`${sign}${sign2}`) }
  }
  /** Pay and shares of one offer are of one currency; the first that is read is it. */
  function fits(code: string): boolean {
    if (draft.currency === undefined && draft.salary === undefined && code !== 'USD') {
      draft.currency = code
      notes.add(`the offer is in ${code}: say how many dollars one is`)
    }
    return code === (draft.currency ?? 'USD')
  }

  const standingOf = (text: string, what: Standing): Standing => {
    if (RIGHTS.test(text)) return 'right'
    notes.add(
      what === 'cap'
        ? 'nothing says that the compute vests: it is taken for a cap that can be taken away'
        : 'nothing says how much of what is shared is guaranteed: it is told with a wide band',
    )
    return what
  }
  const perOf = (text: string): 'all' | 'year' | 'month' | null =>
    /(?:\/|\ba\s|\bper\s|\beach\s|\bevery\s)\s?(?:month|mo\b)|\bmonthly\b/i.test(text)
      ? 'month'
      : /(?:\/|\ba\s|\bper\s|\beach\s|\bevery\s)\s?(?:year|yr|annum)|\b(?:annual(?:ly)?|yearly|p\.?a\.?)\b/i.test(
            text,
          )
        ? 'year'
        : null
  const tierOf = (text: string): 'guaranteed' | 'priority' | 'spot' =>
    /\b(spot|preempt\w*|interruptible)\b/i.test(text)
      ? 'spot'
      : /\bpriority\b/i.test(text)
        ? 'priority'
        : 'guaranteed'

  const addItem = (item: DraftItem, clause: Span, match: RegExpExecArray): void => {
    take(clause, match, `compute.${items.length}.quantity`, item.quantity)
    items.push(item)
  }

  function hardware(clause: Span): boolean {
    const { text } = clause
    const named = ACCELERATOR.exec(text)
    const accelerator = named?.[2] ? `${named[1]}-${named[2]}` : named?.[1]
    const shared = { ...(accelerator !== undefined && { accelerator }), tier: tierOf(text) }
    if (named)
      taken.push({ from: clause.from + named.index, to: clause.from + named.index + named[0].length })
    const hours = HOURS.exec(text)
    if (hours && (named || /GPU/i.test(text))) {
      const quantity = shifted(hours[1]!, hours[2])
      if (quantity === null) return false
      const per = perOf(text) ?? 'all'
      addItem(
        { kind: 'gpu_hours', quantity, per, standing: standingOf(text, 'cap'), ...shared },
        clause,
        hours,
      )
      return true
    }
    const nodes = NODES.exec(text)
    if (nodes) {
      const quantity = nodes[1] === undefined ? '1' : shifted(nodes[1], undefined)
      if (quantity === null) return false
      const of = /\b(\d{1,4})[- ]?(?:x|GPUs?)\b/i.exec(text)
      const at = items.length
      const size = of ? { gpus_per_node: of[1]! } : {}
      addItem(
        { kind: 'nodes', quantity, ...size, standing: standingOf(text, 'cap'), ...shared },
        clause,
        nodes,
      )
      if (of) take(clause, of, `compute.${at}.gpus_per_node`, of[1]!)
      return true
    }
    const gpus = GPUS.exec(text)
    const quantity = gpus && shifted(gpus[1]!, gpus[2])
    if (!gpus || quantity === null) return false
    if (RIGHTS.test(text) && !SHARED.test(text)) {
      addItem({ kind: 'nodes', quantity, gpus_per_node: '1', standing: 'right', ...shared }, clause, gpus)
      return true
    }
    return pool(clause, gpus, {
      kind: 'shared',
      quantity,
      standing: standingOf(text, 'best_effort'),
      ...shared,
    })
  }

  function pool(clause: Span, gpus: RegExpExecArray, item: DraftItem): boolean {
    const at = `compute.${items.length}`
    addItem(item, clause, gpus)
    const people = PEOPLE.exec(clause.text)
    const many = people && shifted(people[1]!, people[2])
    if (people && many !== null) {
      item.people = many
      take(clause, people, `${at}.people`, many)
    } else notes.add('nothing says how many people share the GPUs: say it, and they are counted')
    const part = OF_IT.exec(clause.text)
    const share = part && shifted(part[1]!, undefined, -2)
    if (part && share !== null) {
      item.available = share
      take(clause, part, `${at}.available`, share)
    }
    return true
  }

  function shares(clause: Span): boolean {
    const { text } = clause
    const units = UNITS.exec(text)
    const isOption = /\b(options?|ISOs?|NSOs?)\b/i.test(text)
    const money = moneyIn(clause)
    if (equity || (!units && !money) || (money && !fits(money.code))) return false
    if (perOf(text) === 'year') {
      notes.add('shares that come anew each year are not read: say what all years come to')
      return false
    }
    const own: DraftEquity = { kind: isOption ? 'option' : 'rsu' }
    if (units) {
      const count = shifted(units[1]!, units[2])
      if (count === null) return false
      own.units = count
      take(clause, units, 'equity.units', count)
    }
    for (const match of clause.text.matchAll(MONEY)) {
      const { n, size, n2, size2 } = match.groups ?? {}
      const value = shifted(n ?? n2 ?? '', size ?? size2)
      if (value === null) continue
      const before = text.slice(Math.max(0, match.index - 24), match.index)
      const field = /strike|exercis/i.test(before) ? 'strike' : units ? 'price' : 'value'
      if (own[field] !== undefined) continue
      own[field] = value
      take(clause, match, `equity.${field}`, value)
    }
    equity = own
    vesting(clause)
    return true
  }

  /** How it vests; may stand in a clause of its own behind the shares. */
  function vesting(clause: Span): boolean {
    if (!equity) return false
    const { text } = clause
    let any = false
    const split = SPLIT.exec(text)
    if (split && equity.years === undefined) {
      const years = split.slice(1).map((part) => shifted(part, undefined, -2) ?? '0')
      if (split.slice(1).reduce((sum, part) => sum + Number(part), 0) <= 100) {
        equity.years = years
        take(clause, split, 'equity.years', years.join(' '))
        any = true
      }
    }
    const worth = moneyIn(clause)
    if (
      worth &&
      !isTaken(clause.from + worth.match.index) &&
      equity.units !== undefined &&
      equity.price === undefined &&
      /\b(price|valued?|worth|409A|FMV)\b/i.test(text)
    ) {
      equity.price = worth.value
      take(clause, worth.match, 'equity.price', worth.value)
      any = true
    }
    const over = OVER.exec(text)
    if (over) {
      const many = NUMBER_WORDS[over[1]!.toLowerCase()] ?? Number(over[1])
      if (many >= 1 && many <= 4) {
        take(clause, over, null, '')
        if (many < 4 && equity.years === undefined)
          equity.years = [1, 2, 3, 4].map((year) => (year <= many ? `1/${many}` : '0'))
        any = true
      }
    }
    const cliff = CLIFF.exec(text)
    if (cliff) {
      const many =
        (cliff[1]!.toLowerCase() === 'one' ? 1 : Number(cliff[1])) * (/^y/i.test(cliff[2]!) ? 12 : 1)
      if (many <= 48) {
        equity.cliff_months = String(many)
        take(clause, cliff, 'equity.cliff_months', String(many))
        any = true
      }
    }
    return any
  }

  function dollars(clause: Span): boolean {
    const tokens = TOKENS.exec(clause.text)
    const millions = tokens && shifted(tokens[1]!, tokens[2], -6)
    const standing = (): Standing => standingOf(clause.text, 'cap')
    const per = perOf(clause.text)
    if (tokens && millions !== null) {
      addItem({ kind: 'tokens', quantity: millions, per: per ?? 'all', standing: standing() }, clause, tokens)
      return true
    }
    const money = moneyIn(clause)
    if (!money) return false
    if (money.code !== 'USD') {
      notes.add('compute is told in dollars: say what it is in dollars')
      return false
    }
    const name = INFERENCE.exec(clause.text)?.[1]
    const once = per ?? (/\bone[- ]?time|once|total|in all|over\b/i.test(clause.text) ? 'all' : null)
    if (once === null) notes.add('nothing says how often the compute comes: it is taken for once a year')
    addItem(
      {
        kind: 'usd',
        quantity: money.value,
        per: once ?? 'year',
        standing: standing(),
        ...(name !== undefined && { name }),
      },
      clause,
      money.match,
    )
    return true
  }

  function pay(clause: Span): boolean {
    const { text } = clause
    const told = moneyIn(clause)
    const money = told && /\bsign|bonus|base|salar|fixed/i.test(text) && fits(told.code) ? told : null
    const percent = PERCENT.exec(text)
    const share = percent && shifted(percent[1]!, undefined, -2)
    if (/\bsign(?:ing|[- ]?on)\b/i.test(text) && money)
      return first('signing', clause, money.match, money.value)
    if (/\bbonus(?:es)?\b/i.test(text)) {
      if (percent && share !== null) return first('bonus', clause, percent, share)
      return money ? first('bonus_amount', clause, money.match, money.value) : false
    }
    if (/\braises?\b/i.test(text) && percent && share !== null) return first('raise', clause, percent, share)
    if (!SALARY.test(text) || !money) return false
    if (perOf(text) === 'month') {
      notes.add('the salary is told by the month: say what it is a year')
      return false
    }
    return first('salary', clause, money.match, money.value)
  }

  return {
    read(clause: Span): void {
      const { text } = clause
      const exa = EXAFLOP.exec(text)
      const days = exa && shifted(exa[1]!, undefined)
      if (exa && days !== null) {
        addItem(
          {
            kind: 'exaflop_days',
            quantity: days,
            per: perOf(text) ?? 'all',
            standing: standingOf(text, 'cap'),
          },
          clause,
          exa,
        )
        return
      }
      if ((ACCELERATOR.test(text) || /\b(GPUs?|nodes?)\b/i.test(text)) && hardware(clause)) return
      if (EQUITY.test(text) && shares(clause)) return
      if (pay(clause)) return
      if (INFERENCE.test(text) && dollars(clause)) return
      vesting(clause)
    },

    done(text: string) {
      // A number that nobody took is told, with the words around it.
      for (const clause of clausesOf(text))
        for (const match of clause.text.matchAll(/\d[\d,.]*/g))
          if (!isTaken(clause.from + match.index)) {
            if (!missed.includes(clause.text.slice(0, 160))) missed.push(clause.text.slice(0, 160))
            break
          }
      if (taken.length === 0 && missed.length === 0 && text.trim() !== '')
        missed.push(text.trim().slice(0, 160))
      const offer: Omit<SideAsk, 'name'> = {
        ...draft,
        ...(equity && { equity }),
        ...(items.length > 0 && { compute: items }),
      }
      return { offer, found, missed, notes: [...notes] }
    },
  }
}

const NUMBER_WORDS: Readonly<Record<string, number>> = { one: 1, two: 2, three: 3, four: 4 }
