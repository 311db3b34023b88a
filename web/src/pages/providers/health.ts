import type { Provider } from '../../lib/contract.ts'
import { count } from '../../lib/money.ts'

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

/** "In 24 hours 1,204 tries: 3 failed, 2 were taken over by another provider." */
export function trafficWords(providers: readonly Pick<Provider, 'day'>[]): string {
  const all = (of: (day: Provider['day']) => number): number =>
    providers.reduce((total, { day }) => total + of(day), 0)
  const [calls, failures, failovers] = [
    all((day) => day.calls),
    all((day) => day.failures),
    all((day) => day.failovers),
  ]
  if (calls === 0) return 'Nothing was asked of them in 24 hours.'
  const tries = `In 24 hours ${count(calls)} ${calls === 1 ? 'try' : 'tries'}`
  if (failures === 0) return `${tries}, and none failed.`
  return `${tries}: ${count(failures)} failed, ${count(failovers)} ${failovers === 1 ? 'was' : 'were'} taken over by another provider.`
}

/** Half of the first bytes came within the one, nearly all within the other. */
export const firstByteWords = ({ day }: Pick<Provider, 'day'>): string =>
  day.first_byte_p50_ms === null
    ? '–'
    : `${milliseconds(day.first_byte_p50_ms)} / ${milliseconds(day.first_byte_p95_ms)}`

/** "–", or milliseconds as people read them. */
export const milliseconds = (ms: number | null): string =>
  ms === null
    ? '–'
    : ms >= 10_000
      ? `${Math.round(ms / 1000)} s`
      : ms >= 1_000
        ? `${(ms / 1000).toFixed(1)} s`
        : `${ms} ms`
