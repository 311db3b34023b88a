import { ArrowLeft } from 'lucide-react'

import { StackChart, Swatch } from '../../charts/StackChart.tsx'
import type { Column } from '../../charts/StackChart.tsx'
import { Twin } from '../../charts/Twin.tsx'
import { useSetSearch } from '../../lib/address.ts'
import type { Usage, UsageBy, UsageStep } from '../../lib/contract.ts'
import { count, nano } from '../../lib/money.ts'
import { dateShort, dateWords } from '../../lib/time.ts'
import { Amount } from '../../ui/Amount.tsx'
import { Button } from '../../ui/Button.tsx'
import { Segmented } from '../../ui/Segmented.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { callsWords, stepsSummary } from './answers.ts'
import { amountsOf, layersOf } from './layers.ts'
import { BY, hourWords } from './period.ts'
import type { View } from './period.ts'

/** The period day by day, a day hour by hour; a bar opens what it is made of. */
export function TimeCard({ usage, view }: { usage: Usage; view: View }) {
  const setSearch = useSetSearch()
  const layers = layersOf(usage)
  const hours = usage.step === 'hour'
  const summary = stepsSummary(usage)
  const open = (step: UsageStep) =>
    hours
      ? setSearch({ hour: view.hour === step.at.slice(0, 13) ? undefined : step.at.slice(0, 13) })
      : setSearch({ day: step.at, hour: undefined })
  const title = hours ? `${dateWords(usage.from)} by hour` : 'By day'
  return (
    <Twin
      title={title}
      summary={summary}
      actions={
        <>
          {view.day !== null && (
            <Button look="quiet" onClick={() => setSearch({ day: undefined, hour: undefined })}>
              <ArrowLeft size={14} aria-hidden /> All days
            </Button>
          )}
          <div className="max-w-full overflow-x-auto rounded-lg max-sm:-order-1">
            <Segmented<UsageBy>
              label="Break down by"
              value={view.by}
              options={BY.map(({ by, name }) => ({ value: by, text: name }))}
              onChange={(by) => setSearch({ by: by === 'model' ? undefined : by }, 'replace')}
            />
          </div>
        </>
      }
      chart={
        <>
          <StackChart
            layers={layers}
            columns={usage.steps.map((step) => columnOf(usage, step))}
            label={`${title}. ${summary}`}
            {...(hours && { every: 4 })}
            marked={
              view.hour === null ? -1 : usage.steps.findIndex((step) => step.at.slice(0, 13) === view.hour)
            }
            open={(at) => {
              const step = usage.steps[at]
              if (step) open(step)
            }}
          />
          <ul className="mt-3 flex flex-wrap gap-x-5 gap-y-1 text-sm text-ink-2">
            {layers.map((layer) => (
              <li key={layer.name} className="flex min-w-0 items-center gap-1.5">
                <Swatch color={layer.color} /> <span className="truncate">{layer.name}</span>
              </li>
            ))}
            <li className="ml-auto text-xs text-ink-3">
              {hours ? 'UTC hours; click one for its calls' : 'UTC days; click one for its hours'}
            </li>
          </ul>
        </>
      }
      table={<StepTable usage={usage} view={view} open={open} />}
    />
  )
}

function columnOf(usage: Usage, step: UsageStep): Column {
  const hours = usage.step === 'hour'
  return {
    tick: hours ? step.at.slice(11, 16) : dateShort(step.at),
    name: hours ? hourWords(step.at) : dateWords(step.at),
    note: callsWords(step.calls),
    amounts: amountsOf(usage, step.amounts),
  }
}

function StepTable({ usage, view, open }: { usage: Usage; view: View; open: (step: UsageStep) => void }) {
  const layers = layersOf(usage)
  const hours = usage.step === 'hour'
  return (
    <Table label={hours ? 'Spent by hour' : 'Spent by day'}>
      <thead>
        <tr>
          <Th>{hours ? 'Hour (UTC)' : 'Day (UTC)'}</Th>
          {layers.map((layer) => (
            <Th key={layer.name} right wide>
              {layer.name}
            </Th>
          ))}
          <Th right>Calls</Th>
          <Th right>Spent</Th>
        </tr>
      </thead>
      <tbody>
        {(hours ? usage.steps : usage.steps.toReversed()).map((step) => {
          const amounts = amountsOf(usage, step.amounts)
          return (
            <Tr key={step.at} onOpen={() => open(step)}>
              <Td>
                <button
                  type="button"
                  data-row
                  onClick={() => open(step)}
                  className="figure-link num -my-1 min-h-6 py-1 whitespace-nowrap"
                >
                  {hours ? hourWords(step.at) : dateWords(step.at)}
                </button>
              </Td>
              {layers.map((layer, at) => (
                <Td key={layer.name} right wide className="text-ink-2">
                  <Amount value={amounts[at] ?? 0n} />
                </Td>
              ))}
              <Td right className="text-ink-2">
                {count(step.calls)}
              </Td>
              <Td right className="font-medium">
                <Amount
                  value={nano(step.spent)}
                  entries={{
                    account: 'spent',
                    ...(hours ? { hour: step.at.slice(0, 13) } : { from: step.at, to: step.at }),
                    ...view.filter,
                  }}
                />
              </Td>
            </Tr>
          )
        })}
      </tbody>
    </Table>
  )
}
