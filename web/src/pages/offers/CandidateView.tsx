import { ChevronRight } from 'lucide-react'

import { formatMoney } from '../../lib/base.ts'
import type { OfferLetter, OfferLineWorth, OfferPreview, OfferWorth } from '../../lib/contract.ts'
import { amountShort, nano, percent } from '../../lib/money.ts'
import { dateWords } from '../../lib/time.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { BASIS } from '../value/words.ts'
import { YearBars } from './YearBars.tsx'

/** What the candidate reads: two totals that stay two, the years, the compute, what it buys, and the letter. */
export function CandidateView({
  preview: { worth, examples, letter },
  currency,
}: {
  preview: OfferPreview
  currency: string
}) {
  if (worth === null) return null
  return (
    <div className="flex flex-col gap-5">
      <Totals worth={worth} currency={currency} />
      <YearBars worth={worth} currency={currency} />
      {worth.lines.length > 0 && <Lines worth={worth} currency={currency} />}
      {examples.length > 0 && (
        <section aria-label="What the compute buys" className="border-t border-line pt-4 text-sm">
          <h3 className="font-medium">What the compute buys</h3>
          <ul className="mt-1 flex flex-col gap-1.5">
            {examples.map(({ says, basis, kind, line }) => (
              <li key={`${kind} ${line} ${says}`} className="text-pretty">
                {says} <span className="text-ink-3">{basis}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {letter && <Letter letter={letter} />}
    </div>
  )
}

function Totals({ worth: { total, basis, day }, currency }: { worth: OfferWorth; currency: string }) {
  return (
    <div>
      <dl className="grid gap-x-6 gap-y-3 sm:grid-cols-2">
        <Total name="At most, over four years" says="all of the compute used">
          {formatMoney(nano(total.total_cap), currency)}
        </Total>
        <Total name="As expected" says="compute as far as it is likely to be used">
          {formatMoney(nano(total.total_expected), currency)}
        </Total>
      </dl>
      <p className="mt-2 text-xs text-ink-3">
        Compute at {BASIS[basis].name.toLowerCase()} price of {dateWords(day)}. Nothing is discounted.
      </p>
    </div>
  )
}

const Total = ({ name, says, children }: { name: string; says: string; children: string }) => (
  <div>
    <dt className="text-sm text-ink-2">{name}</dt>
    <dd>
      <span className="num block text-xl font-semibold tracking-[-0.015em]">{children}</span>
      <span className="block text-xs text-pretty text-ink-3">{says}</span>
    </dd>
  </div>
)

const Lines = ({ worth, currency }: { worth: OfferWorth; currency: string }) => (
  <section aria-label="Compute" className="border-t border-line pt-4 text-sm">
    <h3 className="font-medium">Compute</h3>
    <ul className="mt-1 flex flex-col gap-3">
      {worth.lines.map((line) => (
        <li key={line.n}>
          <Line line={line} currency={currency} />
        </li>
      ))}
    </ul>
  </section>
)

function Line({ line, currency }: { line: OfferLineWorth; currency: string }) {
  const { price, delivered, used, total } = line
  return (
    <>
      <p className="flex flex-wrap items-baseline justify-between gap-x-3">
        <span className="font-medium">{line.name}</span>
        <span className="num">{amountShort(nano(line.quantity), line.asset)}</span>
      </p>
      {price.kind === 'unpriced' ? (
        <p className="text-pretty text-ink-2">
          <Badge tone="warn">no price</Badge> {price.reason}
        </p>
      ) : (
        <p className="text-pretty text-ink-2">
          <span className="num">{formatMoney(nano(total.cap), currency)}</span> at most,{' '}
          <span className="num">{formatMoney(nano(total.expected), currency)}</span> as expected (
          {percent(nano(total.expected), nano(total.cap)) ?? '0%'}: {used.why}
          {delivered.share !== '1' && `; ${delivered.why}`}). {sentence(price.how)}
        </p>
      )}
      {nano(line.beyond.quantity) > 0n && (
        <p className="text-pretty text-ink-2">
          {amountShort(nano(line.beyond.quantity), line.asset)} of it has no day yet, or one after the four
          years, and is not in these figures.
        </p>
      )}
    </>
  )
}

/** As a sentence of its own. */
const sentence = (text: string): string =>
  `${text.replace(/^./, (first) => first.toUpperCase()).replace(/\.$/, '')}.`

/** The letter itself, from the one source of its PDF and of the candidate's page; long schedules are folded away. */
function Letter({ letter: { tables, sections, marks } }: { letter: OfferLetter }) {
  const [pay, ...schedules] = tables
  return (
    <>
      {pay && (
        <section aria-label={pay.title} className="border-t border-line pt-4 text-sm">
          <h3 className="mb-1 font-medium">{pay.title}</h3>
          <LetterTable table={pay} />
        </section>
      )}
      {sections.map(({ id, title, lines }) => (
        <section key={id} aria-label={title} className="border-t border-line pt-4 text-sm">
          <h3 className="font-medium">{title}</h3>
          <div className="mt-1 flex max-w-[88ch] flex-col gap-1.5 text-pretty text-ink-2">
            {lines.map((line) => (
              <p key={line}>{line}</p>
            ))}
          </div>
        </section>
      ))}
      <div className="flex flex-col text-sm">
        {schedules.map((table) => (
          <details key={table.id} className="group border-t border-line">
            <summary className="flex min-h-11 list-none items-center gap-2 font-medium [&::-webkit-details-marker]:hidden">
              <ChevronRight
                size={14}
                aria-hidden
                className="text-ink-3 transition-transform group-open:rotate-90"
              />
              {table.title}
            </summary>
            <LetterTable table={table} />
          </details>
        ))}
      </div>
      {marks.length > 0 && (
        <ul className="border-t border-line pt-4 font-mono text-xs break-all text-ink-3">
          {marks.map((mark) => (
            <li key={mark}>{mark}</li>
          ))}
        </ul>
      )}
    </>
  )
}

const LetterTable = ({ table: { title, head, rows, note } }: { table: OfferLetter['tables'][number] }) => (
  <>
    <div className="-mx-4 max-h-[420px] overflow-y-auto sm:-mx-5">
      <Table label={title}>
        <thead>
          <tr>
            {head.map((name, at) => (
              <Th key={`${at} ${name}`} right={at > 0}>
                {name}
              </Th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Tr key={row.join(' ')}>
              {row.map((cell, at) => (
                <Td key={`${at} ${cell}`} right={at > 0} className={at === 0 ? 'min-w-28' : ''}>
                  {cell}
                </Td>
              ))}
            </Tr>
          ))}
        </tbody>
      </Table>
    </div>
    {note && <p className="mt-2 text-xs text-pretty text-ink-3">{note}</p>}
  </>
)
