import type { Provider } from '../../lib/contract.ts'

export type Health = { readonly tone: 'good' | 'warn' | 'bad' | 'plain'; readonly text: string }

/** One word for how a provider stands; what is switched off is neither well nor ill. */
export function healthOf({ enabled, state }: Pick<Provider, 'enabled' | 'state'>): Health {
  if (!enabled) return { tone: 'plain', text: 'off' }
  switch (state) {
    case 'healthy':
      return { tone: 'good', text: 'healthy' }
    case 'cooling':
      return { tone: 'warn', text: 'resting' }
    case 'down':
      return { tone: 'bad', text: 'down' }
    default:
      return { tone: 'warn', text: state satisfies never }
  }
}

/** Which protocols have nobody to answer now, and which would have nobody else if one fell. */
export function coverOf(providers: readonly Provider[]): {
  readonly open: readonly string[]
  readonly alone: readonly string[]
  readonly missing: readonly string[]
} {
  const open = new Map<string, number>()
  for (const { protocol, enabled, state } of providers) {
    const serves = enabled && state !== 'down'
    open.set(protocol, (open.get(protocol) ?? 0) + (serves ? 1 : 0))
  }
  const having = (wanted: (count: number) => boolean) =>
    [...open].filter(([, count]) => wanted(count)).map(([protocol]) => protocol)
  return {
    open: having((count) => count > 0),
    alone: having((count) => count === 1),
    missing: having((count) => count === 0),
  }
}

/** "Nothing", or milliseconds as people read them. */
export const milliseconds = (ms: number | null): string =>
  ms === null
    ? '–'
    : ms >= 10_000
      ? `${Math.round(ms / 1000)} s`
      : ms >= 1_000
        ? `${(ms / 1000).toFixed(1)} s`
        : `${ms} ms`
