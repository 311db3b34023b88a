import { cliffOf, TrancheChart } from '../../charts/TrancheChart.tsx'
import { Twin } from '../../charts/Twin.tsx'
import { useGo } from '../../lib/address.ts'
import type { Grant, Tranche } from '../../lib/contract.ts'
import { amountWords, nano, share } from '../../lib/money.ts'
import type { EntryFilter } from '../../lib/links.ts'
import { dateWords } from '../../lib/time.ts'
import { useEntriesHref } from '../../lib/viewer.tsx'
import { titled } from '../../lib/words.ts'
import { A } from '../../ui/A.tsx'
import { Amount } from '../../ui/Amount.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { DateOf } from '../../ui/Time.tsx'
import { expiryWords, grantSummary } from './answers.ts'

/** A tranche that vested has a lot, and entries of its own; one to come has only its grant's. */
const entriesOf = (grant: Grant, tranche: Tranche): EntryFilter => ({
  ...(tranche.lot_id ? { lot: tranche.lot_id } : { grant: grant.id }),
  ...wallet(grant),
})

const wallet = ({ asset }: Grant): EntryFilter => (asset === 'USD' ? {} : { asset })
const ofGrant = (grant: Grant): EntryFilter => ({ grant: grant.id, ...wallet(grant) })

/** One grant on its time line, tranche by tranche. */
export function GrantCard({ grant, now }: { grant: Grant; now: number }) {
  const go = useGo()
  const href = useEntriesHref()
  const summary = grantSummary(grant, now)
  return (
    <Twin
      title={grant.name}
      summary={summary}
      actions={<StatusBadge status={grant.status} />}
      chart={
        <>
          <Progress grant={grant} />
          <TrancheChart
            grant={grant}
            now={now}
            label={`Tranches of ${grant.name}. ${summary}`}
            open={(tranche) => go(href(entriesOf(grant, tranche)))}
          />
          <Terms grant={grant} />
        </>
      }
      table={<TrancheTable grant={grant} />}
    />
  )
}

const StatusBadge = ({ status }: { status: string }) => (
  <Badge tone={status === 'active' ? 'good' : 'plain'}>{titled(status)}</Badge>
)

function Progress({ grant }: { grant: Grant }) {
  const words = `${amountWords(nano(grant.vested), grant.asset)} of ${amountWords(nano(grant.quantity), grant.asset)} vested`
  const part = share(nano(grant.vested), nano(grant.quantity))
  return (
    <div
      role="progressbar"
      aria-label={`Vested of ${grant.name}`}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(part * 100)}
      aria-valuetext={words}
      title={words}
      className="mb-3 h-1.5 overflow-hidden rounded-full bg-line"
    >
      <div className="h-full rounded-full bg-available" style={{ width: `${part * 100}%` }} />
    </div>
  )
}

function Terms({ grant }: { grant: Grant }) {
  const cliff = cliffOf(grant.tranches)
  const last = grant.tranches.at(-1)
  return (
    <p className="mt-3 text-sm text-pretty text-ink-2">
      {grant.template_name} · {grant.tranches.length} {grant.tranches.length === 1 ? 'tranche' : 'tranches'}{' '}
      from {dateWords(grant.start_date)}
      {last && <> to {dateWords(last.date)}</>}
      {cliff && <> · cliff on {dateWords(cliff.date)}</>} · {expiryWords(grant)} ·{' '}
      <A href={useEntriesHref()(ofGrant(grant))} className="font-medium text-accent hover:underline">
        all its entries
      </A>
    </p>
  )
}

const TONES = { vested: 'good', due: 'warn', upcoming: 'plain', forfeited: 'bad' } as const

const TrancheTable = ({ grant }: { grant: Grant }) => (
  <Table label={`Tranches of ${grant.name}`}>
    <thead>
      <tr>
        <Th>#</Th>
        <Th>Date</Th>
        <Th>State</Th>
        <Th right>Quantity</Th>
        <Th right wide>
          Spent
        </Th>
        <Th right wide>
          Available
        </Th>
        <Th wide>Expires</Th>
      </tr>
    </thead>
    <tbody>
      {grant.tranches.map((tranche) => (
        <Tr key={tranche.n}>
          <Td className="num text-ink-3">{tranche.n}</Td>
          <Td>
            <DateOf date={tranche.date} />
          </Td>
          <Td>
            <Badge tone={TONES[tranche.state]}>{tranche.state}</Badge>
          </Td>
          <Td right className="font-medium">
            {tranche.lot_id ? (
              <Amount asset={grant.asset} value={nano(tranche.quantity)} entries={{ lot: tranche.lot_id }} />
            ) : (
              <Amount asset={grant.asset} value={nano(tranche.quantity)} entries={{ grant: grant.id }} />
            )}
          </Td>
          <Td wide right className="text-ink-2">
            {tranche.lot_id && (
              <Amount
                asset={grant.asset}
                value={nano(tranche.spent)}
                entries={{ lot: tranche.lot_id, account: 'spent' }}
              />
            )}
          </Td>
          <Td wide right className="text-ink-2">
            {tranche.lot_id && (
              <Amount
                asset={grant.asset}
                value={nano(tranche.available)}
                entries={{ lot: tranche.lot_id, account: 'available' }}
              />
            )}
          </Td>
          <Td wide className="whitespace-nowrap text-ink-2">
            {tranche.expires_at ? dateWords(tranche.expires_at.slice(0, 10)) : tranche.lot_id ? 'Never' : ''}
          </Td>
        </Tr>
      ))}
    </tbody>
  </Table>
)
