import { BalanceBar, Cue } from '../../charts/BalanceBar.tsx'
import type { Wallet } from '../../lib/contract.ts'
import { nano, usdExact } from '../../lib/money.ts'
import { ageWords } from '../../lib/time.ts'
import { useNow } from '../../lib/viewer.tsx'
import { Amount } from '../../ui/Amount.tsx'
import { Time } from '../../ui/Time.tsx'
import { walletAnswer } from './answers.ts'

const HOLDS_SHOWN = 4

/** The first number answers the question; the bar under it shows where the rest of the grant is. */
export function Hero({ wallet, age }: { wallet: Wallet; age: number }) {
  const now = useNow()()
  const available = nano(wallet.available)
  const exact = usdExact(available)
  return (
    <section aria-label="Balance" className="card">
      <div className="grid gap-6 p-4 sm:p-5 lg:grid-cols-[minmax(0,1fr)_minmax(240px,300px)] lg:gap-8">
        <div className="min-w-0">
          <h2 className="text-sm font-medium text-ink-2">Available to spend</h2>
          <p className="mt-1 text-[44px] leading-[52px] font-semibold tracking-[-0.03em]">
            <Amount value={available} look="heading" entries={{ account: 'available' }} />
          </p>
          <p className="num mt-0.5 text-xs text-ink-3">exactly {exact}</p>
          <p className="mt-3 max-w-[56ch] text-base text-pretty text-ink-2">{walletAnswer(wallet, now)}</p>
        </div>
        <Held wallet={wallet} now={now} />
      </div>
      <div className="border-t border-line px-4 py-5 sm:px-5">
        <div className="mb-3 flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
          <h3 className="text-sm text-ink-2">
            Where the{' '}
            <Amount
              value={nano(wallet.granted)}
              entries={{ kind: 'granted' }}
              className="font-medium text-ink"
            />{' '}
            grant is
          </h3>
          <p className="text-xs text-ink-3">
            As of <Time at={new Date(now - age).toISOString()} /> UTC
          </p>
        </div>
        <BalanceBar
          granted={nano(wallet.granted)}
          amounts={{
            unvested: nano(wallet.unvested),
            available,
            held: nano(wallet.held),
            spent: nano(wallet.spent),
            expired: nano(wallet.expired),
            forfeited: nano(wallet.forfeited),
            revoked: nano(wallet.revoked),
          }}
        />
      </div>
    </section>
  )
}

/** Calls in flight, live: what they reserve comes back when they turn out cheaper. */
function Held({ wallet, now }: { wallet: Wallet; now: number }) {
  const held = nano(wallet.held)
  const holds = wallet.holds
  const more = holds.length - HOLDS_SHOWN
  const calls = holds.length === 1 ? '1 call' : `${holds.length} calls`
  return (
    <div className="flex flex-col rounded-xl border border-line bg-sunken p-4 lg:min-h-32">
      <div className="flex items-center gap-2 text-sm font-medium text-ink-2">
        <Cue state="held" className={`size-3 rounded-[3px] ${holds.length > 0 ? 'pulse' : ''}`} />
        Held by calls in flight
      </div>
      <div className="mt-1 flex items-baseline gap-2">
        <Amount
          value={held}
          entries={{ account: 'held' }}
          className="text-xl font-semibold tracking-[-0.01em]"
        />
        <span className="text-sm text-ink-2">{holds.length > 0 && calls}</span>
      </div>
      <p className="sr-only" aria-live="polite">
        {holds.length > 0 ? `${usdExact(held)} held by ${calls} in flight` : 'No call is in flight'}
      </p>
      {holds.length === 0 ? (
        <p className="mt-2 text-sm text-ink-2">
          No call runs now. A call reserves its upper bound, then pays what it used.
        </p>
      ) : (
        <ul className="mt-2 flex flex-col gap-1 text-sm">
          {holds.slice(0, HOLDS_SHOWN).map((hold) => (
            <li key={hold.id} className="flex justify-between gap-3">
              <span className="truncate text-ink-2">
                {hold.model}{' '}
                <span className="num text-ink-3">{ageWords(Math.max(0, now - Date.parse(hold.since)))}</span>
              </span>
              <Amount value={nano(hold.amount)} entries={{ call: hold.id }} />
            </li>
          ))}
          {more > 0 && <li className="text-ink-3">and {more} more</li>}
        </ul>
      )}
    </div>
  )
}
