import { useQuery } from '@tanstack/react-query'
import { ArrowDownRight, ArrowUpRight } from 'lucide-react'
import type { ReactNode } from 'react'

import { addDays, dayOf } from '../../lib/base.ts'
import type { SpendDay, Wallet } from '../../lib/contract.ts'
import { personPath } from '../../lib/links.ts'
import { nano, percent, share, sum, usd, usdExact } from '../../lib/money.ts'
import { LONG_DAYS, dateShort, dateWords, daysUntil, daysWords, inDays } from '../../lib/time.ts'
import { spendQuery } from '../../lib/queries.ts'
import { useNow, useSubject } from '../../lib/viewer.tsx'
import { A } from '../../ui/A.tsx'
import { Amount } from '../../ui/Amount.tsx'
import { change, OUTLOOK } from './answers.ts'

const PERIOD = 30

/** Four figures that explain the first one. */
export function Stats({ wallet }: { wallet: Wallet }) {
  const now = useNow()()
  return (
    <section
      aria-label="Key figures"
      className="card grid grid-cols-1 divide-y divide-line overflow-hidden sm:grid-cols-2 sm:divide-y-0 lg:grid-cols-4 [&>*]:border-line sm:[&>*:nth-child(even)]:border-l sm:[&>*:nth-child(n+3)]:border-t lg:[&>*]:border-t-0! lg:[&>*+*]:border-l"
    >
      <Vested wallet={wallet} />
      <Spent now={now} />
      <Runway wallet={wallet} now={now} />
      <Next wallet={wallet} now={now} />
    </section>
  )
}

const Stat = ({ name, figure, children }: { name: string; figure: ReactNode; children: ReactNode }) => (
  <div className="p-4 sm:px-5">
    <h2 className="text-sm text-ink-2">{name}</h2>
    <p className="mt-1 text-xl font-semibold tracking-[-0.015em]">{figure}</p>
    <div className="mt-1 text-sm text-ink-2">{children}</div>
  </div>
)

function Vested({ wallet }: { wallet: Wallet }) {
  const granted = nano(wallet.granted)
  const vested = granted - nano(wallet.unvested) - nano(wallet.forfeited)
  const words = `${usdExact(vested)} of ${usdExact(granted)} vested`
  return (
    <Stat name="Vested" figure={<Amount value={vested} look="heading" entries={{ kind: 'vested' }} />}>
      <div
        role="progressbar"
        aria-label="Vested of granted"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share(vested, granted) * 100)}
        aria-valuetext={words}
        title={words}
        className="my-2 h-1.5 overflow-hidden rounded-full bg-line"
      >
        <div
          className="h-full rounded-full bg-available"
          style={{ width: `${share(vested, granted) * 100}%` }}
        />
      </div>
      {percent(vested, granted)} of <Amount value={granted} look="heading" entries={{ kind: 'granted' }} />{' '}
      granted
    </Stat>
  )
}

/** From the same UTC days as the chart and the entries behind it, so that the three can be laid over each other. */
function Spent({ now }: { now: number }) {
  const { id } = useSubject()
  const today = dayOf(now)
  const days = useQuery(spendQuery(id, today, 2 * PERIOD)).data?.days
  if (!days)
    return (
      <Stat name="Spent in 30 days" figure={<span className="skeleton">…</span>}>
        <span className="skeleton">adding up</span>
      </Stat>
    )
  const total = (part: readonly SpendDay[]): bigint => sum(part.map((day) => nano(day.total)))
  const spent = total(days.slice(-PERIOD))
  const versus = change(spent, total(days.slice(0, -PERIOD)))
  return (
    <Stat
      name="Spent in 30 days"
      figure={
        <Amount
          value={spent}
          look="heading"
          entries={{ account: 'spent', from: addDays(today, 1 - PERIOD), to: today }}
        />
      }
    >
      <span className="inline-flex items-start gap-1">
        {versus.direction === 'up' && <ArrowUpRight size={14} aria-hidden className="mt-[3px] shrink-0" />}
        {versus.direction === 'down' && (
          <ArrowDownRight size={14} aria-hidden className="mt-[3px] shrink-0" />
        )}
        <span>{versus.words}</span>
      </span>
    </Stat>
  )
}

function Runway({ wallet, now }: { wallet: Wallet; now: number }) {
  const until = (days: number): string => dateShort(addDays(dayOf(now), Math.min(days, LONG_DAYS)))
  const { runway_days: pace, runway_plan_days: plan } = wallet
  return (
    <Stat name="Runway" figure={pace === null ? 'No end in sight' : daysWords(pace)}>
      {pace === null ? (
        <>nothing spent in the last 14 days</>
      ) : (
        <>
          at the 14-day pace, {usd(nano(wallet.pace_per_day))} a day
          {pace < LONG_DAYS && <>, to {until(pace)}</>}
        </>
      )}
      {plan !== null && (
        <span className="block">
          {daysWords(plan)} at plan, {usd(nano(wallet.plan_per_day))} a day
        </span>
      )}
    </Stat>
  )
}

function Next({ wallet, now }: { wallet: Wallet; now: number }) {
  const { id, readOnly } = useSubject()
  const { next_vest: vest, next_expiry: expiry } = wallet
  return (
    <Stat
      name="Next vest"
      figure={
        vest ? (
          <A
            href={personPath(id, 'vesting')}
            className="num figure-link"
            title={usdExact(nano(vest.quantity))}
          >
            {usd(nano(vest.quantity))}
          </A>
        ) : (
          'All vested'
        )
      }
    >
      {vest && (
        <span className="block" title={vest.grant_name}>
          {dateWords(vest.date)}, {inDays(daysUntil(vest.date, now))}
        </span>
      )}
      {expiry ? (
        <span className="block">
          {readOnly ? (
            usd(nano(expiry.amount))
          ) : (
            <A href={OUTLOOK} className="figure-link" title="open what comes and what goes">
              {usd(nano(expiry.amount))}
            </A>
          )}{' '}
          expires {dateWords(expiry.date)}
        </span>
      ) : (
        <span className="block">no vested amount expires</span>
      )}
    </Stat>
  )
}
