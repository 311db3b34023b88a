import type { Account, Asset } from './base.ts'
import type { Entry, State } from './contract.ts'
import { amountWords } from './money.ts'

export const STATES: readonly State[] = [
  'available',
  'held',
  'spent',
  'unvested',
  'expired',
  'forfeited',
  'revoked',
]

export const ACCOUNTS: readonly Account[] = [
  'promised',
  'unvested',
  'available',
  'held',
  'spent',
  'expired',
  'forfeited',
  'revoked',
  'absorbed',
  'carried',
]

/** One sentence per account, in the reader's words. */
export const MEANING: Readonly<Record<Account, string>> = {
  promised: 'what the company promised',
  unvested: 'promised, not yet earned',
  available: 'vested and free to spend',
  held: 'reserved for calls that run now',
  spent: 'paid for finished calls',
  expired: 'passed its expiry unspent',
  forfeited: 'lost before it vested',
  revoked: 'taken back for cause',
  absorbed: 'paid by the company, outside your grant',
  carried: 'on its way from one lot to another',
}

export const titled = (text: string): string =>
  text.charAt(0).toUpperCase() + text.slice(1).replaceAll('_', ' ')

const of = (entry: Entry): string => (entry.grant_name ? ` of ${entry.grant_name}` : '')
const tranche = (entry: Entry): string => (entry.tranche === null ? '' : `tranche ${entry.tranche}`)

const PROVIDERS: Readonly<Record<string, string>> = {
  openai: 'OpenAI',
  anthropic: 'Anthropic',
  google: 'Google',
  gemini: 'Gemini',
}

/** A provider or protocol as it writes itself. */
export const providerName = (id: string): string => PROVIDERS[id] ?? titled(id)

/** What an entry did, in plain words, with its exact amount. The amount's size is meant: words carry the direction. */
export function entryWords(entry: Entry, asset: Asset = 'USD'): string {
  const amount = amountWords(size(entry.amount), asset)
  const call = `call ${shortId(entry.transfer)}`
  switch (entry.kind) {
    case 'granted':
      return `${amount} promised${of(entry)}, still to vest`
    case 'vested':
      return `${amount} vested: ${tranche(entry) || 'a tranche'}${of(entry)} became available`
    case 'hold':
      return `${amount} moved from available to held for ${call}`
    case 'settle':
      return entry.target === 'spent'
        ? `${amount} moved from held to spent${entry.party ? ` at ${entry.party}` : ''} for ${call}`
        : `${amount} came back from held to ${entry.target} after ${call}`
    case 'release':
      return `${amount} came back from held to ${entry.target} after ${call}`
    case 'lapse':
      return `${amount} moved from held to ${entry.target}: the hold of ${call} ran out of time`
    case 'absorb':
      return `${amount} of ${call} was paid by the company, outside your grant`
    case 'expire':
      return `${amount} of ${tranche(entry) || 'a lot'} passed its expiry unspent`
    case 'forfeit':
      return `${amount}${of(entry)} was forfeited before it vested`
    case 'revoke':
      return `${amount}${of(entry)} was revoked`
    case 'adjust':
      return `${amount} corrected from ${entry.source} to ${entry.target}${entry.cause ? `: ${entry.cause}` : ''}`
    case 'carry':
      return entry.source === 'available'
        ? `${amount} of ${tranche(entry) || 'a lot'}${of(entry)} was carried on`
        : `${amount}${of(entry)} was carried into a lot with other terms`
    case 'convert':
      return entry.target === 'spent'
        ? `${amount} of ${tranche(entry) || 'a lot'}${of(entry)} was exchanged`
        : `${amount}${of(entry)} came in by exchange`
    default:
      return never(entry.kind, `${amount} moved from ${entry.source} to ${entry.target}`)
  }
}

/** A newer server may know a kind that this page does not: it is still told truthfully. */
const never = (_kind: never, words: string): string => words

const size = (amount: string): bigint => BigInt(amount.replace(/^-/, ''))

/** Enough of an id to tell it from its neighbours: the random end of a uuid v7. */
export const shortId = (id: string): string => id.slice(-6)
