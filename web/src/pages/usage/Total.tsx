import { useInfiniteQuery } from '@tanstack/react-query'
import { ArrowDownRight, ArrowUpRight } from 'lucide-react'
import type { ReactNode } from 'react'

import type { Usage } from '../../lib/contract.ts'
import { count, nano, usd, usdExact } from '../../lib/money.ts'
import { denialsQuery } from '../../lib/queries.ts'
import { useSubject } from '../../lib/viewer.tsx'
import { Amount } from '../../ui/Amount.tsx'
import { change } from '../wallet/answers.ts'
import { cachedShare, callsWords, inputTokens, meanPerCall, tokensWords, usageAnswer } from './answers.ts'
import { beforeWords, periodWords } from './period.ts'
import type { View } from './period.ts'

/** The first number answers the question; the four beside it say what was bought with it. */
export function Total({ usage, view, today }: { usage: Usage; view: View; today: string }) {
  const { total, previous } = usage
  const spent = nano(total.spent)
  const absorbed = nano(total.absorbed)
  const versus = change(spent, nano(previous.total.spent), beforeWords(view.days))
  const range = { from: view.from, to: view.to, ...view.filter }
  const mean = meanPerCall(total)
  return (
    <section aria-label="Spent" className="card">
      <div className="grid gap-6 p-4 sm:p-5 lg:grid-cols-[minmax(0,1fr)_minmax(280px,380px)] lg:gap-8">
        <div className="min-w-0">
          <h2 className="text-sm font-medium text-ink-2">Spent {periodWords(view, today)}</h2>
          <p className="mt-1 text-[44px] leading-[52px] font-semibold tracking-[-0.03em]">
            <Amount value={spent} look="heading" entries={{ account: 'spent', ...range }} />
          </p>
          <p className="num mt-0.5 text-xs text-ink-3">exactly {usdExact(spent)}</p>
          <p className="mt-3 flex items-start gap-1 text-base text-ink-2">
            {versus.direction === 'up' && (
              <ArrowUpRight size={15} aria-hidden className="mt-[4px] shrink-0" />
            )}
            {versus.direction === 'down' && (
              <ArrowDownRight size={15} aria-hidden className="mt-[4px] shrink-0" />
            )}
            <span>
              {versus.words}
              {/%/.test(versus.words) && ` ${beforeWords(view.days)}`}
            </span>
          </p>
          <p className="max-w-[60ch] text-base text-pretty text-ink-2">{usageAnswer(usage)}</p>
          <Denied view={view} />
          {absorbed > 0n && (
            <p className="mt-2 text-sm text-ink-2">
              <Amount value={absorbed} entries={{ account: 'absorbed', ...range }} className="font-medium" />{' '}
              more went beyond the holds and was paid by the company, not by the grant.
            </p>
          )}
        </div>
        <dl className="grid grid-cols-2 gap-x-6 gap-y-4 self-start max-lg:sm:grid-cols-3 rounded-xl border border-line bg-sunken p-4">
          <Fact name="Calls">{count(total.calls)}</Fact>
          <Fact name="Per call, on average">
            {mean === null ? '–' : <span title={usdExact(mean)}>{usd(mean)}</span>}
          </Fact>
          <Fact name="Tokens in" note={`${count(inputTokens(total))} in all`}>
            {tokensWords(inputTokens(total))}
          </Fact>
          <Fact
            name="Tokens out"
            note={`${count(total.tokens.output)}, ${count(total.tokens.reasoning)} of them reasoning`}
          >
            {tokensWords(total.tokens.output)}
          </Fact>
          <Fact name="Read from a cache">{cachedShare(total) ?? '–'}</Fact>
          {total.tokens.searches > 0 ? (
            <Fact name="Web searches">{count(total.tokens.searches)}</Fact>
          ) : (
            <Fact name="Reasoning">{tokensWords(total.tokens.reasoning)}</Fact>
          )}
        </dl>
      </div>
    </section>
  )
}

/** What was not done is part of what was done; the card below tells why. */
function Denied({ view }: { view: View }) {
  const { id } = useSubject()
  const pages = useInfiniteQuery(denialsQuery(id, view)).data?.pages ?? []
  const denied = pages.flatMap((page) => page.denials).reduce((sum, denial) => sum + denial.count, 0)
  if (denied === 0) return null
  return (
    <p className="mt-1 text-base text-ink-2">
      <a href="#denied" className="font-medium text-ink underline underline-offset-3">
        {callsWords(denied)}
        {pages.at(-1)?.next && ' or more'}
      </a>{' '}
      {denied === 1 ? 'was' : 'were'} denied.
    </p>
  )
}

const Fact = ({ name, note, children }: { name: string; note?: string; children: ReactNode }) => (
  <div title={note}>
    <dt className="text-sm text-ink-2">{name}</dt>
    <dd className="num text-lg font-semibold tracking-[-0.01em]">{children}</dd>
  </div>
)
