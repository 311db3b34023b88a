import type { ReactNode } from 'react'

import { CumulativeChart } from '../../charts/CumulativeChart.tsx'
import { cumulative } from '../../charts/geometry.ts'
import type { Asset } from '../../lib/base.ts'
import { amountShort, nano } from '../../lib/money.ts'
import type { Preview, Previewed } from '../../lib/templates.ts'
import { dateWords } from '../../lib/time.ts'
import { saidAtField } from '../../lib/refusals.ts'
import { Amount } from '../../ui/Amount.tsx'
import { Figure } from '../../ui/Figure.tsx'
import { Refused } from '../../ui/Field.tsx'
import { Skeleton } from '../../ui/States.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { DateOf } from '../../ui/Time.tsx'
import { blockerSays, datedOf, scheduleSays, spanOf } from './schedule.ts'

/** What stands in the fields, as its person would get it: the sum over time, each tranche, and the words. */
export function PreviewPanel<T extends Preview>({
  asked,
  title = 'Preview',
  empty,
  children,
  footer,
}: {
  asked: Previewed<T>
  title?: string
  /** Why there is nothing to show yet. */
  empty: string | null
  /** The facts that the preview is made for. */
  children?: ReactNode
  footer?: (preview: T) => ReactNode
}) {
  const { data, error, old } = asked
  return (
    <section aria-label={title} className="card min-w-0">
      <header className="flex flex-col gap-3 px-4 pt-4 pb-3 sm:px-5">
        <h2 className="text-lg font-semibold tracking-[-0.01em]">{title}</h2>
        {children}
      </header>
      <div className="flex flex-col gap-4 px-4 pb-4 sm:px-5 sm:pb-5">
        {error && (
          <Refused>
            {saidAtField(error.message)}{' '}
            {error.param && <span className="block font-mono text-xs">{error.param}</span>}
          </Refused>
        )}
        {data ? (
          <div className="flex flex-col gap-4" aria-busy={old}>
            {error && <p className="text-sm text-ink-2">As it was before that:</p>}
            <Shown preview={data} />
            {footer?.(data)}
          </div>
        ) : (
          !error &&
          (empty === null ? (
            <Skeleton height={420} label="Loading the preview" />
          ) : (
            <Nothing>{empty}</Nothing>
          ))
        )}
      </div>
    </section>
  )
}

const Nothing = ({ children }: { children: ReactNode }) => (
  <p className="rounded-lg bg-sunken px-3 py-6 text-center text-sm text-pretty text-ink-2">{children}</p>
)

function Shown({ preview }: { preview: Preview }) {
  const { asset } = preview
  const quantity = nano(preview.quantity)
  const dated = datedOf(preview)
  const says = scheduleSays(preview)
  return (
    <>
      <div>
        <Figure amount={quantity} asset={asset} className="text-[28px] leading-9" />
        <p className="text-sm text-pretty text-ink-2" aria-live="polite">
          {says}
        </p>
      </div>
      {dated.length > 0 ? (
        <CumulativeChart
          steps={cumulative(
            dated.map(({ date, quantity: part }) => ({ date, quantity: part, state: 'upcoming' })),
          )}
          asset={asset}
          whole="Of what has a date"
          span={spanOf(preview)}
          label={`What will have vested over time. ${says}`}
        />
      ) : (
        <Nothing>Nothing has a date yet: it vests when what it waits for has happened.</Nothing>
      )}
      <Verdicts preview={preview} />
      <Warnings preview={preview} />
      <Words preview={preview} />
      <Tranches preview={preview} />
    </>
  )
}

