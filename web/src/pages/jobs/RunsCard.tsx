import { useInfiniteQuery } from '@tanstack/react-query'

import { useAddress, useSetSearch } from '../../lib/address.ts'
import { allRuns, gpuRunsPath, gpuRunsQuery } from '../../lib/cluster.ts'
import type { GpuRun } from '../../lib/cluster.ts'
import { table } from '../../lib/csv.ts'
import { assetWords, gpuHours, spanWords } from '../../lib/hours.ts'
import { count, nano } from '../../lib/money.ts'
import { useSubject } from '../../lib/viewer.tsx'
import { Amount } from '../../ui/Amount.tsx'
import { Ask } from '../../ui/Ask.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { Export } from '../../ui/Export.tsx'
import { Segmented } from '../../ui/Segmented.tsx'
import { Empty } from '../../ui/States.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { Time } from '../../ui/Time.tsx'
import { CLASS_WORDS, runState } from './words.ts'

/** What has ended, as the accounting has it; each charge opens its entries. */
export function RunsCard() {
  const { id } = useSubject()
  const { search } = useAddress()
  const setSearch = useSetSearch()
  const state = search.state === 'preempted' ? 'preempted' : ''
  const filter = { state: state || undefined, asset: search.asset, from: search.from, to: search.to }
  const query = useInfiniteQuery(gpuRunsQuery(id, filter))
  const narrowed = filter.asset !== undefined || filter.from !== undefined || filter.to !== undefined
  return (
    <Card
      flush
      title="Runs that have ended"
      note="From the scheduler’s accounting: one row for each run, so a job that was preempted and began anew has several."
      actions={
        <>
          <Segmented
            label="Which runs"
            value={state}
            options={[
              { value: '', text: 'All' },
              { value: 'preempted', text: 'Preempted' },
            ]}
            onChange={(next) => setSearch({ state: next || undefined }, 'replace')}
          />
          {narrowed && (
            <Button
              look="quiet"
              onClick={() => setSearch({ asset: undefined, from: undefined, to: undefined })}
            >
              Show all months
            </Button>
          )}
          <Export
            name="gpu-runs"
            path={gpuRunsPath(id, filter, 200)}
            csv={async () => runsCsv((await allRuns(id, filter)).runs)}
            json={() => allRuns(id, filter)}
          />
        </>
      }
    >
      <Ask query={query} height={320} label="runs">
        {({ pages }) => {
          const [first] = pages
          const runs = pages.flatMap((page) => page.runs)
          if (!first || runs.length === 0)
            return (
              <Empty title={state === 'preempted' ? 'Nothing was preempted' : 'Nothing has ended yet'}>
                {state === 'preempted'
                  ? 'A run that gives way to another stands here, with the work that was thrown away.'
                  : 'When a job ends, its run stands here with what it used and what was charged.'}
              </Empty>
            )
          return (
            <>
              <Runs runs={runs} />
              <p className="flex flex-wrap items-center justify-between gap-2 px-4 py-2 text-sm text-ink-2 sm:px-5">
                <span>
                  {count(runs.length)} of {count(first.count)} runs
                </span>
                {query.hasNextPage && (
                  <Button onClick={() => void query.fetchNextPage()} disabled={query.isFetchingNextPage}>
                    {query.isFetchingNextPage ? 'Loading…' : 'Show more'}
                  </Button>
                )}
              </p>
            </>
          )
        }}
      </Ask>
    </Card>
  )
}

const Runs = ({ runs }: { runs: readonly GpuRun[] }) => (
  <Table label="Runs that have ended">
    <thead>
      <tr>
        <Th>Ended</Th>
        <Th>Job</Th>
        <Th wide>GPUs</Th>
        <Th right wide>
          Ran for
        </Th>
        <Th right wide="very">
          Used
        </Th>
        <Th right>Charged</Th>
      </tr>
    </thead>
    <tbody>
      {runs.map((run) => {
        const state = runState(run)
        const why = CLASS_WORDS[run.class]
        return (
          <Tr key={run.id}>
            <Td className="whitespace-nowrap text-ink-2">
              <Time at={run.ended_at} look="row" />
            </Td>
            <Td>
              <span className="font-medium break-all">{run.name || run.job}</span>{' '}
              <Badge tone={state.tone}>{state.text}</Badge>
              <span className="num block text-xs text-ink-3">job {run.job}</span>
              {why && <span className="block max-w-[48ch] text-xs text-pretty text-ink-2">{why}</span>}
            </Td>
            <Td wide>
              {run.gpus}
              {run.asset && <span className="block text-xs text-ink-3">{assetWords(run.asset)}</span>}
            </Td>
            <Td right wide className="whitespace-nowrap">
              {spanWords(run.elapsed_seconds)}
            </Td>
            <Td right wide="very" className="text-ink-2">
              {run.asset ? gpuHours(nano(run.used), run.asset) : '–'}
            </Td>
            <Td right className="font-medium">
              {run.asset && run.transfer ? (
                <Amount
                  value={nano(run.charged)}
                  asset={run.asset}
                  unit={false}
                  entries={{ call: run.transfer }}
                />
              ) : run.asset ? (
                gpuHours(nano(run.charged), run.asset)
              ) : (
                '–'
              )}
            </Td>
          </Tr>
        )
      })}
    </tbody>
  </Table>
)

const COLUMNS = [
  'id',
  'cluster',
  'job',
  'name',
  'state',
  'class',
  'asset',
  'purpose',
  'gpus',
  'submitted_at',
  'eligible_at',
  'started_at',
  'ended_at',
  'elapsed_seconds',
  'used',
  'charged',
  'absorbed',
  'lost',
  'transfer',
] as const satisfies readonly (keyof GpuRun)[]
const runsCsv = (runs: readonly GpuRun[]): string =>
  table([[...COLUMNS], ...runs.map((run) => COLUMNS.map((column) => run[column]))])
