import { z } from '@hono/zod-openapi'
import { iso } from '#base/time.ts'
import type { Price, Rates } from '#prices/types.ts'
import type { Parts } from '../parts.ts'
import * as views from '../views.ts'
import { wire } from '../wire.ts'
import { answers, described, type App } from './route.ts'

/** What a newcomer is shown first, best known first; the book decides which of them there are. */
const SUGGESTED = {
  openai: ['gpt-5-mini', 'gpt-5.2', 'gpt-5', 'gpt-4.1-mini'],
  anthropic: ['claude-haiku-4-5', 'claude-sonnet-4-5'],
  gemini: ['gemini-3.5-flash-lite', 'gemini-3.8-flash', 'gemini-3.1-pro-preview'],
  embedding: ['text-embedding-3-small', 'text-embedding-3-large'],
} as const

export function setupRoutes(app: App, { prices, config }: Parts): void {
  const names = (provider: Price['provider']): string[] => prices.models(provider).map((price) => price.model)
  const first = (wanted: readonly string[], has: readonly string[]): string =>
    wanted.find((name) => has.includes(name)) ?? has[0] ?? ''

  app.openapi(
    described('/api/v1/setup', {
      method: 'get',
      summary: 'What to put into the tools that call models',
      responses: answers(200, views.setup, 'Base URLs and models'),
    }),
    (c) => {
      const base = config.publicUrl ?? new URL(c.req.url).origin
      const [openai, anthropic, gemini] = [names('openai'), names('anthropic'), names('google')]
      return c.json(
        {
          openai_base_url: `${base}/openai/v1`,
          anthropic_base_url: `${base}/anthropic`,
          gemini_base_url: `${base}/gemini`,
          models: { openai, anthropic, gemini },
          suggested: {
            openai: first(SUGGESTED.openai, openai),
            anthropic: first(SUGGESTED.anthropic, anthropic),
            gemini: first(SUGGESTED.gemini, gemini),
            embedding: first(SUGGESTED.embedding, openai),
          },
        },
        200,
      )
    },
  )

  app.openapi(
    described('/api/v1/prices', {
      method: 'get',
      summary: 'The prices in force',
      request: { query: z.strictObject({ provider: z.enum(['openai', 'anthropic', 'google']).optional() }) },
      responses: answers(200, views.prices, 'One price per model'),
    }),
    (c) => {
      const list = prices.models(c.req.valid('query').provider)
      return c.json(wire({ unit: 'pico-dollar per token' as const, prices: list.map(priceView) }), 200)
    },
  )
}

export const priceView = (price: Price) => ({
  provider: price.provider,
  model: price.model,
  class: price.class,
  // 0 stands for a source that names no date.
  effective_from: price.effectiveFrom > 0 ? iso(price.effectiveFrom) : null,
  rates: ratesView(price.rates),
  fees: { web_search: price.fees?.webSearch ?? null },
  tiers: price.tiers.map((tier) => ({ above_input: tier.aboveInput, rates: ratesView(tier.rates) })),
  context_window: price.contextWindow,
  max_output: price.maxOutput,
  version: price.version,
  source: price.source,
})

const ratesView = (rates: Rates) => ({
  input: rates.input,
  cache_read: rates.cacheRead,
  cache_write_5m: rates.cacheWrite5m,
  cache_write_1h: rates.cacheWrite1h,
  output: rates.output,
  audio_input: rates.audioInput ?? null,
  audio_cache_read: rates.audioCacheRead ?? null,
})
