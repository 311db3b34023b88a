import { useQuery } from '@tanstack/react-query'

import { overviewPath, overviewQuery } from '../../lib/cluster.ts'
import type { Overview } from '../../lib/cluster.ts'
import { curlOf } from '../../lib/links.ts'
import { count } from '../../lib/money.ts'
import { ageWords } from '../../lib/time.ts'
import { useNow } from '../../lib/viewer.tsx'
import { useTitle } from '../../shell/useTitle.ts'
import { Ask } from '../../ui/Ask.tsx'
import { Card, PageHead } from '../../ui/Card.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Empty } from '../../ui/States.tsx'
import { SourceNote } from '../jobs/SourceNote.tsx'
import { BorrowingTable, StarvedTable } from './Waiting.tsx'
import { CapacityBars } from './CapacityBars.tsx'
import { DriftTable } from './DriftTable.tsx'
import { LaneTable } from './LaneTable.tsx'
import { clusterAnswer, hadNow, partWords } from './words.ts'

/** Do people get the GPUs that were promised to them? */
export function ClusterPage() {
  useTitle('Cluster')
  const query = useQuery(overviewQuery)
  return (
    <>
      <PageHead
        title="Cluster"
        question="Do people get the GPUs that were promised to them?"
        actions={<Copy look="quiet" label="Copy as API call" text={curlOf(location.origin, overviewPath)} />}
      />
      <div className="mt-5 flex flex-col gap-4">
        <Ask query={query} height={520} label="the clusters">
          {(overview) =>
            overview.clusters.length === 0 && overview.lanes.length === 0 ? (
              <section className="card" aria-label="Cluster">
                <Empty title="No cluster has been added">
                  Add one with <code className="font-mono text-xs">perq cluster add</code>: from then on its
                  limits are what the ledger says, and every run is settled from its accounting.
                </Empty>
              </section>
            ) : (
              <Found overview={overview} />
            )
          }
        </Ask>
      </div>
    </>
  )
}

function Found({ overview }: { overview: Overview }) {
  const { had, promised } = hadNow(overview)
  return (
    <>
      <Troubles overview={overview} />
      <section aria-label="Promised and there" className="card">
        <div className="p-4 sm:p-5">
          <h2 className="text-sm font-medium text-ink-2">GPUs promised at once that can be had now</h2>
          <p className="num mt-1 text-[44px] leading-[52px] font-semibold tracking-[-0.03em]">
            {count(had)}{' '}
            <span className="text-xl font-medium tracking-normal text-ink-2">of {count(promised)}</span>
          </p>
          <p className="mt-1 max-w-[72ch] text-base text-pretty text-ink-2">{clusterAnswer(overview)}</p>
          {overview.clusters.length > 0 && <SourceNote clusters={overview.clusters} asOf={overview.as_of} />}
        </div>
        {overview.capacity.length > 0 && <CapacityBars capacity={overview.capacity} />}
      </section>
      <Card
        flush
        title="Promised and delivered, by tier"
        note="GPU-hours of this month so far (UTC). Offered: what could have been had of what is promised, used or not."
      >
        <LaneTable lanes={overview.lanes} />
      </Card>
      <Card
        flush
        title="Starved"
        note="Jobs within a guarantee that wait longer than it promises; without a promised wait, longer than 10 minutes."
      >
        <StarvedTable starved={overview.starved} />
      </Card>
      <Card
        flush
        title="Borrowing"
        note="People whose jobs use more GPUs at once than is guaranteed to them. It costs nobody anything until somebody is starved."
      >
        <BorrowingTable borrowing={overview.borrowing} />
      </Card>
      <Card
        flush
        title="Drift"
        note="Limits that somebody changed by hand at the scheduler. The ledger is the truth: each is put back as it should be."
      >
        <DriftTable drift={overview.drift} />
      </Card>
      {overview.reviews > 0 && (
        <p className="text-sm text-ink-2">
          {overview.reviews === 1 ? '1 run waits' : `${count(overview.reviews)} runs wait`} for a decision who
          pays for it: <code className="font-mono text-xs">perq cluster review</code> decides it.
        </p>
      )}
    </>
  )
}

function Troubles({ overview }: { overview: Overview }) {
  const now = useNow()()
  const all = overview.clusters.flatMap((one) =>
    one.troubles.map((trouble) => ({ ...trouble, name: one.name })),
  )
  if (all.length === 0) return null
  return (
    <ul role="alert" className="rounded-lg bg-danger-soft px-3 py-2 text-sm text-danger">
      {all.map(({ name, part, since }) => (
        <li key={`${name} ${part}`}>
          {partWords(part)} at {name} has not been seen for {ageWords(Math.max(0, now - Date.parse(since)))}.
          New jobs wait; what runs goes on, and its records are read when it is back.
        </li>
      ))}
    </ul>
  )
}
