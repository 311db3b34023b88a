import { Swatch } from '../../charts/StackChart.tsx'
import { useSetSearch } from '../../lib/address.ts'
import type { Usage, UsageGroup, UsageSums } from '../../lib/contract.ts'
import { table } from '../../lib/csv.ts'
import { count, nano, percent, share, usd, usdExact } from '../../lib/money.ts'
import { usagePath } from '../../lib/queries.ts'
import { useSubject } from '../../lib/viewer.tsx'
import { Amount } from '../../ui/Amount.tsx'
import { Card } from '../../ui/Card.tsx'
import { Export } from '../../ui/Export.tsx'
import { Empty } from '../../ui/States.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { cachedShare, inputTokens, meanPerCall, tokensWords } from './answers.ts'
import { colorOf, groupName } from './layers.ts'
import { BY } from './period.ts'
import type { View } from './period.ts'

/** The proof of the chart: every group with its share, and what its calls were like. */
export function BreakdownCard({ usage, view }: { usage: Usage; view: View }) {
  const { id } = useSubject()
  const { from, to, by, step, filter } = view
  const name = BY.find((known) => known.by === by)?.name ?? by
  return (
    <Card
      title={`By ${name.toLowerCase()}`}
      note={
        usage.groups.length > 0
          ? 'Choose a row to look at its calls alone; its amount opens the entries behind it.'
          : undefined
      }
      flush
      actions={
        usage.groups.length > 0 && (
          <Export
            name={`usage-by-${by}-${from}-${to}`}
            path={usagePath(id, { from, to, by, step, ...filter })}
            csv={() => usageCsv(usage)}
            json={() => usage}
          />
        )
      }
    >
      {usage.groups.length === 0 ? (
        <Empty title="Nothing was used in this time">
          Each call that finishes is added here within seconds. Choose a longer period, or fewer filters, to
          see earlier ones.
        </Empty>
      ) : (
        <GroupTable usage={usage} view={view} name={name} />
      )}
    </Card>
  )
}

function GroupTable({ usage, view, name }: { usage: Usage; view: View; name: string }) {
  const setSearch = useSetSearch()
  const narrow = (group: UsageGroup) =>
    group.value !== null &&
    // Its own property says nothing more once it is chosen.
    setSearch({ [view.by]: group.value, by: view.by === 'model' ? 'key' : undefined })
  const total = nano(usage.total.spent)
  const range = { account: 'spent', from: view.from, to: view.to, ...view.filter } as const
  return (
    <Table label={`Usage by ${name.toLowerCase()}`}>
      <thead>
        <tr>
          <Th>{name}</Th>
          <Th right>Share</Th>
          <Th right wide>
            Calls
          </Th>
          <Th right wide>
            Tokens in
          </Th>
          <Th right wide="very">
            Cached
          </Th>
          <Th right wide="very">
            Tokens out
          </Th>
          <Th right wide="very">
            Per call
          </Th>
          <Th right>Spent</Th>
        </tr>
      </thead>
      <tbody>
        {usage.groups.map((group, place) => (
          <Tr key={group.value ?? 'rest'} {...(group.value !== null && { onOpen: () => void narrow(group) })}>
            <Td className="max-w-56">
              <span className="flex min-w-0 items-center gap-2">
                <Swatch color={colorOf(usage, place)} />
                {group.value === null ? (
                  <span className="truncate">{group.name}</span>
                ) : (
                  <button
                    type="button"
                    data-row
                    title={group.name}
                    onClick={() => void narrow(group)}
                    className="figure-link -my-1 min-h-6 min-w-0 truncate py-1 text-left font-medium"
                  >
                    {groupName(usage, group.name)}
                  </button>
                )}
              </span>
            </Td>
            <Td right className="text-ink-2">
              <span className="flex items-center justify-end gap-2">
                <span aria-hidden className="h-1.5 w-16 overflow-hidden rounded-full bg-line max-md:hidden">
                  <span
                    className="block h-full rounded-full"
                    style={{
                      width: `${share(nano(group.spent), total) * 100}%`,
                      background: colorOf(usage, place),
                    }}
                  />
                </span>
                <span className="min-w-11">{percent(nano(group.spent), total) ?? '–'}</span>
              </span>
            </Td>
            <Sums sums={group} />
            <Td right className="font-medium">
              {group.value === null ? (
                <Amount value={nano(group.spent)} />
              ) : (
                <Amount value={nano(group.spent)} entries={{ ...range, [view.by]: group.value }} />
              )}
            </Td>
          </Tr>
        ))}
      </tbody>
      {usage.groups.length > 1 && (
        <tfoot>
          <Tr>
            <Td className="border-t border-t-line-strong font-medium">All</Td>
            <Td right className="border-t border-t-line-strong text-ink-2">
              {total > 0n ? '100%' : '–'}
            </Td>
            <Sums sums={usage.total} className="border-t border-t-line-strong" />
            <Td right className="border-t border-t-line-strong font-semibold">
              <Amount value={total} entries={range} />
            </Td>
          </Tr>
        </tfoot>
      )}
    </Table>
  )
}

function Sums({ sums, className = '' }: { sums: UsageSums; className?: string }) {
  const mean = meanPerCall(sums)
  const look = `text-ink-2 ${className}`
  return (
    <>
      <Td wide right className={look}>
        {count(sums.calls)}
      </Td>
      <Td wide right className={look}>
        <span title={count(inputTokens(sums))}>{tokensWords(inputTokens(sums))}</span>
      </Td>
      <Td wide="very" right className={look}>
        {cachedShare(sums) ?? '–'}
      </Td>
      <Td wide="very" right className={look}>
        <span title={count(sums.tokens.output)}>{tokensWords(sums.tokens.output)}</span>
      </Td>
      <Td wide="very" right className={look}>
        {mean === null ? '–' : <span title={usdExact(mean)}>{usd(mean)}</span>}
      </Td>
    </>
  )
}

const ITEMS = [
  'input',
  'audio_input',
  'cache_read',
  'audio_cache_read',
  'cache_write_5m',
  'cache_write_1h',
  'output',
  'reasoning',
  'searches',
] as const

/** As the API has it: nano-dollars and whole tokens, no rounding. */
const usageCsv = (usage: Usage): string =>
  table([
    [usage.by, 'name', 'spent_nano_usd', 'absorbed_nano_usd', 'calls', ...ITEMS],
    ...usage.groups.map((group) => [
      group.value,
      group.name,
      group.spent,
      group.absorbed,
      group.calls,
      ...ITEMS.map((item) => group.tokens[item]),
    ]),
  ])
