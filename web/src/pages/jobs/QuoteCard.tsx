import { useQuery } from '@tanstack/react-query'
import { useDeferredValue, useState } from 'react'

import { quoteQuery } from '../../lib/cluster.ts'
import type { GpuBalance, GpuQuote, QuoteAsk } from '../../lib/cluster.ts'
import { assetWords, gpuHours, laneOf } from '../../lib/hours.ts'
import { nano, usd } from '../../lib/money.ts'
import { useSubject } from '../../lib/viewer.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { Card } from '../../ui/Card.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { SelectField, TextField } from '../../ui/Field.tsx'

/** What will the next job cost, before it runs? */
export function QuoteCard({ lines }: { lines: readonly GpuBalance[] }) {
  const { id } = useSubject()
  const [asset, setAsset] = useState(lines[0]?.asset ?? 'GPU_SECOND/H100-SXM/guaranteed')
  const [gpus, setGpus] = useState('8')
  const [hours, setHours] = useState('2')
  const { accelerator, tier } = laneOf(asset)
  const wrong = {
    gpus: /^[1-9]\d{0,4}$/.test(gpus.trim()) ? null : 'Give a whole number, such as 8.',
    hours:
      /^\d{1,5}(\.\d{1,3})?$/.test(hours.trim()) && Number(hours) > 0
        ? null
        : 'Give hours, such as 2 or 0.5.',
  }
  const ask: QuoteAsk = {
    type: accelerator,
    tier,
    gpus: Number(gpus),
    time_limit_seconds: Math.max(1, Math.ceil(Number(hours) * 3_600)),
  }
  const valid = wrong.gpus === null && wrong.hours === null
  const asked = useDeferredValue(ask)
  const query = useQuery({
    ...quoteQuery(id, asked),
    enabled: valid,
    placeholderData: (before) => before,
  })
  return (
    <Card
      title="What will the next job cost?"
      note="Asked of the same rules that decide when you submit it. It holds its GPUs until its time limit; what it does not use comes back."
    >
      <div className="grid gap-5 md:grid-cols-[minmax(0,1fr)_minmax(0,1fr)] md:gap-8">
        <div className="grid grid-cols-2 gap-3">
          <SelectField
            className="col-span-2"
            label="Accelerator and tier"
            value={asset}
            onChange={(next) => setAsset(lines.find((line) => line.asset === next)?.asset ?? asset)}
            options={lines.map((line) => ({ value: line.asset, text: assetWords(line.asset) }))}
          />
          <TextField label="GPUs" value={gpus} onChange={setGpus} wrong={wrong.gpus} type="decimal" />
          <TextField
            label="Time limit"
            unit="hours"
            value={hours}
            onChange={setHours}
            wrong={wrong.hours}
            type="decimal"
          />
        </div>
        <div aria-live="polite" className="min-w-0">
          {valid && query.data ? (
            <Answer quote={query.data} />
          ) : (
            <p className="text-sm text-ink-2">
              {query.isError ? query.error.message : 'Say how many GPUs and for how long.'}
            </p>
          )}
        </div>
      </div>
    </Card>
  )
}

function Answer({ quote }: { quote: GpuQuote }) {
  if (quote.kind === 'free') return <p className="text-sm text-ink-2">It uses no GPU and costs nothing.</p>
  if (quote.kind === 'refused')
    return (
      <p className="text-sm text-pretty">
        <Badge tone="bad">would be refused</Badge>{' '}
        <span className="mt-1 block text-ink-2">{quote.reason}</span>
      </p>
    )
  const there = nano(quote.available) + nano(quote.exchangeable)
  const short = nano(quote.hold) - there
  const command = commandOf(quote)
  return (
    <>
      <p className="flex flex-wrap items-baseline gap-x-2">
        <span className="num text-[32px] leading-10 font-semibold tracking-[-0.03em]">
          {gpuHours(nano(quote.most), quote.asset)}
        </span>
        <span className="text-base text-ink-2">GPU-hours at most</span>
        {quote.most_worth !== null && (
          <span className="num text-sm text-ink-2">worth {usd(nano(quote.most_worth))}</span>
        )}
      </p>
      <p className="mt-1 text-sm text-pretty text-ink-2">
        <Badge tone={quote.kind === 'fits' ? 'good' : 'bad'}>
          {quote.kind === 'fits' ? 'it fits' : 'it is short'}
        </Badge>{' '}
        It holds <span className="num">{gpuHours(nano(quote.hold), quote.asset)}</span> of the{' '}
        <span className="num">{gpuHours(there, quote.asset)}</span> you can spend on it
        {quote.kind === 'short' && (
          <>
            , <span className="num">{gpuHours(short, quote.asset)}</span> too few
          </>
        )}
        .
      </p>
      <div className="mt-3 flex items-center gap-2">
        <code
          className="min-w-0 flex-1 overflow-x-auto rounded-lg bg-sunken px-2.5 py-1.5 font-mono text-xs whitespace-nowrap"
          tabIndex={0}
        >
          {command}
        </code>
        <Copy look="quiet" text={command} />
      </div>
    </>
  )
}

const commandOf = (quote: Extract<GpuQuote, { kind: 'fits' | 'short' }>): string =>
  `perq gpu submit -- --qos=${quote.allowance} --gpus=${quote.type}:${quote.gpus} --time=${Math.ceil(quote.time_limit_seconds / 60)} job.sh`