/** Only where something waits: what is sure whatever happens, what vests if nothing does, and what the rest waits for. */
function Verdicts({ preview }: { preview: Preview }) {
  const { asset, storable, resolves_to: resolves, unresolved, impossible, blockers } = preview
  if (nano(unresolved) === 0n && nano(impossible) === 0n && storable.total === resolves.total) return null
  return (
    <div className="flex flex-col gap-3 rounded-xl border border-line p-3 text-sm">
      <dl className="flex flex-col gap-1">
        <Fact name="Sure, whatever happens">{plain(storable.total, asset)}</Fact>
        <Fact name="If nothing happens">{plain(resolves.total, asset)}</Fact>
        {nano(unresolved) > 0n && <Fact name="Waits">{plain(unresolved, asset)}</Fact>}
        {nano(impossible) > 0n && <Fact name="Can never vest">{plain(impossible, asset)}</Fact>}
      </dl>
      {nano(unresolved) === 0n && storable.total !== resolves.total && (
        <p className="text-pretty text-ink-2">
          What is not sure has its dates, but events that make it vest earlier could still change them.
        </p>
      )}
      {blockers.length > 0 && (
        <ul className="flex flex-col gap-1 text-pretty text-ink-2">
          {blockers.map((blocker, at) => (
            <li key={at}>{blockerSays(blocker, preview)}</li>
          ))}
        </ul>
      )}
    </div>
  )
}

/** The unit stands beside the large figure already. */
const plain = (amount: string, asset: Asset): string => {
  const text = amountShort(nano(amount), asset)
  return asset === 'USD' ? text : (text.split(' ')[0] ?? text)
}

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <div className="flex items-baseline justify-between gap-4">
    <dt className="text-ink-2">{name}</dt>
    <dd className="num font-medium">{children}</dd>
  </div>
)

const Warnings = ({ preview: { warnings } }: { preview: Preview }) =>
  warnings.length === 0 ? null : (
    <ul className="flex flex-col gap-1 rounded-lg bg-held-soft px-3 py-2 text-sm text-pretty text-held">
      {warnings.map(({ param, message }) => (
        <li key={param}>{message}</li>
      ))}
    </ul>
  )

const Words = ({ preview: { words } }: { preview: Preview }) => (
  <dl className="flex flex-col gap-3 border-t border-line pt-4 text-sm">
    {words.map(({ title, lines }) => (
      <div key={title}>
        <dt className="font-medium">{title}</dt>
        <dd className="flex flex-col gap-1 text-pretty text-ink-2">
          {lines.map((line) => (
            <p key={line}>{line}</p>
          ))}
        </dd>
      </div>
    ))}
  </dl>
)

function Tranches({ preview: { tranches, asset } }: { preview: Preview }) {
  return (
    <details className="border-t border-line pt-3">
      <summary className="min-h-6 text-sm font-medium">
        {tranches.length === 1 ? 'The tranche' : `All ${tranches.length} tranches`}
      </summary>
      <div className="-mx-4 mt-2 max-h-[420px] overflow-y-auto sm:-mx-5">
        <Table label="Tranches">
          <thead>
            <tr>
              <Th>#</Th>
              <Th>Date</Th>
              <Th right>Quantity</Th>
              <Th wide>Expires</Th>
            </tr>
          </thead>
          <tbody>
            {tranches.map((tranche) => (
              <Tr key={tranche.n}>
                <Td className="num text-ink-3">{tranche.n}</Td>
                <Td className="whitespace-nowrap">
                  {tranche.date === null ? (
                    <span className="text-ink-2">
                      {tranche.cause.event === undefined ? 'Waits' : `When “${tranche.cause.event}”`}
                    </span>
                  ) : (
                    <DateOf date={tranche.date} />
                  )}
                </Td>
                <Td right className="font-medium">
                  <Amount value={nano(tranche.quantity)} asset={asset} />
                </Td>
                <Td wide className="whitespace-nowrap text-ink-2">
                  {tranche.expires_at === null ? 'Never' : dateWords(tranche.expires_at.slice(0, 10))}
                </Td>
              </Tr>
            ))}
          </tbody>
        </Table>
      </div>
    </details>
  )
}
