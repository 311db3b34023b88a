import { TrancheChart } from '../../charts/TrancheChart.tsx'
import { Twin } from '../../charts/Twin.tsx'
import type { CandidateTerms, OfferLineWorth, OfferPromises, Tranche } from '../../lib/contract.ts'
import type { Millis } from '../../lib/base.ts'
import { amountShort, amountWords, nano, sum } from '../../lib/money.ts'
import { dateWords } from '../../lib/time.ts'
import { Card } from '../../ui/Card.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { saying } from './parts.ts'

/** What the compute is good for, in things that are known. */
export const ExamplesCard = ({ offer }: { offer: CandidateTerms }) =>
  offer.examples.length > 0 && (
    <Card title="What the compute buys" note="From what is really used and paid, rounded down.">
      <ul className="grid gap-3 sm:grid-cols-2">
        {offer.examples.map((one) => (
          <li key={`${one.kind} ${one.line}`} className="rounded-xl border border-line p-3">
            <p className="text-pretty">{one.says}</p>
            <p className="mt-1 text-sm text-pretty text-ink-2">{upperFirst(one.basis)}</p>
          </li>
        ))}
      </ul>
    </Card>
  )

/** When each grant vests. */
export function ScheduleCard({
  line,
  offer,
  now,
}: {
  line: OfferLineWorth
  offer: CandidateTerms
  now: Millis
}) {
  const { asset, name } = line
  const say = saying(offer)
  const tranches = line.tranches.map(upcoming)
  const dated = sum(line.tranches.map(({ quantity }) => nano(quantity)))
  const waits = nano(line.quantity) - dated
  const [first] = line.tranches
  const last = line.tranches.at(-1)
  const whole = amountShort(nano(line.quantity), asset)
  const summary = [
    first && last
      ? `${whole} in ${line.tranches.length === 1 ? 'one part' : `${line.tranches.length} parts`}, the first on ${dateWords(first.date)}, the last on ${dateWords(last.date)}.`
      : `${whole}.`,
    ...(waits > 0n ? [`${amountShort(waits, asset)} of it vests on events that have no day yet.`] : []),
    line.price.kind === 'priced'
      ? `Over four years it is worth ${say(nano(line.total.expected))} as expected to be used, ${say(nano(line.total.cap))} if all of it is.`
      : `It has no price, so no total counts it: ${line.price.reason}.`,
  ].join(' ')
  const rows = line.tranches.map((one, at) => ({
    ...one,
    total: sum(line.tranches.slice(0, at + 1).map(({ quantity }) => nano(quantity))),
  }))
  return (
    <Twin
      title={name}
      summary={summary}
      chart={
        tranches.length > 0 ? (
          <TrancheChart
            grant={{ asset, start_date: offer.position.starts_on, tranches }}
            now={now}
            label={`When ${name} vests. ${summary}`}
          />
        ) : (
          <p className="rounded-lg bg-sunken px-3 py-6 text-center text-sm text-ink-2">
            Nothing has a date yet: it vests when what it waits for has happened.
          </p>
        )
      }
      table={
        <Table label={`The schedule of ${name}`}>
          <thead>
            <tr>
              <Th>Vests on</Th>
              <Th right>Quantity</Th>
              <Th right>In all</Th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ date, quantity, total }) => (
              <Tr key={date}>
                <Td>{dateWords(date)}</Td>
                <Td right>
                  <span className="num">{number(amountWords(nano(quantity), asset))}</span>
                </Td>
                <Td right>
                  <span className="num">{number(amountWords(total, asset))}</span>
                </Td>
              </Tr>
            ))}
          </tbody>
        </Table>
      }
    />
  )
}

/** The unit is said above the table. */
const number = (said: string): string => said.split(' ', 1)[0] ?? said

const upcoming = ({ date, quantity }: OfferLineWorth['tranches'][number], at: number): Tranche => ({
  n: at + 1,
  date,
  quantity,
  state: 'upcoming',
  lot_id: null,
  available: null,
  held: null,
  spent: null,
  expired: null,
  expires_at: null,
})

export const GuaranteesCard = ({ guarantees }: { guarantees: readonly OfferPromises[] }) =>
  guarantees.length > 0 && (
    <Card
      title="What is guaranteed"
      note="Promises of the contract, measured every month. Where nothing is promised, it says so."
    >
      <div className="flex flex-col gap-4">
        {guarantees.map(({ n, name, promises }) => (
          <section key={n} aria-label={name}>
            <h3 className="mb-1 font-medium">{name}</h3>
            <dl className="flex flex-col divide-y divide-line text-sm">
              {promises.map((one) => (
                <div key={one.name} className="grid gap-x-4 py-1.5 sm:grid-cols-[160px_1fr]">
                  <dt className="text-ink-2">{one.name}</dt>
                  <dd className="min-w-0 text-pretty">{upperFirst(one.value)}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Card>
  )

const upperFirst = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
