import type { EntryFilter } from '../../lib/links.ts'
import type { Seat } from '../../lib/contract.ts'
import { count, nano, seatMonths, tokensShort, usd, usdExact } from '../../lib/money.ts'
import { dateWords, instantDay, monthWords } from '../../lib/time.ts'
import { useEntriesHref, useSubject } from '../../lib/viewer.tsx'
import { A } from '../../ui/A.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { buttonClass } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'

const NAMES: Readonly<Record<string, string>> = { 'claude-code': 'Claude Code' }
const SETUP = '/keys?tool=claude-seat'

/** Seats of subscriptions: what they were used for this month, and how many months of them there are. */
export function SeatsCard({ seats }: { seats: readonly Seat[] }) {
  const { readOnly } = useSubject()
  return (
    <Card
      title="Seats"
      note="Months of a subscription, counted apart from your dollars. The first use in a month spends one; more use costs nothing more."
      flush
      actions={
        !readOnly &&
        seats.length > 0 && (
          <A href={SETUP} className={buttonClass('quiet')}>
            Set up telemetry
          </A>
        )
      }
    >
      {seats.length === 0 ? <NoSeat /> : seats.map((seat) => <SeatRow key={seat.product} seat={seat} />)}
    </Card>
  )
}

/** One line and one way on: most people have no seat, and it is not what the page is about. */
function NoSeat() {
  const { readOnly } = useSubject()
  if (readOnly)
    return <p className="px-4 pb-4 text-sm text-ink-2 sm:px-5">No seat was granted, and none was used.</p>
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 px-4 pb-4 sm:px-5">
      <p className="max-w-[72ch] text-sm text-pretty text-ink-2">
        You have no seat. If you use Claude Code on a company subscription, let it tell Perq: then the seat
        and what it is worth stand here.
      </p>
      <A href={SETUP} className={buttonClass('plain')}>
        Switch telemetry on
      </A>
    </div>
  )
}

function SeatRow({ seat }: { seat: Seat }) {
  const name = NAMES[seat.product] ?? seat.product
  return (
    <div className="grid gap-4 border-t border-line px-4 py-4 sm:px-5 md:grid-cols-[minmax(0,1fr)_minmax(0,1fr)] md:gap-8">
      <div className="min-w-0">
        <h3 className="flex flex-wrap items-center gap-2 text-sm font-medium">
          {name}, {monthWords(Date.parse(`${seat.month.month}-01`))}
          {seat.month.used_since !== null &&
            (seat.month.backed ? (
              <Badge tone="good">Seat in use</Badge>
            ) : (
              <Badge tone="warn">Used without a seat</Badge>
            ))}
        </h3>
        <Month seat={seat} name={name} />
      </div>
      <dl className="grid grid-cols-2 gap-x-5 gap-y-2 text-sm sm:grid-cols-4 md:grid-cols-2 lg:grid-cols-4">
        <Fact name="Available" value={seat.available} entries={{ account: 'available' }} />
        <Fact name="Used" value={seat.spent} entries={{ account: 'spent' }} />
        <Fact name="Still to vest" value={seat.unvested} entries={{ account: 'unvested' }} />
        <Fact name="Granted" value={seat.granted} entries={{ kind: 'granted' }} />
      </dl>
    </div>
  )
}

function Month({ seat, name }: { seat: Seat; name: string }) {
  const { month } = seat
  const { readOnly } = useSubject()
  const next = seat.next_vest
  if (month.used_since === null)
    return (
      <p className="mt-2 max-w-[60ch] text-sm text-pretty text-ink-2">
        Not used this month, as far as Perq was told.{' '}
        {!readOnly && (
          <>
            {name} tells of its use once{' '}
            <A href={SETUP} className="text-accent hover:underline">
              telemetry is switched on
            </A>
            .
          </>
        )}
      </p>
    )
  const worth = nano(month.worth_nano)
  return (
    <>
      <p className="mt-1 text-xl font-semibold tracking-[-0.015em]">
        <span className="num" title={usdExact(worth)}>
          {usd(worth)}
        </span>{' '}
        <span className="text-sm font-normal text-ink-2">
          worth at list price, {month.backed ? 'for one month of the seat' : 'charged to nothing'}
        </span>
      </p>
      <p className="mt-1 text-sm text-pretty text-ink-2">
        {count(month.requests)} requests, {tokensShort(month.tokens)} tokens since{' '}
        {instantDay(Date.parse(month.used_since))}.
        {next && ` ${upcoming(nano(next.quantity))} on ${dateWords(next.date)}.`}
        {!month.backed &&
          (readOnly
            ? ' No seat was granted for this month.'
            : ' No seat was granted to you for this month; ask your people team for one.')}
      </p>
    </>
  )
}

const upcoming = (quantity: bigint): string =>
  quantity === 1n ? 'The next month vests' : `The next ${quantity} months vest`

function Fact({ name, value, entries }: { name: string; value: string; entries: EntryFilter }) {
  const href = useEntriesHref()
  const amount = nano(value)
  return (
    <div>
      <dt className="text-ink-2">{name}</dt>
      <dd>
        <A
          href={href({ ...entries, asset: 'SEAT_MONTH' })}
          className="num figure-link font-medium"
          title={`${seatMonths(amount)}: open the entries`}
        >
          {seatMonths(amount, 'short')}
        </A>
      </dd>
    </div>
  )
}
