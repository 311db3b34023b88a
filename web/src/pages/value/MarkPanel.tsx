import { useQuery } from '@tanstack/react-query'

import { curlOf } from '../../lib/links.ts'
import { count, nano, usd, usdExact } from '../../lib/money.ts'
import { dateWords, instantDay } from '../../lib/time.ts'
import { markPath, markQuery } from '../../lib/value.ts'
import type { FrozenMark, Observation } from '../../lib/value.ts'
import { Ask } from '../../ui/Ask.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { BASIS, levelWords, staleWords } from './words.ts'

/** One price with everything that it was made of: made again from its frozen inputs as this opens. */
export const MarkPanel = ({ hash, onClose }: { hash: string | undefined; onClose: () => void }) => (
  <Dialog
    open={hash !== undefined}
    onClose={onClose}
    shape="side"
    title="What the price was made of"
    description="Its inputs are frozen: it can be made again, to the last digit."
  >
    {hash && <Body hash={hash} />}
  </Dialog>
)

function Body({ hash }: { hash: string }) {
  const query = useQuery(markQuery(hash))
  return (
    <Ask query={query} height={520} label="the price">
      {(frozen) => <Found frozen={frozen} hash={hash} />}
    </Ask>
  )
}

const each = (amount: string | null): string => (amount === null ? 'nobody' : usd(nano(amount)))

function Found({ frozen: { mark, observations, below }, hash }: { frozen: FrozenMark; hash: string }) {
  const rejected = mark.providers.filter((one) => one.rejected)
  return (
    <div className="flex flex-col gap-5">
      <div>
        <p className="text-sm text-ink-2">
          {mark.accelerator}
          {mark.form && ` ${mark.form}`}, {mark.tier === 'spot' ? 'can be taken away' : 'on demand'} ·{' '}
          {BASIS[mark.basis].name}
          {mark.index && ` ${mark.index}`} · {dateWords(mark.as_of)}
        </p>
        <p
          className="num mt-1 text-[32px] leading-10 font-semibold tracking-[-0.03em]"
          title={usdExact(nano(mark.mid))}
        >
          {usd(nano(mark.mid))}
        </p>
        <p className="text-sm text-ink-2">for an hour of one GPU</p>
      </div>
      <dl className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-5 gap-y-1.5 rounded-xl border border-line bg-sunken p-4 text-sm">
        <Fact name="Bid">{each(mark.bid)}</Fact>
        <Fact name="Ask">{each(mark.ask)}</Fact>
        <Fact name="Providers">{count(mark.n)}</Fact>
        <Fact name="Age">{staleWords(mark.stale_days)}</Fact>
        <Fact name="Level">
          {mark.level}: {levelWords(mark.level)}
        </Fact>
      </dl>
      <section aria-label="How it was come by">
        <h3 className="text-sm font-semibold">How it was come by</h3>
        <ol className="mt-1 list-decimal space-y-1 pl-5 text-sm text-pretty text-ink-2">
          {mark.steps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
        {rejected.length > 0 && (
          <p className="mt-2 text-sm text-pretty text-ink-2">
            Too far from the others to count:{' '}
            {rejected.map(({ provider, price }) => `${provider} at ${usd(nano(price))}`).join(', ')}.
          </p>
        )}
      </section>
      {observations.length > 0 && <Seen rows={observations} label="Offers behind the price" />}
      {below.length > 0 && <Seen rows={below} label="Offers behind the bid" />}
      <section aria-label="Sources">
        <h3 className="text-sm font-semibold">Sources</h3>
        <ul className="mt-1 space-y-1 text-sm text-ink-2">
          {mark.sources.map(({ source, licence, rows }) => (
            <li key={`${source} ${licence}`} className="break-words">
              {source}{' '}
              <span className="text-ink-3">
                ({licence}, {count(rows)} {rows === 1 ? 'row' : 'rows'})
              </span>
            </li>
          ))}
        </ul>
      </section>
      <div className="flex flex-wrap items-center gap-3 print:hidden">
        <Copy look="quiet" label="Copy as API call" text={curlOf(location.origin, markPath(hash))} />
        <span className="font-mono text-xs break-all text-ink-3">{hash}</span>
      </div>
    </div>
  )
}

const Fact = ({ name, children }: { name: string; children: React.ReactNode }) => (
  <>
    <dt className="text-ink-2">{name}</dt>
    <dd className="num min-w-0 whitespace-normal">{children}</dd>
  </>
)

const Seen = ({ rows, label }: { rows: readonly Observation[]; label: string }) => (
  <section aria-label={label}>
    <h3 className="mb-1 text-sm font-semibold">{label}</h3>
    <div className="-mx-5 max-h-[360px] overflow-y-auto">
      <Table label={label}>
        <thead>
          <tr>
            <Th>Provider</Th>
            <Th right>An hour</Th>
            <Th>Last seen</Th>
          </tr>
        </thead>
        <tbody>
          {rows
            .toSorted((a, b) => (nano(a.price) < nano(b.price) ? -1 : 1))
            .map((row) => (
              <Tr key={row.id}>
                <Td>
                  <span className="font-medium">{row.provider}</span>
                  {row.quality !== 'ok' && (
                    <>
                      {' '}
                      <Badge tone="warn">{row.quality.replaceAll('_', ' ')}</Badge>
                    </>
                  )}
                  <span className="block text-xs break-words text-ink-3">
                    {row.source} ({row.licence})
                  </span>
                </Td>
                <Td right>{usd(nano(row.price))}</Td>
                <Td className="whitespace-nowrap text-ink-2">{instantDay(Date.parse(row.observed_at))}</Td>
              </Tr>
            ))}
        </tbody>
      </Table>
    </div>
  </section>
)
