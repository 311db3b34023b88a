import { useQuery } from '@tanstack/react-query'

import { useAddress, useSetSearch } from '../../lib/address.ts'
import { gpuBalancesQuery, gpuJobsPath, gpuJobsQuery } from '../../lib/cluster.ts'
import type { GpuJobs } from '../../lib/cluster.ts'
import { assetWords, gpuHours } from '../../lib/hours.ts'
import { curlOf } from '../../lib/links.ts'
import { nano, sum } from '../../lib/money.ts'
import { useEntriesHref, useSubject } from '../../lib/viewer.tsx'
import { useTitle } from '../../shell/useTitle.ts'
import { A } from '../../ui/A.tsx'
import { Ask } from '../../ui/Ask.tsx'
import { PageHead } from '../../ui/Card.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Empty } from '../../ui/States.tsx'
import { BalancesCard } from './BalancesCard.tsx'
import { JobPanel } from './JobPanel.tsx'
import { JobTable } from './JobTable.tsx'
import { QuoteCard } from './QuoteCard.tsx'
import { RunsCard } from './RunsCard.tsx'
import { SourceNote } from './SourceNote.tsx'
import { jobCounts, jobsAnswer } from './words.ts'

/** What runs, what waits, and what does it cost me? */
export function JobsPage() {
  const { id, readOnly } = useSubject()
  const { search } = useAddress()
  const setSearch = useSetSearch()
  const query = useQuery(gpuJobsQuery(id))
  const balances = useQuery(gpuBalancesQuery(id))
  useTitle('GPU jobs')
  return (
    <>
      {!readOnly && (
        <PageHead
          title="GPU jobs"
          question="What runs, what waits, and what does it cost me?"
          actions={
            <Copy look="quiet" label="Copy as API call" text={curlOf(location.origin, gpuJobsPath(id))} />
          }
        />
      )}
      <div className="mt-5 flex flex-col gap-4">
        <Ask query={query} height={220} label="GPU jobs">
          {(jobs) => <Hero jobs={jobs} />}
        </Ask>
        <Ask query={balances} height={220} label="GPU-hours">
          {({ balances: lines, month }) =>
            lines.length === 0 ? (
              <section className="card" aria-label="GPU-hours">
                <Empty title={readOnly ? 'No GPU-hours were granted' : 'You have no GPU-hours'}>
                  GPU-hours come with a grant, by accelerator and tier. What they were promised with, such as
                  how long a job may wait, stands here then.
                </Empty>
              </section>
            ) : (
              <>
                <BalancesCard lines={lines} month={month} />
                {!readOnly && <QuoteCard lines={lines} />}
              </>
            )
          }
        </Ask>
        <RunsCard />
      </div>
      <JobPanel
        job={query.data?.jobs.find((one) => `${one.cluster}/${one.job}` === search.job) ?? null}
        open={search.job !== undefined && query.data !== undefined}
        onClose={() => setSearch({ job: undefined })}
      />
    </>
  )
}

function Hero({ jobs: { jobs, clusters, as_of: asOf } }: { jobs: GpuJobs }) {
  const { gpus } = jobCounts(jobs)
  const href = useEntriesHref()
  const assets = [...new Set(jobs.flatMap(({ asset, held }) => (asset && nano(held) > 0n ? [asset] : [])))]
  return (
    <section aria-label="GPU jobs" className="card min-w-0">
      <div className="grid gap-5 p-4 sm:p-5 lg:grid-cols-[minmax(0,1fr)_minmax(240px,320px)] lg:gap-8">
        <div className="min-w-0">
          <h2 className="text-sm font-medium text-ink-2">GPUs in use now</h2>
          <p className="num mt-1 text-[44px] leading-[52px] font-semibold tracking-[-0.03em]">{gpus}</p>
          <p className="mt-2 max-w-[60ch] text-base text-pretty text-ink-2">{jobsAnswer(jobs)}</p>
          <SourceNote clusters={clusters} asOf={asOf} />
        </div>
        {assets.length > 0 && (
          <div className="rounded-xl border border-line bg-sunken p-4">
            <h2 className="text-sm font-medium text-ink-2">Held for these jobs</h2>
            <dl className="mt-1 flex flex-col gap-2" aria-live="polite">
              {assets.map((asset) => {
                const of = jobs.filter((job) => job.asset === asset)
                const held = sum(of.map((job) => nano(job.held)))
                const used = sum(of.map((job) => nano(job.so_far)))
                return (
                  <div key={asset}>
                    <dt className="text-xs text-ink-2">{assetWords(asset)}</dt>
                    <dd>
                      <A
                        href={href({ account: 'held', asset })}
                        className="num figure-link text-xl font-semibold tracking-[-0.01em]"
                      >
                        {gpuHours(held, asset)}
                      </A>{' '}
                      <span className="text-sm text-ink-2">
                        GPU-hours, <span className="num">{gpuHours(used, asset)}</span> used so far
                      </span>
                    </dd>
                  </div>
                )
              })}
            </dl>
          </div>
        )}
      </div>
      {jobs.length > 0 && (
        <div className="border-t border-line pb-1">
          <JobTable jobs={jobs} />
        </div>
      )}
    </section>
  )
}
