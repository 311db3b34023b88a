import { useQuery } from '@tanstack/react-query'
import { useDeferredValue, useState } from 'react'

import { PER_UNIT, decimalQuantity, denominationOf } from '../../lib/base.ts'
import { nano, percent, tokensShort, usd, usdHeading } from '../../lib/money.ts'
import { basisOf, compareQuery } from '../../lib/value.ts'
import type { CompareAsk, Comparison, PersonValue } from '../../lib/value.ts'
import { A } from '../../ui/A.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { buttonClass } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { TextField } from '../../ui/Field.tsx'
import { Failure, Skeleton } from '../../ui/States.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'

/** What people type: dollars with or without commas, percent as a number. */
type Typed = {
  readonly salary: string
  readonly bonus: string
  readonly equity: string
  readonly cash: string
}

const plain = (text: string): string => text.replaceAll(/[$,\s]/g, '') || '0'
const isNumber = (text: string): boolean => /^\d{1,12}(\.\d{1,9})?$/.test(plain(text))
const wrongIn = (text: string): string | null => (isNumber(text) ? null : 'Give a number, such as 200,000.')

/** Compute beside the rest of the pay: what each comes to over four years, and how sure that is. Nothing typed here is kept. */
export function CompareCard({ value }: { value: PersonValue }) {
  const [typed, setTyped] = useState<Typed>({ salary: '150,000', bonus: '10', equity: '0', cash: '0' })
  const set = (name: keyof Typed) => (text: string) => setTyped({ ...typed, [name]: text })
  const ask = useDeferredValue(Object.values(typed).every(isNumber) ? askOf(value, typed) : null)
  return (
    <Card
      title="Beside other pay"
      note="Type what else you are paid: four years side by side, in one currency. Nothing that you type is kept."
      actions={
        <A href="/compare" className={buttonClass()}>
          Compare whole offers
        </A>
      }
    >
      <div className="grid grid-cols-2 gap-4 lg:grid-cols-4 print:hidden">
        <TextField
          label="Salary a year ($)"
          value={typed.salary}
          onChange={set('salary')}
          wrong={wrongIn(typed.salary)}
        />
        <TextField
          label="Target bonus (%)"
          value={typed.bonus}
          onChange={set('bonus')}
          wrong={wrongIn(typed.bonus)}
        />
        <TextField
          label="Shares, 4 years ($)"
          value={typed.equity}
          onChange={set('equity')}
          wrong={wrongIn(typed.equity)}
        />
        <TextField
          label="Cash in its place ($)"
          value={typed.cash}
          onChange={set('cash')}
          wrong={wrongIn(typed.cash)}
        />
      </div>
      {ask && <Answer ask={ask} />}
    </Card>
  )
}

/** Hours of the accelerator that most is owed of, and all dollars of compute; what is likely to be used of them. */
function askOf(value: PersonValue, typed: Typed): CompareAsk {
  const owed = value.assets.map(({ asset, unvested, vested }) => ({
    asset,
    amount: nano(unvested) + nano(vested),
  }))
  const [most] = owed
    .filter(({ asset }) => denominationOf(asset) === 'gpu_hour')
    .toSorted((a, b) => (a.amount < b.amount ? 1 : -1))
  const [, accelerator, tier] = most?.asset.split('/') ?? []
  const dollars = owed.find(({ asset }) => asset === 'USD')?.amount ?? 0n
  const own = basisOf(value, value.basis)
  const [present, expected] = [nano(value.steps.present), nano(value.steps.expected)]
  return {
    basis: value.basis,
    accelerator,
    tier,
    hours: most ? String(most.amount / PER_UNIT.gpu_hour) : '0',
    dollars: decimalQuantity('usd', dollars),
    used: nano(own.cap.total) === 0n ? '1' : shareText(expected, present),
    salary: plain(typed.salary),
    bonus: shareText(BigInt(Math.round(Number(plain(typed.bonus)) * 100)), 10_000n),
    equity: plain(typed.equity),
    cash: plain(typed.cash),
  }
}

/** A share as a decimal of four places. */
const shareText = (part: bigint, whole: bigint): string => {
  const scaled = whole === 0n ? 10_000n : (part * 10_000n) / whole
  return `${scaled / 10_000n}.${String(scaled % 10_000n).padStart(4, '0')}`
}

function Answer({ ask }: { ask: CompareAsk }) {
  const query = useQuery(compareQuery(ask))
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />
  if (query.data === undefined)
    return (
      <div className="mt-5">
        <Skeleton height={320} label="Loading the comparison" />
      </div>
    )
  return <Told found={query.data} ask={ask} />
}

