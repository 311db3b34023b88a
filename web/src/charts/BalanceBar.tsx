import type { State } from '../lib/contract.ts'
import { percent, share, usdExact } from '../lib/money.ts'
import { useEntriesHref } from '../lib/viewer.tsx'
import { MEANING, STATES, titled } from '../lib/words.ts'
import { A } from '../ui/A.tsx'
import { Amount } from '../ui/Amount.tsx'

export const Cue = ({ state, className = 'size-3 rounded-[3px]' }: { state: State; className?: string }) => (
  <span aria-hidden className={`cue-${state} inline-block shrink-0 ${className}`} />
)

/** Where every granted dollar is: one bar that adds up to the grant, and the legend with the figures. */
export function BalanceBar({
  granted,
  amounts,
}: {
  granted: bigint
  amounts: Readonly<Record<State, bigint>>
}) {
  const href = useEntriesHref()
  // What can be lost is shown once there is any; the four that explain a wallet always are.
  const shown = STATES.filter(
    (state) => amounts[state] > 0n || ['available', 'held', 'spent', 'unvested'].includes(state),
  )
  return (
    <div>
      <div aria-hidden className="flex h-8 w-full gap-[2px] overflow-hidden rounded-lg">
        {STATES.filter((state) => amounts[state] > 0n).map((state) => (
          <A
            key={state}
            href={href({ account: state })}
            tabIndex={-1}
            title={`${titled(state)} ${usdExact(amounts[state])}`}
            className={`cue-${state} block h-full min-w-1.5 transition-[flex-grow] duration-500 first:rounded-l-lg last:rounded-r-lg`}
            style={{ flexGrow: share(amounts[state], granted), flexBasis: 0 }}
          />
        ))}
        {granted === 0n && <span className="h-full w-full rounded-lg bg-sunken" />}
      </div>
      <dl className="mt-3 grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-[repeat(auto-fit,minmax(128px,1fr))]">
        {shown.map((state) => (
          <div key={state} title={MEANING[state]}>
            <dt className="flex items-center gap-2 text-sm text-ink-2">
              <Cue state={state} /> {titled(state)}
            </dt>
            <dd className="mt-0.5 flex items-baseline gap-2 text-base font-medium">
              <Amount value={amounts[state]} entries={{ account: state }} />
              <span className="num text-xs font-normal text-ink-3">{percent(amounts[state], granted)}</span>
            </dd>
          </div>
        ))}
      </dl>
    </div>
  )
}
