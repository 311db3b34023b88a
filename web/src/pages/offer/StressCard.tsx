import { useId, useState } from 'react'

import type { CandidateTerms } from '../../lib/contract.ts'
import { Card } from '../../ui/Card.tsx'
import { saying } from './parts.ts'
import { isMoved, LEAST, MOST, signed, STEP, stressed } from './stress.ts'

/** What the offer comes to when prices of compute are others: the quantities are promised, the prices are not. */
export function StressCard({ offer }: { offer: CandidateTerms }) {
  const [percent, setPercent] = useState(0)
  const id = useId()
  const say = saying(offer)
  const { cap, expected, totalCap, totalExpected } = stressed(offer.worth, percent)
  if (!isMoved(offer))
    return (
      offer.worth.lines.length > 0 && (
        <Card title="If prices change">
          <p className="text-pretty text-ink-2">
            All of this compute is granted in dollars, which stay dollars: when prices fall they buy more,
            when prices rise less.
          </p>
        </Card>
      )
    )
  return (
    <Card
      title="If prices change"
      note="Hours are promised as hours: what they are worth moves with their price, and how many there are does not. What is granted in dollars stays as it is."
      className="print:hidden"
    >
      <div className="flex flex-col gap-4">
        <div className="flex flex-col gap-1">
          <label htmlFor={id} className="flex items-baseline justify-between gap-4 font-medium">
            Price of an hour, against today <span className="num">{signed(percent)}</span>
          </label>
          <input
            id={id}
            type="range"
            min={LEAST}
            max={MOST}
            step={STEP}
            value={percent}
            aria-valuetext={`${signed(percent)}, the offer comes to ${say(totalExpected)}`}
            onChange={(event) => setPercent(Number(event.target.value))}
            className="h-8 w-full"
          />
          <p className="relative flex justify-between text-xs text-ink-2" aria-hidden>
            <span>{signed(LEAST)}</span>
            <span
              className="absolute -translate-x-1/2"
              style={{ left: `${(-LEAST * 100) / (MOST - LEAST)}%` }}
            >
              today
            </span>
            <span>{signed(MOST)}</span>
          </p>
        </div>
        <dl className="grid gap-3 sm:grid-cols-2">
          <Told name="Compute, as expected" value={say(expected)} />
          <Told name="Compute, all of it used" value={say(cap)} />
          <Told name="Total of four years, as expected" value={say(totalExpected)} />
          <Told name="Total, all compute used" value={say(totalCap)} />
        </dl>
      </div>
    </Card>
  )
}

const Told = ({ name, value }: { name: string; value: string }) => (
  <div className="rounded-xl border border-line px-3 py-2">
    <dt className="text-sm text-ink-2">{name}</dt>
    <dd className="num text-lg font-semibold">{value}</dd>
  </div>
)
