import { halfEven, rational } from '../../lib/base.ts'
import type { Denial, Usage, UsageBy, UsageSums } from '../../lib/contract.ts'
import { count, nano, percent, usd } from '../../lib/money.ts'
import { dateWords } from '../../lib/time.ts'
import { hourWords } from './period.ts'

export const callsWords = (calls: number): string => (calls === 1 ? '1 call' : `${count(calls)} calls`)

/** Mean of a call; null when there was none. */
export const meanPerCall = ({ spent, calls }: UsageSums): bigint | null =>
  calls === 0 ? null : halfEven(rational(nano(spent), BigInt(calls)))

export const inputTokens = ({ tokens }: UsageSums): number =>
  tokens.input +
  tokens.audio_input +
  tokens.cache_read +
  tokens.audio_cache_read +
  tokens.cache_write_5m +
  tokens.cache_write_1h

/** How much of what went in came from a cache; null when nothing went in. */
export const cachedShare = (sums: UsageSums): string | null =>
  percent(BigInt(sums.tokens.cache_read + sums.tokens.audio_cache_read), BigInt(inputTokens(sums)))

/** "1.2M": counts of tokens are long, and their last digits tell nothing. */
export function tokensWords(tokens: number): string {
  for (const [size, suffix] of [
    [1e9, 'B'],
    [1e6, 'M'],
    [1e3, 'K'],
  ] as const) {
    if (tokens < size) continue
    const value = tokens / size
    return `${value >= 100 ? Math.round(value) : value.toFixed(1).replace(/\.0$/, '')}${suffix}`
  }
  return String(tokens)
}

/** What the compute did, in a sentence or two. */
export function usageAnswer(usage: Usage): string {
  const { total, groups, by } = usage
  if (total.calls === 0) return 'No call was paid for in this time.'
  const mean = meanPerCall(total)
  const cached = cachedShare(total)
  const [first] = groups
  const most =
    first && groups.length > 1 && nano(total.spent) > 0n
      ? ` ${percent(nano(first.spent), nano(total.spent))} went to ${named(by, first.name)}.`
      : ''
  return (
    `${callsWords(total.calls)}, ${usd(mean ?? 0n)} each on average.` +
    most +
    (cached && cached !== '0%' ? ` ${cached} of the input came from a cache.` : '')
  )
}

function named(by: UsageBy, name: string): string {
  const words = name.replaceAll('_', ' ')
  if (by === 'model') return words
  if (by === 'class') return `${words} models`
  return by === 'key' ? `the key “${words}”` : `${by} ${words}`
}

/** The chart in one sentence. */
export function stepsSummary(usage: Usage): string {
  const { steps, total, step } = usage
  const unit = step === 'hour' ? 'hour' : 'day'
  const spent = nano(total.spent)
  if (total.calls === 0) return `Nothing was spent in ${steps.length === 1 ? 'this' : 'these'} ${unit}s.`
  const top = steps.reduce((best, one) => (nano(one.spent) > nano(best.spent) ? one : best))
  const busy = steps.filter((one) => one.calls > 0).length
  const when = step === 'hour' ? `${hourWords(top.at)} UTC` : dateWords(top.at)
  const [within, at] = step === 'hour' ? ['in', 'at'] : ['on', 'on']
  return `${usd(spent)} ${within} ${busy} of ${steps.length} ${unit}s: most ${at} ${when}, ${usd(nano(top.spent))}.`
}

type Advice = { readonly title: string; readonly todo: string; readonly href: string | null }

/** What a refusal was about, and what its reader can do. The message of the refusal itself stands beside it. */
export function adviceOf({ code }: Pick<Denial, 'code'>): Advice {
  switch (code) {
    case 'budget_exhausted':
      return {
        title: 'Not enough in the wallet',
        todo: 'Wait for the next vest, or use a smaller model',
        href: '/vesting',
      }
    case 'model_not_allowed':
      return {
        title: 'Model not allowed',
        todo: 'Use another model or key, or ask for the tier',
        href: '/models',
      }
    case 'unknown_model':
      return {
        title: 'Model without a price',
        todo: 'Use a model of the list; an admin can add a price',
        href: '/models',
      }
    case 'key_budget_exhausted':
      return { title: 'Limit of the key reached', todo: 'Use another key or raise its limit', href: '/keys' }
    case 'velocity_paused':
      return { title: 'Paused by the velocity guard', todo: 'Resume when it is you', href: '/alerts' }
    case 'velocity_slow':
      return {
        title: 'Slowed by the velocity guard',
        todo: 'The tool may try again in a moment',
        href: '/alerts',
      }
    case 'unauthenticated':
    case 'forbidden':
      return { title: 'Key not accepted', todo: 'Make a new key', href: '/keys' }
    case 'route_closed':
      return { title: 'Route closed', todo: 'Use a route that can be metered', href: null }
    case 'upstream_unavailable':
    case 'unavailable':
      return { title: 'Provider out of reach', todo: 'Try again; nothing was charged', href: null }
    case 'too_large':
      return { title: 'Request too large', todo: 'Send less at once', href: null }
    default:
      return { title: 'Refused', todo: 'See the reason', href: null }
  }
}
