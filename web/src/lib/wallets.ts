import { queryOptions } from '@tanstack/react-query'

import { read } from './api.ts'
import type { Asset, DateText } from './base.ts'
import type { Nano, State } from './contract.ts'

/** One wallet of each asset; amounts count its smallest unit. */
export type AssetWallet = Readonly<Record<State | 'granted', Nano>> & {
  readonly asset: Asset
  readonly next_vest: {
    readonly date: DateText
    readonly quantity: Nano
    readonly grant_id: string
    readonly grant_name: string
  } | null
  readonly next_expiry: { readonly date: DateText; readonly amount: Nano } | null
  readonly convertible: readonly {
    readonly to: Asset
    /** Of what is available, as far as the contracts allow it. */
    readonly amount: Nano
    /** At the rate that holds now; null without one. */
    readonly worth: Nano | null
    /** Whole units of `to` for one. */
    readonly rate: string | null
  }[]
}

export const walletsPath = (person: string): string => `/api/v1/people/${encodeURIComponent(person)}/wallets`
export const walletsQuery = (person: string) =>
  queryOptions({
    queryKey: ['wallets', person],
    queryFn: ({ signal }) => read<{ readonly wallets: readonly AssetWallet[] }>(walletsPath(person), signal),
    refetchInterval: 15_000,
  })
