import { findProvider, type ConditionalPrice, type ModelInfo } from '@pydantic/genai-prices'
import { canonicalJson, sha256Hex } from '#base/json.ts'
import type { ModelClass, Price } from '../types.ts'
import { CLASSES, CLOSED, CONTEXT_WINDOW, MAX_OUTPUT, SEARCH_FEE_UNKNOWN } from './families.ts'
import { namesOf } from './names.ts'
import { compileRates, type CompiledRates } from './rates.ts'

type Provider = Price['provider']
const PROVIDERS: readonly Provider[] = ['openai', 'anthropic', 'google']

type Compiled = {
  provider: Provider
  model: string
  names: string[]
  class: ModelClass
  contextWindow: number | null
  maxOutput: number
  prices: ({ from: string | null } & CompiledRates)[]
}
type LeftOut = { provider: Provider; name: string; why: string }

/** The price book as text: the same source gives the same bytes, one model a line, and a hash of what it holds. */
export function compileBook(sourceVersion: string): string {
  const models: Compiled[] = []
  const leftOut: LeftOut[] = []
  for (const provider of PROVIDERS) {
    const source = findProvider({ providerId: provider })
    if (!source) throw new Error(`the source has no provider ${provider}`)
    const taken = new Set<string>()
    for (const model of source.models) compileModel({ provider, model, taken, models, leftOut })
  }
  models.sort((a, b) => order(a.provider, b.provider) || order(a.model, b.model))
  leftOut.sort((a, b) => order(a.provider, b.provider) || order(a.name, b.name))
  const source = {
    name: '@pydantic/genai-prices',
    version: sourceVersion,
    licence: 'MIT',
    url: 'https://github.com/pydantic/genai-prices',
  }
  const hash = sha256Hex(canonicalJson({ format: 1, source, models, leftOut }))
  return `{
  "format": 1,
  "hash": "${hash}",
  "source": ${canonicalJson(source)},
  "models": [
${lines(models)}
  ],
  "leftOut": [
${lines(leftOut)}
  ]
}
`
}

/** Aliases of one source model may differ in class or output limit (chat snapshots): each group is a model. */
function compileModel({
  provider,
  model,
  taken,
  models,
  leftOut,
}: {
  provider: Provider
  model: ModelInfo
  taken: Set<string>
  models: Compiled[]
  leftOut: LeftOut[]
}): void {
  const groups = new Map<string, Compiled>()
  // Earlier models win a name, as they do in the source.
  for (const name of new Set([...idAsName(model), ...namesOf(model.match)])) {
    if (taken.has(name)) continue
    taken.add(name)
    const closed = model.deprecated
      ? 'retired by its provider'
      : CLOSED.find((rule) => rule.provider === provider && rule.names.test(name))?.why
    if (closed !== undefined) {
      leftOut.push({ provider, name, why: closed })
      continue
    }
    const prices = pricesOf(provider, model, name)
    if (typeof prices === 'string') {
      leftOut.push({ provider, name, why: prices })
      continue
    }
    const kind = familyOf(provider, name)
    const key = canonicalJson(kind)
    const group = groups.get(key)
    if (group) group.names.push(name)
    else {
      groups.set(key, {
        provider,
        model: name,
        names: [name],
        ...kind,
        contextWindow: windowOf(provider, name, model.context_window ?? null),
        prices,
      })
    }
  }
  models.push(...groups.values())
}

/** The source's own id is a name that clients may send only when its rule says so; ids such as `…-latest` do match. */
const idAsName = (model: ModelInfo): string[] => {
  const names = namesOf(model.match)
  return names.includes(model.id.toLowerCase()) ? [model.id.toLowerCase()] : []
}

function pricesOf(provider: Provider, model: ModelInfo, name: string): Compiled['prices'] | string {
  const searchFee = !SEARCH_FEE_UNKNOWN.some((rule) => rule.provider === provider && rule.names.test(name))
  const dated: readonly ConditionalPrice[] = Array.isArray(model.prices)
    ? model.prices
    : [{ prices: model.prices }]
  const prices: Compiled['prices'] = []
  for (const { constraint, prices: price } of dated) {
    if (constraint && constraint.type !== 'start_date') return 'its price changes with the time of day'
    const compiled = compileRates(provider, price, { embedding: /embedding/.test(model.id), searchFee })
    if ('leftOut' in compiled) return compiled.leftOut
    prices.push({ from: constraint?.start_date ?? null, ...compiled })
  }
  return prices.toSorted((a, b) => order(a.from ?? '', b.from ?? ''))
}

function familyOf(provider: Provider, name: string): { class: ModelClass; maxOutput: number } {
  const kind = CLASSES.find((rule) => rule.provider === provider && rule.names.test(name))
  const limit = MAX_OUTPUT.find((rule) => rule.provider === provider && rule.names.test(name))
  if (!kind || !limit) throw new Error(`families.ts has no line for ${provider} ${name}`)
  return { class: kind.class, maxOutput: limit.tokens }
}

const lines = (items: readonly unknown[]): string =>
  items.map((item) => `    ${canonicalJson(item)}`).join(',\n')

function windowOf(provider: Provider, name: string, source: number | null): number | null {
  const ours =
    CONTEXT_WINDOW.find((rule) => rule.provider === provider && rule.names.test(name))?.tokens ?? null
  if (source === null || ours === null) return source ?? ours
  return Math.max(source, ours)
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
