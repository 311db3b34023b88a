import type { ReactNode } from 'react'

import type { Call } from '../../lib/contract.ts'
import { count } from '../../lib/money.ts'
import { instantDay } from '../../lib/time.ts'

/** Which price applied and where it comes from, and how the call came in. */
export function Facts({ call }: { call: Call }) {
  return (
    <section aria-label="Price and route" className="rounded-xl border border-line bg-sunken p-4">
      <dl className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-5 gap-y-1.5 text-sm">
        <Fact name="Price">
          version {call.price.version}
          {call.price.effective_from &&
            `, in force from ${instantDay(Date.parse(call.price.effective_from))}`}
        </Fact>
        <Fact name="Source">{call.price.source}</Fact>
        <Fact name="Tier">
          {call.price.tier_above === null
            ? 'base rates'
            : `long context: more than ${count(call.price.tier_above)} input tokens`}
        </Fact>
        {call.variant === 'batch' && <Fact name="Variant">batch: half of every token rate</Fact>}
        <Fact name="Class">{call.class}</Fact>
        <Fact name="Purpose">{call.purpose.replace('_', ' ')}</Fact>
        <Fact name="Key">{call.key?.name ?? 'none'}</Fact>
        <Fact name="Route">
          {call.door} · {call.route} → {call.upstream}
        </Fact>
        <Fact name="Call">
          <span className="font-mono text-xs">{call.id}</span>
        </Fact>
      </dl>
    </section>
  )
}

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <>
    <dt className="text-ink-2">{name}</dt>
    <dd className="min-w-0 break-words">{children}</dd>
  </>
)
