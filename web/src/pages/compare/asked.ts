import type { CompareAsk, ComputeItem, SideAsk } from '../../lib/contract/compare.ts'

/** What stands in the form, as a value that is changed by its paths: those are the API's own names of its fields. */

export const BLANK: CompareAsk = { offers: [{ name: 'First offer' }, { name: 'Second offer' }] }

/** The published example: a startup that lets forty people use 500 GPUs, and a giant whose 600,000 serve everybody. */
export const EXAMPLE: CompareAsk = {
  offers: [
    {
      name: 'Giant',
      salary: '350000',
      bonus: '0.15',
      equity: { kind: 'rsu', value: '800000', years: ['0.25', '0.25', '0.25', '0.25'] },
      compute: [
        {
          kind: 'shared',
          name: 'Cluster of the company',
          quantity: '600000',
          people: '20000',
          available: '0.1',
          accelerator: 'H100-SXM',
          tier: 'priority',
        },
        { kind: 'usd', name: 'Token budget', quantity: '1500', per: 'month', standing: 'cap' },
      ],
    },
    {
      name: 'Startup',
      salary: '250000',
      equity: { kind: 'option', units: '40000', price: '10', strike: '2.5', volatility: '0.8' },
      compute: [
        {
          kind: 'shared',
          name: 'Pool of the team',
          quantity: '500',
          people: '40',
          accelerator: 'H100-SXM',
          tier: 'priority',
        },
        { kind: 'usd', name: 'Inference', quantity: '20000', per: 'year', standing: 'right' },
      ],
    },
  ],
}

/** Two sides at least, so that there is something to fill in. */
export const withSecond = (ask: CompareAsk): CompareAsk =>
  ask.offers.length >= 2
    ? ask
    : { ...ask, offers: [...ask.offers, { name: ask.offers.length === 0 ? 'First offer' : 'Another offer' }] }

type Tree = { readonly [key: string]: unknown } | readonly unknown[]
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null

/** The same ask with one field told anew; undefined takes it out. */
export function withPath(ask: CompareAsk, path: string, value: string | undefined): CompareAsk {
  const changed = (tree: unknown, [key, ...rest]: readonly string[]): unknown => {
    if (key === undefined) return value
    if (Array.isArray(tree)) {
      const list: unknown[] = [...(tree as readonly unknown[])]
      list[Number(key)] = changed(list[Number(key)], rest)
      return list
    }
    const own = isTree(tree) ? (tree as Readonly<Record<string, unknown>>) : {}
    const next = { ...own, [key]: changed(own[key], rest) }
    return Object.fromEntries(Object.entries(next).filter(([, one]) => one !== undefined))
  }
  return changed(ask, path.split('.')) as CompareAsk
}

export const withOffer = (ask: CompareAsk, index: number, offer: SideAsk): CompareAsk => ({
  ...ask,
  offers: ask.offers.map((one, at) => (at === index ? offer : one)),
})
export const withoutOffer = (ask: CompareAsk, index: number): CompareAsk => ({
  ...ask,
  offers: ask.offers.filter((_, at) => at !== index),
})

/** Numbers as people type them: without signs of currency, commas and spaces. Nothing typed is as usual. */
export const plainNumber = (text: string): string | undefined => text.replaceAll(/[$€£,\s]/g, '') || undefined

/** Something was promised, in money or in compute. */
export const saysSomething = ({ salary, equity, compute = [] }: SideAsk): boolean =>
  salary !== undefined || (equity !== undefined && equity !== null) || compute.length > 0

export const FRESH: Readonly<Record<ComputeItem['kind'], ComputeItem>> = {
  usd: { kind: 'usd', quantity: '20000', per: 'year', standing: 'cap' },
  gpu_hours: {
    kind: 'gpu_hours',
    quantity: '10000',
    accelerator: 'H100-SXM',
    tier: 'guaranteed',
    standing: 'right',
  },
  shared: {
    kind: 'shared',
    quantity: '500',
    people: '40',
    accelerator: 'H100-SXM',
    tier: 'priority',
    standing: 'best_effort',
  },
  nodes: { kind: 'nodes', quantity: '1', accelerator: 'H100-SXM', tier: 'guaranteed', standing: 'right' },
  exaflop_days: { kind: 'exaflop_days', quantity: '1', standing: 'right' },
  seats: { kind: 'seats', quantity: '1', price: '200', standing: 'cap' },
  tokens: { kind: 'tokens', quantity: '1000', per: 'year', standing: 'cap' },
}

export const KIND_WORDS: Readonly<Record<ComputeItem['kind'], { name: string; quantity: string }>> = {
  usd: { name: 'Dollars of inference', quantity: 'Dollars' },
  gpu_hours: { name: 'GPU-hours', quantity: 'GPU-hours' },
  shared: { name: 'Shared GPUs: a pool, a cluster', quantity: 'GPUs of the pool' },
  nodes: { name: 'Whole nodes', quantity: 'Nodes' },
  exaflop_days: { name: 'ExaFLOP-days', quantity: 'ExaFLOP-days' },
  seats: { name: 'Seats and subscriptions', quantity: 'Seats' },
  tokens: { name: 'Tokens', quantity: 'Millions of tokens' },
}
export const STANDING_WORDS = {
  right: 'a right: it vests',
  cap: 'a cap: can be taken away',
  best_effort: 'not guaranteed',
} as const