function Told({ found, ask }: { found: Comparison; ask: CompareAsk }) {
  const { today, total, years } = found
  const compute = nano(total.hours) + nano(total.dollars)
  return (
    <div className="mt-5 flex flex-col gap-5" aria-live="polite">
      <p className="max-w-[80ch] text-base text-pretty">
        Over four years the compute, counting the {percentWords(ask.used)} of it that is likely to be used,
        comes to <strong className="num">{usdHeading(compute)}</strong> of {usdHeading(nano(total.total))}:{' '}
        {percent(compute, nano(total.total))} of the whole package.{' '}
        {found.breakEven !== null
          ? `It equals the cash when an hour of ${found.accelerator} costs ${usd(nano(found.breakEven))}; today it costs ${usd(nano(found.mark.mid))}.`
          : Number(ask.cash) > 0
            ? 'No price of an hour makes it equal to that cash.'
            : ''}
      </p>
      <div className="-mx-4 sm:-mx-5">
        <Table label="Year by year">
          <thead>
            <tr>
              <Th>Year</Th>
              <Th right wide>
                Salary
              </Th>
              <Th right wide="very">
                Bonus
              </Th>
              <Th right wide="very">
                Shares
              </Th>
              <Th right>Compute</Th>
              <Th right>Together</Th>
            </tr>
          </thead>
          <tbody>
            {[...years, total].map((year) => (
              <Tr key={year.year} className={year.year === 0 ? 'font-medium' : ''}>
                <Td>{year.year === 0 ? 'All' : year.year}</Td>
                <Td right wide>
                  {usd(nano(year.salary))}
                </Td>
                <Td right wide="very">
                  {usd(nano(year.bonus))}
                </Td>
                <Td right wide="very">
                  {usd(nano(year.equity))}
                </Td>
                <Td right>{usd(nano(year.hours) + nano(year.dollars))}</Td>
                <Td right>{usd(nano(year.total))}</Td>
              </Tr>
            ))}
          </tbody>
        </Table>
      </div>
      <div className="-mx-4 sm:-mx-5">
        <h3 className="px-4 pb-1 text-sm sm:px-5">
          <span className="font-medium">Worth today</span>{' '}
          <span className="text-ink-2">
            after waiting and leaving; one of twenty outcomes is below the low, one above the high
          </span>{' '}
          <Badge tone="warn">calibration weak</Badge>
        </h3>
        <Table label="Worth today">
          <thead>
            <tr>
              <Th>What</Th>
              <Th right wide>
                Low
              </Th>
              <Th right>Expected</Th>
              <Th right wide>
                High
              </Th>
            </tr>
          </thead>
          <tbody>
            <BandRow name="Salary and bonus" mean={today.cash} />
            <BandRow name="Dollars of compute" mean={today.dollars} />
            {today.hours && <BandRow name="Hours of compute" {...today.hours} />}
            {today.equity && <BandRow name="Shares" {...today.equity} />}
            <BandRow name="Together" {...today.all} />
          </tbody>
        </Table>
        {found.guard && nano(found.guard.floor) > 0n && (
          <p className="px-4 pt-2 text-sm text-pretty text-ink-2 sm:px-5">
            A guarantee that an hour never falls below today’s price would be worth{' '}
            <span className="num font-medium text-ink">{usd(nano(found.guard.floor))}</span>: so much of the
            risk is yours.
          </p>
        )}
        <p className="px-4 pt-2 text-xs text-pretty text-ink-3 sm:px-5">{found.model.reasons.join('; ')}.</p>
      </div>
      {found.equivalents && (
        <Same same={found.equivalents} hours={ask.hours} accelerator={found.accelerator} />
      )}
    </div>
  )
}

const BandRow = ({ name, mean, p5, p95 }: { name: string; mean: string; p5?: string; p95?: string }) => (
  <Tr>
    <Td className="font-medium">{name}</Td>
    <Td right wide className="text-ink-2">
      {p5 === undefined ? 'certain' : usd(nano(p5))}
    </Td>
    <Td right>
      {usd(nano(mean))}
      {p5 !== undefined && p95 !== undefined && (
        <span className="block text-xs text-ink-3 sm:hidden">
          {usd(nano(p5))} to {usd(nano(p95))}
        </span>
      )}
    </Td>
    <Td right wide className="text-ink-2">
      {p95 === undefined ? '' : usd(nano(p95))}
    </Td>
  </Tr>
)

/** What so many hours come to, with what is assumed. */
const Same = ({
  same,
  hours,
  accelerator,
}: {
  same: NonNullable<Comparison['equivalents']>
  hours: string
  accelerator: string
}) => (
  <div>
    <h3 className="text-sm font-medium">
      What {Number(hours).toLocaleString('en-US')} hours of {accelerator} come to
    </h3>
    <ul className="mt-1 grid gap-x-8 gap-y-1 text-sm text-pretty text-ink-2 sm:grid-cols-2">
      <li>
        {short(same.gpu_years)} GPU-years: one GPU running that long, or a node of eight for{' '}
        {short(same.node_years)} years
      </li>
      <li>
        {short(same.exaflop_days)} exaFLOP-days, at {Math.round(Number(same.utilisation) * 100)} % of the peak
      </li>
      {same.training.map(({ parameters, tokens }) => (
        <li key={parameters}>
          training a model of {tokensShort(Number(parameters))} parameters on {tokensShort(Number(tokens))}{' '}
          tokens
        </li>
      ))}
      <li title={same.tokens_of}>
        the price of {tokensShort(Number(same.tokens))} tokens of a flagship model, about{' '}
        {tokensShort(Number(same.words))} words
      </li>
    </ul>
  </div>
)

const percentWords = (share: string): string => `${Math.round(Number(share) * 100)} %`
const short = (text: string): string => Number(text).toLocaleString('en-US', { maximumSignificantDigits: 3 })
