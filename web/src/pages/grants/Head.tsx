import type { ReactNode } from 'react'

import type { Millis } from '../../lib/base.ts'
import type { Contract } from '../../lib/grants.ts'
import type { EntryFilter } from '../../lib/links.ts'
import { nano, percent } from '../../lib/money.ts'
import { dateWords, daysUntil, inDays } from '../../lib/time.ts'
import { useEntriesHref } from '../../lib/viewer.tsx'
import { A } from '../../ui/A.tsx'
import { Amount } from '../../ui/Amount.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { Figure } from '../../ui/Figure.tsx'
import { STATUS } from './words.ts'

/** The quantity, where the contract stands, and where its quantity is now. */
export function Head({ grant, now }: { grant: Contract; now: Millis }) {
  const status = STATUS[grant.status]
  const stands = grant.status === 'active' || grant.status === 'ended'
  const quantity = nano(grant.quantity)
  const href = useEntriesHref()
  return (
    <section aria-label="The grant" className="card p-4 sm:p-5">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h1 className="text-xl font-semibold tracking-[-0.015em]">{grant.name}</h1>
        <Badge tone={status.tone}>{status.name}</Badge>
        {grant.version > 1 && <Badge>version {grant.version}</Badge>}
      </div>
      <p className="text-sm text-ink-2">
        to{' '}
        <A href={`/people/${grant.person.id}`} className="figure-link">
          {grant.person.name}
        </A>
        , from {grant.entity_name}, by the template “{grant.template_name}”, version {grant.template_version}
      </p>
      <div className="mt-3">
        <Figure
          amount={quantity}
          asset={grant.asset}
          className="text-[36px] leading-[44px]"
          wrap={(number) =>
            stands ? (
              <A
                href={href({
                  kind: 'granted',
                  grant: grant.id,
                  ...(grant.asset !== 'USD' && { asset: grant.asset }),
                })}
                className="figure-link"
              >
                {number}
              </A>
            ) : (
              number
            )
          }
        />
      </div>
      <p className="mt-1 max-w-[72ch] text-base text-pretty text-ink-2">
        {status.says} {stands && answer(grant, now)}
      </p>
      {stands && <Balances grant={grant} />}
    </section>
  )
}

function answer(grant: Contract, now: Millis): string {
  const vested = percent(nano(grant.vested), nano(grant.quantity)) ?? '0%'
  const { next_vest: next } = grant
  if (!next) return `${vested} of it has vested.`
  return `${vested} of it has vested; the next part vests on ${dateWords(next.date)}, ${inDays(daysUntil(next.date, now))}.`
}

const PLACES = ['unvested', 'available', 'held', 'spent', 'expired', 'forfeited', 'revoked'] as const

/** The seven places in which a granted quantity can be: they always add up. */
const Balances = ({ grant }: { grant: Contract }) => (
  <dl className="mt-4 grid grid-cols-2 gap-x-6 gap-y-3 border-t border-line pt-4 text-sm sm:grid-cols-4 lg:grid-cols-7">
    {PLACES.filter((place) => place === 'available' || nano(grant[place]) > 0n).map((place) => (
      <Place key={place} name={place}>
        <Amount
          value={nano(grant[place])}
          asset={grant.asset}
          unit={false}
          entries={{ account: place, grant: grant.id } satisfies EntryFilter}
          className="font-medium"
        />
      </Place>
    ))}
  </dl>
)

const Place = ({ name, children }: { name: string; children: ReactNode }) => (
  <div>
    <dt className="text-ink-2">{name.charAt(0).toUpperCase() + name.slice(1)}</dt>
    <dd>{children}</dd>
  </div>
)
