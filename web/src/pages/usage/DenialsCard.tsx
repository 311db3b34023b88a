import { useInfiniteQuery, useQuery } from '@tanstack/react-query'

import type { Denial, Wallet } from '../../lib/contract.ts'
import { table } from '../../lib/csv.ts'
import { personPath } from '../../lib/links.ts'
import { nano, usd } from '../../lib/money.ts'
import { denialsPath, denialsQuery, walletQuery } from '../../lib/queries.ts'
import { dateWords, daysUntil, inDays } from '../../lib/time.ts'
import { useNow, useSubject } from '../../lib/viewer.tsx'
import { A } from '../../ui/A.tsx'
import { Amount } from '../../ui/Amount.tsx'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { Export } from '../../ui/Export.tsx'
import { Empty, Failure, Skeleton } from '../../ui/States.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { Time } from '../../ui/Time.tsx'
import { adviceOf } from './answers.ts'
import type { View } from './period.ts'

/** What was refused, why, and what to do about it; a refused call costs nothing. */
export function DenialsCard({ view }: { view: View }) {
  const { id } = useSubject()
  const query = useInfiniteQuery(denialsQuery(id, view))
  const all = query.data?.pages.flatMap((page) => page.denials) ?? []
  const denials = all.filter((denial) => isWithin(denial, view))
  const more = query.hasNextPage
  return (
    <Card
      id="denied"
      title="Denied calls"
      note={<Sentence denials={denials} />}
      flush
      actions={
        denials.length > 0 && (
          <Export
            name={`denials-${view.from}-${view.to}`}
            path={denialsPath(id, view, 100)}
            csv={() => denialsCsv(denials)}
            json={() => denials}
          />
        )
      }
    >
      {query.isPending && <Skeleton height={180} label="Loading denied calls" />}
      {query.isError && !query.data && <Failure error={query.error} retry={() => void query.refetch()} />}
      {query.data &&
        (denials.length > 0 ? (
          <DenialTable denials={denials} />
        ) : (
          !more && (
            <Empty title="No call was denied in this time">
              When a call cannot be paid, or may not be made, it is refused before it leaves, costs nothing,
              and stands here with its reason for 90 days.
            </Empty>
          )
        ))}
      {more && (
        <div className="flex justify-center border-t border-line p-3">
          <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {query.isFetchingNextPage ? 'Loading…' : 'Show earlier ones'}
          </Button>
        </div>
      )}
    </Card>
  )
}

/** The period is the server's to cut; what narrows the page further is compared here. */
function isWithin(denial: Denial, { hour, filter }: View): boolean {
  if (hour !== null && denial.at.slice(0, 13) !== hour) return false
  if (filter.model !== undefined && denial.model !== filter.model) return false
  if (filter.door !== undefined && denial.door !== filter.door) return false
  return filter.key === undefined || (denial.key?.id ?? 'none') === filter.key
}

/** When money was short: how much at most, and when the next comes. */
function Sentence({ denials }: { denials: readonly Denial[] }) {
  const { id } = useSubject()
  const now = useNow()()
  const wallet = useQuery({ ...walletQuery(id), refetchInterval: false }).data
  const count = denials.reduce((sum, denial) => sum + denial.count, 0)
  if (count === 0) return 'Refused before they left: they cost nothing.'
  const most = denials.reduce((top, { short }) => (nano(short) > top ? nano(short) : top), 0n)
  return (
    <>
      {count === 1 ? '1 call was' : `${count} calls were`} refused before leaving, at no cost.
      {most > 0n && ` At most ${usd(most)} was short.`}
      {most > 0n && wallet && ` ${vestWords(wallet, now)}`}
    </>
  )
}

const vestWords = ({ next_vest: vest }: Wallet, now: number): string =>
  vest
    ? `${usd(nano(vest.quantity))} vests on ${dateWords(vest.date)}, ${inDays(daysUntil(vest.date, now))}.`
    : 'No further vest is planned.'

const DenialTable = ({ denials }: { denials: readonly Denial[] }) => (
  <Table label="Denied calls">
    <thead>
      <tr>
        <Th>Time (UTC)</Th>
        <Th wide>Model</Th>
        <Th>Why</Th>
        <Th wide>What to do</Th>
        <Th right>Short</Th>
      </tr>
    </thead>
    <tbody>
      {denials.map((denial) => (
        <DenialRow key={denial.id} denial={denial} />
      ))}
    </tbody>
  </Table>
)

function DenialRow({ denial }: { denial: Denial }) {
  const { id, readOnly } = useSubject()
  const advice = adviceOf(denial)
  const href = advice.href === '/vesting' ? personPath(id, 'vesting') : advice.href
  const todo =
    href && (!readOnly || href !== '/keys') ? (
      <A href={href} className="font-medium text-accent hover:underline">
        {advice.todo}
      </A>
    ) : (
      advice.todo
    )
  return (
    <Tr className="[&>td]:align-top">
      <Td className="text-ink-2">
        <Time at={denial.at} look="row" />
      </Td>
      <Td wide>
        <span className="block font-medium">{denial.model ?? '–'}</span>
        <span className="block text-xs text-ink-3">{denial.key?.name ?? denial.door}</span>
      </Td>
      <Td className="min-w-44">
        <span className="block font-medium">
          {advice.title}
          {denial.count > 1 && <span className="num font-normal text-ink-3"> × {denial.count}</span>}
        </span>
        <span className="block max-w-[60ch] text-xs text-pretty break-words text-ink-2">
          {denial.message.charAt(0).toUpperCase() + denial.message.slice(1)}
        </span>
        <span className="mt-0.5 block text-xs sm:hidden">{todo}</span>
      </Td>
      <Td wide className="max-w-52 text-ink-2">
        {todo}
      </Td>
      <Td right className="font-medium">
        {denial.short === null ? '–' : <Amount value={nano(denial.short)} />}
      </Td>
    </Tr>
  )
}

const denialsCsv = (denials: readonly Denial[]): string =>
  table([
    ['id', 'at', 'door', 'route', 'model', 'key', 'code', 'message', 'short_nano_usd', 'count'],
    ...denials.map((denial) => [
      denial.id,
      denial.at,
      denial.door,
      denial.route,
      denial.model,
      denial.key?.name ?? null,
      denial.code,
      denial.message,
      denial.short,
      denial.count,
    ]),
  ])
