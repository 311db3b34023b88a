import type { ComparedOffers, Difference, SideView } from '../../lib/contract/compare.ts'
import { nano, usd, usdHeading, usdShort } from '../../lib/money.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Card } from '../../ui/Card.tsx'

const PARTS = [
  { key: 'salary', name: 'Salary', look: 'pay-salary' },
  { key: 'bonus', name: 'Bonus and signing', look: 'pay-bonus' },
  { key: 'equity', name: 'Shares', look: 'pay-equity' },
  { key: 'compute', name: 'Compute, as it is expected to be used', look: 'pay-compute' },
  { key: 'rest', name: 'Compute up to its cap', look: 'pay-rest' },
] as const
type Part = (typeof PARTS)[number]['key']

const partsOf = ({ total }: SideView): Readonly<Record<Part, bigint>> => ({
  salary: nano(total.salary),
  bonus: nano(total.bonus) + nano(total.signing),
  equity: nano(total.equity),
  compute: nano(total.compute_expected),
  rest: nano(total.compute_cap) - nano(total.compute_expected),
})
const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b)
/** Of a whole, for widths only. */
const share = (part: bigint, whole: bigint): string =>
  `${Number(((part < 0n ? 0n : part) * 10_000n) / (whole || 1n)) / 100}%`

/** What each offer comes to over four years, part by part, and how sure that is. */
export function SummaryCard({ found }: { found: ComparedOffers }) {
  const most = found.offers.reduce((top, { total }) => larger(top, nano(total.total_cap)), 1n)
  return (
    <Card
      title="Over four years"
      note={`In dollars, compute at ${found.basis} prices of ${found.day}. The filled part of compute is what is expected to be there and to be used; the outline is the rest up to its cap.`}
    >
      <ul className="mb-4 flex flex-wrap gap-x-4 gap-y-1 text-xs text-ink-2">
        {PARTS.map(({ key, name, look }) => (
          <li key={key} className="flex items-center gap-1.5">
            <span aria-hidden className={`size-3 rounded-sm ${look}`} /> {name}
          </li>
        ))}
      </ul>
      <div className="flex flex-col gap-5">
        {found.offers.map((offer, index) => (
          <Bar key={index} offer={offer} most={most} />
        ))}
      </div>
      <h3 className="mt-6 text-sm font-semibold">What it is worth today, and how sure that is</h3>
      <p className="mt-0.5 max-w-[88ch] text-sm text-pretty text-ink-2">
        After waiting, leaving and expected use. One of twenty outcomes lies below each band, one above; the
        line is the middle one, the dot the mean.
      </p>
      <Bands found={found} />
      {found.differences.map((one) => (
        <Told key={one.offer} one={one} found={found} />
      ))}
    </Card>
  )
}

function Bar({ offer, most }: { offer: SideView; most: bigint }) {
  const parts = partsOf(offer)
  const words = PARTS.filter(({ key }) => parts[key] > 0n).map(
    ({ key, name }) => `${name} ${usdShort(parts[key])}`,
  )
  return (
    <div>
      <p className="mb-1.5 flex flex-wrap items-baseline justify-between gap-x-4">
        <span className="font-medium">{offer.name}</span>
        <span className="text-sm text-ink-2">
          <span className="num text-lg font-semibold text-ink">
            {usdHeading(nano(offer.total.total_expected))}
          </span>{' '}
          expected · <span className="num">{usdHeading(nano(offer.total.total_cap))}</span> with compute at
          its cap
        </span>
      </p>
      <div
        role="img"
        aria-label={`${offer.name}: ${words.join(', ')}`}
        className="flex h-7 gap-px overflow-hidden rounded-md"
      >
        {PARTS.map(({ key, look }) => (
          <span key={key} className={`h-full ${look}`} style={{ width: share(parts[key], most) }} />
        ))}
      </div>
      <p className="mt-1 text-xs text-pretty text-ink-3">{words.join(' · ')}</p>
    </div>
  )
}

function Bands({ found }: { found: ComparedOffers }) {
  const bands = found.offers.map(({ today }) => today.all)
  const most = bands.reduce((top, { p95, mean }) => larger(larger(top, nano(p95)), nano(mean)), 1n)
  return (
    <ul className="mt-3 flex flex-col gap-3">
      {found.offers.map((offer, index) => {
        const { p5, p50, p95, mean } = offer.today.all
        return (
          <li
            key={index}
            className="grid gap-x-4 gap-y-1 text-sm sm:grid-cols-[160px_minmax(0,1fr)_260px] sm:items-center"
          >
            <span className="truncate font-medium">{offer.name}</span>
            <span
              role="img"
              aria-label={`${offer.name}: from ${usdShort(nano(p5))} to ${usdShort(nano(p95))}, in the middle ${usdShort(nano(p50))}`}
              className="relative block h-5"
            >
              <span className="absolute inset-x-0 top-1/2 h-px bg-line-strong" />
              <span
                className="absolute top-1 h-3 rounded-full border border-spent bg-spent-soft"
                style={{
                  left: share(nano(p5), most),
                  width: share(larger(nano(p95) - nano(p5), most / 250n), most),
                }}
              />
              <span
                className="absolute top-0.5 h-4 w-0.5 bg-spent"
                style={{ left: share(nano(p50), most) }}
              />
              <span
                className="absolute top-1.5 size-2 -translate-x-1/2 rounded-full bg-ink"
                style={{ left: share(nano(mean), most) }}
              />
            </span>
            <span className="num text-ink-2 sm:text-right">
              {usdShort(nano(p5))} – <span className="font-medium text-ink">{usdShort(nano(p50))}</span> –{' '}
              {usdShort(nano(p95))}
            </span>
          </li>
        )
      })}
    </ul>
  )
}

function Told({ one, found }: { one: Difference; found: ComparedOffers }) {
  const [first, other] = [found.offers[0]!, found.offers[one.offer]!]
  const mean = nano(one.today.mean)
  const ahead = mean >= 0n
  const { break_even: even } = one
  return (
    <div className="mt-5 rounded-lg bg-sunken px-4 py-3 text-sm text-pretty">
      <p>
        <strong className="font-semibold">
          {ahead ? other.name : first.name} is worth {usdHeading(ahead ? mean : -mean)} more today
        </strong>{' '}
        than {ahead ? first.name : other.name}, in the mean. In {Math.round(one.better * 100)} of a hundred
        outcomes {other.name} is worth more; the difference lies between {usdShort(nano(one.today.p5))} and{' '}
        {usdShort(nano(one.today.p95))} in nine of ten.
      </p>
      <p className="mt-1 text-ink-2">
        {even.price === null ? (
          <>Break-even price of an hour: {even.says}.</>
        ) : (
          <>
            Break-even price of an hour:{' '}
            <span className="num font-medium text-ink">{usd(nano(even.price))}</span>, now{' '}
            <span className="num">{usd(nano(even.now))}</span>: {even.says}.
          </>
        )}{' '}
        <Badge tone="warn">calibration weak</Badge>
      </p>
    </div>
  )
}
