import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'

import { Cue } from '../../charts/BalanceBar.tsx'
import { quantityName } from '../../lib/base.ts'
import type { Asset } from '../../lib/base.ts'
import type { State } from '../../lib/contract.ts'
import { amountShort, nano, share } from '../../lib/money.ts'
import { dateWords, daysUntil, inDays } from '../../lib/time.ts'
import { useEntriesHref, useNow, useSubject } from '../../lib/viewer.tsx'
import { walletsQuery } from '../../lib/wallets.ts'
import type { AssetWallet } from '../../lib/wallets.ts'
import { A } from '../../ui/A.tsx'
import { Amount } from '../../ui/Amount.tsx'
import { Card } from '../../ui/Card.tsx'
import { Figure } from '../../ui/Figure.tsx'
import { OUTLOOK } from './answers.ts'

/** What is counted in something else than dollars, or what to show without any; seats have a card of their own. */
export function AssetCards({ empty = null }: { empty?: ReactNode }) {
  const { id } = useSubject()
  const query = useQuery(walletsQuery(id))
  if (query.isPending) return null
  const others = (query.data?.wallets ?? []).filter(
    ({ asset, granted }) => asset !== 'USD' && asset !== 'SEAT_MONTH' && nano(granted) > 0n,
  )
  return others.length === 0
    ? empty
    : others.map((wallet) => <AssetCard key={wallet.asset} wallet={wallet} />)
}

const SHOWN: readonly State[] = ['available', 'held', 'spent', 'unvested']
const LOST: readonly State[] = ['expired', 'forfeited', 'revoked']
/** The card's title tells the unit. */
const bare = (amount: bigint, asset: Asset): string => amountShort(amount, asset).split(' ')[0] ?? ''
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

function AssetCard({ wallet }: { wallet: AssetWallet }) {
  const { asset } = wallet
  const now = useNow()()
  const href = useEntriesHref()
  const name = capital(quantityName(asset))
  const granted = nano(wallet.granted)
  const states = [...SHOWN, ...LOST.filter((state) => nano(wallet[state]) > 0n)]
  const vest = wallet.next_vest
  return (
    <Card title={name} note="A wallet of its own: counted apart from your dollars.">
      <Figure
        amount={nano(wallet.available)}
        asset={asset}
        className="text-[32px] leading-10"
        wrap={(number) => (
          <A href={href({ account: 'available', asset })} className="figure-link">
            {number}
          </A>
        )}
      />
      <p className="text-sm text-ink-2">
        available to spend, of{' '}
        <A href={href({ kind: 'granted', asset })} className="num figure-link">
          {bare(granted, asset)}
        </A>{' '}
        granted
      </p>
      <div aria-hidden className="mt-4 flex h-3 gap-[2px] overflow-hidden rounded">
        {states
          .filter((state) => nano(wallet[state]) > 0n)
          .map((state) => (
            <span
              key={state}
              className={`cue-${state} block h-full min-w-1.5`}
              style={{ flexGrow: share(nano(wallet[state]), granted), flexBasis: 0 }}
            />
          ))}
      </div>
      <dl className="mt-3 grid gap-x-6 gap-y-3 grid-cols-2 sm:grid-cols-[repeat(auto-fit,minmax(150px,1fr))]">
        {states.map((state) => (
          <div key={state}>
            <dt className="flex items-center gap-2 text-sm text-ink-2">
              <Cue state={state} /> {capital(state)}
            </dt>
            <dd className="mt-0.5 text-base font-medium">
              <Amount value={nano(wallet[state])} asset={asset} unit={false} entries={{ account: state }} />
            </dd>
          </div>
        ))}
      </dl>
      <dl className="mt-4 grid gap-x-6 gap-y-2 border-t border-line pt-4 text-sm sm:grid-cols-3">
        <Fact name="Next vest">
          {vest ? (
            <>
              <A href={`/grants/${vest.grant_id}`} className="figure-link" title={vest.grant_name}>
                {bare(nano(vest.quantity), asset)}
              </A>{' '}
              on {dateWords(vest.date)}, {inDays(daysUntil(vest.date, now))}
            </>
          ) : (
            'Nothing is left to vest.'
          )}
        </Fact>
        <Expires wallet={wallet} now={now} />
        <Fact name="Can become">
          {wallet.convertible.length === 0 ? (
            'It cannot be exchanged.'
          ) : (
            <ul>
              {wallet.convertible.map(({ to, amount, worth, rate }) => (
                <li key={to}>
                  {worth === null
                    ? `${capital(quantityName(to))}, once there is a rate`
                    : `${amountShort(nano(worth), to)} for ${bare(nano(amount), asset)}, at ${rate} for one`}
                </li>
              ))}
            </ul>
          )}
        </Fact>
      </dl>
    </Card>
  )
}

function Expires({ wallet, now }: { wallet: AssetWallet; now: number }) {
  const { readOnly } = useSubject()
  const expiry = wallet.next_expiry
  if (expiry === null) return <Fact name="Expires next">Nothing that has vested expires.</Fact>
  const amount = bare(nano(expiry.amount), wallet.asset)
  return (
    <Fact name="Expires next">
      {readOnly ? (
        amount
      ) : (
        <A href={OUTLOOK} className="figure-link">
          {amount}
        </A>
      )}{' '}
      at most, on {dateWords(expiry.date)}, {inDays(daysUntil(expiry.date, now))}
    </Fact>
  )
}

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <div className="min-w-0">
    <dt className="text-ink-2">{name}</dt>
    <dd className="text-pretty">{children}</dd>
  </div>
)
