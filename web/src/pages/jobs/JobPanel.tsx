import type { ReactNode } from 'react'

import type { GpuJob } from '../../lib/cluster.ts'
import { assetWords, gpuHours, spanWords } from '../../lib/hours.ts'
import { nano, share } from '../../lib/money.ts'
import { useEntriesHref } from '../../lib/viewer.tsx'
import { A } from '../../ui/A.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Empty } from '../../ui/States.tsx'
import { Time } from '../../ui/Time.tsx'
import { When } from './JobTable.tsx'
import { jobState, sizeWords } from './words.ts'

/** One job: what it holds and has used, why it waits, and the entries that prove it. */
export const JobPanel = ({
  job,
  open,
  onClose,
}: {
  job: GpuJob | null
  open: boolean
  onClose: () => void
}) => (
  <Dialog
    open={open}
    onClose={onClose}
    shape="side"
    title={job ? job.name || job.job : 'This job'}
    description="What it holds, what it has used, and why it waits."
  >
    {job ? (
      <Body job={job} />
    ) : (
      <Empty title="It is not in the queue any more">Look for it among the runs that have ended.</Empty>
    )}
  </Dialog>
)

function Body({ job }: { job: GpuJob }) {
  const { text, tone } = jobState(job)
  return (
    <div className="flex flex-col gap-5">
      <p className="flex flex-wrap items-center gap-2 text-sm">
        <Badge tone={tone}>{text}</Badge>
        <span className="num text-ink-2">
          {job.cluster}, job {job.job}
        </span>
      </p>
      {job.reason && <p className="rounded-lg bg-held-soft px-3 py-2 text-sm text-held">{job.reason}</p>}
      {job.asset && nano(job.held) > 0n && <Hold job={job} held={nano(job.held)} asset={job.asset} />}
      <dl className="grid grid-cols-2 gap-x-5 gap-y-3 text-sm">
        <Fact name="GPUs">
          {sizeWords(job)}
          {job.asset && `, ${assetWords(job.asset)}`}
        </Fact>
        <Fact name="Time limit">
          {job.time_limit_seconds === null ? 'none said' : spanWords(job.time_limit_seconds)}
        </Fact>
        <Fact name="Submitted">
          <Time at={job.submitted_at} />
        </Fact>
        <Fact name={job.started_at ? 'Started' : 'May start'}>
          <When job={job} />
        </Fact>
        <Fact name="Runs under">
          <span className="break-all">{job.allowance || 'nothing'}</span>
        </Fact>
        <Fact name="Purpose">{job.purpose.replace('_', ' ')}</Fact>
        <Fact name="Preempted so far">{job.preempted}</Fact>
        <Fact name="Begun anew">{job.restarts}</Fact>
        {!job.started_at && job.waits_for && (
          <Fact name="The scheduler says">
            <span className="font-mono text-xs break-all">{job.waits_for}</span>
          </Fact>
        )}
        {job.nodes.length > 0 && <Fact name="Nodes">{job.nodes.join(', ')}</Fact>}
      </dl>
    </div>
  )
}

function Hold({ job, held, asset }: { job: GpuJob; held: bigint; asset: NonNullable<GpuJob['asset']> }) {
  const href = useEntriesHref()
  const used = nano(job.so_far)
  const words = `${gpuHours(used, asset)} of ${gpuHours(held, asset)} GPU-hours held are used`
  return (
    <section aria-label="Hold">
      <p className="text-sm text-ink-2">Used so far</p>
      <p className="num text-[32px] leading-10 font-semibold tracking-[-0.02em]">
        {gpuHours(used, asset)} <span className="text-base font-normal text-ink-2">GPU-hours</span>
      </p>
      <div
        role="meter"
        aria-label="Used of what is held"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share(used, held) * 100)}
        aria-valuetext={words}
        className="my-2 flex h-3 gap-[2px] overflow-hidden rounded"
      >
        {used > 0n && (
          <span className="cue-spent block min-w-1.5" style={{ flex: `${share(used, held)} 0 0` }} />
        )}
        <span className="cue-held block" style={{ flex: `${1 - share(used, held)} 0 0` }} />
      </div>
      <p className="text-sm text-ink-2">
        of{' '}
        <A
          href={href(job.holds.length === 1 ? { call: job.holds[0], asset } : { account: 'held', asset })}
          className="num figure-link font-medium text-ink"
        >
          {gpuHours(held, asset)}
        </A>{' '}
        held: its GPUs until its time limit, and a little more until nothing of it runs.
      </p>
    </section>
  )
}

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <div className="min-w-0">
    <dt className="text-ink-2">{name}</dt>
    <dd className="num">{children}</dd>
  </div>
)
