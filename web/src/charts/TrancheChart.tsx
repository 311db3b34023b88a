import { useId } from 'react'

import { DAY, startOfDay } from '../lib/base.ts'
import type { Asset, Millis } from '../lib/base.ts'
import type { Grant, Tranche } from '../lib/contract.ts'
import { amountShort, nano } from '../lib/money.ts'
import { dateWords, daysUntil, inDays } from '../lib/time.ts'
import { DayMark, MonthAxis } from './Axes.tsx'
import { Cue } from './BalanceBar.tsx'
import { timeTicks, trancheBars } from './geometry.ts'
import type { Frame } from './geometry.ts'
import { Patterns } from './Patterns.tsx'
import { Plot, TipRow } from './Plot.tsx'

const HEIGHT = 176
const frameOf = (width: number): Frame => ({
  width,
  height: HEIGHT,
  left: 12,
  right: 12,
  top: 24,
  bottom: 26,
})

/** As much of a grant as the chart draws: what is only offered has no more. */
export type Drawn = Pick<Grant, 'asset' | 'start_date' | 'tranches'>

/** From the start to the last tranche, with the first and last bar inside the frame. */
export function spanOf(grants: readonly Pick<Grant, 'start_date' | 'tranches'>[]): {
  from: Millis
  to: Millis
} {
  const starts = grants.map((grant) => startOfDay(grant.start_date))
  const dates = grants.flatMap((grant) => grant.tranches.map((tranche) => startOfDay(tranche.date)))
  const from = Math.min(...starts, ...dates)
  return { from, to: Math.max(...dates, from + 30 * DAY) }
}

/** The first tranche is a cliff when it gathers more than the usual one after it. */
export const cliffOf = (tranches: readonly Tranche[]): Tranche | null => {
  const [first, second] = tranches
  return first && second && nano(first.quantity) * 2n > nano(second.quantity) * 3n ? first : null
}

export function TrancheChart({
  grant,
  now,
  label,
  open,
}: {
  grant: Drawn
  now: Millis
  label: string
  open?: (tranche: Tranche) => void
}) {
  const span = spanOf([grant])
  const at = (index: number): Tranche | undefined => grant.tranches[index]
  return (
    <Plot
      label={label}
      height={HEIGHT}
      centres={(width) =>
        trancheBars(grant.tranches, span, frameOf(width)).bars.map((bar) => bar.x + bar.width / 2)
      }
      draw={(width, cursor) => (
        <Timeline grant={grant} span={span} frame={frameOf(width)} now={now} cursor={cursor} />
      )}
      tip={(index) => {
        const tranche = at(index)
        return tranche && <TrancheTip tranche={tranche} asset={grant.asset} now={now} />
      }}
      say={(index) => {
        const tranche = at(index)
        return tranche
          ? `Tranche ${tranche.n}, ${dateWords(tranche.date)}: ${amountShort(nano(tranche.quantity), grant.asset)}, ${tranche.state}`
          : ''
      }}
      {...(open && {
        open: (index: number) => {
          const tranche = at(index)
          if (tranche) open(tranche)
        },
      })}
    />
  )
}

function Timeline({
  grant,
  span,
  frame,
  now,
  cursor,
}: {
  grant: Drawn
  span: { from: Millis; to: Millis }
  frame: Frame
  now: Millis
  cursor: number | null
}) {
  const id = useId()
  const { bars, scale } = trancheBars(grant.tranches, span, frame)
  const base = frame.height - frame.bottom
  const cliff = cliffOf(grant.tranches)
  const start = scale(startOfDay(grant.start_date))
  const cliffAt = cliff ? scale(startOfDay(cliff.date)) : null
  const today = now >= span.from && now <= span.to ? scale(now) : null
  const cliffWidth = (cliffAt ?? start) - start
  return (
    <>
      <Patterns id={id} />
      {cliffAt !== null && cliffWidth > 20 && (
        <g>
          <rect
            x={start}
            y={frame.top}
            width={cliffWidth}
            height={base - frame.top}
            fill="var(--sunken)"
            rx="4"
          />
          {cliffWidth > 56 && (
            <text x={start + 8} y={base - 8} fontSize="11" fill="var(--ink-3)">
              Cliff
            </text>
          )}
        </g>
      )}
      <line
        x1={frame.left}
        x2={frame.width - frame.right}
        y1={base + 0.5}
        y2={base + 0.5}
        stroke="var(--line-strong)"
      />
      <MonthAxis ticks={timeTicks(scale)} frame={frame} from={22} />
      {grant.tranches.map((tranche, at) => {
        const bar = bars[at]
        if (!bar) return null
        return (
          <g key={tranche.n} opacity={cursor === null || cursor === at ? 1 : 0.55}>
            <path d={bar.whole} {...wholeFill(tranche, id)} />
            {bar.expired && <path d={bar.expired} fill={`url(#${id}-lost)`} stroke="var(--lost)" />}
            {bar.spent && (
              <>
                <path d={bar.spent} fill="var(--surface)" />
                <path d={bar.spent} fill="var(--spent-soft)" stroke="var(--spent)" strokeWidth="1.25" />
              </>
            )}
          </g>
        )
      })}
      {today !== null && (
        <g>
          <DayMark x={today} base={base} text="Today" within={[20, frame.width - 20]} />
        </g>
      )}
    </>
  )
}

const wholeFill = (tranche: Tranche, id: string) => {
  switch (tranche.state) {
    case 'vested':
      return { fill: 'var(--available)' }
    case 'due':
      return { fill: 'var(--available-soft)', stroke: 'var(--available)' }
    case 'upcoming':
      return { fill: `url(#${id}-unvested)`, stroke: 'var(--unvested)' }
    case 'forfeited':
      return { fill: `url(#${id}-lost)`, stroke: 'var(--lost)' }
  }
}

const TrancheTip = ({ tranche, asset, now }: { tranche: Tranche; asset: Asset; now: Millis }) => (
  <>
    <div className="mb-1 flex justify-between gap-3 font-medium">
      <span>Tranche {tranche.n}</span>
      <span className="num">{amountShort(nano(tranche.quantity), asset)}</span>
    </div>
    <div className="mb-1 text-ink-2">
      {tranche.state === 'vested' ? 'Vested' : tranche.state === 'forfeited' ? 'Forfeited' : 'Vests'}{' '}
      {dateWords(tranche.date)}, {inDays(daysUntil(tranche.date, now))}
    </div>
    {tranche.lot_id && (
      <>
        <TipRow
          swatch={<Cue state="available" className="size-2.5 rounded-[2px]" />}
          name="Available"
          value={amountShort(nano(tranche.available), asset)}
        />
        {nano(tranche.held) > 0n && (
          <TipRow
            swatch={<Cue state="held" className="size-2.5 rounded-[2px]" />}
            name="Held"
            value={amountShort(nano(tranche.held), asset)}
          />
        )}
        <TipRow
          swatch={<Cue state="spent" className="size-2.5 rounded-[2px]" />}
          name="Spent"
          value={amountShort(nano(tranche.spent), asset)}
        />
        {nano(tranche.expired) > 0n && (
          <TipRow
            swatch={<Cue state="expired" className="size-2.5 rounded-[2px]" />}
            name="Expired"
            value={amountShort(nano(tranche.expired), asset)}
          />
        )}
      </>
    )}
    {tranche.expires_at && (
      <div className="mt-1 text-ink-3">Expires {dateWords(tranche.expires_at.slice(0, 10))}</div>
    )}
  </>
)
