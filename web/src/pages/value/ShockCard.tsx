import { useId, useState } from 'react'

import { nano, percent, usd, usdHeading } from '../../lib/money.ts'
import { basisOf } from '../../lib/value.ts'
import type { PersonValue, Value } from '../../lib/value.ts'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { BASIS, shocked, signed } from './words.ts'

const LEAST = -90
const MOST = 60
const STEP = 5
const PRESETS = [-90, -50, 0, 60]

const words = (shock: number): string =>
  shock === 0 ? 'as they are' : shock < 0 ? `${-shock} % lower` : `${shock} % higher`

/** What if prices of hardware move? Dollars stay dollars. Exact, and computed here: the slider waits for nobody. */
export function ShockCard({ value }: { value: Value | PersonValue }) {
  const [shock, setShock] = useState(-50)
  const id = useId()
  const own = basisOf(value, value.basis)
  const [before, after] = [nano(own.cap.total), shocked(own, shock)]
  const moving = before - nano(own.dollars)
  return (
    <Card
      title="What if prices move"
      note={`${usdHeading(moving)} of it is hours, and follows their price; ${usdHeading(nano(own.dollars))} is dollars or has a price of its own, and stays.`}
    >
      <div className="grid gap-x-8 gap-y-4 lg:grid-cols-[minmax(0,5fr)_minmax(0,6fr)]">
        <div className="min-w-0">
          <label htmlFor={id} className="text-sm text-ink-2">
            Prices of hours are <span className="num font-semibold text-ink">{words(shock)}</span>
          </label>
          <input
            id={id}
            type="range"
            min={LEAST}
            max={MOST}
            step={STEP}
            value={shock}
            aria-valuetext={`${words(shock)}: ${usdHeading(after)}`}
            onChange={(event) => setShock(Number(event.target.value))}
            className="mt-2 block h-6 w-full print:hidden"
          />
          <div aria-hidden className="num flex justify-between text-xs text-ink-3 print:hidden">
            <span>−90 %</span>
            <span>+60 %</span>
          </div>
          <div className="mt-3 flex flex-wrap gap-2 print:hidden">
            {PRESETS.map((preset) => (
              <Button key={preset} aria-pressed={preset === shock} onClick={() => setShock(preset)}>
                {preset === 0 ? 'Today' : preset < 0 ? `−${-preset} %` : `+${preset} %`}
              </Button>
            ))}
          </div>
          <p className="mt-4 text-sm text-ink-2">It would be worth</p>
          <p
            className="num text-[32px] leading-10 font-semibold tracking-[-0.03em]"
            data-figure="shocked"
            aria-live="polite"
          >
            {usdHeading(after)}
          </p>
          <p className="num text-sm text-ink-2">
            {after === before
              ? 'the same as now'
              : `${signed(after - before)} (${percent(after - before, before)})`}
          </p>
        </div>
        <div className="-mx-4 min-w-0 sm:-mx-5 lg:mx-0">
          <Table label={`Worth with prices ${words(shock)}`}>
            <thead>
              <tr>
                <Th>Basis</Th>
                <Th right wide>
                  Now
                </Th>
                <Th right>Then</Th>
                <Th right>Change</Th>
              </tr>
            </thead>
            <tbody>
              {value.bases.map((one) => {
                const [now, then] = [nano(one.cap.total), shocked(one, shock)]
                return (
                  <Tr key={one.basis} className={one.basis === value.basis ? 'font-medium' : ''}>
                    <Td>{BASIS[one.basis].name}</Td>
                    <Td right wide>
                      {usd(now)}
                    </Td>
                    <Td right>{usd(then)}</Td>
                    <Td right>{then === now ? '–' : signed(then - now)}</Td>
                  </Tr>
                )
              })}
            </tbody>
          </Table>
        </div>
      </div>
    </Card>
  )
}
