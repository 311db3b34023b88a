import { useMutation, useQuery } from '@tanstack/react-query'

import { PriceChart } from '../../charts/PriceChart.tsx'
import type { PricePoint } from '../../charts/price.ts'
import { Twin } from '../../charts/Twin.tsx'
import { useAddress, useSetSearch } from '../../lib/address.ts'
import { denominationOf } from '../../lib/base.ts'
import { nano, usd } from '../../lib/money.ts'
import { dateWords } from '../../lib/time.ts'
import { freezeMark, historyQuery } from '../../lib/value.ts'
import type { HistoryMark, PersonValue, Value } from '../../lib/value.ts'
import { Ask } from '../../ui/Ask.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { Segmented } from '../../ui/Segmented.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { DateOf } from '../../ui/Time.tsx'
import { BASIS, staleWords } from './words.ts'

/** From here on there are shipped prices. */
const FROM = '2024-01-01'
/** A month-end price that is older than this was carried on from before. */
const CARRIED_DAYS = 45

/** How did the price of an hour get here? Every point opens the offers behind it. */
export function HistoryCard({ value }: { value: Value | PersonValue }) {
  const { search } = useAddress()
  const setSearch = useSetSearch()
  const kinds = acceleratorsOf(value)
  const chosen = kinds.find((one) => one === search.gpu) ?? kinds[0] ?? 'H100'
  const query = useQuery(
    historyQuery({ accelerator: chosen, basis: value.basis, tier: 'on_demand', from: FROM }),
  )
  const freeze = useMutation({
    mutationFn: (day: string) =>
      freezeMark({ accelerator: chosen, basis: value.basis, tier: 'on_demand', day }),
    onSuccess: (hash) => setSearch({ mark: hash ?? undefined }),
  })
  const picker = kinds.length > 1 && (
    <Segmented
      label="Accelerator"
      value={chosen}
      options={kinds.map((one) => ({ value: one, text: one }))}
      onChange={(gpu) => setSearch({ gpu: gpu === kinds[0] ? undefined : gpu }, 'replace')}
    />
  )
  const title = `An hour of one ${chosen}`
  return (
    <Ask query={query} height={380} label="the price history">
      {({ marks }) => {
        const open = (at: number) => {
          const mark = marks[at]
          if (mark?.kind === 'mark') freeze.mutate(mark.as_of)
        }
        return (
          <Twin
            title={title}
            summary={`${BASIS[value.basis].name}: ${summary(marks)}`}
            actions={picker}
            chart={
              <PriceChart
                points={marks.map(pointOf)}
                label={`${title}. ${summary(marks)}`}
                note={(at) => noteOf(marks[at])}
                open={open}
              />
            }
            table={<HistoryTable marks={marks} open={open} />}
          />
        )
      }}
    </Ask>
  )
}

const acceleratorsOf = ({ assets }: Value | PersonValue): readonly string[] => [
  ...new Set(
    assets.flatMap(({ asset, prices }) => {
      const kind = denominationOf(asset)
      if (kind !== 'gpu_hour' && kind !== 'node_hour' && kind !== 'exaflop_day') return []
      return prices.flatMap(({ mark }) => (mark ? [mark.accelerator] : []))
    }),
  ),
]

const isOld = (mark: HistoryMark): boolean => mark.kind === 'mark' && mark.stale_days > CARRIED_DAYS

const pointOf = (mark: HistoryMark): PricePoint =>
  mark.kind === 'none'
    ? { day: mark.as_of, mid: null, low: null, high: null, old: false }
    : {
        day: mark.as_of,
        mid: nano(mark.mid),
        low: mark.bid === null ? null : nano(mark.bid),
        high: mark.ask === null ? null : nano(mark.ask),
        old: isOld(mark),
      }

function summary(marks: readonly HistoryMark[]): string {
  const told = marks.flatMap((mark) => (mark.kind === 'mark' && !isOld(mark) ? [mark] : []))
  const [first, last] = [told[0], told.at(-1)]
  if (!first || !last) return 'nobody recorded a price of it in this time.'
  if (first === last) return `${usd(nano(first.mid))} on ${dateWords(first.as_of)}.`
  return `from ${usd(nano(first.mid))} on ${dateWords(first.as_of)} to ${usd(nano(last.mid))} on ${dateWords(last.as_of)}. Dashed where the last price was carried on.`
}

const noteOf = (mark: HistoryMark | undefined): string => {
  if (!mark) return ''
  if (mark.kind === 'none') return 'too few prices'
  const sources = mark.sources.length
  return `${mark.n} ${mark.n === 1 ? 'provider' : 'providers'}, ${sources} ${sources === 1 ? 'source' : 'sources'}, ${staleWords(mark.stale_days)}`
}

const HistoryTable = ({ marks, open }: { marks: readonly HistoryMark[]; open: (at: number) => void }) => (
  <Table label="Prices by month">
    <thead>
      <tr>
        <Th>Day</Th>
        <Th right>An hour</Th>
        <Th right wide>
          Bid
        </Th>
        <Th right wide>
          Ask
        </Th>
        <Th>Behind it</Th>
      </tr>
    </thead>
    <tbody>
      {marks.map((mark, at) => (
        <Tr key={mark.as_of} {...(mark.kind === 'mark' && { onOpen: () => open(at) })}>
          <Td className="whitespace-nowrap">
            <DateOf date={mark.as_of} />
          </Td>
          <Td right>
            {mark.kind === 'mark' ? (
              <button
                type="button"
                data-row
                onClick={() => open(at)}
                className="num figure-link -my-1 inline-flex min-h-6 items-center py-1 font-medium"
              >
                {usd(nano(mark.mid))}
              </button>
            ) : (
              'no price'
            )}
          </Td>
          <Td right wide>
            {mark.kind === 'mark' && mark.bid !== null ? usd(nano(mark.bid)) : '–'}
          </Td>
          <Td right wide>
            {mark.kind === 'mark' && mark.ask !== null ? usd(nano(mark.ask)) : '–'}
          </Td>
          <Td className="text-ink-2">
            {noteOf(mark)} {isOld(mark) && <Badge tone="warn">carried on</Badge>}
          </Td>
        </Tr>
      ))}
    </tbody>
  </Table>
)
