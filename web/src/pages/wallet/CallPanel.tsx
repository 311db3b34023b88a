import { useQuery } from '@tanstack/react-query'

import { halfEven, rational } from '../../lib/base.ts'
import type { CallWithEntries } from '../../lib/contract.ts'
import { count, nano, perMillion, picoExact, share, sum, usdExact } from '../../lib/money.ts'
import { callQuery } from '../../lib/queries.ts'
import { useEntriesHref } from '../../lib/viewer.tsx'
import { entryWords } from '../../lib/words.ts'
import { A } from '../../ui/A.tsx'
import { Ask } from '../../ui/Ask.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Time } from '../../ui/Time.tsx'
import { Facts } from './Facts.tsx'

const ITEMS: Readonly<Record<string, string>> = {
  input: 'Input',
  audio_input: 'Sound input',
  cache_read: 'Cache read',
  audio_cache_read: 'Cache read, sound',
  cache_write_5m: 'Cache write, 5 min',
  cache_write_1h: 'Cache write, 1 h',
  output: 'Output',
  web_search: 'Web searches',
}

/** Why a call cost what it cost: tokens × price, what was held and given back, and the entries that prove it. */
export const CallPanel = ({ id, onClose }: { id: string | undefined; onClose: () => void }) => (
  <Dialog
    open={id !== undefined}
    onClose={onClose}
    shape="side"
    title="Why it cost what it cost"
    description="Tokens × price and fees, rounded once; then what was reserved and what came back."
  >
    {id && <Body id={id} />}
  </Dialog>
)

function Body({ id }: { id: string }) {
  const query = useQuery(callQuery(id))
  return (
    <Ask query={query} height={640} label="call">
      {(call) => (
        <div className="flex flex-col gap-6">
          <Head call={call} />
          <Lines call={call} />
          <Flow call={call} />
          <Facts call={call} />
          <Postings call={call} />
        </div>
      )}
    </Ask>
  )
}

const Head = ({ call }: { call: CallWithEntries }) => (
  <div>
    <p className="text-sm font-medium text-ink-2">
      {call.model} · {call.provider}
    </p>
    <p className="num text-[32px] leading-10 font-semibold tracking-[-0.02em]">
      {usdExact(nano(call.charged))}
    </p>
    <p className="text-sm text-ink-2">
      {call.status === 'ok' ? 'Finished' : call.status} <Time at={call.at} /> UTC
      {call.estimated && ' · the provider sent no usage, so it was derived from what passed through'}
    </p>
  </div>
)

function Lines({ call }: { call: CallWithEntries }) {
  if (call.lines.length === 0)
    return (
      <p className="rounded-lg bg-sunken px-3 py-2 text-sm text-ink-2">
        No usage came for this call, so its cost was not made from tokens: what was certain when it left was
        charged.
      </p>
    )
  const pico = sum(call.lines.map((line) => BigInt(line.cost_pico)))
  const rounded = halfEven(rational(pico, 1_000n))
  return (
    <section aria-label="Tokens and prices">
      <table className="w-full text-sm">
        <thead>
          <tr className="text-xs text-ink-3">
            <th scope="col" className="border-b border-line pb-1.5 text-left font-medium">
              Item
            </th>
            <th scope="col" className="border-b border-line pb-1.5 text-right font-medium">
              {call.tokens.searches > 0 ? 'Count' : 'Tokens'}
            </th>
            <th scope="col" className="border-b border-line pb-1.5 text-right font-medium">
              Price
            </th>
            <th scope="col" className="border-b border-line pb-1.5 text-right font-medium">
              Cost
            </th>
          </tr>
        </thead>
        <tbody>
          {call.lines.map((line) => (
            <tr key={line.item}>
              <td className="py-1.5 pr-2">{ITEMS[line.item] ?? line.item}</td>
              <td className="num py-1.5 text-right text-ink-2">{count(line.tokens)}</td>
              <td className="num py-1.5 pl-2 text-right text-ink-2">
                ×{' '}
                {line.item === 'web_search'
                  ? `${picoExact(BigInt(line.rate_pico))} each`
                  : perMillion(BigInt(line.rate_pico))}
              </td>
              <td className="num py-1.5 pl-2 text-right">{picoExact(BigInt(line.cost_pico))}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr className="font-semibold">
            <td colSpan={3} className="border-t border-line-strong pt-2">
              Cost
            </td>
            <td className="num border-t border-line-strong pt-2 text-right">{usdExact(nano(call.cost))}</td>
          </tr>
        </tfoot>
      </table>
      <p className="mt-1.5 text-xs text-ink-3">
        {pico === rounded * 1_000n
          ? 'The lines add up without rounding.'
          : `The lines add up to ${picoExact(pico)}; rounded once, half to even, to a billionth of a dollar.`}
        {call.variant === 'batch' && ' Part of a batch: half of every token rate.'}
        {call.tokens.reasoning > 0 && ` Output includes ${count(call.tokens.reasoning)} tokens of reasoning.`}
      </p>
    </section>
  )
}

function Flow({ call }: { call: CallWithEntries }) {
  const held = nano(call.held)
  const charged = nano(call.charged)
  const absorbed = nano(call.absorbed)
  const released = held > charged ? held - charged : 0n
  return (
    <section aria-label="Held, charged, released">
      <div aria-hidden className="flex h-3 gap-[2px] overflow-hidden rounded">
        <span className="cue-spent block min-w-1 rounded-l" style={{ flex: `${share(charged, held)} 0 0` }} />
        <span className="block rounded-r bg-line" style={{ flex: `${share(released, held)} 0 0` }} />
      </div>
      <dl className="mt-2 grid grid-cols-3 gap-3 text-sm">
        <Figure name="Held" value={held} />
        <Figure name="Charged" value={charged} />
        <Figure name="Released" value={released} />
      </dl>
      {absorbed > 0n && (
        <p className="mt-2 rounded-lg bg-held-soft px-3 py-2 text-sm text-held">
          {usdExact(absorbed)} went beyond the hold and was paid by the company, not by your grant.
        </p>
      )}
    </section>
  )
}

const Figure = ({ name, value }: { name: string; value: bigint }) => (
  <div>
    <dt className="text-ink-2">{name}</dt>
    <dd className="num font-medium">{usdExact(value)}</dd>
  </div>
)

function Postings({ call }: { call: CallWithEntries }) {
  const href = useEntriesHref()
  return (
    <section aria-label="Ledger entries">
      <div className="flex items-baseline justify-between gap-3">
        <h3 className="text-base font-semibold">Ledger entries</h3>
        <A href={href({ call: call.id })} className="text-sm font-medium text-accent hover:underline">
          Open all {call.entries.length}
        </A>
      </div>
      <ol className="mt-2 flex flex-col gap-2 text-sm">
        {call.entries.map((entry) => (
          <li key={entry.seq} className="flex gap-3">
            <span className="num w-16 shrink-0 text-ink-3">#{entry.seq}</span>
            <span className="min-w-0 break-words text-ink-2">{entryWords(entry)}</span>
          </li>
        ))}
      </ol>
    </section>
  )
}
