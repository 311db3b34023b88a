import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { CheckCheck } from 'lucide-react'

import { useAddress, useSetSearch } from '../../lib/address.ts'
import { write } from '../../lib/api.ts'
import type { Alert, Session } from '../../lib/contract.ts'
import { table } from '../../lib/csv.ts'
import { alertsPath, alertsQuery, companyAlertsPath, companyAlertsQuery } from '../../lib/queries.ts'
import { mayReadReports, useSession, useSubject } from '../../lib/viewer.tsx'
import { useTitle } from '../../shell/useTitle.ts'
import { A } from '../../ui/A.tsx'
import { Button, buttonClass } from '../../ui/Button.tsx'
import { Card, PageHead } from '../../ui/Card.tsx'
import { Export } from '../../ui/Export.tsx'
import { Segmented } from '../../ui/Segmented.tsx'
import { Empty, Failure, Skeleton } from '../../ui/States.tsx'
import { AlertList } from './AlertList.tsx'
import { GuardCard } from './GuardCard.tsx'
import { WebhooksCard } from './WebhooksCard.tsx'
import { unseenFirst } from './answers.ts'

/** What should I know, and is anything stopped? */
export function AlertsPage() {
  useTitle('Alerts')
  const session = useSession()
  const { id, readOnly } = useSubject()
  const { search } = useAddress()
  const setSearch = useSetSearch()
  const company = !readOnly && mayReadReports(session) && search.of === 'company'
  return (
    <>
      {!readOnly && (
        <PageHead
          title="Alerts"
          question={
            company ? 'What happened across the company?' : 'What should I know, and is anything stopped?'
          }
          actions={
            mayReadReports(session) && (
              <Segmented<'me' | 'company'>
                label="Whose alerts"
                value={company ? 'company' : 'me'}
                options={[
                  { value: 'me', text: 'Mine' },
                  { value: 'company', text: 'Company' },
                ]}
                onChange={(of) => setSearch({ of: of === 'company' ? of : undefined })}
              />
            )
          }
        />
      )}
      <div className="mt-5 flex flex-col gap-4">
        {company ? (
          <>
            <CompanyAlerts />
            {mayReadCompanyHooks(session) && <WebhooksCard owner="company" />}
          </>
        ) : (
          <>
            <GuardCard />
            <OwnAlerts id={id} readOnly={readOnly} />
            {!readOnly && <WebhooksCard owner="me" />}
          </>
        )}
      </div>
    </>
  )
}

const mayReadCompanyHooks = (session: Session): boolean => session.permissions.includes('provider:read')

function OwnAlerts({ id, readOnly }: { id: string; readOnly: boolean }) {
  const queries = useQueryClient()
  const query = useInfiniteQuery(alertsQuery(id))
  const seen = useMutation({
    mutationFn: (ids?: readonly string[]) =>
      write('POST', '/api/v1/people/me/alerts/seen', ids === undefined ? {} : { ids }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['alerts'] }),
  })
  const alerts = unseenFirst(query.data?.pages.flatMap((page) => page.alerts) ?? [])
  const unseen = query.data?.pages[0]?.unseen ?? 0
  return (
    <Card
      title="History"
      note={
        readOnly || alerts.length === 0
          ? undefined
          : unseen === 0
            ? 'Everything was seen.'
            : `${unseen === 1 ? '1 alert was' : `${unseen} alerts were`} not seen yet.`
      }
      flush
      actions={
        <>
          {!readOnly && unseen > 0 && (
            <Button look="quiet" disabled={seen.isPending} onClick={() => seen.mutate(undefined)}>
              <CheckCheck size={14} aria-hidden /> {seen.isError ? 'Failed, try again' : 'Mark all as seen'}
            </Button>
          )}
          {alerts.length > 0 && (
            <Export
              name="alerts"
              path={alertsPath(id, 50)}
              csv={() => alertsCsv(alerts)}
              json={() => alerts}
            />
          )}
        </>
      }
    >
      <Pages query={query} empty={<NoAlert readOnly={readOnly} />}>
        <AlertList
          alerts={alerts}
          {...(!readOnly && { onSeen: (alert: Alert) => seen.mutate([alert.id]) })}
        />
      </Pages>
    </Card>
  )
}

function CompanyAlerts() {
  const query = useInfiniteQuery(companyAlertsQuery)
  const alerts = query.data?.pages.flatMap((page) => page.alerts) ?? []
  return (
    <Card
      title="Everybody’s alerts"
      note="Newest first. A pause is ended by its person alone: it is their own pay."
      flush
      actions={
        alerts.length > 0 && (
          <Export
            name="company-alerts"
            path={companyAlertsPath(50)}
            csv={() => alertsCsv(alerts)}
            json={() => alerts}
          />
        )
      }
    >
      <Pages
        query={query}
        empty={
          <Empty title="Nothing happened yet">
            When somebody spends far faster than usual, uses up a wallet, or the company carries a cost, it
            stands here.
          </Empty>
        }
      >
        <AlertList alerts={alerts} company />
      </Pages>
    </Card>
  )
}

/** Of every list that comes page by page, whatever else its pages say. */
type Paged = {
  readonly isPending: boolean
  readonly isError: boolean
  readonly error: unknown
  readonly hasNextPage: boolean
  readonly isFetchingNextPage: boolean
  readonly fetchNextPage: () => unknown
  readonly refetch: () => unknown
  readonly data: { readonly pages: readonly { readonly alerts: readonly Alert[] }[] } | undefined
}

/** The states of a list that comes page by page. */
function Pages({
  query,
  empty,
  children,
}: {
  query: Paged
  empty: React.ReactNode
  children: React.ReactNode
}) {
  const { data } = query
  return (
    <>
      {query.isPending && <Skeleton height={320} label="Loading alerts" />}
      {query.isError && !data && <Failure error={query.error} retry={() => void query.refetch()} />}
      {data && (data.pages.some((page) => page.alerts.length > 0) ? children : empty)}
      {query.hasNextPage && (
        <div className="flex justify-center border-t border-line p-3">
          <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {query.isFetchingNextPage ? 'Loading…' : 'Show earlier ones'}
          </Button>
        </div>
      )}
    </>
  )
}

const NoAlert = ({ readOnly }: { readOnly: boolean }) => (
  <Empty
    title="No alert yet"
    action={
      !readOnly && (
        <A href="/usage" className={buttonClass()}>
          Look at the usage
        </A>
      )
    }
  >
    When money goes faster than usual, when a wallet is half used, or when the company carries a cost, it
    stands here with what to do.
  </Empty>
)

const alertsCsv = (alerts: readonly Alert[]): string =>
  table([
    ['id', 'at', 'kind', 'person', 'title', 'message', 'seen_at'],
    ...alerts.map((alert) => [
      alert.id,
      alert.at,
      alert.kind,
      alert.person?.name ?? null,
      alert.title,
      alert.message,
      alert.seen_at,
    ]),
  ])
