import { useQuery } from '@tanstack/react-query'
import { UserMinus } from 'lucide-react'

import { useAddress, useSetSearch } from '../../lib/address.ts'
import { leaversPath, leaversQuery } from '../../lib/life.ts'
import type { Leaver } from '../../lib/life.ts'
import { curlOf } from '../../lib/links.ts'
import { count } from '../../lib/money.ts'
import { useNow, useSession } from '../../lib/viewer.tsx'
import { useTitle } from '../../shell/useTitle.ts'
import { A } from '../../ui/A.tsx'
import { Ask } from '../../ui/Ask.tsx'
import { buttonClass } from '../../ui/Button.tsx'
import { Card, PageHead } from '../../ui/Card.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Empty } from '../../ui/States.tsx'
import { LeaverPanel } from './LeaverPanel.tsx'
import { LeaverTable } from './LeaverTable.tsx'
import { isComing, leaversAnswer } from './words.ts'

/** Who leaves, and what becomes of their pay? */
export function LeaversPage() {
  useTitle('Leavers')
  const { search } = useAddress()
  const setSearch = useSetSearch()
  const mayWrite = useSession().permissions.includes('people:write')
  const query = useQuery(leaversQuery)
  return (
    <>
      <PageHead
        title="Leavers"
        question="Who leaves, and what becomes of their pay?"
        actions={
          <>
            <Copy look="quiet" label="Copy as API call" text={curlOf(location.origin, leaversPath)} />
            {mayWrite && <SomebodyLeaves />}
          </>
        }
      />
      <div className="mt-5 flex flex-col gap-4">
        <Ask query={query} height={480} label="leavers">
          {({ leavers, complete }) => <Found leavers={leavers} complete={complete} mayWrite={mayWrite} />}
        </Ask>
      </div>
      <LeaverPanel id={search.leaver} onClose={() => setSearch({ leaver: undefined })} />
    </>
  )
}

const SomebodyLeaves = () => (
  <A href="/leavers/new" className={buttonClass('primary')}>
    <UserMinus size={14} aria-hidden /> Somebody leaves
  </A>
)

function Found({
  leavers,
  complete,
  mayWrite,
}: {
  leavers: readonly Leaver[]
  complete: boolean
  mayWrite: boolean
}) {
  const now = useNow()()
  const coming = leavers.filter(isComing)
  const gone = leavers.filter((leaver) => !isComing(leaver))
  if (leavers.length === 0)
    return (
      <section className="card" aria-label="Leavers">
        <Empty title="Nobody leaves" action={mayWrite && <SomebodyLeaves />}>
          When somebody leaves, the preview shows every entry before it is written: what vests, what lapses
          and which keys die.
        </Empty>
      </section>
    )
  return (
    <>
      <section aria-label="To leave" className="card p-4 sm:p-5">
        <p className="num text-[44px] leading-[52px] font-semibold tracking-[-0.03em]">
          {count(coming.length)}
        </p>
        <p className="max-w-[72ch] text-base text-pretty text-ink-2">{leaversAnswer(leavers, now)}</p>
        {!complete && <p className="mt-1 text-sm text-ink-2">The last 500 are shown.</p>}
      </section>
      {coming.length > 0 && (
        <Card
          flush
          title="To leave"
          note="Scheduled for the beginning of the day (UTC). Until then spending and vesting change the amounts, and it can be taken back."
        >
          <LeaverTable leavers={coming} label="People who are to leave" />
        </Card>
      )}
      {gone.length > 0 && (
        <Card flush title="Left" note="What was done on the day, by the rules of each contract.">
          <LeaverTable leavers={gone} label="People who have left" />
        </Card>
      )}
    </>
  )
}
