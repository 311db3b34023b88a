import { useSetSearch } from '../../lib/address.ts'
import type { GpuJob } from '../../lib/cluster.ts'
import { assetWords, gpuHours, spanWords } from '../../lib/hours.ts'
import { nano } from '../../lib/money.ts'
import { useNow } from '../../lib/viewer.tsx'
import { Amount } from '../../ui/Amount.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { Time } from '../../ui/Time.tsx'
import { jobState, sizeWords } from './words.ts'

/** What runs, then what waits; a row opens why. */
export function JobTable({ jobs }: { jobs: readonly GpuJob[] }) {
  const setSearch = useSetSearch()
  return (
    <Table label="Jobs that run or wait">
      <thead>
        <tr>
          <Th>Job</Th>
          <Th>State</Th>
          <Th wide>GPUs</Th>
          <Th wide>Started, or may start</Th>
          <Th right>Used so far</Th>
          <Th right wide>
            Held
          </Th>
          <Th right wide="very">
            Preempted
          </Th>
        </tr>
      </thead>
      <tbody>
        {jobs.map((job) => {
          const key = `${job.cluster}/${job.job}`
          const open = () => setSearch({ job: key })
          const state = jobState(job)
          return (
            <Tr key={`${key} ${job.submitted_at}`} onOpen={open}>
              <Td>
                <button
                  type="button"
                  data-row
                  onClick={open}
                  className="figure-link -my-1 inline-flex min-h-6 items-center py-1 text-left font-medium break-all"
                >
                  {job.name || job.job}
                </button>
                <span className="num block text-xs text-ink-3">
                  {job.job}
                  <span className="sm:hidden">, {sizeWords(job)}</span>
                </span>
              </Td>
              <Td>
                <Badge tone={state.tone}>{state.text}</Badge>
              </Td>
              <Td wide>
                <span className="whitespace-nowrap">{sizeWords(job)}</span>
                {job.asset && <span className="block text-xs text-ink-3">{assetWords(job.asset)}</span>}
              </Td>
              <Td wide>
                <When job={job} />
              </Td>
              <Td right>{job.asset ? gpuHours(nano(job.so_far), job.asset) : '–'}</Td>
              <Td right wide>
                {job.asset && nano(job.held) > 0n ? (
                  job.holds.length === 1 && job.holds[0] ? (
                    <Amount
                      value={nano(job.held)}
                      asset={job.asset}
                      unit={false}
                      entries={{ call: job.holds[0] }}
                    />
                  ) : (
                    <Amount
                      value={nano(job.held)}
                      asset={job.asset}
                      unit={false}
                      entries={{ account: 'held' }}
                    />
                  )
                ) : (
                  '–'
                )}
              </Td>
              <Td right wide="very" className="text-ink-2">
                {job.preempted}
              </Td>
            </Tr>
          )
        })}
      </tbody>
    </Table>
  )
}

/** When it started, or when it may; an estimate is told as one. */
export function When({ job }: { job: GpuJob }) {
  const now = useNow()()
  if (job.started_at)
    return (
      <>
        <Time at={job.started_at} />
        <span className="block text-xs text-ink-3">
          for {spanWords(Math.max(0, (now - Date.parse(job.started_at)) / 1_000))}
        </span>
      </>
    )
  const since = job.eligible_at ?? job.submitted_at
  return (
    <>
      {job.expected_at ? (
        <>
          about <Time at={job.expected_at} />
        </>
      ) : (
        'not known'
      )}
      <span className="block text-xs text-ink-3">
        waits for {spanWords(Math.max(0, (now - Date.parse(since)) / 1_000))}
      </span>
    </>
  )
}
